"""Policy: from a long-term release of Ubuntu only to the next one."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from bot.model.update import Hold, Update
from bot.versions.scheme import Version, VersionScheme

_APRIL: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTerm:
    """Releases between are supported for nine months only (ubuntu.com/about/release-cycle)."""

    scheme: VersionScheme
    current: Version | None
    name: ClassVar[str] = "not long-term"

    def objection(self, update: Update, now: datetime) -> Hold | None:  # noqa: ARG002
        if not f"/{update.pin.dependency.name}".endswith("/ubuntu") or self.current is None or not _is_long_term(self.current):
            return None
        version = self.scheme.parse(update.release.value)
        if version is None or _is_long_term(version):
            return None
        return Hold(update=update, policy=self.name, reason=f"no long-term release, as {self.current.raw} is")


def _is_long_term(version: Version) -> bool:
    """Whether the numbers are those of April in an even year: `22.04`."""
    year, month, *_ = (*version.numbers, 0, 0)
    return year % 2 == 0 and month == _APRIL
