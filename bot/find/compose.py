"""Compose files (Compose specification): images of services and fragments, inline Dockerfiles, contexts and volumes that are images.

A service with `build` names its result by `image`: that is an output. Variables are resolved by their defaults, and by the `.env` beside.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.dockerfile import find_in_dockerfile
from bot.find.finder import Finder, Tree
from bot.find.interpolated import Interpolation
from bot.find.syntax.yaml import Mapping as YamlMapping
from bot.find.syntax.yaml import Node, Scalar, Sequence, read, unfold
from bot.find.syntax.yaml_paths import select
from bot.find.yaml_pins import YamlSource, is_yaml
from bot.model.pin import Finding, Role

_NAMED: Final = re.compile(r"(?:[\w-]+[._-])?(?:docker-)?compose[^/]*\.ya?ml(?:\.(?:j2|jinja2?|tpl|tmpl))?", re.IGNORECASE)
_HAS_SERVICES: Final = re.compile(r"^(?:services|x-[\w-]+)[ \t]*:", re.MULTILINE)
_IMAGE_CONTEXT: Final = "docker-image://"


class ComposeFinder:
    name = "compose"
    precedence = 5

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path)

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:
        is_named = _NAMED.fullmatch(path.name) is not None
        if not (is_named or _HAS_SERVICES.search(text)) or ("apiVersion:" in text and "kind:" in text):
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        interpolation = Interpolation.beside(path, tree)
        for document in source.stream.mappings():
            services = list(_services(document, is_named=is_named))
            if is_named or _looks_like_compose(services):
                # Fragments come to a service by merge keys, too: each place counts once.
                found = (finding for service in services for finding in _find_in_service(source, service, interpolation))
                yield from dict.fromkeys(found)


def _services(document: YamlMapping, *, is_named: bool) -> Iterator[YamlMapping]:
    """The services, the fragments that services are made of, and what the first version of the format had at its top."""
    if document.mapping("services") is None and is_named and document.get("services") is None and document.get("version") is None:
        yield from (value for key, value in document.entries() if isinstance(value, YamlMapping) and not key.value.startswith("x-"))
    for place in ("services.*", "*"):
        for node in select(document, place):
            if isinstance(node, YamlMapping) and (place == "services.*" or _is_fragment(document, node)):
                yield node


def _is_fragment(document: YamlMapping, node: YamlMapping) -> bool:
    return any(value is node and key.value.startswith("x-") for key, value in document.entries())


def _looks_like_compose(services: list[YamlMapping]) -> bool:
    """Whether a file of another name is one all the same: every service says what it is made of."""
    return bool(services) and all(any(service.get(key) is not None for key in ("image", "build", "extends")) for service in services)


def _find_in_service(source: YamlSource, service: YamlMapping, interpolation: Interpolation) -> Iterator[Finding]:
    build = service.get("build")
    for image in _images(service) if build is None else ():
        yield from interpolation.references(source, image, role=Role.IMAGE)
    if isinstance(build, YamlMapping):
        yield from _find_in_build(source, build)
    volumes = service.sequence("volumes")
    for volume in volumes.mappings() if volumes else ():
        mounted = volume.scalar("source") if volume.text("type") == "image" else None
        if mounted is not None:
            yield from interpolation.references(source, mounted, role=Role.IMAGE)


def _images(service: YamlMapping) -> Iterator[Scalar]:
    """The image; in a template, one for each branch that names one."""
    own = tuple(value for key, value in service.entries() if key.value == "image") or (service.get("image"),)
    yield from (image for image in own if isinstance(image, Scalar) and image.value)


def _find_in_build(source: YamlSource, build: YamlMapping) -> Iterator[Finding]:
    inline = build.scalar("dockerfile_inline")
    if inline is not None:
        piece = unfold(source.stream, inline)
        if piece is None:
            yield source.skip(inline, "an inline Dockerfile that is written with escapes or folded")
        else:
            yield from find_in_dockerfile(piece.text, outer=source.stream.text, file=source.file, finder=source.finder, place=piece.outer)
    contexts = build.get("additional_contexts")
    for context in _scalars(contexts):
        _, marker, reference = context.value.partition(_IMAGE_CONTEXT)
        if marker:
            yield source.reference(context, role=Role.BUILD_BASE, part=reference)


def _scalars(node: Node | None) -> Iterator[Scalar]:
    if isinstance(node, YamlMapping):
        yield from (value for _, value in node.entries() if isinstance(value, Scalar))
    elif isinstance(node, Sequence):
        yield from node.scalars()


PLUGIN: Final[Finder] = ComposeFinder()
