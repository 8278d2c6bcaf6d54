"""A made-up organisation, its base images, and a story of some weeks in which the bot looks after them."""
