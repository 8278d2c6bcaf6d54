"""Which part of which repo a GitOps tool applies where."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.model.dependency import Dependency


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSource:
    """A source of Argo CD or Flux, as it is written. Hostile."""

    file: PurePosixPath
    line: int
    """1-based."""
    name: str
    """Of the object: `Application shop`."""
    repo: Dependency | None
    """None: which one it is is not known."""
    path: str
    """The folder in the repo that is applied; empty: its root."""
    revision: str
    """Branch, tag or commit; empty: the default branch."""
    cluster: str = ""
    namespace: str = ""
    """Where it goes; empty: not said."""
    problem: str = ""
    """Why repo and revision are not known; empty: they are."""
