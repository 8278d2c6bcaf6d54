"""What the custom properties of a repo declare of its apps, each with the property that says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

from bot.model.fleet import Criticality, Phase, Property, Repo
from bot.settings.properties import Properties
from bot.track.codeowners import is_owner

_Meaning = TypeVar("_Meaning", bound=Enum)
_NOT_KNOWN: Final = "its custom properties are not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Whose word something is: the property that says it; or why none does, where one was to be asked."""

    source: str = ""
    problem: str = ""

    @property
    def said(self) -> str:
        return self.source or self.problem

    def beside(self, otherwise: str) -> str:
        """What decided instead, with what kept the property from it."""
        return f"{otherwise} ({self.problem})" if self.problem and otherwise else otherwise or self.problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """None or empty: not declared."""

    phase: Phase | None = None
    phase_word: Word = Word()
    criticality: Criticality | None = None
    criticality_word: Word = Word()
    owners: tuple[str, ...] = ()
    owners_word: Word = Word()
    product_owner: str = ""
    product_owner_word: Word = Word()


def declared(repo: Repo, settings: Properties) -> Declared:
    """By the properties that the settings name. What can't be understood, or could not be read, declares nothing, and says so."""
    if not settings.read:
        return Declared()
    if repo.properties is None:
        word = Word(problem=_NOT_KNOWN)
        return Declared(phase_word=word, criticality_word=word, owners_word=word)
    phase, phase_word = _meaning(repo.properties, settings.phase, settings.phases, "phase")
    criticality, criticality_word = _meaning(repo.properties, settings.criticality, settings.criticalities, "criticality")
    owners, owners_word = _owners(repo, settings.owners)
    product_owner = _first(repo.properties, settings.product_owner)
    return Declared(
        phase=phase,
        phase_word=phase_word,
        criticality=criticality,
        criticality_word=criticality_word,
        owners=owners,
        owners_word=owners_word,
        product_owner="" if product_owner is None else ", ".join(product_owner.values),
        product_owner_word=Word() if product_owner is None else Word(source=str(product_owner)),
    )


def _first(properties: Sequence[Property], names: Sequence[str]) -> Property | None:
    known = {one.name.lower(): one for one in properties}
    return next((known[name.lower()] for name in names if name.lower() in known), None)


def _meaning(
    properties: Sequence[Property], names: Sequence[str], meanings: Mapping[str, _Meaning], what: str
) -> tuple[_Meaning | None, Word]:
    """What the values stand for, where that is one thing."""
    found = _first(properties, names)
    if found is None:
        return None, Word()
    by_value = {value.lower(): meaning for value, meaning in meanings.items()}
    meant = {by_value.get(value.strip().lower()) for value in found.values}
    meaning = next(iter(meant)) if len(meant) == 1 else None
    if meaning is None:
        return None, Word(problem=f"{found} stands for no {what}")
    return meaning, Word(source=str(found))


def _owners(repo: Repo, names: Sequence[str]) -> tuple[tuple[str, ...], Word]:
    found = _first(repo.properties or (), names)
    if found is None:
        return (), Word()
    owners = tuple(dict.fromkeys(_owner(value.strip(), repo) for value in found.values))
    if not all(map(is_owner, owners)):
        return (), Word(problem=f"{found} names no owner")
    return owners, Word(source=str(found))


def _owner(text: str, repo: Repo) -> str:
    """As CODEOWNERS writes it. A bare name is a team of the organisation, for that is what properties are made for."""
    if "@" in text:
        return text
    return f"@{text}" if "/" in text else f"@{repo.full_name.partition('/')[0]}/{text}"
