"""What a repo's Backstage catalogue means for its apps."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bot.model.fleet import Phase
from bot.track.backstage import Component
from bot.track.codeowners import is_owner
from bot.track.declared import Word

_REFERENCE: Final = re.compile(r"(?:(?P<kind>[A-Za-z]{1,63}):)?(?:[\w.-]{1,63}/)?(?P<name>[A-Za-z0-9][\w.-]{0,62})", re.ASCII)
_NOBODYS: Final = Word()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogued:
    """What the catalogue says of one app; None or empty: nothing."""

    owners: tuple[str, ...] = ()
    owners_word: Word = _NOBODYS
    phase: Phase | None = None
    phase_word: Word = _NOBODYS
    system: str = ""
    product_owner: str = ""
    product_owner_word: Word = _NOBODYS


def catalogued(
    folder: PurePosixPath, found: Iterable[Component], folders: Sequence[PurePosixPath], *, phases: Mapping[str, Phase], organisation: str
) -> Catalogued:
    """What the components whose files are the app's, and no deeper app's, say of it. Where they differ, nothing, and why."""
    mine = [one for one in found if _home(one.file, folders) == folder]
    owner, owner_word = _agreed(mine, "owner", [one.owner for one in mine])
    owners = (as_written_by_codeowners(owner, organisation),) if owner else ()
    if owners and not is_owner(owners[0]):
        owners, owner_word = (), Word(problem=f"{owner_word.source} names no owner")
    by_word = {word.lower(): phase for word, phase in phases.items()}
    lifecycle, phase_word = _agreed(mine, "lifecycle", [one.lifecycle for one in mine])
    # `production` says nothing of a phase: both what is developed and what is not is in production.
    phase = by_word.get(lifecycle.lower())
    product_owner, product_word = _agreed(mine, "product owner", [one.product_owner for one in mine])
    return Catalogued(
        owners=owners,
        owners_word=owner_word,
        phase=phase,
        phase_word=phase_word if phase is not None or phase_word.problem else Word(),
        system=_agreed(mine, "system", [one.system for one in mine])[0],
        product_owner=product_owner,
        product_owner_word=product_word,
    )


def as_written_by_codeowners(reference: str, organisation: str) -> str:
    """`@organisation/team` for a group, `@login` for a user; as it is where it is no entity reference."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return reference
    match (match["kind"] or "group").lower():
        case "group":
            return f"@{organisation}/{match['name']}"
        case "user":
            return f"@{match['name']}"
        case _:
            return reference


def _agreed(components_: Sequence[Component], what: str, values: Sequence[str]) -> tuple[str, Word]:
    said = {value: one for value, one in zip(reversed(values), reversed(components_), strict=True) if value}
    if not said:
        return "", Word()
    if len(said) > 1:
        files = ", ".join(sorted({str(one.file) for one in said.values()})[:3])
        return "", Word(problem=f"{files}: the components do not agree on the {what}")
    ((value, one),) = said.items()
    return value, Word(source=f"{one.file}: {what} {value}")


def _home(file: PurePosixPath, folders: Sequence[PurePosixPath]) -> PurePosixPath | None:
    holding = [folder for folder in folders if file.is_relative_to(folder)]
    return max(holding, key=lambda folder: len(folder.parts), default=None)
