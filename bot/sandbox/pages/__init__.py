"""Plain HTML pages of the sandbox's repos, pull requests and issues, as GitHub would show them."""
