"""Values as JSON that people may read on a terminal."""

import json
import re
from typing import Final

from bot.report.printable import HIDDEN

_HIDDEN: Final = re.compile(f"(?!\n)[{HIDDEN}]")
"""But for the line ends between values: those in texts are escaped already."""


def json_text(value: object, *, indent: int | None = 2) -> str:
    """The value as JSON, one line for each entry, or one in all where `indent` is None.

    Letters of every script stay; what nobody sees and a terminal may obey is escaped (RFC 8259, section 7), so that parsed again it is the
    same value. Raises TypeError for what JSON does not have.
    """
    text = _HIDDEN.sub(_escaped, json.dumps(value, indent=indent, ensure_ascii=False))
    # What GitHub Actions takes for a command wherever it stands in a line.
    return text.replace("##[", "#\\u0023[")


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]
