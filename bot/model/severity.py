"""How bad something is, in the words that scanners, GitHub and CVSS's qualitative scale share."""

from enum import StrEnum


class Severity(StrEnum):
    """From what nobody rated to the worst. Unknown is no rating: it is neither low nor nothing."""

    UNKNOWN = "unknown"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for unknown to 4 for critical: for sorting."""
        return tuple(Severity).index(self)
