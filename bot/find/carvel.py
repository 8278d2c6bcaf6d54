"""Carvel: what vendir.yml fetches, and the images that kbld puts in place of others (carvel.dev: vendir and kbld configuration)."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.manifest import group_of, manifests
from bot.find.syntax.yaml import Mapping, read
from bot.find.yaml_pins import YamlSource, distinct, is_yaml
from bot.model.dependency import GITHUB_RELEASES, Dependency
from bot.model.pin import Finding, Role

_GROUPS: Final = frozenset({"vendir.k14s.io", "kbld.k14s.io"})
_REMOTE_BRANCH: Final = "origin/"


class CarvelFinder:
    """Configurations of vendir and kbld; their locks are written by the tools."""

    name = "carvel"

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path)

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - a configuration stands in one file
        if "k14s.io/" not in text:
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        objects = (manifest for document in source.stream.documents for manifest in manifests(document))
        configurations = (one for one in objects if group_of(one) in _GROUPS and one.text("kind") == "Config")
        yield from distinct(finding for one in configurations for finding in _find_in_configuration(source, one))


def _find_in_configuration(source: YamlSource, configuration: Mapping) -> Iterator[Finding]:
    directories = configuration.sequence("directories")
    for directory in directories.mappings() if directories else ():
        contents = directory.sequence("contents")
        for content in contents.mappings() if contents else ():
            yield from _find_in_content(source, content)
    overrides = configuration.sequence("overrides")
    for override in overrides.mappings() if overrides else ():
        image = override.scalar("newImage")
        if image:
            yield source.reference(image)


def _find_in_content(source: YamlSource, content: Mapping) -> Iterator[Finding]:
    ref, url = content.scalar("git", "ref"), content.text("git", "url")
    if ref and url and not ref.value.startswith(_REMOTE_BRANCH):
        yield source.git_ref(ref, url=url)
    version, chart = content.scalar("helmChart", "version"), content.text("helmChart", "name")
    repository = content.text("helmChart", "repository", "url")
    if version and chart and repository:
        yield source.chart(version, repository=repository, chart=chart)
    for way in (("image", "url"), ("imgpkgBundle", "image")):
        image = content.scalar(*way)
        if image:
            yield source.reference(image)
    tag, slug = content.scalar("githubRelease", "tag"), content.text("githubRelease", "slug")
    if tag and slug:
        dependency = Dependency(datasource=GITHUB_RELEASES, name=slug)
        yield source.version(tag, dependency=dependency, name=slug, role=Role.TOOL, scheme="loose")
    address = content.scalar("http", "url")
    found = source.git(address) if address else None
    if found:
        yield found


PLUGIN: Final[Finder] = CarvelFinder()
