"""A lineage as a text to keep, and back."""

import hashlib
import json
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final

from cattrs import Converter

from bot.model.image import Digest
from bot.model.lineage import Lineage

_ROOMS: Final = ("bot.inspect.lineage", "bot.inspect.attached")


@cache
def judging_form() -> str:
    """What the meaning of a kept record depends on: the code that heard and judged. What other code found is found anew."""
    digest = hashlib.sha256()
    for source in sorted((file for room in _ROOMS for file in files(room).iterdir() if file.name.endswith(".py")), key=str):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]


def packed(lineage: Lineage) -> str:
    return json.dumps(_converter().unstructure(lineage), separators=(",", ":"))


def unpacked(record: str) -> Lineage:
    """The lineage that `packed` made this text of."""
    return _converter().structure(json.loads(record), Lineage)


@cache
def _converter() -> Converter:
    converter = Converter(unstruct_collection_overrides={AbstractSet: sorted})
    converter.register_structure_hook(Digest, lambda value, _: Digest(value))
    converter.register_unstructure_hook(Digest, str)
    converter.register_structure_hook(datetime, lambda value, _: datetime.fromisoformat(value))
    converter.register_unstructure_hook(datetime, lambda value: value.isoformat())
    return converter
