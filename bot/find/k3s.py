"""k3s and RKE2: the HelmChart objects that their Helm controller installs (docs.k3s.io: Helm)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.image_map import find_images
from bot.find.manifest import group_of, manifests
from bot.find.syntax.yaml import Mapping, inside, read
from bot.find.yaml_pins import YamlSource, distinct, is_yaml
from bot.model.pin import Finding

_GROUP: Final = "helm.cattle.io"
_OCI: Final = "oci://"


class K3sFinder:
    """HelmChart and HelmChartConfig: the chart, and the images in the values that they hold as text."""

    name = "k3s"

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path)

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - a chart stands in one file
        if _GROUP not in text:
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        objects = (manifest for document in source.stream.documents for manifest in manifests(document) if group_of(manifest) == _GROUP)
        yield from distinct(finding for manifest in objects for finding in _find_in_chart(source, manifest))


def _find_in_chart(source: YamlSource, manifest: Mapping) -> Iterator[Finding]:
    spec = manifest.mapping("spec")
    if spec is None:
        return
    version, chart, repository = spec.scalar("version"), spec.text("chart"), spec.text("repo")
    if version and chart.startswith(_OCI):
        yield source.chart(version, repository=chart, chart="")
    elif version and chart and repository:
        yield source.chart(version, repository=repository, chart=chart)
    image = spec.scalar("jobImage")
    if image:
        yield source.reference(image)
    text = spec.scalar("valuesContent")
    stream = inside(source.stream, text) if text else None
    if stream:
        inner = replace(source, stream=stream)
        yield from (found for document in stream.mappings() for found in find_images(inner, document, is_helm=True))


PLUGIN: Final[Finder] = K3sFinder()
