"""How far a stage is, and what became of each repo in it, told to whoever shows it."""

from typing import Final, Protocol


class Progress(Protocol):
    """Told of a stage as it goes on. Called from several threads."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """How far a stage is; `total` may grow, and is below 0 where it is not known."""
        ...

    def tell(self, where: str, what: str) -> None:
        """Something that happened at one place (a repo) and that people who read along want to know: new, changed, or failed."""
        ...


class _Silent:
    def __call__(self, stage: str, done: int, total: int) -> None:
        """Nobody looks."""

    def tell(self, where: str, what: str) -> None:
        """Nobody listens."""


silent: Final[Progress] = _Silent()
