"""Policies that know the content of images: no-ops are passed over, nothing goes back to an older build, platforms are not lost."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.decide.evidence import Evidence
from bot.model.update import Hold, Update, UpdateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NoOps:
    skips: bool
    evidence: Evidence
    name: ClassVar[str] = "no-op"

    def objection(self, update: Update, now: datetime) -> Hold | None:  # noqa: ARG002
        if not self.skips or update.kind is not UpdateKind.DIGEST or not self.evidence.is_no_op(update):
            return None
        return Hold(update=update, policy=self.name, reason="the new digest holds the same content")


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderBuilds:
    """A tag that its publisher turned back is told, and followed by people only."""

    evidence: Evidence
    name: ClassVar[str] = "older build"

    def objection(self, update: Update, now: datetime) -> Hold | None:  # noqa: ARG002
        if update.kind is not UpdateKind.DIGEST or not self.evidence.is_older_build(update):
            return None
        return Hold(update=update, policy=self.name, reason=f"{update.release.value} was turned back to an image that was built earlier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Platforms:
    evidence: Evidence
    name: ClassVar[str] = "platform"

    def objection(self, update: Update, now: datetime) -> Hold | None:  # noqa: ARG002
        lost = self.evidence.lost_platforms(update)
        if not lost:
            return None
        return Hold(update=update, policy=self.name, reason=f"no longer published for {', '.join(lost)}")
