"""What a repo's publishers write with their releases, for those who read an update's pull request."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from bot.clients.http import HttpLimits
from bot.clients.short_memory import ShortMemory
from bot.model.dependency import GITHUB_RELEASES, Dependency
from bot.model.listing import NotListedError
from bot.model.notes import MAX_RELEASES_READ, ReleaseNote
from bot.watch.github import PER_PAGE, GitHubApi, owner_and_name
from bot.watch.web import text, time

LIMITS: Final = HttpLimits(
    connect_timeout=timedelta(seconds=5),
    read_timeout=timedelta(seconds=10),
    total_timeout=timedelta(seconds=30),
    tries=2,
    longest_wait=timedelta(seconds=5),
    rest=timedelta(minutes=10),
)
"""An update goes out without its notes, and the next run tells them: none is waited for as long as for a verdict."""
_SILENT_FOR: Final = timedelta(days=1)
"""How long a repo that shows no releases is not asked again."""


class GitHubReleaseNotes:
    """The releases of GitHub's repos with their texts, newest first. Safe to use from several threads."""

    def __init__(self, api: GitHubApi, *, silent: ShortMemory, now: datetime) -> None:
        """`silent` remembers which repos show no releases."""
        self._api: Final = api
        self._silent: Final = silent
        self._now: Final = now

    def of(self, repo: str) -> Sequence[ReleaseNote]:
        """The newest 300 releases of `owner/name`, without drafts.

        Raises NotListedError where there is no such repo, or none that the token may see, and else DatasourceError.
        """
        key = f"releases of {self._api.base_url} {repo}"
        said = self._silent.get(key, self._now)
        if said is None:
            return self._asked(repo, key)
        if said:
            raise NotListedError(said)
        return ()

    def _asked(self, repo: str, key: str) -> Sequence[ReleaseNote]:
        owner, name = owner_and_name(Dependency(datasource=GITHUB_RELEASES, name=repo))
        items = self._api.source().items("repos", owner, name, "releases", query={"per_page": PER_PAGE})
        try:
            found = [
                ReleaseNote(name=tag, text=text(item, "body") or "", url=text(item, "html_url"), published_at=time(item, "published_at"))
                for item in islice(items, MAX_RELEASES_READ)
                if (tag := text(item, "tag_name")) and item.get("draft") is not True
            ]
        except NotListedError as error:
            self._silent.put(key, str(error), until=self._now + _SILENT_FOR)
            raise
        if not found:
            self._silent.put(key, "", until=self._now + _SILENT_FOR)
        return tuple(found)
