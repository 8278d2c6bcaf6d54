"""k3s and RKE2: the HelmChart objects that their Helm controller installs (docs.k3s.io: Helm)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bot.find.finder import Finder
from bot.find.image_map import find_images
from bot.find.objects import ObjectsFinder
from bot.find.syntax.yaml import Mapping, inside
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding

_OCI: Final = "oci://"


def _find_in_chart(source: YamlSource, manifest: Mapping) -> Iterator[Finding]:
    """The chart of a HelmChart, and the images in the values that it or a HelmChartConfig holds as text."""
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


PLUGIN: Final[Finder] = ObjectsFinder(name="k3s", groups=frozenset({"helm.cattle.io"}), find_in_object=_find_in_chart)
