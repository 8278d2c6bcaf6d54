"""What the checks of a pull request say, all together."""

from enum import StrEnum


class Checks(StrEnum):
    """Of the newest commit of its branch. A failure to ask is no answer, and none of these."""

    GREEN = "green"
    RED = "red"
    """At least one failed."""
    PENDING = "pending"
    """At least one is not done, or is expected and has not begun; none failed."""
    NONE = "none"
    """There are none: no workflow ran and nobody reported a status."""
