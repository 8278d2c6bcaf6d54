"""Releases of GitHub repos."""

from collections.abc import Sequence
from typing import Final

from bot.model.dependency import GITHUB_RELEASES, Dependency, Release
from bot.watch.github import PER_PAGE, GitHubApi, owner_and_name
from bot.watch.github_tags import commit_of
from bot.watch.web import text, time


class GitHubReleases:
    """The published releases of a repo, by their tags; drafts are left out."""

    name: Final = GITHUB_RELEASES

    def __init__(self, api: GitHubApi) -> None:
        self._api = api

    def releases(self, dependency: Dependency) -> Sequence[Release]:
        owner, name = owner_and_name(dependency)
        found = []
        for item in self._api.source().items("repos", owner, name, "releases", query={"per_page": PER_PAGE}):
            tag = text(item, "tag_name")
            if tag is None or item.get("draft") is True:
                continue
            found.append(
                Release(
                    dependency=dependency,
                    value=tag,
                    published_at=time(item, "published_at"),
                    source_url=f"{self._api.web_url}/{owner}/{name}",
                    is_prerelease=item.get("prerelease") is True,
                )
            )
        return tuple(found)

    def describe(self, release: Release) -> Release:
        return commit_of(self._api, release)
