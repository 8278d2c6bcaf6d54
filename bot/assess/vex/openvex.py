"""OpenVEX (openvex/spec), 0.0.x with names as texts, and 0.2.0 with names as objects."""

from collections.abc import Iterator
from typing import Final

from bot.assess.fields import Object, mapping, moment, objects, text, texts
from bot.model.assessment import VexStatement, VexStatus

_CONTEXT: Final = "https://openvex.dev/ns"
_STATES: Final = {status.value: status for status in VexStatus}
_ALGORITHMS: Final = {"sha-256": "sha256", "sha256": "sha256", "sha-512": "sha512", "sha512": "sha512"}


def is_openvex(document: Object) -> bool:
    return any(context.startswith(_CONTEXT) for context in texts(document.get("@context")))


def statements(document: Object, where: str, subject: tuple[str, ...] = ()) -> Iterator[VexStatement]:
    """What it says, a statement for each set of parts of products.

    `subject`: what it is attached to; of that it speaks where a statement names no product, and of the document's own products before.
    What has no status or vulnerability of the specification says nothing.
    """
    written_at = moment(document.get("timestamp"))
    for said in objects(document.get("statements")):
        status = _STATES.get(text(said.get("status")))
        names = _names(said)
        if status is None or not names:
            continue
        for subcomponents, products in _products(said.get("products") or document.get("products"), said).items():
            yield VexStatement(
                names=names,
                products=tuple(dict.fromkeys(products)) or subject,
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
    of_all = _components(said.get("subcomponents"))
    found: dict[tuple[str, ...], list[str]] = {}
    for product in told if isinstance(told, list) else [told]:
        parts = _components(mapping(product).get("subcomponents")) or of_all
        found.setdefault(tuple(dict.fromkeys(parts)), []).extend(_identifiers(product))
    return found


def _components(told: object) -> list[str]:
    return [name for component in (told if isinstance(told, list) else []) for name in _identifiers(component)]


def _identifiers(component: object) -> list[str]:
    """All that names a product: each of them does."""
    if not isinstance(component, dict):
        return texts(component)
    identifiers, hashes = mapping(component.get("identifiers")), mapping(component.get("hashes"))
    known = [text(identifiers.get(kind)) for kind in ("purl", "cpe23", "cpe22")]
    digests = [f"{_ALGORITHMS[name]}:{text(value).lower()}" for name, value in hashes.items() if name in _ALGORITHMS]
    return [name for name in (text(component.get("@id")), *known, *digests) if name]
