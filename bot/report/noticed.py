"""What is in use and wrong: a digest of another version, a release tag that moved, a base not to be used, a publisher's warning."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.model.run import AppDecisions
from bot.report.markdown import code, plain

HEAD: Final = ("In use", "Wrong", "Where")
_MAX_PLACES: Final = 3
_MAX_REASON: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """One thing that is wrong, wherever that is so."""

    what: str
    reason: str
    where: tuple[str, ...]
    """`owner/name: file:line`, each once."""


def noticed(apps: Iterable[AppDecisions]) -> list[Noticed]:
    """Each thing once with all its places, what stands at most places first."""
    places: dict[tuple[str, str], dict[str, None]] = {}
    for entry in apps:
        for decision in entry.decisions:
            pin = decision.pin
            for remark in decision.remarks:
                key = (f"{pin.dependency.name} {pin.value or ''}".strip(), remark.reason)
                file = f"{pin.file}:{pin.line}"
                places.setdefault(key, {})[f"{entry.app.repo}: {file}" if entry.app.repo else file] = None
    found = [Noticed(what=what, reason=reason, where=tuple(where)) for (what, reason), where in places.items()]
    return sorted(found, key=lambda one: (-len(one.where), one.what, one.reason))


def rows(found: Sequence[Noticed]) -> list[tuple[str, ...]]:
    """By HEAD."""
    return [(code(one.what), plain(one.reason, most=_MAX_REASON), _places(one.where)) for one in found]


def _places(where: Sequence[str]) -> str:
    more = f" and {len(where) - _MAX_PLACES} more" if len(where) > _MAX_PLACES else ""
    return "<br>".join(map(code, where[:_MAX_PLACES])) + more
