"""Flux: charts, values, OCI artifacts, git repos and image overrides of its objects (fluxcd.io: API references)."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.helm_repository import SourceName, find_repository
from bot.find.image_map import find_images
from bot.find.kustomize_parts import find_in_patches, find_overrides
from bot.find.manifest import group_of, manifests
from bot.find.syntax.yaml import Mapping, Scalar, read
from bot.find.yaml_pins import YamlSource, distinct, is_yaml
from bot.model.pin import Finding, Role

_GROUPS: Final = (".toolkit.fluxcd.io", "helm.fluxcd.io")
_CHART_LAYER: Final = "vnd.cncf.helm.chart"


class FluxFinder:
    """HelmRelease (also of Flux 1), HelmChart, OCIRepository, GitRepository and Kustomization."""

    name = "flux"

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path)

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:
        if "fluxcd.io/" not in text:
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        objects = (manifest for document in source.stream.documents for manifest in manifests(document))
        yield from distinct(
            finding for manifest in objects if group_of(manifest).endswith(_GROUPS) for finding in _find_in_object(source, manifest, tree)
        )


def _find_in_object(source: YamlSource, manifest: Mapping, tree: Tree) -> Iterator[Finding]:
    spec = manifest.mapping("spec")
    if spec is None:
        return
    match manifest.text("kind"):
        case "HelmRelease":
            yield from _release(source, manifest, spec, tree)
        case "HelmChart":
            yield from _chart(source, spec, tree, namespace=manifest.text("metadata", "namespace"))
        case "OCIRepository":
            yield from _artifact(source, spec)
        case "GitRepository":
            yield from _repo(source, spec)
        case "Kustomization":
            yield from find_overrides(source, spec.sequence("images"))
            yield from find_in_patches(source, spec.sequence("patches"))
        case _:
            pass


def _release(source: YamlSource, manifest: Mapping, spec: Mapping, tree: Tree) -> Iterator[Finding]:
    chart = spec.mapping("chart", "spec")
    if chart:
        yield from _chart(source, chart, tree, namespace=manifest.text("metadata", "namespace"))
    old_chart = spec.mapping("chart")
    if old_chart and group_of(manifest) == "helm.fluxcd.io":
        version = old_chart.scalar("version")
        if version and old_chart.text("repository") and old_chart.text("name"):
            yield source.chart(version, repository=old_chart.text("repository"), chart=old_chart.text("name"))
    values = spec.mapping("values")
    if values:
        yield from find_images(source, values, is_helm=True)
    renderers = spec.sequence("postRenderers")
    for renderer in renderers.mappings() if renderers else ():
        yield from find_overrides(source, renderer.sequence("kustomize", "images"))
        for field in ("patches", "patchesStrategicMerge", "patchesJson6902"):
            yield from find_in_patches(source, renderer.sequence("kustomize", field))


def _chart(source: YamlSource, chart: Mapping, tree: Tree, *, namespace: str) -> Iterator[Finding]:
    """The chart of a HelmRepository; a chart in a git repo or bucket has the version of its source."""
    version, name = chart.scalar("version"), chart.text("chart")
    kind = chart.text("sourceRef", "kind")
    if version is None or not name or kind not in {"HelmRepository", ""}:
        return
    wanted = SourceName(name=chart.text("sourceRef", "name"), namespace=chart.text("sourceRef", "namespace") or namespace)
    address = find_repository(wanted, stream=source.stream, path=source.file, tree=tree)
    yield source.chart(version, repository=address or f"HelmRepository/{wanted.name}", chart=name)


def _artifact(source: YamlSource, spec: Mapping) -> Iterator[Finding]:
    name = spec.text("url").removeprefix("oci://")
    tag, digest, range_ = (spec.scalar("ref", field) for field in ("tag", "digest", "semver"))
    is_chart = _CHART_LAYER in spec.text("layerSelector", "mediaType")
    if name and (tag or digest):
        yield source.split_reference(name, tag=tag, digest=digest, role=Role.CHART if is_chart else Role.IMAGE)
    elif name and range_:
        yield source.chart(range_, repository=f"oci://{name}", chart="")


def _repo(source: YamlSource, spec: Mapping) -> Iterator[Finding]:
    """The repo at the ref that counts: the commit before the tag, the tag before the branch (Flux: GitRepository, `.spec.ref`)."""
    url = spec.text("url")
    refs: dict[str, Scalar | None] = {field: spec.scalar("ref", field) for field in ("commit", "tag", "semver")}
    ref = refs["commit"] or refs["tag"] or refs["semver"]
    if url and ref:
        yield source.git_ref(ref, url=url)


PLUGIN: Final[Finder] = FluxFinder()
