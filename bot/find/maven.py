"""Maven's image plug-ins (their documentation): base images of Jib, Spring Boot, fabric8 and Spotify's. What is built is an output."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.reference import Literal, find_reference
from bot.find.syntax.lines import Lines
from bot.find.syntax.xml import leaves
from bot.model.pin import Finding, Role

_BASES: Final = (
    (("from", "image"), Role.FINAL_BASE),  # jib-maven-plugin
    (("image", "builder"), Role.BUILD_BASE),  # spring-boot-maven-plugin
    (("image", "runImage"), Role.FINAL_BASE),
    (("build", "from"), Role.FINAL_BASE),  # docker-maven-plugin of fabric8
    (("configuration", "baseImage"), Role.FINAL_BASE),  # docker-maven-plugin of Spotify
)
"""The end of an element's path, and what the image is for."""
_ARGUMENTS: Final = ("buildArgs", "args")
"""Build arguments of dockerfile-maven-plugin and fabric8: a full reference among them is a base image."""


class MavenFinder:
    name = "maven"

    def matches(self, path: PurePosixPath) -> bool:
        return path.name == "pom.xml" or path.suffix == ".pom"

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        if "image" not in text.lower() and "docker" not in text:
            return
        lines = Lines(text)
        for element in leaves(text):
            literal = Literal(file=path, finder=self.name, text=element.text, start=element.start, lines=lines)
            role = next((role for ending, role in _BASES if element.path[-2:] == ending and "plugin" in element.path), None)
            if role is not None:
                yield find_reference(literal, role=role)
            elif element.path[-2:-1] in {(name,) for name in _ARGUMENTS} and _is_reference(element.text):
                yield find_reference(literal, role=Role.FINAL_BASE)


def _is_reference(text: str) -> bool:
    """A build argument is an image only where nothing else could be meant: a path with a tag or digest."""
    name, colon, tag = text.partition("@")[0].rpartition(":")
    return bool(colon) and "/" in name and "://" not in text and "/" not in tag


PLUGIN: Final[Finder] = MavenFinder()
