"""Carvel: what vendir.yml fetches, and the images that kbld puts in place of others (carvel.dev: vendir and kbld configuration)."""

from collections.abc import Iterator
from typing import Final

from bot.find.finder import Finder
from bot.find.objects import ObjectsFinder
from bot.find.syntax.yaml import Mapping
from bot.find.yaml_pins import YamlSource
from bot.model.dependency import GITHUB_RELEASES, Dependency
from bot.model.pin import Finding, Role

_GROUPS: Final = frozenset({"vendir.k14s.io", "kbld.k14s.io"})
_REMOTE_BRANCH: Final = "origin/"


def _find_in_configuration(source: YamlSource, configuration: Mapping) -> Iterator[Finding]:
    """What a Config fetches or puts in place of others; locks are written by the tools."""
    if configuration.text("kind") != "Config":
        return
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


PLUGIN: Final[Finder] = ObjectsFinder(name="carvel", groups=_GROUPS, find_in_object=_find_in_configuration)
