"""Images that a YAML file of any name writes in parts, as values of charts do; told by the parts alone.

install:
  repository: quay.io/acme/agent    the host is a registry: this can be nothing but an image
  tag: 2.0.0
image: {repository: images.acme.example/api, tag: 1.4.0}    a key says so
"""

from collections.abc import Iterator
from typing import Final

from bot.find.image_keys import normal_key, speaks_of_image
from bot.find.reference import PLACEHOLDER
from bot.find.registry_hosts import on_host, on_registry
from bot.find.syntax.yaml import Mapping, Node, Scalar, Sequence
from bot.find.yaml_pins import HOLDS_PLACEHOLDER, YamlSource
from bot.model.pin import Finding

_REPOSITORY: Final = "repository"
_PULL_POLICIES: Final = frozenset({"pullPolicy", "imagePullPolicy"})
_OUTPUTS: Final = ("publish", "push", "release", "target", "destination", "output", "build")
"""Keys, or their beginnings, below which a file says what it makes."""
_IS_OUTPUT: Final = "stands below a key of what is built or pushed here"
_IS_NUMBER: Final = "a number without quotes: whether it is read as written depends on what reads this file"
_NO_HOST: Final = "looks like the tag of {}, but neither the file's name nor a registry's host says that this is an image"


def find_parts(source: YamlSource, root: Node) -> Iterator[Finding]:
    """The images below a node that are written as `repository` and `tag` or `digest`, perhaps with `registry`; each place once.

    Where no key speaks of an image, the host must be a registry's; where one does, the name must at least have a host. A skip says what is
    missing.
    """
    for parts, is_image, is_output in _mappings(root):
        found = _find_in(source, parts, is_image=is_image, is_output=is_output)
        if found:
            yield found


def _find_in(source: YamlSource, parts: Mapping, *, is_image: bool, is_output: bool) -> Finding | None:
    tag, digest = parts.scalar("tag"), parts.scalar("digest")
    name, pinned = _name(parts), tag or digest
    is_image = is_image or any(key.value in _PULL_POLICIES for key, _ in parts.entries())
    if pinned is None or "://" in name or not (on_registry(name) or (name and is_image)):
        return None
    if PLACEHOLDER.search(name):
        return source.skip(parts.scalar(_REPOSITORY) or pinned, HOLDS_PLACEHOLDER)
    reason = _IS_OUTPUT if is_output else _doubt(name, tag)
    return source.skip(pinned, reason) if reason else source.split_reference(name, tag=tag, digest=digest)


def _doubt(name: str, tag: Scalar | None) -> str | None:
    """Why the name and tag are not surely what they seem, if so."""
    if not (on_registry(name) or on_host(name)):
        return _NO_HOST.format(name)
    return _IS_NUMBER if tag and not tag.is_string and "." in tag.value else None


def _name(parts: Mapping) -> str:
    """The name that the parts make together; empty where they make none."""
    registry, repository = parts.text("registry").rstrip("/"), parts.text(_REPOSITORY)
    if registry:
        repository = repository or parts.text("name") or parts.text("image")
    if not registry or not repository or repository.startswith(f"{registry}/"):
        return repository
    return f"{registry}/{repository}"


def _mappings(root: Node) -> Iterator[tuple[Mapping, bool, bool]]:
    """The mappings below a node in reading order, and whether a key above speaks of an image, or of an output.

    A node comes again where an alias leads to it under a key that speaks.
    """
    waiting: list[tuple[Node, bool, bool]] = [(root, False, False)]
    seen = set[tuple[int, bool]]()
    while waiting:
        node, is_image, is_output = waiting.pop()
        if (id(node), is_image) in seen:
            continue
        seen.add((id(node), is_image))
        match node:
            case Scalar():
                pass
            case Sequence():
                waiting += [(item, is_image, is_output) for item in reversed(node.items)]
            case Mapping():
                yield node, is_image, is_output
                for key, value in reversed(list(node.entries())):
                    name = normal_key(key.value)
                    waiting.append((value, is_image or speaks_of_image(name), is_output or name.startswith(_OUTPUTS)))
