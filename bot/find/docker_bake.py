"""Docker Bake files in HCL and JSON (Bake file reference): contexts that name an image, inline Dockerfiles. Tags are outputs."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.dockerfile import find_in_dockerfile
from bot.find.finder import Finder, Tree
from bot.find.hcl_pins import TEMPLATE, HclSource
from bot.find.syntax.hcl import Attribute, Body, String, read
from bot.find.syntax.lines import Lines
from bot.find.syntax.yaml import Mapping, Scalar
from bot.find.syntax.yaml import read as read_yaml
from bot.find.syntax.yaml_paths import select
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding, Role

_FILES: Final = re.compile(r"docker-bake(?:\.override)?\.(?:hcl|json)|.*\.docker-bake\.(?:hcl|json)|bake\.(?:hcl|json)")
_IMAGE: Final = "docker-image://"
_VARIABLE: Final = re.compile(r"docker-image://\$\{[ \t]*(?P<name>[A-Za-z_][\w-]*)[ \t]*\}", re.ASCII)
_INLINE: Final = "dockerfile-inline"


class DockerBakeFinder:
    name = "docker-bake"
    precedence = 10

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(path.name.lower()) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        if path.suffix == ".json":
            yield from _find_in_json(YamlSource(file=path, finder=self.name, stream=read_yaml(text)))
            return
        source = HclSource(file=path, finder=self.name, lines=Lines(text))
        body = read(text)
        defaults = _defaults(body)
        seen: set[String] = set()
        for block in body.walk():
            for attribute in block.body.attributes if block.type == "target" else ():
                if attribute.name == "contexts" and attribute.body:
                    yield from _find_contexts(source, attribute.body, defaults, seen)
                elif attribute.name == _INLINE:
                    yield from _find_inline(source, attribute, text)


def _defaults(body: Body) -> dict[str, String]:
    """The defaults of the variables that have one, by name."""
    variables = (block for block in body.blocks if block.type == "variable" and block.labels)
    return {block.labels[0]: default for block in variables if (default := block.body.string("default"))}


def _find_contexts(source: HclSource, contexts: Body, defaults: dict[str, String], seen: set[String]) -> Iterator[Finding]:
    for string in (string for context in contexts.attributes for string in context.strings):
        variable = _VARIABLE.fullmatch(string.text)
        default = defaults.get(variable["name"]) if variable else None
        if default is not None and default.text:
            # Several contexts may use the same variable: its literal counts once.
            if default not in seen:
                seen.add(default)
                yield source.reference(default, role=Role.BUILD_BASE)
        elif string.text.startswith(_IMAGE):
            yield source.reference(string, role=Role.BUILD_BASE, prefix=_IMAGE)


def _find_inline(source: HclSource, attribute: Attribute, text: str) -> Iterator[Finding]:
    heredoc = attribute.heredoc
    if heredoc is None:
        if attribute.strings:
            yield source.skip(attribute.strings[0], "an inline Dockerfile that is written with escapes; a here-document can be read")
        return
    if heredoc.is_template:
        yield source.skip(heredoc, TEMPLATE)
        return
    start = heredoc.span.start
    yield from find_in_dockerfile(heredoc.text, outer=text, file=source.file, finder=source.finder, place=lambda offset: start + offset)


def _find_in_json(source: YamlSource) -> Iterator[Finding]:
    for document in source.stream.mappings():
        for target in (node for node in select(document, "target.*") if isinstance(node, Mapping)):
            for context in (node for node in select(target, "contexts.*") if isinstance(node, Scalar)):
                if context.value.startswith(_IMAGE):
                    yield source.reference(context, role=Role.BUILD_BASE, part=context.value.removeprefix(_IMAGE))
            inline = target.scalar(_INLINE)
            if inline is not None:
                yield source.skip(inline, "an inline Dockerfile that is written with escapes")


PLUGIN: Final[Finder] = DockerBakeFinder()
