"""Helm charts: the dependencies of Chart.yaml and requirements.yaml, the images it lists, and the appVersion that is its main image's tag.

Chart.lock and requirements.lock hold no pins of their own: they follow (`chart_lock`).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.syntax.yaml import Mapping, Scalar, Sequence, inside, read
from bot.find.yaml_pins import YamlSource, distinct
from bot.model.pin import Finding, Pin, SiteKind

CHART: Final = "Chart.yaml"
REQUIREMENTS: Final = "requirements.yaml"
_IMAGE_LISTS: Final = ("artifacthub.io/images", "images")
"""Artifact Hub's annotation, and Bitnami's."""
_WITH_V: Final = re.compile(r"\bv\{\{-?[^{}\n]{0,200}\.Chart\.AppVersion|printf \"v%s\" \.Chart\.AppVersion|default \(printf \"v%s\"")
_IMAGE_BLOCK: Final = re.compile(r"^image:.*(?:\n(?:[ \t#\r].*)?)*", re.MULTILINE)
"""The top-level `image` of values, and no more: the whole may be long."""
_LOCAL: Final = ("file:", "./", "../")


class HelmChartFinder:
    """Chart.yaml (Helm 3) and requirements.yaml (Helm 2)."""

    name = "helm-chart"

    def matches(self, path: PurePosixPath) -> bool:
        return path.name in {CHART, REQUIREMENTS}

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        for document in source.stream.mappings():
            yield from distinct(_find_in_chart(source, document, tree))


def _find_in_chart(source: YamlSource, chart: Mapping, tree: Tree) -> Iterator[Finding]:
    for key, value in chart.entries():
        if key.value == "dependencies" and isinstance(value, Sequence):
            for dependency in value.mappings():
                yield from _dependency(source, dependency)
        elif key.value == "annotations" and isinstance(value, Mapping):
            for listed in _IMAGE_LISTS:
                yield from _listed_images(source, value.scalar(listed))
        elif key.value == "appVersion" and isinstance(value, Scalar) and value.value and source.file.name == CHART:
            yield from _app_version(source, value, tree, has_dependencies=chart.sequence("dependencies") is not None)


def _dependency(source: YamlSource, dependency: Mapping) -> Iterator[Finding]:
    version, name, repository = dependency.scalar("version"), dependency.text("name"), dependency.text("repository")
    if version is None or not name or not repository or repository.startswith(_LOCAL):
        return
    if repository.startswith(("@", "alias:")):
        yield source.skip(version, f"the repository {repository} is known only where `helm repo add` was run")
    elif "://" in repository:
        yield source.chart(version, repository=repository, chart=name)


def _listed_images(source: YamlSource, listed: Scalar | None) -> Iterator[Finding]:
    """The images of a list that an annotation holds as text."""
    stream = inside(source.stream, listed) if listed else None
    for document in stream.documents if stream else ():
        for item in document.mappings() if isinstance(document, Sequence) else ():
            image = item.scalar("image")
            if image and stream:
                yield replace(source, stream=stream).reference(image)


def _app_version(source: YamlSource, app_version: Scalar, tree: Tree, *, has_dependencies: bool) -> Iterator[Finding]:
    """The tag of the chart's main image, where values.yaml gives it a name and leaves the tag empty, as `helm create` does."""
    folder = source.file.parent
    text = tree.read(folder / "values.yaml")
    block = _IMAGE_BLOCK.search(text) if text else None
    values = next(read(block[0]).mappings(), None) if block else None
    image = values.mapping("image") if values else None
    repository = image.text("repository") if image else ""
    if image is None or not repository or image.text("tag") or image.text("digest"):
        return
    prefix = _printed_prefix(folder, tree)
    if prefix is None and not has_dependencies:
        return
    registry = image.text("registry")
    found = source.split_reference(f"{registry}/{repository}" if registry else repository, tag=app_version)
    if isinstance(found, Pin) and prefix:
        sites = tuple(replace(site, before=prefix) if site.kind is SiteKind.TAG else site for site in found.sites)
        found = replace(found, value=f"{prefix}{found.value}", sites=sites)
    yield found


def _printed_prefix(folder: PurePosixPath, tree: Tree) -> str | None:
    """What the chart's templates put before the appVersion, a `v` or nothing; None where they do not print it (a library chart may)."""
    texts = [text for file in tree.files(folder / "templates") if file.suffix in {".yaml", ".tpl"} and (text := tree.read(file))]
    if any(_WITH_V.search(text) for text in texts):
        return "v"
    return "" if not texts or any("AppVersion" in text for text in texts) else None


PLUGIN: Final[Finder] = HelmChartFinder()
