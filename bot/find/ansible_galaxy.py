"""Ansible's requirements (Galaxy user guide): roles and collections from git are pins; those of Galaxy itself are not watched."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.git_url import git_dependency
from bot.find.syntax.yaml import Mapping, Node, Sequence, read
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding, Role

_FILES: Final = re.compile(r"(?:.*/)?(?:requirements|galaxy|(?:collections|roles)/requirements)\.ya?ml")
_GIT: Final = re.compile(r"git\+|git@|https?://|ssh://")
_RANGE: Final = re.compile(r"[<>=!*, ]")


class AnsibleGalaxyFinder:
    name = "ansible-galaxy"

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(str(path).lower()) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        for document in source.stream.documents:
            for entry in _entries(document):
                version = entry.scalar("version")
                origin = entry.text("src") or entry.text("source") or entry.text("name")
                if version is None or not origin:
                    continue
                if _RANGE.search(version.value):
                    yield source.skip(version, "a range, which Ansible resolves by itself")
                elif _GIT.match(origin) or entry.text("scm") == "git" or entry.text("type") == "git":
                    url = origin.removeprefix("git+")
                    yield source.version(version, dependency=git_dependency(url), name=url, role=Role.GIT, scheme="loose")
                else:
                    yield source.skip(version, "a role or collection of Ansible Galaxy, which is not watched")


def _entries(document: Node) -> Iterator[Mapping]:
    """The roles and collections: under keys of these names, or (in the older form) the document itself."""
    lists = [document.get("roles"), document.get("collections")] if isinstance(document, Mapping) else [document]
    for node in lists:
        if isinstance(node, Sequence):
            yield from node.mappings()


PLUGIN: Final[Finder] = AnsibleGalaxyFinder()
