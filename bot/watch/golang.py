"""The Go toolchain (go.dev/dl, its JSON): every release, without the `go` before its number."""

from collections.abc import Sequence
from typing import Final

from bot.clients.http import HttpClient
from bot.model.dependency import GOLANG, Dependency, Release
from bot.watch.web import JsonSource, text

_PREFIX: Final = "go"


class GoToolchains:
    """The releases of Go; betas and candidates are marked. No dates are told."""

    name: Final = GOLANG

    def __init__(self, http: HttpClient, *, base_url: str = "https://go.dev") -> None:
        self._source = JsonSource(http=http, base_url=base_url)

    def releases(self, dependency: Dependency) -> Sequence[Release]:
        found = []
        for item in self._source.items("dl", query={"mode": "json", "include": "all"}, ends_with_slash=True):
            version = text(item, "version")
            if version is not None and version.startswith(_PREFIX):
                is_prerelease = item.get("stable") is not True
                value = version.removeprefix(_PREFIX)
                found.append(
                    Release(dependency=dependency, value=value, is_prerelease=is_prerelease, source_url="https://github.com/golang/go")
                )
        return tuple(found)

    def describe(self, release: Release) -> Release:
        """The release as it is: the list tells all that is known."""
        return release
