"""ConfigMaps of Kubernetes: full image references in their data. Off unless `find.config_map_images` is set.

    data:
      SIDECAR_IMAGE: ghcr.io/acme/sidecar:1.4.0                  a pin: a registry's host makes it certain, a digest too
      config.yaml: |
        sidecar: {image: "ghcr.io/acme/sidecar:1.4.0"}           a pin as well: a word of a text in any language
        # was ghcr.io/acme/sidecar:1.3.0                         nothing: a comment
      SHELL_IMAGE: alpine:3.18                                   left to the finder of Kubernetes, which says why it is none

What reads the data, and whether it must be told of a change, is not known: hence the setting.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.manifest import is_built_in, manifests
from bot.find.reference import Literal, find_reference
from bot.find.syntax.yaml import Mapping, Scalar, Style, read
from bot.find.yaml_pins import NO_TEXT, YamlSource, distinct, full_reference, is_yaml
from bot.model.pin import Finding, Role

CONFIG_MAPS: Final = "config-map"
_BLOCKS: Final = frozenset({Style.LITERAL, Style.FOLDED})
"""Whose words stand in the file as they are read, whatever becomes of the line ends."""
_LINE: Final = re.compile(r"[^\n]++")
_COMMENT: Final = re.compile(r"[ \t]*+(?:#|//|;)")
_TRAILING_COMMENT: Final = re.compile(r"[ \t]#")
_WORD: Final = re.compile(r"[^\s\"'`,;|\\(){}\[\]<>]++")
_OPENS_PLACEHOLDER: Final = "{<("
_CLOSES_PLACEHOLDER: Final = "}>)"


class ConfigMapFinder:
    """Below annotations, which say more; what the finder of Kubernetes has passed over, it makes a pin."""

    name = CONFIG_MAPS
    precedence = -11

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path) or path.suffix == ".json"

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - a reference stands for itself
        if "ConfigMap" not in text:
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        objects = (manifest for document in source.stream.documents for manifest in manifests(document))
        config_maps = (one for one in objects if one.text("kind") == "ConfigMap" and is_built_in(one))
        yield from distinct(found for config_map in config_maps for found in _find_in_data(source, config_map))


def _find_in_data(source: YamlSource, config_map: Mapping) -> Iterator[Finding]:
    data = config_map.mapping("data")
    for _, value in data.entries() if data else ():
        if not isinstance(value, Scalar):
            continue
        part = full_reference(value.value) if value.is_exact else None
        if part:
            yield source.reference(value, part=part)
        elif value.is_exact or value.style in _BLOCKS:
            yield from _find_in_words(source, value)
        elif any(full_reference(word.group()) for word in _WORD.finditer(value.value)):
            yield source.skip(value, NO_TEXT)


def _find_in_words(source: YamlSource, value: Scalar) -> Iterator[Finding]:
    """The references among the words of a text whose language is not known."""
    text = source.stream.text
    for line in _LINE.finditer(text, value.span.start, value.span.end):
        if _COMMENT.match(line.group()):
            continue
        comment = _TRAILING_COMMENT.search(line.group())
        end = line.start() + comment.start() if comment else line.end()
        for word in _WORD.finditer(text, line.start(), end):
            part = full_reference(word.group())
            before, after = text[word.start() - 1 : word.start()], text[word.end() : word.end() + 1]
            # What a placeholder goes on with, or begins in, is no whole reference; a full stop ends a sentence.
            if part and not part.endswith(".") and before not in _CLOSES_PLACEHOLDER and after not in _OPENS_PLACEHOLDER:
                start = word.end() - len(part)
                literal = Literal(file=source.file, finder=source.finder, text=part, start=start, lines=source.stream.lines)
                yield find_reference(literal, role=Role.IMAGE)


OPTIONAL: Final[Finder] = ConfigMapFinder()
