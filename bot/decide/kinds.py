"""Policy: which kinds of update may be proposed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.model.update import Hold, Update, UpdateKind
from bot.versions.scheme import Version

_BY_POSITION = (UpdateKind.MAJOR, UpdateKind.MINOR)


def kind_of(current: Version | None, new: Version | None) -> UpdateKind:
    """Which number changes first: the first is major, the second minor, any later one, a counter or a date is patch.

    Between what is no version, any step is major.
    """
    if current is None or new is None:
        return UpdateKind.MAJOR
    for kind, old_number, new_number in zip(_BY_POSITION, current.numbers, new.numbers, strict=False):
        if old_number != new_number:
            return kind
    return UpdateKind.PATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    allow: Collection[UpdateKind]
    name: ClassVar[str] = "not allowed"

    def objection(self, update: Update, now: datetime) -> Hold | None:  # noqa: ARG002
        if update.kind in self.allow:
            return None
        allowed = ", ".join(sorted(kind.value for kind in self.allow)) or "nothing"
        return Hold(update=update, policy=self.name, reason=f"a {update.kind.value} update; allowed: {allowed}")
