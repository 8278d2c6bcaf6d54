"""Language packages by the deps.dev API (version 3): PyPI, npm, Maven, Go, Cargo, NuGet."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.clients.http import HttpClient
from bot.model.dependency import DEPS_DEV, Dependency, Release
from bot.model.listing import DatasourceError
from bot.watch.web import JsonSource, text, time

SYSTEMS: Final = frozenset({"cargo", "go", "maven", "npm", "nuget", "pypi"})
"""In deps.dev's own words, in small letters."""
_MAX_NAME_CHARACTERS: Final = 300


class DepsDev:
    """Every version of a package, with the time of its publication; its source only when it is described."""

    name: Final = DEPS_DEV

    def __init__(self, http: HttpClient, *, base_url: str = "https://api.deps.dev") -> None:
        self._source = JsonSource(http=http, base_url=base_url)

    def releases(self, dependency: Dependency) -> Sequence[Release]:
        system, name = _system_and_name(dependency)
        versions = self._source.get("v3", "systems", system, "packages", name).get("versions")
        found = []
        for version in versions if isinstance(versions, list) else ():
            key = version.get("versionKey") if isinstance(version, dict) else None
            value = text(key, "version") if isinstance(key, dict) else None
            if value is not None:
                notes = _deprecation(version)
                found.append(Release(dependency=dependency, value=value, published_at=time(version, "publishedAt"), deprecation=notes))
        return tuple(found)

    def describe(self, release: Release) -> Release:
        system, name = _system_and_name(release.dependency)
        told = self._source.get("v3", "systems", system, "packages", name, "versions", release.value)
        links = told.get("links")
        urls = (
            [text(link, "url") for link in links if isinstance(link, dict) and link.get("label") == "SOURCE_REPO"]
            if isinstance(links, list)
            else []
        )
        source_url = next((url for url in urls if url is not None and url.startswith("https://")), release.source_url)
        return replace(
            release,
            published_at=time(told, "publishedAt") or release.published_at,
            source_url=source_url,
            deprecation=_deprecation(told) or release.deprecation,
        )


def _deprecation(told: dict[str, object]) -> str | None:
    if told.get("isDeprecated") is not True:
        return None
    return f"deprecated: {reason}" if (reason := text(told, "deprecatedReason")) else "deprecated"


def _system_and_name(dependency: Dependency) -> tuple[str, str]:
    system, _, name = dependency.name.partition("/")
    if system not in SYSTEMS or not name or len(name) > _MAX_NAME_CHARACTERS:
        known = ", ".join(sorted(SYSTEMS))
        raise DatasourceError(f"{dependency}: no package of the form system/name, where the system is one of {known}. Correct the name.")
    return system, name
