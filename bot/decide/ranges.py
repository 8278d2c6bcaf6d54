"""Policy: the range that a value must lie in, and the values that are ignored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import ClassVar

from bot.decide.days import end_of
from bot.model.rules import Ignored
from bot.model.update import Hold, Update
from bot.versions.ranges import InvalidRangeError, VersionRange
from bot.versions.scheme import VersionScheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    scheme: VersionScheme
    versions: str | None
    ignore: Sequence[Ignored]
    name: ClassVar[str] = "not allowed"

    def objection(self, update: Update, now: datetime) -> Hold | None:
        value = update.release.value
        if self.versions is not None and not covers(self.versions, value, self.scheme):
            return Hold(update=update, policy=self.name, reason=f"outside of {self.versions}")
        for ignored in self.ignore:
            until = end_of(ignored.until)
            if (until is None or now < until) and covers(ignored.versions, value, self.scheme):
                reason = f"ignored: {ignored.versions}" + (f" ({ignored.reason})" if ignored.reason else "")
                return Hold(update=update, policy=self.name, reason=reason, until=until)
        return None


def covers(pattern: str, value: str, scheme: VersionScheme) -> bool:
    """Whether a range holds the value's version; what reads as no range is a shell glob over the value."""
    try:
        wanted = VersionRange.parse(pattern)
    except InvalidRangeError:
        return fnmatchcase(value, pattern)
    version = scheme.parse(value)
    return version is not None and wanted.contains(version)
