"""The pull requests of repos in which nothing has happened to any pull request since they were listed.

The survey tells of each repo how many pull requests it has and which one changed last, and when: opened, closed, merged, edited, labelled,
pushed to or commented on, by the bot or by others. While both are what they were, and the base's head is, the list is what it was. GitHub's
search could list open pull requests as cheaply, but not those that were merged or declined, and it lags behind what it is asked about.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import structlog

from bot.clients.github.answers import pull_request_of
from bot.clients.github.documents import PULL_REQUEST_BRANCHES
from bot.clients.github.pull_requests import Listed
from bot.clients.shelf import Shelf
from bot.model.fleet import Repo
from bot.model.pull_request import OtherRequest, PullRequest, PullRequestState

log = structlog.get_logger()

_KIND: Final = "pull requests"
_SETTLED_AFTER: Final = timedelta(minutes=10)
"""Times are whole seconds, and the servers of GitHub need a moment to agree: what changed so lately may have changed twice."""
_FIELDS: Final = sha256(PULL_REQUEST_BRANCHES.encode()).hexdigest()[:16]


class KnownPullRequests:
    """Reads and writes lists of pull requests. Safe to use from several threads; losing them costs a question for each 25 repos."""

    def __init__(self, shelf: Shelf, *, now: datetime) -> None:
        self._shelf: Final = shelf
        self._now: Final = now

    def of(self, repo: Repo, branch_prefix: str) -> tuple[tuple[PullRequest, ...], tuple[OtherRequest, ...]] | None:
        """The list, newest first, and the open ones of other bots; None where they have to be asked for."""
        mark = self._mark(repo, branch_prefix)
        kept = None if mark is None else self._shelf.get(_KIND, repo.full_name, mark=mark)
        if kept is None:
            return None
        try:
            pulls = tuple(pull_request_of(repo.full_name, node) for node in kept["nodes"])
            return pulls, tuple(OtherRequest(number=int(n), branch=str(branch), title=str(title)) for n, branch, title in kept["others"])
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            log.warning("pull_requests.not_understood", repo=repo.full_name, error=str(error))
            return None

    def keep(self, repo: Repo, branch_prefix: str, listed: Listed) -> None:
        """Remember a list that was asked for after the survey saw the repo; not where something of it may be about to change by itself."""
        mark = self._mark(repo, branch_prefix)
        is_moving = any(
            pull.state is PullRequestState.OPEN and (pull.base != repo.default_branch or node["mergeable"] == "UNKNOWN")
            for pull, node in zip(listed.pull_requests, listed.nodes, strict=True)
        )
        if mark is not None and not is_moving:
            others = [(other.number, other.branch, other.title) for other in listed.others]
            self._shelf.put(_KIND, repo.full_name, {"nodes": list(listed.nodes), "others": others}, mark=mark)

    def forget(self, repo: str) -> None:
        """Before the bot itself changes something there: a survey that does not see it yet would take the list for what it was."""
        self._shelf.forget(_KIND, repo)

    def _mark(self, repo: Repo, branch_prefix: str) -> str | None:
        """What the list depends on; None where the survey did not tell, or it is not settled yet."""
        changed = repo.pull_requests_changed_at
        if not repo.pull_requests_mark or (changed is not None and changed > self._now - _SETTLED_AFTER):
            return None
        return f"{_FIELDS}\n{branch_prefix}\n{repo.node_id}\n{repo.default_branch}\n{repo.head}\n{repo.pull_requests_mark}"
