"""Packages as the ledger keeps them: without what only one image knows of them (path, architecture, layer)."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final

from bot.model.contents import KnownBy, Package

_MAX_TEXT: Final = 1000
"""Characters of a name or version; longer ones are hostile, and are cut."""
_MAX_KEY: Final = 200
_JOINTS: Final = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPackage:
    """A package that is or was in some image."""

    id: int
    type: str
    namespace: str
    name: str
    version: str
    source_name: str
    """Empty: not told."""
    source_version: str
    known_by: KnownBy


def key_of(name: str) -> str:
    """What a name is looked up by: wide enough for every ecosystem's own idea of equal names, so that whoever asks looks closer."""
    return _JOINTS.sub("-", kept(name).lower())[:_MAX_KEY]


def row_of(package: Package) -> dict[str, Any]:
    """The row of `packages` for a package of an image."""
    told = {
        "type": package.type,
        "namespace": package.namespace,
        "name": package.name,
        "version": package.version,
        "source_name": package.source_name,
        "source_version": package.source_version,
        "known_by": package.known_by.value,
    }
    row = {column: kept(text) for column, text in told.items()}
    identity = hashlib.sha256("\0".join(row.values()).encode()).digest()
    has_other_source = package.source_name not in {"", package.name}
    keys = {"name_key": key_of(package.name), "source_key": key_of(package.source_name) if has_other_source else ""}
    return {"identity": identity, **row, **keys}


def kept(text: str) -> str:
    """The text as every database takes it: without NUL and lone surrogates, and not without end."""
    return text[:_MAX_TEXT].replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", errors="replace").decode()
