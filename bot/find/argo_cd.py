"""Argo CD: the sources of an Application or ApplicationSet (argo-cd: Application specification)."""

from collections.abc import Iterator
from typing import Final

from bot.find.finder import Finder
from bot.find.helm_parameters import find_in_parameters
from bot.find.image_map import find_images, is_pinned
from bot.find.kustomize_parts import find_in_patches
from bot.find.objects import ObjectsFinder
from bot.find.syntax.yaml import Mapping, Node, Scalar, inside, walk
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding

_OCI: Final = "oci://"


def _find_in_object(source: YamlSource, manifest: Mapping) -> Iterator[Finding]:
    for part in _sources(manifest):
        yield from find_in_source(source, part)


def _sources(manifest: Mapping) -> Iterator[Mapping]:
    """The sources of an Application, or of the template of an ApplicationSet."""
    match manifest.text("kind"):
        case "Application":
            spec = manifest.mapping("spec")
        case "ApplicationSet":
            spec = manifest.mapping("spec", "template", "spec")
        case _:
            spec = None
    if spec is None:
        return
    single, several = spec.mapping("source"), spec.sequence("sources")
    if single:
        yield single
    if several:
        yield from several.mappings()
    generators = manifest.sequence("spec", "generators")
    if generators:
        yield from listed_sources(generators)


def listed_sources(root: Node) -> Iterator[Mapping]:
    """The mappings in a tree that are sources by their fields: what generators list, and values of charts that make Applications."""
    return (node for node in walk(root) if isinstance(node, Mapping) and node.scalar("repoURL") and node.scalar("targetRevision"))


def find_in_source(source: YamlSource, part: Mapping, *, base: Mapping | None = None) -> Iterator[Finding]:
    """The pins of one source. `base`: the values of its chart, where they are known."""
    url, chart, revision = part.text("repoURL"), part.text("chart"), part.scalar("targetRevision")
    if url and revision:
        yield from _revision(source, url, chart, revision)
    helm = part.mapping("helm")
    if helm:
        yield from _helm(source, helm, base)
    kustomize = part.mapping("kustomize")
    if kustomize:
        images = kustomize.sequence("images")
        for image in images.scalars() if images else ():
            reference = image.value.rpartition("=")[2]
            if is_pinned(reference):
                yield source.reference(image, part=reference)
        yield from find_in_patches(source, kustomize.sequence("patches"))


def _revision(source: YamlSource, url: str, chart: str, revision: Scalar) -> Iterator[Finding]:
    if chart:
        yield source.chart(revision, repository=url if "://" in url else f"{_OCI}{url}", chart=chart)
    elif url.startswith(_OCI):
        yield source.split_reference(url.removeprefix(_OCI), tag=revision)
    else:
        yield source.git_ref(revision, url=url)


def _helm(source: YamlSource, helm: Mapping, base: Mapping | None) -> Iterator[Finding]:
    values = helm.mapping("valuesObject")
    if values:
        yield from find_images(source, values, is_helm=True, base=base)
    text = helm.scalar("values")
    stream = inside(source.stream, text) if text else None
    if stream:
        inner = YamlSource(file=source.file, finder=source.finder, stream=stream)
        for document in stream.mappings():
            yield from find_images(inner, document, is_helm=True, base=base)
    elif text and "image" in text.value:
        yield source.skip(text, "values whose text is folded or escaped can't be read in place")
    parameters = helm.sequence("parameters")
    if parameters:
        yield from find_in_parameters(source, parameters, base=base)


PLUGIN: Final[Finder] = ObjectsFinder(name="argo-cd", groups=frozenset({"argoproj.io"}), find_in_object=_find_in_object)
