"""What was told of the faults in repos' own files."""

from typing import Protocol


class ToldFaults(Protocol):
    """By the repo's name, what stands for the faults that were told there; losing it costs a look for the issue again."""

    def of(self, repo: str) -> str:
        """Empty: nothing was told, or that it is mended."""
        ...

    def keep(self, repo: str, mark: str) -> None: ...
