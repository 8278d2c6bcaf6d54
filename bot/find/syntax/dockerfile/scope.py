"""The values of ARG at each place of a Dockerfile."""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.find.syntax.dockerfile.expand import ExpansionError, Words
from bot.find.syntax.dockerfile.reader import Instruction, quoted_words
from bot.find.syntax.dockerfile.traced import Traced

_PLATFORM: Final = {
    "OS": "linux",
    "ARCH": "amd64",
    "VARIANT": "",
    "PLATFORM": "linux/amd64",
}
"""What BuildKit fills in where nobody asks for another platform."""
_MAX_EXPANSIONS: Final = 5000
"""Of words that hold variables, in one file; a hostile one could ask for any number of slow ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A word's value without any build argument, as BuildKit has it: a variable without a value is empty."""

    word: Traced
    """As it is written."""
    text: Traced
    lacking: str | None = None
    """Why a variable in it has no value; None where each has one."""


class Scope:
    """The variables that a word may name. Global ARGs hold for FROM; a stage sees its own in front of them."""

    def __init__(self, escape: str) -> None:
        self._escape: Final = escape
        self._global: dict[str, Traced] = {
            f"{prefix}{name}": Traced.nowhere(value) for prefix in ("BUILD", "TARGET") for name, value in _PLATFORM.items()
        }
        self._stage: dict[str, Traced] = {}
        self._broken: dict[str, str] = {}
        self._in_stages: set[str] = set()
        self._declared: set[str] = set()
        self._expansions = 0
        self._has_stage = False

    def begin_stage(self) -> None:
        self._has_stage = True
        self._stage = {}

    def declare(self, instruction: Instruction) -> None:
        """What an ARG instruction says; in front of the first stage it holds for every FROM, else for its own stage only."""
        for word in quoted_words(instruction.arguments, self._escape):
            name, value = word.cut("=")
            if self._has_stage:
                self._in_stages.add(name.text)
            else:
                self._declared.add(name.text)
            if value is not None:
                self._set(name.text, value)

    def resolve(self, word: Traced) -> "Resolved":
        """The word as a FROM sees it. Raises ExpansionError."""
        return self._expand(word, self._global)

    def resolve_in_stage(self, word: Traced) -> "Resolved":
        """The word as the stage's instructions see it. Raises ExpansionError."""
        return self._expand(word, ChainMap(self._stage, self._global))

    def _set(self, name: str, value: Traced) -> None:
        variables = self._stage if self._has_stage else self._global
        try:
            variables[name] = self._expand(value, ChainMap(self._stage, self._global)).text
            self._broken.pop(name, None)
        except ExpansionError as error:
            variables.pop(name, None)
            self._broken[name] = str(error)

    def _expand(self, word: Traced, variables: Mapping[str, Traced]) -> "Resolved":
        if "$" in word.text:
            self._expansions += 1
            if self._expansions > _MAX_EXPANSIONS:
                raise ExpansionError(f"the file has more than {_MAX_EXPANSIONS} values with variables")
        words = Words(word, variables, escape=self._escape)
        whole = words.whole()
        return Resolved(word=word, text=whole, lacking=self._why_unset(words.unset[0]) if words.unset else None)

    def _why_unset(self, name: str) -> str:
        if name in self._broken:
            return f"ARG {name} can't be resolved: {self._broken[name]}"
        if name in self._declared:
            return f"ARG {name} has no default"
        if name in self._in_stages:
            return f"ARG {name} is declared inside a stage only, where no FROM sees it"
        return f"ARG {name} is not declared in front of the first FROM"
