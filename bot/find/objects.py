"""A finder of objects of some API groups, for formats that stand in one object each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.find.finder import Tree
from bot.find.manifest import group_of, manifests
from bot.find.syntax.yaml import Mapping, read
from bot.find.yaml_pins import YamlSource, distinct, is_yaml
from bot.model.pin import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectsFinder:
    """Reads the objects of API groups, one by one, in YAML files, their templates, and JSON."""

    name: str
    groups: frozenset[str]
    find_in_object: Callable[[YamlSource, Mapping], Iterator[Finding]]

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path) or path.suffix == ".json"

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - an object stands in one file
        if not any(group in text for group in self.groups):
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        objects = (
            manifest for document in source.stream.documents for manifest in manifests(document) if group_of(manifest) in self.groups
        )
        yield from distinct(finding for manifest in objects for finding in self.find_in_object(source, manifest))
