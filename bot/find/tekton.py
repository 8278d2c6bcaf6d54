"""Tekton: bundles, and tasks that are fetched from a repo (tekton.dev: resolvers). Other images are read as any custom resource's."""

from collections.abc import Iterator
from typing import Final

from bot.find.finder import Finder
from bot.find.image_map import is_pinned
from bot.find.objects import ObjectsFinder
from bot.find.syntax.yaml import Mapping, walk
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding


def _find_in_object(source: YamlSource, manifest: Mapping) -> Iterator[Finding]:
    """References to a bundle, and those with `resolver: git`: the `revision` of the repo at `url`."""
    for node in walk(manifest):
        if not isinstance(node, Mapping):
            continue
        bundle = node.scalar("bundle") or (node.scalar("value") if node.text("name") == "bundle" else None)
        if bundle and is_pinned(bundle.value):
            yield source.reference(bundle)
        if node.text("resolver") == "git":
            yield from _at_revision(source, node)


def _at_revision(source: YamlSource, reference: Mapping) -> Iterator[Finding]:
    parameters = reference.sequence("params")
    given = {item.text("name"): item for item in parameters.mappings()} if parameters else {}
    url, revision = given.get("url"), given.get("revision")
    value = revision.scalar("value") if revision else None
    if url and value and url.text("value"):
        yield source.git_ref(value, url=url.text("value"))


PLUGIN: Final[Finder] = ObjectsFinder(name="tekton", groups=frozenset({"tekton.dev"}), find_in_object=_find_in_object)
