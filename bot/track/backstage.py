"""What a repo's Backstage catalogue says of its components (Backstage: Descriptor Format of Catalog Entities).

Every word of it is the repo's own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from bot.clients.plain_yaml import Plain, read_documents
from bot.model.fleet import Phase
from bot.track.codeowners import is_owner
from bot.track.declared import Word

NAMES: Final = frozenset({"catalog-info.yaml", "catalog-info.yml"})
MAX_FILES: Final = 500
_MAX_ENTITIES: Final = 500
_MAX_TEXT: Final = 200
_REFERENCE: Final = re.compile(r"(?:(?P<kind>[A-Za-z]{1,63}):)?(?:[\w.-]{1,63}/)?(?P<name>[A-Za-z0-9][\w.-]{0,62})", re.ASCII)
_NOBODYS: Final = Word()
_PRODUCT_OWNER: Final = "product-owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One component, as its file has it; empty: not said."""

    file: PurePosixPath
    name: str
    owner: str = ""
    """An entity reference: `group:default/payments`, `payments`, `user:ana`."""
    lifecycle: str = ""
    system: str = ""
    product_owner: str = ""
    """Of an annotation whose name ends in `/product-owner`, for Backstage has no field for it."""


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


def components(file: PurePosixPath, text: str) -> Iterator[Component]:
    """The components of a catalogue file. Never raises: what is no YAML, or no entity, says nothing."""
    documents = read_documents(text)
    try:
        for document in islice(documents, _MAX_ENTITIES):
            if (component := _component(file, document)) is not None:
                yield component
    except ValueError:
        return


def _component(file: PurePosixPath, document: Plain) -> Component | None:
    if not _text(document, "apiVersion").startswith("backstage.io/") or _text(document, "kind").lower() != "component":
        return None
    spec, metadata = _under(document, "spec"), _under(document, "metadata")
    annotations = _under(metadata, "annotations")
    named = (key for key in (annotations if isinstance(annotations, dict) else ()) if key.rpartition("/")[2] == _PRODUCT_OWNER)
    return Component(
        file=file,
        name=_text(metadata, "name"),
        owner=_text(spec, "owner"),
        lifecycle=_text(spec, "lifecycle"),
        system=_text(spec, "system"),
        product_owner=_text(annotations, next(named, "")),
    )


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


def _under(value: Plain, key: str) -> Plain:
    return value.get(key) if isinstance(value, dict) else None


def _text(value: Plain, key: str) -> str:
    found = _under(value, key)
    return " ".join(found[: 2 * _MAX_TEXT].split())[:_MAX_TEXT] if isinstance(found, str) else ""
