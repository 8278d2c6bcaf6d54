"""The objects of Kubernetes: the known kinds by their schema, custom resources by their fields."""

from collections.abc import Iterator
from typing import Final

from bot.find.image_keys import normal_key
from bot.find.image_map import find_images, is_pinned
from bot.find.literal_lines import find_in_lines
from bot.find.reference import PLACEHOLDER
from bot.find.syntax.yaml import Mapping, Node, Scalar, Sequence
from bot.find.yaml_pins import YamlSource, full_reference
from bot.model.pin import Finding, Pin, SiteKind, Skip

_POD_SPECS: Final = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "ReplicationController": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
"""Where the kinds of Kubernetes' own API hold a pod (Kubernetes API reference, Workload Resources)."""
_BUILT_IN: Final = frozenset({"apps", "batch", "extensions", "autoscaling", "policy"})
_BUILT_IN_HOST: Final = ".k8s.io"
_CONTAINERS: Final = ("initContainers", "containers", "ephemeralContainers")
_MAX_LISTS: Final = 4
_IN_CONFIG_MAP: Final = "stands in the data of a ConfigMap: an annotation, or find.config_map_images, makes it a pin"
_UPGRADE_PLANS: Final = "upgrade.cattle.io"
_BUILT_IN_GROUPS: Final = frozenset(
    {
        "admissionregistration",
        "apiextensions",
        "apiregistration",
        "authentication",
        "authorization",
        "certificates",
        "coordination",
        "discovery",
        "events",
        "flowcontrol.apiserver",
        "networking",
        "node",
        "rbac.authorization",
        "resource",
        "scheduling",
        "storage",
    }
)
"""Those whose names end in `.k8s.io`."""


def manifests(root: Node, *, depth: int = 0) -> Iterator[Mapping]:
    """The objects in a document: itself, or what a List holds."""
    if not isinstance(root, Mapping):
        return
    items = root.sequence("items") if root.text("kind").endswith("List") and depth < _MAX_LISTS else None
    if items is None:
        if root.text("apiVersion") and root.text("kind"):
            yield root
        return
    for item in items.mappings():
        yield from manifests(item, depth=depth + 1)


def group_of(manifest: Mapping) -> str:
    """The API group of an object; empty for the core group."""
    return manifest.text("apiVersion").rpartition("/")[0]


def is_built_in(manifest: Mapping) -> bool:
    """Whether Kubernetes itself serves the object; `*.x-k8s.io` and groups of other projects are custom. A templated group: by the kind."""
    version, group = manifest.text("apiVersion"), group_of(manifest)
    if PLACEHOLDER.search(version):
        return manifest.text("kind") in {*_POD_SPECS, "ConfigMap", "Secret"}
    if not group:
        return version == "v1"
    return group in _BUILT_IN or (group.endswith(_BUILT_IN_HOST) and group.removesuffix(_BUILT_IN_HOST) in _BUILT_IN_GROUPS)


def find_in_manifest(source: YamlSource, manifest: Mapping) -> Iterator[Finding]:
    """The images of one object. Metadata and the data of ConfigMaps and Secrets are no places for pins."""
    kind = manifest.text("kind")
    if is_built_in(manifest):
        way = _POD_SPECS.get(kind)
        pod = manifest.mapping(*way) if way else None
        if pod:
            yield from _find_in_pod(source, pod)
        elif kind == "ConfigMap":
            yield from _data_skips(source, manifest)
        elif kind == "MutatingAdmissionPolicy":
            yield from _find_in_expressions(source, manifest)
        return
    for key, value in manifest.entries():
        if key.value not in {"apiVersion", "kind", "metadata", "status"}:
            for found in find_images(source, value, key=key.value):
                yield _without_plan_names(source, found) if group_of(manifest) == _UPGRADE_PLANS else found


def _find_in_pod(source: YamlSource, pod: Mapping) -> Iterator[Finding]:
    for field in _CONTAINERS:
        containers = pod.sequence(field)
        for container in containers.mappings() if containers else ():
            yield from _find_in_container(source, container)
    volumes = pod.sequence("volumes")
    for volume in volumes.mappings() if volumes else ():
        reference = volume.scalar("image", "reference")
        if reference:
            yield source.reference(reference)


def _find_in_container(source: YamlSource, container: Mapping) -> Iterator[Finding]:
    """The container's image, and full references among its arguments and environment values."""
    for key, value in container.entries():
        if key.value == "image" and isinstance(value, Scalar) and value.is_string:
            if value.value:
                yield source.reference(value)
        elif key.value in {"args", "command"} and isinstance(value, Sequence):
            yield from filter(None, map(source.unmistakable, value.scalars()))
        elif key.value == "env" and isinstance(value, Sequence):
            texts = (variable.scalar("value") for variable in value.mappings())
            yield from filter(None, (source.unmistakable(text) for text in texts if text))


def _find_in_expressions(source: YamlSource, policy: Mapping) -> Iterator[Finding]:
    """The images that a policy's CEL expressions put into pods."""
    mutations = policy.sequence("spec", "mutations")
    for mutation in mutations.mappings() if mutations else ():
        for field in ("jsonPatch", "applyConfiguration"):
            expression = mutation.scalar(field, "expression")
            if expression:
                yield from find_in_lines(source, expression.span, is_unmistakable=True)


def _without_plan_names(source: YamlSource, found: Finding) -> Finding:
    """A Plan's image has no tag of its own: the controller appends the Plan's version."""
    if isinstance(found, Pin) and found.sites_of(SiteKind.NAME):
        return Skip(file=found.file, line=found.line, text=found.name, reason="its tag is the Plan's version", finder=source.finder)
    return found


def _data_skips(source: YamlSource, manifest: Mapping) -> Iterator[Finding]:
    """The single values of a ConfigMap that look like images: what reads them, and whether it must be told, is not known."""
    data = manifest.mapping("data")
    for key, value in data.entries() if data else ():
        if not isinstance(value, Scalar) or not value.is_exact:
            continue
        if full_reference(value.value):
            yield source.skip(value, source.obstacle(value) or _IN_CONFIG_MAP)
        elif normal_key(key.value).endswith("image") and is_pinned(value.value):
            yield source.skip(value, "stands in the data of a ConfigMap, which only an annotation makes a pin")
