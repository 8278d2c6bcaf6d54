"""How far a stage is, told to whoever shows it."""

from typing import Protocol


class Progress(Protocol):
    """Told how far a stage is; `total` may grow."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


def silent(stage: str, done: int, total: int) -> None:
    """No progress shown."""
