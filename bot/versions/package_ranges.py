"""Ranges of package versions as people ask for them: `>=5.6.0,<5.6.2`, `5.6.0`."""

import re
from dataclasses import dataclass
from typing import Final, Self

from bot.versions.packages import compare_versions

_LIMIT: Final = re.compile(r"(<=|>=|==|=|<|>|)\s*(\S+)")
_NUMBERLESS: Final = frozenset({"(devel)"})
"""The only word that package databases have for a version: Go's, of what was built from a working folder."""
_MAX_LIMITS: Final = 20
_EPOCH: Final = re.compile(r"[0-9]+:")
_APK_REVISION: Final = re.compile(r"-r[0-9]+$")
_REPACKED: Final = re.compile(r"[+~.](?:dfsg|ds|repack)[0-9.]*$")
"""Debian's mark of a source without its non-free parts: of the same version otherwise."""
_REALLY: Final = "+really"
"""Debian's way back: `5.6.1+really5.4.5` is 5.4.5 under a version that is newer than 5.6.1 (Debian policy, footnote to 5.6.12)."""


class InvalidRangeError(ValueError):
    """The text is no range; the message says why."""


@dataclass(frozen=True, slots=True)
class _Limit:
    sign: str
    bound: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRange:
    """Versions between limits, each in the order of its own ecosystem; without limits every version."""

    limits: tuple[_Limit, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The range that `text` writes: limits with commas between, each `<`, `<=`, `>`, `>=`, `=` and a version, or a version alone."""
        parts = [part.strip() for part in text.split(",")] if text.strip() else []
        if len(parts) > _MAX_LIMITS:
            raise InvalidRangeError(f"more than {_MAX_LIMITS} limits")
        limits = []
        for part in parts:
            found = _LIMIT.fullmatch(part)
            if found is None or found[2][0] in "<>=!~^":
                raise InvalidRangeError(f"no limit: {part[:100]!r}; write it like >=5.6.0,<5.6.2 or 5.6.0")
            if found[2] not in _NUMBERLESS and not any(sign.isdecimal() for sign in found[2]):
                raise InvalidRangeError(f"{found[2][:100]!r} is no version; write one as the package's database does, for example 5.6.0")
            limits.append(_Limit(found[1].replace("==", "=") or "=", found[2]))
        return cls(limits=tuple(limits))

    def holds(self, package_type: str, version: str) -> bool | None:
        """Whether a version is in the range; None: not certain, because this one or a limit has no order.

        A limit speaks of as much as it writes: without an epoch, or without the packager's revision (`-1`, `-r0`), it is compared with the
        version without these, so that 5.6.1-1 is a 5.6.1.
        """
        verdicts = {self._holds(package_type, version)}
        if package_type == "deb" and _REALLY in version and self.limits:
            verdicts.add(self._holds(package_type, version.partition(_REALLY)[2]))
        return verdicts.pop() if len(verdicts) == 1 else None

    def _holds(self, package_type: str, version: str) -> bool | None:
        verdicts = [_keeps(limit, package_type, version) for limit in self.limits]
        if False in verdicts:
            return False
        return None if None in verdicts else True

    def __str__(self) -> str:
        return ",".join(f"{'' if limit.sign == '=' else limit.sign}{limit.bound}" for limit in self.limits)


def _keeps(limit: _Limit, package_type: str, version: str) -> bool | None:
    plain = _as_far_as(limit.bound, package_type, version)
    order = 0 if limit.bound in {version, plain} else compare_versions(package_type, plain, limit.bound)
    if order is None:
        return None
    return {"=": order == 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[limit.sign]


def _as_far_as(bound: str, package_type: str, version: str) -> str:
    """The version without what the limit does not write."""
    if package_type in {"deb", "rpm"}:
        if not _EPOCH.match(bound):
            version = _EPOCH.sub("", version, count=1) if _EPOCH.match(version) else version
        if "-" not in bound:
            version = version.rpartition("-")[0] or version
            is_repacked = package_type == "deb" and not _REPACKED.search(bound)
            version = _REPACKED.sub("", version) if is_repacked else version
    elif package_type == "apk" and not _APK_REVISION.search(bound):
        version = _APK_REVISION.sub("", version)
    return version
