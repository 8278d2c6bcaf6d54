"""Which pull request asks an app to take an update, and what keeps it from going in."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.ledger.history import History, UpdateKey
from bot.model.fleet import App
from bot.model.pin import Pin
from bot.model.pull_request import Outcome, PullRequest, PullRequestState, Sent
from bot.model.update import Update
from bot.track.keys import new_of

_LATER_WINS: Final = {PullRequestState.CLOSED: 0, PullRequestState.MERGED: 1, PullRequestState.OPEN: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a pull request asks of an app."""

    app: str
    """The app's name."""
    stage: str = ""
    """The one that is asked; empty: all that have no pull requests of their own."""
    dependency: str
    """As str() writes it."""
    new: str
    """As `written` writes it."""


class Requests:
    """Finds the pull request of an update: of what was sent, else by what it asks for, else the one that the ledger remembers."""

    def __init__(
        self,
        pull_requests: Iterable[PullRequest],
        sent: Sequence[Sent],
        asked: Callable[[PullRequest], Iterable[Asked]],
        strangers: Callable[[PullRequest], Collection[str]],
        waits: Mapping[tuple[str, Pin], str],
    ) -> None:
        known = [*pull_requests, *(one.pull_request for one in sent if one.pull_request is not None)]
        known.sort(key=lambda one: (_LATER_WINS[one.state], one.number))
        self._strangers = strangers
        self._by_branch = {(one.repo, one.branch): one for one in known}
        self._by_url = {one.url: one for one in known}
        self._by_target = {(one.repo, target): one for one in known for target in asked(one)}
        self._open = {
            (one.repo, target.app, target.stage, target.dependency): one
            for one in known
            if one.state is PullRequestState.OPEN
            for target in asked(one)
        }
        self._waits = waits
        self._sent = {(one.proposal.repo, update.pin): one for one in sent for update in one.proposal.updates}

    def sent(self, repo: str, pin: Pin) -> Sent | None:
        return self._sent.get((repo, pin))

    def waits(self, repo: str, pin: Pin) -> str:
        """What an update waits for that was not sent; empty: nothing is known of that."""
        return self._waits.get((repo, pin), "")

    def of(self, app: App, stage: str, key: UpdateKey, update: Update | None, past: History | None) -> PullRequest | None:
        """The pull request in which an app is asked to move on: an open one, or one that was closed when it asked for the same."""
        sent = None if update is None else self.sent(app.repo, update.pin)
        new = new_of(update) if update is not None else past.new if past is not None else ""
        candidates = [
            None if sent is None else self._of_sent(sent),
            self._open.get((app.repo, app.name, stage, key.dependency)),
            self._by_target.get((app.repo, Asked(app=app.name, stage=stage, dependency=key.dependency, new=new))),
            self._by_url.get(past.url) if past is not None and (past.new == new or self._is_open(past.url)) else None,
        ]
        return next((one for one in candidates if one is not None and one.state is not PullRequestState.MERGED), None)

    def _of_sent(self, sent: Sent) -> PullRequest | None:
        # The branch of what was declined may be that of others of its group, which are open.
        by_branch = self._by_branch.get((sent.proposal.repo, sent.proposal.branch))
        return sent.pull_request or by_branch if sent.outcome is Outcome.DECLINED else by_branch or sent.pull_request

    def by_url(self, url: str) -> PullRequest | None:
        return self._by_url.get(url)

    def blocked(self, request: PullRequest | None) -> str:
        """What keeps a pull request from going in, as GitHub tells it."""
        if request is None:
            return ""
        if request.state is PullRequestState.CLOSED:
            return "declined"
        if self._strangers(request):
            return "edited by human"
        return "conflict" if request.has_conflict else ""

    def _is_open(self, url: str) -> bool:
        return url in self._by_url and self._by_url[url].state is PullRequestState.OPEN
