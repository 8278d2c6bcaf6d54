"""Kustomize: `kustomization.yaml`, any document of its API group, and its generators and transformers, in files of their own or inline."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.image_map import find_images
from bot.find.kustomize_parts import find_in_patches, find_overrides
from bot.find.syntax.yaml import Mapping, Sequence, inside, read
from bot.find.yaml_pins import YamlSource, distinct, is_yaml
from bot.model.pin import Finding

_FILES: Final = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
"""Kustomize itself looks for these (kustomize: konfig.RecognizedKustomizationFileNames)."""
_GROUP: Final = "kustomize.config.k8s.io"
_BUILT_IN: Final = "builtin"
"""The API version of the generators and transformers that Kustomize brings (kustomize: builtin plugins)."""
_INLINE: Final = "kind:"
"""What only the text of an object holds, no path and no address."""


class KustomizeFinder:
    """Image overrides, remote resources, charts, inline patches and generator literals of a Kustomization or Component."""

    name = "kustomize"

    def matches(self, path: PurePosixPath) -> bool:
        return path.name in _FILES or is_yaml(path)

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - its files are read as themselves
        if path.name not in _FILES and _GROUP not in text and _BUILT_IN not in text:
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        for document in source.stream.mappings():
            if is_kustomize(document) or (path.name in _FILES and not document.text("apiVersion")):
                yield from distinct(_find_in_kustomization(source, document))


def is_kustomize(document: Mapping) -> bool:
    """Whether a document is of Kustomize's own API: a Kustomization, or a generator or transformer that it brings."""
    version = document.text("apiVersion")
    return version == _BUILT_IN or version.startswith(_GROUP)


def _find_in_kustomization(source: YamlSource, document: Mapping) -> Iterator[Finding]:
    for key, value in document.entries():
        part = _PARTS.get(key.value)
        if part and isinstance(value, Sequence):
            yield from part(source, value)
    yield from _find_in_plugin(source, document)


def _find_in_plugin(source: YamlSource, document: Mapping) -> Iterator[Finding]:
    """What a generator or transformer pins by its own fields."""
    match document.text("kind"):
        case "HelmChartInflationGenerator" | "ChartInflator":
            yield from _chart(source, document)
        case "ImageTagTransformer":
            image = document.mapping("imageTag")
            yield from find_overrides(source, Sequence(items=(image,))) if image else ()
        case "PatchTransformer" | "PatchStrategicMergeTransformer" | "PatchJson6902Transformer":
            for patch in (document.get(field) for field in ("patch", "jsonOp", "patches")):
                if patch is not None:
                    yield from find_in_patches(source, patch if isinstance(patch, Sequence) else Sequence(items=(patch,)))
        case _:
            pass


def _remote(source: YamlSource, resources: Sequence) -> Iterator[Finding]:
    """Addresses of repos at a ref; generators and transformers that stand in the list as text."""
    for resource in resources.scalars():
        if _INLINE not in resource.value:
            found = source.git(resource)
            if found:
                yield found
            continue
        stream = inside(source.stream, resource)
        if stream is None:
            yield source.skip(resource, "a generator whose text is folded or escaped can't be read in place")
        for document in stream.mappings() if stream else ():
            yield from _find_in_plugin(replace(source, stream=stream or source.stream), document)


def _literals(source: YamlSource, generators: Sequence) -> Iterator[Finding]:
    """Full references among the literals, and remote ones among the files, of ConfigMaps that Kustomize makes."""
    for generator in generators.mappings():
        for field in ("literals", "files"):
            entries = generator.sequence(field)
            yield from filter(None, map(source.unmistakable, entries.scalars()) if entries else ())


def _charts(source: YamlSource, charts: Sequence) -> Iterator[Finding]:
    for chart in charts.mappings():
        yield from _chart(source, chart)


def _chart(source: YamlSource, chart: Mapping) -> Iterator[Finding]:
    """A chart that Kustomize inflates, by today's names of its fields or those of `helmChartInflationGenerator` and ChartInflator."""
    version = chart.scalar("version") or chart.scalar("chartVersion")
    name = chart.text("name") if chart.get("chartName") is None else chart.text("chartName")
    repository = chart.text("repo") or chart.text("chartRepoUrl") or chart.text("chartRepo")
    if version and name and repository:
        yield source.chart(version, repository=repository, chart=name)
    values = chart.mapping("valuesInline")
    if values:
        yield from find_images(source, values, is_helm=True)


_PARTS: Final[dict[str, Callable[[YamlSource, Sequence], Iterator[Finding]]]] = {
    "images": find_overrides,
    "helmCharts": _charts,
    "helmChartInflationGenerator": _charts,
    **dict.fromkeys(("resources", "bases", "components", "crds", "generators", "transformers", "validators"), _remote),
    **dict.fromkeys(("patches", "patchesStrategicMerge", "patchesJson6902"), find_in_patches),
    **dict.fromkeys(("configMapGenerator", "secretGenerator"), _literals),
}
"""What reads each list of a Kustomization."""

PLUGIN: Final[Finder] = KustomizeFinder()
