"""Docker Bake (Bake file reference): the `tags` of targets, in HCL and JSON."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.publishes.reader import Context, Reader, published
from bot.find.syntax.hcl import read as read_hcl
from bot.find.syntax.lines import Lines
from bot.find.syntax.yaml import Scalar, read
from bot.find.syntax.yaml_paths import select
from bot.model.published import Published

_FILES: Final = re.compile(r"docker-bake(?:\.override)?\.(?:hcl|json)|.*\.docker-bake\.(?:hcl|json)|bake\.(?:hcl|json)")
_VARIABLE: Final = re.compile(r"\$\{[ \t]*(?P<name>[A-Za-z_]\w{0,100})[ \t]*\}", re.ASCII)


class BakeReader:
    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(path.name.lower()) is not None

    def read(self, path: PurePosixPath, text: str, context: Context) -> Iterator[Published]:
        for line, tag in _tags_in_json(text) if path.suffix == ".json" else _tags_in_hcl(text):
            found = published(path, line, tag, by="bake", context=context)
            if found:
                yield found


def _tags_in_json(text: str) -> Iterator[tuple[int, str]]:
    stream = read(text)
    for node in (node for document in stream.mappings() for node in select(document, "target.*.tags[]")):
        if isinstance(node, Scalar):
            yield stream.line(node), node.value


def _tags_in_hcl(text: str) -> Iterator[tuple[int, str]]:
    lines, body = Lines(text), read_hcl(text)
    variables = [(block.labels[0], block.body.string("default")) for block in body.blocks if block.type == "variable" and block.labels]
    defaults = {name: default.text for name, default in variables if default and not default.is_template}
    for attribute in (attribute for block in body.walk() if block.type == "target" for attribute in block.body.attributes):
        for string in attribute.strings if attribute.name == "tags" else ():
            resolved = _VARIABLE.sub(lambda match: defaults.get(match["name"]) or match.group(), string.text)
            yield lines.line(string.span.start), resolved


PLUGIN: Final[Reader] = BakeReader()
