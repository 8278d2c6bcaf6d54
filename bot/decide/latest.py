"""Policy: nothing above what the publisher calls `latest`, where that is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.model.dependency import Release
from bot.model.update import Hold, Update
from bot.versions.scheme import Version, VersionScheme

_NAME = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    scheme: VersionScheme
    latest: Version | None
    """The version on the pin's line that has the digest of `latest`; None: not known, or the pin is above it already."""
    name: ClassVar[str] = "above latest"

    def objection(self, update: Update, now: datetime) -> Hold | None:  # noqa: ARG002
        version = self.scheme.parse(update.release.value)
        if self.latest is None or version is None or not version.is_newer_than(self.latest):
            return None
        return Hold(update=update, policy=self.name, reason=f"above {self.latest.raw}, which the publisher's {_NAME} points to")


def latest_version(releases: Iterable[Release], scheme: VersionScheme, current: Version | None) -> Version | None:
    """What `latest` is on the line of the current version, by the digests that the listing holds."""
    known = {release.value: release.digest for release in releases if release.digest is not None}
    if current is None or _NAME not in known:
        return None
    versions = [scheme.parse(value) for value, digest in known.items() if digest == known[_NAME]]
    same_line = [version for version in versions if version is not None and version.line == current.line]
    return next((version for version in same_line if not current.is_newer_than(version)), None)
