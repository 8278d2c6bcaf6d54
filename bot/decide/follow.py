"""Policy: never ahead of the app that is followed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.model.dependency import Dependency
from bot.model.pin import Pin
from bot.model.update import Hold, Update, UpdateKind
from bot.versions import SCHEMES
from bot.versions.scheme import VersionScheme

ValuesInUse = Mapping[tuple[str, Dependency], str]
"""By app and dependency: the value that the app has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    scheme: VersionScheme
    app: str | None
    values: ValuesInUse
    name: ClassVar[str] = "follow"

    def objection(self, update: Update, now: datetime) -> Hold | None:  # noqa: ARG002
        if self.app is None or update.kind in {UpdateKind.DIGEST, UpdateKind.PIN}:
            return None
        theirs = self.values.get((self.app, update.pin.dependency))
        if theirs is None:
            return Hold(update=update, policy=self.name, reason=f"follows {self.app}, whose version is not known")
        wanted, leading = self.scheme.parse(update.release.value), self.scheme.parse(theirs)
        if update.release.value == theirs or (wanted is not None and leading is not None and leading.is_newer_than(wanted)):
            return None
        return Hold(update=update, policy=self.name, reason=f"follows {self.app}, which is on {theirs}")


def values_in_use(pins: Iterable[tuple[str, Pin]]) -> ValuesInUse:
    """The values that apps have, from (app, pin) pairs: of several of one dependency the oldest, which may not be overtaken."""
    found: dict[tuple[str, Dependency], str] = {}
    for app, pin in pins:
        if pin.value is None:
            continue
        before = found.setdefault((app, pin.dependency), pin.value)
        scheme = SCHEMES.get(pin.scheme)
        if scheme is not None and before != pin.value:
            old, new = scheme.parse(pin.value), scheme.parse(before)
            if old is not None and new is not None and new.is_newer_than(old):
                found[app, pin.dependency] = pin.value
    return found
