"""Policy: an organisation's catalogue of base images."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import ClassVar

from bot.decide.rules import names_of
from bot.model.dependency import Dependency
from bot.model.pin import Pin
from bot.model.rules import ApprovedBase
from bot.model.update import Candidate, Hold, Update, UpdateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedBases:
    """New versions of a forbidden base are not proposed; a fresh digest of what is in use always is: it makes nothing worse."""

    bases: Sequence[ApprovedBase]
    name: ClassVar[str] = "approved base"

    def objection(self, update: Update, now: datetime) -> Hold | None:  # noqa: ARG002
        entry = entry_for(self.bases, update.pin.dependency)
        if entry is None or entry.status != "forbidden" or update.kind in {UpdateKind.DIGEST, UpdateKind.PIN}:
            return None
        return Hold(update=update, policy=self.name, reason=_said(entry))


def remark_on(bases: Sequence[ApprovedBase], pin: Pin) -> Candidate | None:
    """What the catalogue says against the image of a pin; None: nothing."""
    entry = entry_for(bases, pin.dependency)
    if entry is None or entry.status == "allowed":
        return None
    return Candidate(value=pin.value or "", verdict=f"{entry.status} base", reason=_said(entry))


def _said(entry: ApprovedBase) -> str:
    because = f" ({entry.reason})" if entry.reason else ""
    return f"this base is {entry.status}{because}" + (f": move to {entry.successor}" if entry.successor else "")


def entry_for(bases: Sequence[ApprovedBase], dependency: Dependency) -> ApprovedBase | None:
    """The last entry of the catalogue that fits one of the dependency's names."""
    if not bases:
        return None
    names = names_of(dependency)
    return next((base for base in reversed(bases) if any(fnmatchcase(name, base.dependency) for name in names)), None)
