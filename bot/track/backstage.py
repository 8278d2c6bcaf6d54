"""What a repo's Backstage catalogue says of its components (Backstage: Descriptor Format of Catalog Entities).

Every word of it is the repo's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from bot.clients.plain_yaml import Plain, read_documents

NAMES: Final = frozenset({"catalog-info.yaml", "catalog-info.yml"})
MAX_FILES: Final = 500
_MAX_ENTITIES: Final = 500
_MAX_TEXT: Final = 200
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


def _under(value: Plain, key: str) -> Plain:
    return value.get(key) if isinstance(value, dict) else None


def _text(value: Plain, key: str) -> str:
    found = _under(value, key)
    return " ".join(found[: 2 * _MAX_TEXT].split())[:_MAX_TEXT] if isinstance(found, str) else ""
