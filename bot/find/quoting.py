"""Whether a plain YAML scalar still says the same string to every reader."""

import re
from typing import Final

from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

_RESOLVERS: Final = (VersionedResolver(version=(1, 1)), VersionedResolver(version=(1, 2)))
_STRING: Final = "tag:yaml.org,2002:str"
_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9]|\.0)?")
"""The numbers that are printed as they are written, by Go's and Python's readers alike."""
_MAX_EXACT_DIGITS: Final = 15
_NOT_PLAIN: Final = re.compile(r"[-?:](?:\s|$)|[,\[\]{}#&*!|>'\"%@`]|\s|.*(?::\s|\s#|:$|\s$|[,\[\]{}])", re.DOTALL)


def reads_back(text: str, *, like: str) -> bool:
    """Whether `text`, put as a plain scalar where the plain scalar `like` stood, is read as what `like` was: a string stays one.

    YAML 1.1 and 1.2 readers must agree. A number may follow a number if it is printed as it is written (17.4 -> 17.5, not 17.9 -> 17.10).
    """
    if not text or _NOT_PLAIN.match(text):
        return False
    if all(_tag(resolver, text) == _STRING for resolver in _RESOLVERS):
        return True
    return _is_exact_number(text) and _is_exact_number(like)


def _is_exact_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and len(text) <= _MAX_EXACT_DIGITS


def _tag(resolver: VersionedResolver, text: str) -> str:
    return str(resolver.resolve(ScalarNode, text, (True, False)))
