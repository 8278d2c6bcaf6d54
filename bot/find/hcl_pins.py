"""String literals of an HCL file -> pins; shared by Terraform, Bake and Nomad."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bot.find.reference import Literal, find_reference
from bot.find.syntax.hcl import String
from bot.find.syntax.lines import Lines
from bot.model.pin import Finding, Role, Skip

TEMPLATE: Final = "holds an interpolation: the value is known only when it is filled in"
_NAMES_VALUE: Final = re.compile(r".+[:@]\w.*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class HclSource:
    """An HCL file as a finder reads it."""

    file: PurePosixPath
    finder: str
    lines: Lines

    def literal(self, string: String, *, prefix: str = "") -> Literal:
        """The text of a string behind a prefix that it begins with."""
        text = string.text.removeprefix(prefix)
        return Literal(file=self.file, finder=self.finder, text=text, start=string.span.end - len(text), lines=self.lines)

    def skip(self, string: String, reason: str) -> Skip:
        return self.literal(string).skip(reason)

    def reference(self, string: String, *, role: Role, prefix: str = "") -> Finding:
        """What a string is that holds an image reference."""
        if string.is_template:
            return self.skip(string, TEMPLATE)
        return find_reference(self.literal(string, prefix=prefix), role=role)


def names_value(string: String) -> bool:
    """Whether a string has a tag or digest, or may get one when it is filled in: else it may be a machine image or a name."""
    return _NAMES_VALUE.fullmatch(string.text) is not None or (string.is_template and "/" in string.text)
