"""Policy: never ahead of the app that is followed."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.decide.evidence import Evidence
from bot.model.update import Hold, Update, UpdateKind
from bot.versions.scheme import VersionScheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    scheme: VersionScheme
    app: str | None
    evidence: Evidence
    name: ClassVar[str] = "follow"

    def objection(self, update: Update, now: datetime) -> Hold | None:  # noqa: ARG002
        if self.app is None or update.kind in {UpdateKind.DIGEST, UpdateKind.PIN}:
            return None
        theirs = self.evidence.value_in(self.app, update.pin.dependency)
        if theirs is None:
            return Hold(update=update, policy=self.name, reason=f"follows {self.app}, whose version is not known")
        wanted, leading = self.scheme.parse(update.release.value), self.scheme.parse(theirs)
        if update.release.value == theirs or (wanted is not None and leading is not None and leading.is_newer_than(wanted)):
            return None
        return Hold(update=update, policy=self.name, reason=f"follows {self.app}, which is on {theirs}")
