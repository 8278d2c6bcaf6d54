"""Policy: prereleases stay out, unless the pin is on one."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.model.update import Hold, Update
from bot.versions.scheme import Version, VersionScheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Prereleases:
    scheme: VersionScheme
    current: Version | None
    line_has_finals: bool
    """Whether a final version was ever published on the pin's line."""
    is_on_marked: bool
    """Whether the publisher marked the release in use as a prerelease, beside its value."""
    name: ClassVar[str] = "prerelease"

    def objection(self, update: Update, now: datetime) -> Hold | None:  # noqa: ARG002
        version = self.scheme.parse(update.release.value)
        if version is None or not version.is_prerelease:
            is_news = update.release.is_prerelease and not self.is_on_marked
            return Hold(update=update, policy=self.name, reason="marked as a prerelease by its publisher") if is_news else None
        if self.current is not None and self.current.is_prerelease:
            if version.numbers == self.current.numbers or (self.current.is_stream and not self.line_has_finals):
                return None
            return Hold(update=update, policy=self.name, reason="a prerelease of another version than the one in use")
        return Hold(update=update, policy=self.name, reason="a prerelease")
