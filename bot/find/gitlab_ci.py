"""GitLab CI/CD (YAML syntax reference: image and services, global, by default and of each job; variables of the file resolved)."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.reference import find_reference
from bot.find.syntax.yaml import Mapping, Node, Scalar, Sequence, read
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding, Role

_FILES: Final = re.compile(r"(?:.*/)?(?:[^/]*\.gitlab-ci|\.gitlab-ci[^/]*)\.ya?ml|(?:.*/)?\.gitlab/ci/.*\.ya?ml")
_NO_JOBS: Final = frozenset({"variables", "workflow", "include", "stages", "spec", "cache"})
_HUB_PROXY: Final = re.compile(r"\$\{?CI_DEPENDENCY_PROXY_(?:DIRECT_)?GROUP_IMAGE_PREFIX\}?/")
"""GitLab's pull-through cache of Docker Hub: what stands behind it is a name on Docker Hub."""


class GitlabCiFinder:
    name = "gitlab-ci"
    precedence = 10

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(str(path).lower()) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - included files are found themselves
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        for document in source.stream.mappings():
            seen: set[int] = set()
            for image in _images(document):
                if id(image) not in seen:
                    seen.add(id(image))
                    yield _find(source, image)


def _images(document: Mapping) -> Iterator[Scalar]:
    """The images of the file itself, then those of `default` and of each job, in reading order."""
    jobs = [document, *(value for key, value in document.entries() if isinstance(value, Mapping) and key.value not in _NO_JOBS)]
    for job in jobs:
        services = job.sequence("services")
        nodes: tuple[Node | None, ...] = (job.get("image"), *(services.items if isinstance(services, Sequence) else ()))
        for node in nodes:
            image = node.scalar("name") if isinstance(node, Mapping) else node
            if isinstance(image, Scalar) and image.value and not image.is_null:
                yield image


def _find(source: YamlSource, image: Scalar) -> Finding:
    proxied = _HUB_PROXY.match(image.value)
    if proxied and image.is_exact:
        return find_reference(source.literal(image, part=image.value[proxied.end() :]), role=Role.CI_IMAGE)
    return source.reference(image, role=Role.CI_IMAGE)


PLUGIN: Final[Finder] = GitlabCiFinder()
