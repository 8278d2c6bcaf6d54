"""JSON that others wrote, as text that can be written again."""

import json
import re
from typing import Any, Final

_MAY_BE_HALF: Final = re.compile(rb"\\u[dD]|\xed", re.ASCII)
"""How half of a surrogate pair can stand in JSON: escaped, or as bytes that are no UTF-8."""


def read_json(data: bytes) -> Any:  # noqa: ANN401 whatever it holds
    """What a document says; half of a surrogate pair becomes U+FFFD, for no file, terminal or database takes it.

    Raises ValueError for what is no JSON, RecursionError for what is nested too deep.
    """
    told = json.loads(data)
    return _whole(told) if _MAY_BE_HALF.search(data) else told


def _whole(value: object) -> object:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    return value
