"""Policy: which kinds of update may be proposed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from bot.model.update import Hold, Update, UpdateKind
from bot.versions.scheme import Version

_BY_POSITION: Final = (UpdateKind.MAJOR, UpdateKind.MINOR)
_YEARS: Final = range(2000, 2100)


def kind_of(current: Version | None, new: Version | None) -> UpdateKind:
    """Which number changes first: the first is major, the second minor, any later one, a counter or a date is patch.

    In a calendar version a new year is minor: it breaks no more than a new month does (2024.12 -> 2025.1). A product that is named by
    its year alone (2019 -> 2022) takes a major step. Between what is no version, any step is major.
    """
    if current is None or new is None:
        return UpdateKind.MAJOR
    if _is_calendar(current) and _is_calendar(new) and current.numbers[0] != new.numbers[0]:
        return UpdateKind.MINOR
    for kind, old_number, new_number in zip(_BY_POSITION, current.numbers, new.numbers, strict=False):
        if old_number != new_number:
            return kind
    return UpdateKind.PATCH


def _is_calendar(version: Version) -> bool:
    return len(version.numbers) > 1 and version.numbers[0] in _YEARS


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    allow: Collection[UpdateKind]
    name: ClassVar[str] = "not allowed"

    def objection(self, update: Update, now: datetime) -> Hold | None:  # noqa: ARG002
        if update.kind in self.allow or (update.kind is UpdateKind.CYCLE and UpdateKind.MAJOR in self.allow):
            return None
        allowed = ", ".join(sorted(kind.value for kind in self.allow)) or "nothing"
        return Hold(update=update, policy=self.name, reason=f"{in_words(update.kind)}; allowed: {allowed}")


def in_words(kind: UpdateKind) -> str:
    """What an update of the kind is: `a patch update`."""
    return "a step to another cycle" if kind is UpdateKind.CYCLE else f"a {kind.value} update"
