"""Ansible: tasks that run containers (the docker and podman collections), and images among the variables of hosts, groups and roles."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.syntax.yaml import Mapping, Scalar, read, walk
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding, Role

_FILES: Final = re.compile(r"(?:.*/)?(?:tasks|handlers|playbooks?)/.*\.ya?ml|(?:.*/)?(?:playbook|site)[^/]*\.ya?ml")
_VARIABLES: Final = re.compile(r"(?:.*/)?(?:host_vars|group_vars|defaults|vars)/.*\.ya?ml")
_IMAGE: Final = re.compile(r"(?:[\w-]{0,100}_)?image", re.ASCII)
_MODULES: Final = re.compile(r"(?:[\w.]+\.)?(?:docker_container|docker_swarm_service|podman_container|podman_image|docker_image(?:_pull)?)")


class AnsibleFinder:
    name = "ansible"
    precedence = 10

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(str(path).lower()) is not None or _VARIABLES.fullmatch(str(path).lower()) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        if _VARIABLES.fullmatch(str(path).lower()):
            yield from self._find_in_variables(path, text)
        elif "docker" in text or "podman" in text:
            yield from self._find_in_tasks(path, text)

    def _find_in_variables(self, path: PurePosixPath, text: str) -> Iterator[Finding]:
        """Values of keys that end in `image` with a path and a tag or digest; a name alone may be a machine's image."""
        if "image" not in text:
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        entries = (
            entry
            for document in source.stream.documents
            for node in walk(document)
            if isinstance(node, Mapping)
            for entry in node.entries()
        )
        for key, value in entries:
            if isinstance(value, Scalar) and _IMAGE.fullmatch(key.value) and _is_reference(value.value):
                yield source.reference(value)

    def _find_in_tasks(self, path: PurePosixPath, text: str) -> Iterator[Finding]:
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        for document in source.stream.documents:
            for task in (node for node in walk(document) if isinstance(node, Mapping)):
                for key, module in task.entries():
                    if isinstance(module, Mapping) and _MODULES.fullmatch(key.value):
                        yield from _find_in_module(source, key.value.rpartition(".")[2], module)


def _is_reference(text: str) -> bool:
    name, mark, tag = text.partition("@")[0].rpartition(":")
    return "://" not in text and "/" in (name or text) and ("@" in text or (bool(mark) and "/" not in tag))


def _find_in_module(source: YamlSource, name: str, module: Mapping) -> Iterator[Finding]:
    is_image_module = name in {"podman_image", "docker_image", "docker_image_pull"}
    image, tag = module.scalar("name" if is_image_module else "image"), module.scalar("tag")
    if image is None or module.get("build") is not None or module.text("source") == "build":
        return
    if is_image_module and tag is not None:
        yield source.split_reference(image.value, tag=tag, role=Role.IMAGE)
    else:
        yield source.reference(image, role=Role.IMAGE)


PLUGIN: Final[Finder] = AnsibleFinder()
