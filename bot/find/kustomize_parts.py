"""What Kustomize's own files share with Flux and Argo CD: image overrides, and patches written inline."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bot.find.image_map import find_images
from bot.find.manifest import find_in_manifest
from bot.find.syntax.yaml import Mapping, Node, Scalar, Sequence, inside
from bot.find.yaml_pins import YamlSource
from bot.model.image import split_tag
from bot.model.pin import Finding

_IMAGE_PATH: Final = "/image"
_NO_PLACE: Final = ("/annotations/", "/labels/")


def find_overrides(source: YamlSource, images: Sequence | None) -> Iterator[Finding]:
    """The images of an `images` list: `name`, `newName`, `newTag`, `digest`. A tag and a digest together render as `name:tag@digest`."""
    for image in images.mappings() if images else ():
        new_name, name = image.scalar("newName"), image.scalar("name")
        tag, digest = image.scalar("newTag"), image.scalar("digest")
        text = new_name.value if new_name else name.value if name else ""
        if text and (tag or digest):
            yield source.split_reference(split_tag(text)[0], tag=tag, digest=digest)
        elif new_name and split_tag(text)[1]:
            yield source.reference(new_name)


def find_in_patches(source: YamlSource, patches: Sequence | None) -> Iterator[Finding]:
    """The images in a list of patches, strategic merge or JSON 6902, each a text or a tree, alone or as the `patch` of a mapping."""
    for item in patches.items if patches else ():
        patch = item.get("patch") if isinstance(item, Mapping) else None
        yield from find_in_patch(source, patch or item)


def find_in_patch(source: YamlSource, patch: Node) -> Iterator[Finding]:
    """The images in one patch: an object, the operations of a JSON patch, or a text that holds either."""
    match patch:
        case Mapping():
            if patch.text("apiVersion") and patch.text("kind"):
                yield from find_in_manifest(source, patch)
            else:
                yield from find_images(source, patch)
        case Sequence():
            for operation in patch.mappings():
                yield from _find_in_operation(source, operation)
        case Scalar():
            yield from _find_in_text(source, patch)


def _find_in_text(source: YamlSource, patch: Scalar) -> Iterator[Finding]:
    if "image" not in patch.value:
        return
    stream = inside(source.stream, patch)
    if stream is None:
        yield source.skip(patch, "a patch whose text is folded or escaped can't be read in place")
        return
    for document in stream.documents:
        if not isinstance(document, Scalar):
            yield from find_in_patch(replace(source, stream=stream), document)


def _find_in_operation(source: YamlSource, operation: Mapping) -> Iterator[Finding]:
    """The images that one operation of a JSON patch writes (RFC 6902)."""
    value = operation.get("value")
    path = operation.text("path")
    if operation.text("op") not in {"add", "replace"} or value is None or any(place in path for place in _NO_PLACE):
        return
    if isinstance(value, Scalar) and value.value and path.endswith(_IMAGE_PATH):
        yield source.reference(value)
    else:
        yield from find_images(source, value)
