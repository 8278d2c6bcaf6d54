"""Images that an app's own build makes: the link from a repo to what runs."""

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One place where a build says what its result is called."""

    file: PurePosixPath
    line: int
    """1-based."""
    text: str
    """As written, with its tag."""
    name: str | None
    """Registry and repository in normal form; None where a variable that is not known here stands in it."""
    tag: str | None
    """None where none is written, or where a variable stands in it."""
    by: str
    """What builds it: `compose`, `workflow`, `skaffold`, `bake`, ..."""
