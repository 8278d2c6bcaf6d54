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
from bot.versions.successor import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedBases:
    """New versions of a forbidden base are not proposed; a fresh digest of what is in use always is: it makes nothing worse."""

    bases: Sequence[ApprovedBase]
    name: ClassVar[str] = "approved base"

    def objection(self, update: Update, now: datetime) -> Hold | None:
        entry = entry_for(self.bases, update.pin.dependency, update.pin.value)
        if entry is None or entry.status != "forbidden" or update.kind in {UpdateKind.DIGEST, UpdateKind.PIN}:
            return None
        return Hold(update=update, policy=self.name, reason=said_of(entry, update.pin)) if entry.holds_on(now.date()) else None


def remark_on(bases: Sequence[ApprovedBase], pin: Pin) -> Candidate | None:
    """What the catalogue says against the image of a pin; None: nothing."""
    entry = entry_for(bases, pin.dependency, pin.value)
    if entry is None or entry.status == "allowed":
        return None
    return Candidate(value=pin.value or "", verdict=f"{entry.status} base", reason=said_of(entry, pin))


def said_of(entry: ApprovedBase, pin: Pin) -> str:
    """Text such as: this base is deprecated from 2026-12-01 on (end of life): move to registry.example/base."""
    since = f" from {entry.since} on" if entry.since else ""
    because = f" ({entry.reason})" if entry.reason else ""
    successor = f": move to {shown(entry.successor, pin.dependency.name, pin.value)}" if entry.successor else ""
    return f"this base is {entry.status}{since}{because}{successor}"


def entry_for(bases: Sequence[ApprovedBase], dependency: Dependency, tag: str | None = None) -> ApprovedBase | None:
    """The last entry of the catalogue that fits one of the dependency's names and the tag, whatever the age of the image.

    Those that speak of old images alone are passed over: an update is what they ask for.
    """
    if not bases:
        return None
    return next((base for base in entries_for(bases, dependency, tag) if base.older_than is None), None)


def entries_for(bases: Sequence[ApprovedBase], dependency: Dependency, tag: str | None) -> list[ApprovedBase]:
    """Those that fit by name and tag, the last first."""
    names = names_of(dependency)
    return [
        base for base in reversed(bases) if fnmatchcase(tag or "", base.tags) and any(fnmatchcase(name, base.dependency) for name in names)
    ]
