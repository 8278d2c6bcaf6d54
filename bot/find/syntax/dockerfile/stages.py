"""Build stages: their names, and which image each of them stands on in the end."""

import re
from typing import Final

from bot.find.syntax.dockerfile.traced import Traced

SCRATCH: Final = "scratch"
_INDEX: Final = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)


class Stages:
    """The stages of a file, in order."""

    def __init__(self) -> None:
        self._bases: list[int | None] = []
        self._by_name: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._bases)

    def add(self, base: str, name: str | None) -> int | None:
        """Adds a stage on `base`; the index of the earlier stage that this names, None where it names none.

        Docker lower-cases the names of stages; an image's name is in lower case anyway, so that no other reading is lost.
        """
        below = self._by_name.get(base.lower())
        self._bases.append(below)
        if name:
            self._by_name[name.lower()] = len(self._bases) - 1
        return below

    def has(self, name: str) -> bool:
        """Whether a COPY or a mount names a stage, be it a later one."""
        return name.lower() in self._by_name

    def final(self) -> int | None:
        """The index of the stage whose image the last stage stands on."""
        index = len(self._bases) - 1 if self._bases else None
        while index is not None and (below := self._bases[index]) is not None:
            index = below
        return index


def is_index(text: str) -> bool:
    """Whether a COPY names a stage by its number."""
    return _INDEX.fullmatch(text) is not None


def stage_name(words: tuple[Traced, ...]) -> str | None:
    """The name that a FROM gives its stage: `FROM image AS name`."""
    return words[2].text if len(words) > 2 and words[1].text.lower() == "as" else None  # noqa: PLR2004 - image, AS, name
