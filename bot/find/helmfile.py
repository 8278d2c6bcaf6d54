"""Helmfile: the charts of releases, and the images in their inline values (helmfile.readthedocs.io: configuration)."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.helm_parameters import find_in_parameters
from bot.find.image_map import find_images
from bot.find.syntax.yaml import Mapping, Stream, read
from bot.find.yaml_pins import YamlSource, distinct, is_yaml
from bot.model.pin import Finding

_FOLDER: Final = "helmfile.d"
_OCI: Final = "oci://"
_LOCAL: Final = (".", "/", "~")


class HelmfileFinder:
    """`helmfile.yaml`, also as a template, and the files of `helmfile.d`."""

    name = "helmfile"

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path) and (path.name.startswith("helmfile.") or path.parent.name == _FOLDER)

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        repositories = _repositories(source.stream)
        for document in source.stream.mappings():
            yield from distinct(
                finding for release in _releases(document) for finding in _find_in_release(source, release, repositories, tree)
            )


def _releases(document: Mapping) -> Iterator[Mapping]:
    releases, templates = document.sequence("releases"), document.mapping("templates")
    if releases:
        yield from releases.mappings()
    if templates:
        yield from (template for _, template in templates.entries() if isinstance(template, Mapping))


def _find_in_release(source: YamlSource, release: Mapping, repositories: dict[str, str], tree: Tree) -> Iterator[Finding]:
    version, chart = release.scalar("version"), release.text("chart")
    alias, _, name = chart.partition("/")
    if version and chart.startswith(_OCI):
        yield source.chart(version, repository=chart, chart="")
    elif version and name and not chart.startswith(_LOCAL) and "://" not in chart:
        address = repositories.get(alias) or _of_neighbours(source.file, tree).get(alias) or alias
        yield source.chart(version, repository=address, chart=name)
    values = release.sequence("values")
    for item in values.mappings() if values else ():
        yield from find_images(source, item, is_helm=True)
    for field in ("set", "setString"):
        parameters = release.sequence(field)
        if parameters:
            yield from find_in_parameters(source, parameters)


def _repositories(stream: Stream) -> dict[str, str]:
    """The addresses of a file's repositories by their names; those of OCI registries as `oci://`."""
    entries = (entry for document in stream.mappings() if (found := document.sequence("repositories")) for entry in found.mappings())
    return {entry.text("name"): _address(entry) for entry in entries if entry.text("url")}


def _address(entry: Mapping) -> str:
    url = entry.text("url")
    return f"{_OCI}{url.removeprefix(_OCI)}" if entry.text("oci") == "true" else url


def _of_neighbours(path: PurePosixPath, tree: Tree) -> dict[str, str]:
    """The repositories of the other files of a folder: Helmfile reads all of `helmfile.d`, and `bases` usually stand there too."""
    texts = (tree.read(file) for file in tree.files(path.parent) if file != path and is_yaml(file))
    streams = (read(text) for text in texts if text and "repositories:" in text)
    return {name: url for stream in streams for name, url in _repositories(stream).items()}


PLUGIN: Final[Finder] = HelmfileFinder()
