"""Kubernetes manifests, in YAML and JSON."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.kustomize import is_kustomize
from bot.find.manifest import find_in_manifest, group_of, manifests
from bot.find.syntax.yaml import Mapping, read
from bot.find.yaml_pins import YamlSource, distinct, is_yaml, may_pin
from bot.model.pin import Finding

_OTHER_FINDERS: Final = frozenset(
    {
        "pkg.crossplane.io",
        "meta.pkg.crossplane.io",
        "vendir.k14s.io",
        "kbld.k14s.io",
        "imgpkg.carvel.dev",
        "helm.cattle.io",
        "skaffold",
    }
)
_ARGO_CD: Final = frozenset({"Application", "ApplicationSet"})


class KubernetesFinder:
    """Any YAML or JSON document with `apiVersion` and `kind`, but for those of formats that have a finder of their own."""

    name = "kubernetes"

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path) or path.suffix == ".json"

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing of a manifest stands elsewhere
        if "apiVersion" not in text or "kind" not in text or not may_pin(text):
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        objects = (manifest for document in source.stream.documents for manifest in manifests(document) if not _has_own_finder(manifest))
        yield from distinct(finding for manifest in objects for finding in find_in_manifest(source, manifest))


def _has_own_finder(manifest: Mapping) -> bool:
    group = group_of(manifest)
    return (
        is_kustomize(manifest)
        or group in _OTHER_FINDERS
        or group.endswith(".toolkit.fluxcd.io")
        or (group == "argoproj.io" and manifest.text("kind") in _ARGO_CD)
    )


PLUGIN: Final[Finder] = KubernetesFinder()
