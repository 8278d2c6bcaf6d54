"""Any other YAML file: what can be mistaken for nothing else.

Full references behind keys that speak of an image (`task_bundle: quay.io/acme/task:0.2@sha256:...`), images in parts (`image_parts`), and
JSON patches, whose paths tell. Files of a format that has a finder of its own are left to it: there, the same text may be an output.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.image_keys import normal_key
from bot.find.image_parts import find_parts
from bot.find.kustomize_parts import find_in_patch
from bot.find.syntax.yaml import Mapping, Node, Scalar, Sequence, read
from bot.find.yaml_pins import YamlSource, distinct, full_reference, is_yaml
from bot.model.pin import Finding

_SPEAKING: Final = ("image", "images", "imagename", "bundle", "bundles")
_OTHER_FORMATS: Final = re.compile(
    r".*compose.*|cloudbuild.*|.*pipelines?\.ya?ml|.*gitlab-ci.*|skaffold.*|kustomization\.ya?ml|chart\.ya?ml|requirements\.ya?ml|.*lock\.ya?ml",
    re.ASCII | re.IGNORECASE,
)
_OTHER_KEYS: Final = frozenset({"services", "jobs", "stages", "steps", "pipeline", "pipelines", "executors", "runs", "build", "apiVersion"})
"""Top-level keys of Compose, of CI systems, and of Kubernetes."""
_HINT: Final = re.compile(r"image|bundle|repository", re.IGNORECASE)


class YamlReferencesFinder:
    """The last to read a YAML file."""

    name = "yaml"
    precedence = -10

    def matches(self, path: PurePosixPath) -> bool:
        is_hidden = any(part.startswith(".") for part in path.parts)
        return is_yaml(path) and not is_hidden and not _OTHER_FORMATS.fullmatch(path.name)

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - a reference stands for itself
        if not _HINT.search(text):
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        for patch in source.stream.documents:
            if isinstance(patch, Sequence) and all(item.text("op") and item.text("path") for item in patch.mappings()):
                yield from distinct(find_in_patch(source, patch))
        documents = (
            document for document in source.stream.mappings() if not any(key.value in _OTHER_KEYS for key, _ in document.entries())
        )
        yield from distinct(found for document in documents for found in _find_in_document(source, document))


def _find_in_document(source: YamlSource, document: Mapping) -> Iterator[Finding]:
    yield from filter(None, (_read(source, key, scalar) for key, scalar in _scalars(document)))
    yield from find_parts(source, document)


def _read(source: YamlSource, key: str, scalar: Scalar) -> Finding | None:
    if not full_reference(scalar.value) or not normal_key(key).endswith(_SPEAKING):
        return None
    return source.unmistakable(scalar)


def _scalars(root: Mapping) -> Iterator[tuple[str, Scalar]]:
    """The scalars below a mapping with the nearest key above them; each node once."""
    waiting: list[tuple[str, Node]] = [("", root)]
    seen = set[int]()
    while waiting:
        key, node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        match node:
            case Scalar():
                yield key, node
            case Sequence():
                waiting += [(key, item) for item in reversed(node.items)]
            case Mapping():
                waiting += [(name.value, value) for name, value in reversed(list(node.entries()))]


PLUGIN: Final[Finder] = YamlReferencesFinder()
