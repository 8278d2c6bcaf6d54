"""Cloud Native Buildpacks' project descriptor (project.toml of the buildpacks spec, 0.1 and 0.2): the builder, buildpacks from images."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.reference import Literal, find_reference
from bot.find.syntax.lines import Lines
from bot.find.syntax.toml import Assigned, assigned_strings
from bot.find.yaml_pins import full_reference
from bot.model.pin import Finding, Role

_BUILDERS: Final = frozenset({("io", "buildpacks", "builder"), ("build", "builder")})
_GROUPS: Final = frozenset(
    {
        ("io", "buildpacks", "group"),
        ("io", "buildpacks", "pre", "group"),
        ("io", "buildpacks", "post", "group"),
        ("build", "buildpacks"),
        ("build", "pre", "group"),
        ("build", "post", "group"),
    }
)
_DOCKER: Final = "docker://"


class BuildpacksFinder:
    name = "buildpacks"

    def matches(self, path: PurePosixPath) -> bool:
        return path.name == "project.toml"

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        lines = Lines(text)
        for value in assigned_strings(text):
            place = (*value.table, *value.key)
            if place in _BUILDERS and value.text:
                yield self._reference(path, lines, value, value.text)
            elif place[:-1] in _GROUPS and place[-1] == "uri":
                image = value.text.removeprefix(_DOCKER)
                # Else the address is a folder's, an archive's, or that of the registry of buildpacks.
                if image != value.text or full_reference(image):
                    yield self._reference(path, lines, value, image)

    def _reference(self, path: PurePosixPath, lines: Lines, value: Assigned, image: str) -> Finding:
        start = value.start + len(value.text) - len(image)
        return find_reference(Literal(file=path, finder=self.name, text=image, start=start, lines=lines), role=Role.BUILD_BASE)


PLUGIN: Final[Finder] = BuildpacksFinder()
