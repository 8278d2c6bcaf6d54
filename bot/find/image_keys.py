"""What keys say of the values below them: whether they speak of an image, by whatever way of aliases they lead there."""

from collections.abc import Iterator
from typing import Final

from bot.find.syntax.yaml import Mapping, Node, Scalar, Sequence

MERGED: Final = ("registry", "repository", "name", "image", "tag", "digest")
"""The parts of an image that may come from a merged mapping."""
_MERGE: Final = "<<"


def normal_key(key: str) -> str:
    """A key without the marks in which charts differ: `image_tag`, `imageTag`, `image-tag`."""
    return key.lower().replace("_", "").replace("-", "")


def speaks_of_image(key: str) -> bool:
    """Whether a normal key says that what stands below it is an image, or images."""
    return key.endswith(("image", "images")) or (key.startswith("image") and not key.startswith("imagepull"))


def aliased_images(root: Node, key: str) -> dict[int, str]:
    """The nodes that an anchor holds under a key that says nothing, and to which an alias leads from one that speaks of an image.

    By `id`, with that normal key; an item of a list has the key of the list. `key` is the one above the root. A mapping that is merged into
    another stands for it (YAML: merge keys) where the other replaces no part of the image.
    """
    first: dict[int, bool] = {}
    told: dict[int, str] = {}
    waiting: list[tuple[Node, str, bool]] = [(root, key, False)]
    while waiting:
        node, above, is_image = waiting.pop()
        is_image = is_image or speaks_of_image(above)
        if id(node) in first and (first[id(node)] or not is_image or id(node) in told):
            continue
        if first.setdefault(id(node), is_image) != is_image:
            told[id(node)] = above
        waiting += [(child, name, is_image) for name, child in reversed(list(_children(node, above)))]
    return told


def _children(node: Node, above: str) -> Iterator[tuple[str, Node]]:
    match node:
        case Scalar():
            pass
        case Sequence():
            yield from ((above, item) for item in node.items)
        case Mapping():
            replaces_part = any(key.value in MERGED for key, _ in node.entries())
            for key, value in node.entries():
                if key.value != _MERGE:
                    yield normal_key(key.value), value
                elif not replaces_part:
                    merged = value.items if isinstance(value, Sequence) else (value,)
                    yield from ((above, item) for item in merged)
