"""Tags of GitHub repos with the commits that they stand for; GitHub Actions are released so."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from bot.model.dependency import GITHUB_TAGS, Dependency, Release
from bot.model.listing import DatasourceError
from bot.watch.github import PER_PAGE, GitHubApi, owner_and_name
from bot.watch.web import JsonSource, text, time

_COMMIT: Final = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_MAX_DEPTH: Final = 5
"""Of tags that stand for tags."""


class GitHubTags:
    """The tags of a repo, each with its commit: floating ones (`v4`) too, annotated ones peeled."""

    name: Final = GITHUB_TAGS

    def __init__(self, api: GitHubApi) -> None:
        self._api = api

    def releases(self, dependency: Dependency) -> Sequence[Release]:
        owner, name = owner_and_name(dependency)
        found = []
        for item in self._api.source().items("repos", owner, name, "tags", query={"per_page": PER_PAGE}):
            tag = text(item, "name")
            if tag is not None:
                url = f"{self._api.web_url}/{owner}/{name}"
                found.append(Release(dependency=dependency, value=tag, digest=_commit(item.get("commit")), source_url=url))
        return tuple(found)

    def describe(self, release: Release) -> Release:
        """The release as it is where the list named its commit: that costs no request."""
        return release if release.digest else commit_of(self._api, release)


def commit_of(api: GitHubApi, release: Release) -> Release:
    """The release with the commit that its tag stands for now, and the time of an annotated tag. Raises DatasourceError."""
    owner, name = owner_and_name(release.dependency)
    source = api.source()
    told = _object(source.get("repos", owner, name, "git", "ref", "tags", *release.value.split("/")))
    published_at = release.published_at
    for _ in range(_MAX_DEPTH):
        sha = _commit(told)
        if sha is None or told.get("type") not in {"tag", "commit"}:
            break
        if told["type"] == "commit":
            url = f"{api.web_url}/{owner}/{name}"
            return replace(release, digest=sha, published_at=published_at, source_url=release.source_url or url)
        told, published_at = _peeled(source, owner, name, sha, release)
    raise DatasourceError(f"{release.dependency}: the tag {release.value!r} stands for no commit. Choose another tag.")


def _peeled(source: JsonSource, owner: str, name: str, sha: str, release: Release) -> tuple[dict[str, Any], Any]:
    annotated = source.get("repos", owner, name, "git", "tags", sha)
    tagger = annotated.get("tagger")
    return _object(annotated), release.published_at or (time(tagger, "date") if isinstance(tagger, dict) else None)


def _object(told: dict[str, Any]) -> dict[str, Any]:
    pointed = told.get("object")
    return pointed if isinstance(pointed, dict) else {}


def _commit(told: object) -> str | None:
    sha = text(told, "sha") if isinstance(told, dict) else None
    return sha if sha is not None and _COMMIT.fullmatch(sha) else None
