"""What was told of the faults in repos' own files, on a shelf."""

from typing import Final

from bot.clients.shelf import Shelf

_KIND: Final = "told faults"
_FORM: Final = "v1"


class ShelvedFaults:
    """`bot.pipeline.told_faults.ToldFaults` on a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf: Final = shelf

    def of(self, repo: str) -> str:
        value = self._shelf.get(_KIND, repo, mark=_FORM)
        return value if isinstance(value, str) else ""

    def keep(self, repo: str, mark: str) -> None:
        if mark:
            self._shelf.put(_KIND, repo, mark, mark=_FORM)
        else:
            self._shelf.forget(_KIND, repo)
