"""OpenVEX (openvex/spec), 0.0.x with names as texts, and 0.2.0 with names as objects."""

from collections.abc import Iterator
from typing import Final

from bot.assess.fields import Object, mapping, moment, objects, text, texts
from bot.model.assessment import VexStatement, VexStatus

_CONTEXT: Final = "https://openvex.dev/ns"
_STATES: Final = {status.value: status for status in VexStatus}
_UNNAMED: Final = "something without a name"
_ALGORITHMS: Final = {"sha-256": "sha256", "sha256": "sha256", "sha-512": "sha512", "sha512": "sha512"}


def is_openvex(document: Object) -> bool:
    return any(context.startswith(_CONTEXT) for context in texts(document.get("@context")))


def statements(document: Object, where: str, subject: tuple[str, ...] = ()) -> Iterator[VexStatement]:
    """What it says, a statement for each set of parts of products.

    `subject`: what it is attached to; of that it speaks where a statement names no product. What has no status or no vulnerability of the
    specification says nothing.
    """
    written_at = moment(document.get("timestamp"))
    for said in objects(document.get("statements")):
        status = _STATES.get(text(said.get("status")))
        names = _names(said)
        if status is None or not names:
            continue
        told = said.get("products")
        for subcomponents, products in (_products(told, said) if told else {_parts(said): list(subject)}).items():
            yield VexStatement(
                names=names,
                products=tuple(dict.fromkeys(products)),
                subcomponents=subcomponents,
                status=status,
                reason=": ".join(filter(None, (text(said.get("justification")), text(said.get("impact_statement"))))),
                author=text(document.get("author")),
                at=moment(said.get("timestamp")) or written_at,
                where=where,
            )


def _names(said: Object) -> frozenset[str]:
    told = said.get("vulnerability")
    if not isinstance(told, dict):
        return frozenset(texts(told))
    return frozenset([*texts(told.get("name")), *texts(told.get("aliases"))]) or frozenset(texts(told.get("@id")))


def _products(told: object, said: Object) -> dict[tuple[str, ...], list[str]]:
    """The products by their parts; version 0.0.x names the parts for all products at once."""
    found: dict[tuple[str, ...], list[str]] = {}
    for product in told if isinstance(told, list) else [told]:
        parts = _parts(mapping(product)) or _parts(said)
        found.setdefault(parts, []).extend(_identifiers(product))
    return found


def _parts(told: Object) -> tuple[str, ...]:
    """Empty where it has none at all, which is to say the whole."""
    parts = told.get("subcomponents")
    return tuple(dict.fromkeys(name for part in (parts if isinstance(parts, list) else [parts]) if part for name in _identifiers(part)))


def _identifiers(component: object) -> list[str]:
    """All that names a component: each of them does. What has no name that is known here keeps a word, so that it is not nothing."""
    if not isinstance(component, dict):
        return texts(component) or [_UNNAMED]
    identifiers, hashes = mapping(component.get("identifiers")), mapping(component.get("hashes"))
    known = [text(identifiers.get(kind)) for kind in ("purl", "cpe23", "cpe22")]
    digests = [f"{_ALGORITHMS[name]}:{text(value).lower()}" for name, value in hashes.items() if name in _ALGORITHMS]
    return [name for name in (text(component.get("@id")), *known, *digests) if name] or [_UNNAMED]
