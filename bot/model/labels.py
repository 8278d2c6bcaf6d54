"""Labels that say what a pull request is: their names, how they look, and what they mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.model.severity import Severity
from bot.model.update import UpdateKind


class Family(StrEnum):
    """Of its labels a pull request gets one, and that once."""

    KIND = "kind"
    SEVERITY = "severity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a label is made where a repo lacks it."""

    colour: str
    """RRGGBB."""
    description: str


PLAIN: Final = Look(colour="0e8a16", description="Made by rebuild-bot")
_REBUILD: Final = "rebuild"
_KINDS: Final = {
    UpdateKind.MIGRATE: (
        "update: migrate",
        Look(colour="d4a72c", description="Another base, as the catalogue of bases has it"),
    ),
    UpdateKind.MAJOR: ("update: major", Look(colour="5319e7", description="Another major version, which may break what uses it")),
    UpdateKind.CYCLE: ("update: cycle", Look(colour="8a63d2", description="Another release cycle of a runtime or a database")),
    UpdateKind.MINOR: ("update: minor", Look(colour="1d76db", description="A newer minor version")),
    UpdateKind.PATCH: ("update: patch", Look(colour="9ec5fe", description="A newer patch version")),
    UpdateKind.DIGEST: (_REBUILD, Look(colour="c5def5", description="The same tag, built again")),
    UpdateKind.PIN: (_REBUILD, Look(colour="c5def5", description="The same tag, built again")),
}
"""From what changes most to what changes least."""
_SEVERITIES: Final = {
    Severity.CRITICAL: ("security: critical", Look(colour="b60205", description="Closes a known hole that is critical")),
    Severity.HIGH: ("security: high", Look(colour="d93f0b", description="Closes a known hole of high severity")),
    Severity.MEDIUM: ("security: medium", Look(colour="fbca04", description="Closes a known hole of medium severity")),
    Severity.LOW: ("security: low", Look(colour="fef2c0", description="Closes a known hole of low severity")),
}
_OVERDUE: Final = ("overdue", Look(colour="e99695", description="Not taken in the time that criticality and severity allow"))
LOOKS: Final = dict([*_KINDS.values(), *_SEVERITIES.values(), _OVERDUE])
_MEMBERS: Final = {
    Family.KIND: frozenset(name for name, _ in _KINDS.values()),
    Family.SEVERITY: frozenset(name for name, _ in _SEVERITIES.values()),
}


def kind_label(kinds: Sequence[UpdateKind]) -> str:
    """That of the largest step."""
    return next(name for kind, (name, _) in _KINDS.items() if kind in kinds)


def severity_label(closed: Sequence[Severity | None]) -> str | None:
    """That of the worst hole that is known to be closed; None: none is known."""
    return next((name for severity, (name, _) in _SEVERITIES.items() if severity in closed), None)


def family_of(label: str) -> frozenset[str]:
    """The labels of which a pull request gets one, this among them; of any other label itself alone."""
    return next((members for members in _MEMBERS.values() if label in members), frozenset({label}))
