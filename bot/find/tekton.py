"""Tekton: tasks and pipelines that are fetched from a repo (tekton.dev: git resolver). Its images are read as any custom resource's."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.manifest import group_of, manifests
from bot.find.syntax.yaml import Mapping, read, walk
from bot.find.yaml_pins import YamlSource, distinct, is_yaml
from bot.model.pin import Finding

_GROUP: Final = "tekton.dev"


class TektonFinder:
    """References with `resolver: git`: the `revision` of the repo at `url`."""

    name = "tekton"

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path)

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - a reference stands in one file
        if _GROUP not in text or "resolver" not in text:
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        objects = (manifest for document in source.stream.documents for manifest in manifests(document))
        nodes = (node for manifest in objects if group_of(manifest).endswith(_GROUP) for node in walk(manifest))
        references = (node for node in nodes if isinstance(node, Mapping) and node.text("resolver") == "git")
        yield from distinct(finding for reference in references for finding in _at_revision(source, reference))


def _at_revision(source: YamlSource, reference: Mapping) -> Iterator[Finding]:
    parameters = reference.sequence("params")
    given = {item.text("name"): item for item in parameters.mappings()} if parameters else {}
    url, revision = given.get("url"), given.get("revision")
    value = revision.scalar("value") if revision else None
    if url and value and url.text("value"):
        yield source.git_ref(value, url=url.text("value"))


PLUGIN: Final[Finder] = TektonFinder()
