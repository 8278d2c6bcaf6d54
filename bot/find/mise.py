"""mise's tools (mise configuration, `[tools]`): those whose back end says where they are released.

A short name (`node`, `gh`) is looked up in mise's own registry, which is not read: it is a skip.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.reference import Literal, version_pin
from bot.find.syntax.lines import Lines
from bot.find.syntax.toml import Assigned, assigned_strings
from bot.model.dependency import DEPS_DEV, GITHUB_RELEASES, Dependency
from bot.model.pin import Finding, Role

_FILES: Final = re.compile(
    r"(?:.*/)?(?:\.?mise(?:\.[\w-]+){0,2}\.toml|\.?mise/config(?:\.[\w-]+){0,2}\.toml|\.config/mise/(?:conf\.d/)?[\w.-]+\.toml)"
)
_REPO: Final = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}", re.ASCII)
_OPTIONS: Final = re.compile(r"\[[^\[\]]{0,200}\]$")
"""`ubi:owner/repo[exe=tool]`"""
_VERSION: Final = re.compile(r"v?[0-9][\w.+-]{0,100}", re.ASCII)
_BARE_VERSION: Final = r"^v?(?P<version>.+)$"
"""mise leaves the `v` of a tag away."""
_SYSTEMS: Final = {"npm": "npm", "pipx": "pypi", "cargo": "cargo", "go": "go"}
_SCHEMES: Final = {"npm": "semver", "pipx": "pep440", "cargo": "semver", "go": "semver"}
_RELEASED_ON_GITHUB: Final = frozenset({"aqua", "ubi", "github"})


class MiseFinder:
    name = "mise"

    def matches(self, path: PurePosixPath) -> bool:
        return path.suffix == ".toml" and _FILES.fullmatch(str(path)) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        lines = Lines(text)
        for value in assigned_strings(text):
            place = (*value.table, *value.key)
            if place[0] == "tools" and (len(value.key) == 1 or value.key[-1] == "version") and _VERSION.fullmatch(value.text):
                # In `{ version = "1.2" }`, the tool's name is no key of a string.
                yield self._find(path, lines, value, place[1] if place[1:] != ("version",) else "")

    def _find(self, path: PurePosixPath, lines: Lines, value: Assigned, tool: str) -> Finding:
        literal = Literal(file=path, finder=self.name, text=value.text, start=value.start, lines=lines)
        backend, _, named = tool.partition(":")
        name = _OPTIONS.sub("", named)
        if backend in _RELEASED_ON_GITHUB and _REPO.fullmatch(name):
            dependency, scheme = Dependency(datasource=GITHUB_RELEASES, name=name), "loose"
        elif backend in _SYSTEMS and name:
            dependency, scheme = Dependency(datasource=DEPS_DEV, name=f"{_SYSTEMS[backend]}/{name}"), _SCHEMES[backend]
        else:
            return literal.skip("a tool by its short name; name where it is released, as in aqua:owner/repo")
        is_tag = dependency.datasource == GITHUB_RELEASES
        return version_pin(
            literal, dependency=dependency, name=tool, role=Role.TOOL, scheme=scheme, extract_version=_BARE_VERSION if is_tag else None
        )


PLUGIN: Final[Finder] = MiseFinder()
