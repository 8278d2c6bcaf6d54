"""What a pin really stands on: the version in use, found beside what is written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import re2  # type: ignore[import-untyped]

from bot.model.dependency import OCI, Release
from bot.model.pin import Pin, Role
from bot.model.update import Candidate
from bot.versions.scheme import VersionScheme

_MAX_PATTERN_CHARACTERS: Final = 500
_WHOLE: Final = 3
_COMMIT_ROLES: Final = frozenset({Role.ACTION, Role.GIT})


class BadPatternError(ValueError):
    """`extract_version` is no regular expression with a group `version`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The value to compare with, and what was noticed about the pin."""

    value: str | None
    remark: Candidate | None = None


def is_oci_chart(pin: Pin) -> bool:
    """Whether the pin is the version, not the tag, of a chart in a registry: Helm writes a `+` of the version as `_` in the tag."""
    return pin.role is Role.CHART and pin.dependency.datasource == OCI and pin.scheme == "semver"


def published(releases: Iterable[Release], pin: Pin) -> Mapping[str, Release]:
    """The releases by the value that would be written for them; what `extract_version` does not fit is left out. Raises BadPatternError."""
    if is_oci_chart(pin):
        return {release.value.replace("_", "+"): release for release in releases}
    if pin.extract_version is None:
        return {release.value: release for release in releases}
    pattern = _pattern(pin.extract_version)
    found: dict[str, Release] = {}
    for release in releases:
        value = _extracted(pattern, release.value)
        if value:
            found.setdefault(value, release)
    return found


def _extracted(pattern: Any, value: str) -> str | None:  # noqa: ANN401  the library has no types
    try:
        match = pattern.search(value)
        return None if match is None else match["version"]
    except UnicodeError:  # RE2 works on UTF-8: a text with half a surrogate pair has none.
        return None


def _pattern(text: str) -> Any:  # noqa: ANN401  the library has no types
    """Foreign patterns run on RE2, which needs time linear in the text."""
    options = re2.Options()
    options.log_errors = False
    if len(text) > _MAX_PATTERN_CHARACTERS:
        raise BadPatternError(f"extractVersion is longer than {_MAX_PATTERN_CHARACTERS} characters")
    try:
        pattern = re2.compile(text, options)
    except (re2.error, UnicodeError) as error:
        raise BadPatternError(f"extractVersion {text!r} is no regular expression ({error})") from error
    if "version" not in pattern.groupindex:
        raise BadPatternError(f"extractVersion {text!r} has no group named version")
    return pattern


def read_pin(pin: Pin, releases: Mapping[str, Release], scheme: VersionScheme) -> Reading:
    """The version in use. A digest that belongs to another version of the line than the text beside it is believed over the text."""
    if pin.digest is None:
        return Reading(value=pin.value)
    there = [scheme.parse(value) for value, release in releases.items() if release.digest == pin.digest]
    versions = [version for version in there if version is not None]
    if pin.value is None:
        most_precise = max(versions, key=lambda version: (len(version.numbers), version.raw), default=None)
        return Reading(value=None if most_precise is None else most_precise.raw)
    written, version = releases.get(pin.value), scheme.parse(pin.value)
    if written is None or version is None or written.digest in {None, pin.digest}:
        return Reading(value=pin.value)
    short = str(pin.digest).rpartition(":")[2][:12]
    # A digest that only a tag of another precision has is an older one of a floating tag: 1.25 where 1.25.3 was.
    real = max((other for other in versions if other.line == version.line), key=lambda other: other.raw, default=None)
    if real is not None:
        reason = f"{short} belongs to {real.raw}, not to {pin.value} beside it"
        return Reading(value=real.raw, remark=Candidate(value=real.raw, verdict="mismatch", reason=reason))
    if names_one_release(pin, scheme):
        reason = f"it stands at another commit than {short} now; release tags never move"
        return Reading(value=pin.value, remark=Candidate(value=pin.value, verdict="moved", reason=reason))
    return Reading(value=pin.value)


def warning_of(reading: Reading, releases: Mapping[str, Release]) -> Candidate | None:
    """What the publisher says against the release in use; None: nothing."""
    in_use = None if reading.value is None else releases.get(reading.value)
    if in_use is None or not in_use.deprecation:
        return None
    return Candidate(value=in_use.value, verdict="deprecated", reason=f"its publisher warns: {in_use.deprecation}")


def names_one_release(pin: Pin, scheme: VersionScheme) -> bool:
    """Whether the value is a git tag of one release (`v4.2.1`), which never moves, and none that floats (`v4`)."""
    version = None if pin.value is None else scheme.parse(pin.value)
    return pin.role in _COMMIT_ROLES and version is not None and len(version.numbers) >= _WHOLE
