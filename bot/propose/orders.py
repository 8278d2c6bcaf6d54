"""Orders that stand: what people told the bot in comments, kept in the hidden end of their pull request's body.

The body is the place because it is GitHub's: it comes with the list of pull requests at no cost, in any state, to every run and shard, and
it outlives a lost ledger and a flood of comments. Whoever may write to the repo can take an order out of it, as they could by a comment.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from pydantic import TypeAdapter, ValidationError

from bot.model.pull_request import PullRequest, PullRequestState
from bot.model.rules import Rule
from bot.model.run import AppDecisions
from bot.model.update import ORDER, STEPS, Decision, Hold, Propose, Update
from bot.propose.commands import Verb
from bot.propose.marker import ORDERS, Marker
from bot.propose.marker import read as read_marker

_MOST: Final = 10
_HOLDING: Final = {Verb.IGNORE: "ignored", Verb.SNOOZE: "snoozed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One that stands. RECREATE takes back a no: that the pull request was closed is no answer any more."""

    verb: Verb
    by: str
    """Login."""
    until: date | None = None
    """The last day, in UTC, on which it holds."""

    def holds_on(self, day: date) -> bool:
        return self.until is None or day <= self.until


_READER: Final = TypeAdapter(tuple[Order, ...])


def orders_of(body: str) -> tuple[Order, ...]:
    """The orders that a body holds; none where they can't be read."""
    blocks = list(ORDERS.finditer(body))
    if not blocks:
        return ()
    try:
        return _READER.validate_json(base64.urlsafe_b64decode(blocks[-1]["data"]))[:_MOST]
    except (ValidationError, binascii.Error, ValueError):
        return ()


def with_orders(body: str, orders: Sequence[Order]) -> str:
    """The same body with just these orders."""
    bare = without_orders(body)
    if not orders:
        return bare
    data = base64.urlsafe_b64encode(_READER.dump_json(tuple(orders))).decode()
    return f"{bare.rstrip()}\n\n<!-- rebuild-bot:orders:v1 {data} -->\n"


def without_orders(body: str) -> str:
    return f"{ORDERS.sub('', body).rstrip()}\n" if ORDERS.search(body) else body


def is_taken_back(body: str) -> bool:
    """Whether somebody took back that the pull request was closed."""
    return any(order.verb is Verb.RECREATE for order in orders_of(body))


def after(orders: Sequence[Order], order: Order, *, is_open: bool) -> tuple[Order, ...]:
    """What stands once an order was given; the same order given again changes nothing."""
    if order.verb in {Verb.REBASE, Verb.EXPLAIN}:
        return tuple(orders)
    if order.verb is Verb.RECREATE:
        return () if is_open else (order,)
    gone = {order.verb} if order.verb in {Verb.URGENT, Verb.SPLIT} else {Verb.IGNORE, Verb.SNOOZE, Verb.RECREATE}
    return (*(one for one in orders if one.verb not in gone), order)


def keeps_back(orders: Iterable[Order], day: date) -> bool:
    """Whether what the pull request asks for is not to be asked for now."""
    return any(order.verb in _HOLDING and order.holds_on(day) for order in orders)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    order: Order
    pull: PullRequest
    marker: Marker

    @property
    def stage(self) -> str:
        """The one that the pull request is for; empty: for all that have none of their own, and whichever got them since."""
        return self.marker.stage

    @property
    def step(self) -> str:
        """The kind of step that the pull request asks for, which stands apart from all others; empty: none of those."""
        return _step(self.pull)


class Orders:
    """What the orders in the pull requests of a fleet mean for its updates."""

    def __init__(self, pulls: Iterable[PullRequest] = (), *, given: Mapping[str, Sequence[Order]] | None = None) -> None:
        """`given` are those of this run, by the pull request's address: they stand in place of what its body holds."""
        found: dict[tuple[str, str, str], list[_Given]] = {}
        for pull in sorted(pulls, key=lambda pull: pull.number, reverse=True):
            orders = orders_of(pull.body) if given is None or pull.url not in given else given[pull.url]
            marker = read_marker(pull.body) if orders and pull.state is not PullRequestState.MERGED else None
            if marker is None:
                continue
            given_here = [_Given(order=order, pull=pull, marker=marker) for order in orders]
            for app, targets in marker.by_app.items():
                for dependency in dict.fromkeys(target.dependency for target in targets):
                    found.setdefault((pull.repo, app, dependency), []).extend(given_here)
        self._found: Final = found

    def held(self, app: AppDecisions, now: datetime) -> AppDecisions:
        """The app's decisions, as people want them: what they ignore or snooze is held."""
        if not any(repo == app.app.repo for repo, _, _ in self._found):
            return app
        return replace(
            app,
            decisions=tuple(self._decision(app, decision, now) for decision in app.decisions),
            migrations=tuple(self._decision(app, decision, now) for decision in app.migrations),
        )

    def keeps_from(self, repo: str, app: str, dependency: str, now: datetime) -> str:
        """Who ignores or snoozes a dependency (as str() writes it) of an app now, and where; empty: nobody."""
        for one in self._found.get((repo, app, dependency), ()):
            word = _HOLDING.get(one.order.verb)
            if word is not None and one.order.holds_on(now.date()):
                return f"{word} by @{one.order.by} in #{one.pull.number}"
        return ""

    def is_urgent(self, repo: str, app: str, update: Update) -> bool:
        """Whether somebody wants it first, as long as the pull request is open in which they said so."""
        return any(
            one.order.verb is Verb.URGENT and one.pull.state is PullRequestState.OPEN and one.step == _kind(update)
            for one in self._of(repo, app, update)
        )

    def hurries(self, repo: str, app: str, stage: str, dependency: str) -> bool:
        """Whether some step of a dependency (as str() writes it) is urgent: which one, nobody knows before it is decided."""
        given = self._given(repo, app, stage, dependency)
        return any(one.order.verb is Verb.URGENT and one.pull.state is PullRequestState.OPEN for one in given)

    def ruled(self, repo: str, app: str, rule: Rule, update: Update) -> Rule:
        """The rule of an app's update, without the group if that was split: one of several apps into one of each."""
        if not self._found:
            return rule
        splits = [one for one in self._of(repo, app, update) if one.order.verb is Verb.SPLIT]
        if any(len(one.marker.by_app) == 1 for one in splits):
            return replace(rule, group=None, rebuilds_together=False)
        return rule if rule.group is None or not splits else replace(rule, group=replace(rule.group, paths=()))

    def _decision(self, app: AppDecisions, decision: Decision, now: datetime) -> Decision:
        kept = self._kept_back(app, decision.verdict.update, now) if isinstance(decision.verdict, Propose) else None
        return decision if kept is None else replace(decision, verdict=kept)

    def _kept_back(self, app: AppDecisions, update: Update, now: datetime) -> Hold | None:
        for one in self._of(app.app.repo, app.app.name, update):
            word = _HOLDING.get(one.order.verb)
            if word is not None and one.step == _kind(update) and one.order.holds_on(now.date()):
                until = None if one.order.until is None else datetime.combine(one.order.until + timedelta(days=1), time(), UTC)
                return Hold(update=update, policy=ORDER, reason=f"{word} by @{one.order.by} in #{one.pull.number}", until=until)
        return None

    def _of(self, repo: str, app: str, update: Update) -> Sequence[_Given]:
        """The newest pull request's first."""
        return self._given(repo, app, update.stage, str(update.pin.dependency))

    def _given(self, repo: str, app: str, stage: str, dependency: str) -> Sequence[_Given]:
        return [one for one in self._found.get((repo, app, dependency), ()) if one.stage in {"", stage}]


def _kind(update: Update) -> str:
    return update.kind.value if update.kind in STEPS else ""


def _step(pull: PullRequest) -> str:
    """By the end of its branch, as `bot.propose.naming` writes it."""
    return next((kind.value for kind in STEPS if pull.branch.endswith(f"-{kind.value}")), "")
