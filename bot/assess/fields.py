"""Documents on holes, field by field: what `bot.clients.json_fields` reads, and what only these have."""

import math
from collections.abc import Iterator
from typing import Final

from bot.clients.json_fields import (
    MAX_ENTRIES,
    MAX_TEXT,
    Object,
    UnreadableError,
    day,
    entries,
    mapping,
    moment,
    objects,
    parsed,
    parts,
    text,
    texts,
    within,
)
from bot.model.severity import Severity

__all__ = [
    "MAX_ENTRIES",
    "MAX_TEXT",
    "Object",
    "UnreadableError",
    "day",
    "entries",
    "fraction",
    "mapping",
    "moment",
    "objects",
    "parsed",
    "parts",
    "severity",
    "text",
    "texts",
    "vectors",
    "within",
]

_MAX_VECTOR: Final = 300

_SEVERITIES: Final = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
    "negligible": Severity.LOW,
}


def fraction(value: object) -> float | None:
    """A number from 0 to 1, also where it is written as text."""
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= 1 else None


def severity(value: object) -> Severity:
    """In the words of Trivy, Grype, CycloneDX, Red Hat; what they do not rate is unknown."""
    return _SEVERITIES.get(text(value).lower(), Severity.UNKNOWN)


def vectors(value: object) -> Iterator[str]:
    """The CVSS vectors among texts, the newest version first."""
    known = [said for said in texts(value) if said.startswith("CVSS:") and len(said) < _MAX_VECTOR]
    return iter(sorted(known, key=lambda said: said[5:8], reverse=True))
