"""What is known of holes in the demo, wave by wave: records of OSV's form, and a catalogue of the exploited ones.

All of it is made up, the numbers too: nobody gives out CVE numbers from 90000 on in such years.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from bot.sandbox.demo.images import Wave
from bot.sandbox.osv import Record

_CRITICAL: Final = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
_HIGH: Final = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
_MEDIUM: Final = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:L"

_DEBIAN: Final = "Debian:12"
_UBUNTU: Final = "Ubuntu:24.04:LTS"
_ALPINE: Final = "Alpine:v3.22"
_PYPI: Final = "PyPI"
_PREFIXES: Final = {_DEBIAN: "DEBIAN-", _UBUNTU: "UBUNTU-", _ALPINE: "ALPINE-", _PYPI: ""}
_BEFORE_THE_IMAGES: Final = timedelta(hours=8)
"""Distributions publish a fix before the images on top of them are built again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hole:
    """One vulnerability, as several distributions tell of it."""

    cve: str
    wave: Wave
    """When it is published."""
    summary: str
    cvss: str = ""
    """Empty: nobody has rated it."""
    fixed: Mapping[str, tuple[str, str]]
    """Ecosystem -> package and the version with the fix; no version: there is none."""
    announced: str = ""
    """Debian's announcement of its fix."""
    is_exploited: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    """Ecosystem -> its publisher's own word on how bad it is."""


_HOLES: Final = (
    _Hole(
        cve="CVE-2025-90310",
        wave=Wave.BEFORE,
        summary="Perl's archive reader follows a link that it has just written",
        cvss=_MEDIUM,
        fixed={_DEBIAN: ("perl", ""), _UBUNTU: ("perl", "")},
    ),
    _Hole(
        cve="CVE-2025-90311",
        wave=Wave.BEFORE,
        summary="tar reads a byte beyond a header that was cut off",
        fixed={_DEBIAN: ("tar", ""), _UBUNTU: ("tar", "")},
    ),
    _Hole(
        cve="CVE-2026-90011",
        wave=Wave.FIX,
        summary="A TLS record of a certain length makes a server read beyond its buffer",
        cvss=_HIGH,
        fixed={
            _DEBIAN: ("openssl", "3.0.18-1~deb12u1"),
            _ALPINE: ("openssl", "3.5.5-r0"),
            _UBUNTU: ("openssl", "3.0.13-0ubuntu3.7"),
        },
        announced="DSA-9011-1",
        words={_UBUNTU: "medium"},
    ),
    _Hole(
        cve="CVE-2026-90012",
        wave=Wave.FIX,
        summary="OpenSSL's certificate parser takes minutes for a crafted name",
        cvss=_MEDIUM,
        fixed={_DEBIAN: ("openssl", "3.0.18-1~deb12u1"), _ALPINE: ("openssl", "3.5.5-r0")},
        announced="DSA-9011-1",
    ),
    _Hole(
        cve="CVE-2026-90013",
        wave=Wave.FIX,
        summary="SQLite writes behind a buffer for a crafted full-text query",
        cvss=_MEDIUM,
        fixed={_DEBIAN: ("sqlite3", "3.40.1-2+deb12u3")},
        announced="DSA-9012-1",
    ),
    _Hole(
        cve="CVE-2026-90101",
        wave=Wave.LATER,
        summary="A crafted DNS answer makes glibc's resolver run code of the attacker",
        cvss=_CRITICAL,
        fixed={_DEBIAN: ("glibc", "2.36-9+deb12u14")},
        announced="DSA-9101-1",
        is_exploited=True,
    ),
    _Hole(
        cve="CVE-2026-90102",
        wave=Wave.LATER,
        summary="glibc's iconv reads beyond a buffer in a rare character set",
        cvss=_MEDIUM,
        fixed={_DEBIAN: ("glibc", "2.36-9+deb12u14")},
        announced="DSA-9101-1",
    ),
    _Hole(
        cve="CVE-2026-90103",
        wave=Wave.LATER,
        summary="PAM lets an empty line in a list of users match everybody",
        cvss=_HIGH,
        fixed={_DEBIAN: ("pam", "1.5.2-6+deb12u2")},
        announced="DSA-9102-1",
    ),
    _Hole(
        cve="CVE-2026-90201",
        wave=Wave.ADVISORIES,
        summary="GnuTLS accepts a certificate whose chain ends in a loop",
        cvss=_HIGH,
        fixed={_DEBIAN: ("gnutls28", "3.7.9-2+deb12u6")},
        announced="DSA-9201-1",
    ),
    _Hole(
        cve="CVE-2026-90301",
        wave=Wave.ADVISORIES,
        summary="bankfile reads an amount with two decimal points as the larger one",
        cvss=_MEDIUM,
        fixed={_PYPI: ("bankfile", "4.2.1")},
    ),
)


def records(wave: Wave) -> list[Record]:
    """What OSV has from that wave on: a record for each distribution, and the announcements of fixes."""
    of_wave = [hole for hole in _HOLES if hole.wave is wave]
    told = [_record(hole, ecosystem) for hole in of_wave for ecosystem in hole.fixed]
    announcements = dict.fromkeys(hole.announced for hole in of_wave if hole.announced)
    return told + [_announcement(name, [hole for hole in of_wave if hole.announced == name]) for name in announcements]


def exploited(wave: Wave) -> Mapping[str, Any]:
    """The catalogue of known exploited vulnerabilities as it is in that wave."""
    listed = [hole for hole in _HOLES if hole.is_exploited and hole.wave.value <= wave.value]
    entries = [("CVE-2024-90001", date(2024, 5, 2)), *((hole.cve, hole.wave.value.date()) for hole in listed)]
    return {
        "title": "A made-up catalogue in the form of CISA's",
        "catalogVersion": f"{wave.value:%Y.%m.%d}",
        "vulnerabilities": [{"cveID": cve, "dateAdded": day.isoformat()} for cve, day in entries],
    }


def _record(hole: _Hole, ecosystem: str) -> Record:
    word = hole.words.get(ecosystem)
    rated = [{"type": "Ubuntu", "score": word}] if word else [{"type": "CVSS_V3", "score": hole.cvss}] if hole.cvss else []
    name = f"{_PREFIXES[ecosystem]}{hole.cve}"
    return _whole(name, hole.wave, hole.summary, [(ecosystem, *hole.fixed[ecosystem])], severity=rated, upstream=[hole.cve])


def _announcement(name: str, holes: list[_Hole]) -> Record:
    affected = list(dict.fromkeys((_DEBIAN, *hole.fixed[_DEBIAN]) for hole in holes))
    source = affected[0][1]
    return _whole(name, holes[0].wave, f"{source} security update", affected, upstream=[hole.cve for hole in holes])


def _whole(name: str, wave: Wave, summary: str, affected: list[tuple[str, str, str]], **more: list[Any]) -> Record:
    published = f"{wave.value - _BEFORE_THE_IMAGES:%Y-%m-%dT%H:%M:%SZ}"
    return {
        "schema_version": "1.7.3",
        "id": name,
        "published": published,
        "modified": published,
        "summary": summary,
        "details": f"{summary}. Made up for the demo.",
        "affected": [
            {
                "package": {"ecosystem": ecosystem, "name": package},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]}],
            }
            for ecosystem, package, fixed in affected
        ],
        **{key: value for key, value in more.items() if value and value != [name]},
    }
