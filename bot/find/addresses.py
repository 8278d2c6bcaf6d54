"""Addresses of files in repos and releases at a version, in YAML of any format (`bot.find.git_url`).

    extraManifests: [https://github.com/acme/approver/releases/download/v0.8.1/install.yaml]

A value that is an address and nothing else is a pin; what repeats the version in it moves along. With a checksum beside it, and among the
words of a script, it is a skip: something else would have to move too.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final, assert_never

from bot.find.finder import Finder, Tree
from bot.find.git_url import is_download, read_file_url
from bot.find.reference import Literal
from bot.find.syntax.yaml import Mapping, Node, Scalar, Sequence, read
from bot.find.yaml_pins import YamlSource, distinct, is_yaml
from bot.model.pin import Finding

_OTHER_FORMATS: Final = re.compile(r"chart\.ya?ml|requirements\.ya?ml|.*lock\.ya?ml", re.ASCII | re.IGNORECASE)
"""Links to pages about a chart, and what only its tool may write."""
_HINT: Final = re.compile(r"https?://[^\s/]{1,200}/[^\s]{1,300}/")
_SCRIPTS: Final = re.compile(r"run|shell|command|cmds?|exec|sh|bash|(?:[a-z]+_)?script", re.ASCII | re.IGNORECASE)
"""Keys below which pipelines, Taskfiles and Ansible write commands."""
_ADDRESS: Final = re.compile(r"https?://[^\s'\"`()|;<>\\]{8,500}")
_NO_PLACE: Final = frozenset({"annotations", "labels"})
_IN_SCRIPT: Final = (
    "an address in a script: whether a checksum or a name beside it must move along is not known; an annotation makes it a pin"
)


_CHECKSUM: Final = re.compile(
    r".*(?:checksum|digest|integrity)|.*(?:sha(?:1|2|256|512)|md5)(?:sum)?|(?:.*_)?(?:hash|sha|sum)", re.ASCII | re.IGNORECASE
)
_HAS_CHECKSUM: Final = "a checksum beside it belongs to this very file and would stay behind"


class _Way(StrEnum):
    """How a scalar may hold an address."""

    VALUE = "value"
    SCRIPT = "script"
    WITH_CHECKSUM = "with checksum"


class AddressesFinder:
    """The last but the variables: any scalar, whoever reads the file."""

    name = "address"
    precedence = -15

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path) and not _OTHER_FORMATS.fullmatch(path.name)

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - an address stands for itself
        if not _HINT.search(text):
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        documents = (document for document in source.stream.documents if not (isinstance(document, Mapping) and document.get("apiVersion")))
        scalars = (found for document in documents for found in _scalars(document))
        yield from distinct(found for scalar, way in scalars for found in _find(source, scalar, way))


def _find(source: YamlSource, scalar: Scalar, way: _Way) -> Iterator[Finding]:
    match way:
        case _Way.SCRIPT:
            yield from _in_script(source, scalar)
        case _Way.VALUE | _Way.WITH_CHECKSUM:
            found = source.unmistakable_address(scalar) if scalar.is_exact and is_download(scalar.value) else None
            if found:
                yield found if way is _Way.VALUE else source.skip(scalar, _HAS_CHECKSUM)
        case _:
            assert_never(way)


def _in_script(source: YamlSource, scalar: Scalar) -> Iterator[Finding]:
    for match in _ADDRESS.finditer(source.stream.text, scalar.span.start, scalar.span.end):
        if read_file_url(match.group()) and is_download(match.group()):
            literal = Literal(file=source.file, finder=source.finder, text=match.group(), start=match.start(), lines=source.stream.lines)
            yield literal.skip(_IN_SCRIPT)


def _scalars(root: Node) -> Iterator[tuple[Scalar, _Way]]:
    """The scalars below a node in reading order, each once; a script's are told by the nearest key."""
    waiting: list[tuple[Node, _Way]] = [(root, _Way.VALUE)]
    seen = set[int]()
    while waiting:
        node, way = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        match node:
            case Scalar():
                yield node, way
            case Sequence():
                waiting += [(item, way) for item in reversed(node.items)]
            case Mapping():
                entries = list(node.entries())
                plain = _Way.WITH_CHECKSUM if any(_CHECKSUM.fullmatch(key.value) for key, _ in entries) else _Way.VALUE
                waiting += [
                    (value, _Way.SCRIPT if _SCRIPTS.fullmatch(key.value) else plain if isinstance(value, Scalar) else _Way.VALUE)
                    for key, value in reversed(entries)
                    if key.value not in _NO_PLACE
                ]


PLUGIN: Final[Finder] = AddressesFinder()
