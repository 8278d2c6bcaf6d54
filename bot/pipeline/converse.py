"""Comments: what people tell the bot below its pull requests, what that means for the run, and its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from bot.clients.workers import Workers
from bot.model.comment import Thread
from bot.model.failure import Failure
from bot.model.pull_request import Closed, Outcome, PullRequest, PullRequestState, Sent
from bot.model.run import AppDecisions
from bot.model.update import Decision
from bot.pipeline.attempt import attempt
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.propose import LAST_WRITE, Proposed
from bot.pipeline.scanned import Scanned
from bot.propose.answers import refusal, reply
from bot.propose.commands import Command, Verb
from bot.propose.marker import has_other_base, own_accounts, strangers
from bot.propose.marker import read as read_marker
from bot.propose.orders import Order, Orders, after, keeps_back, orders_of, with_orders
from bot.propose.others import left_to_others
from bot.propose.threads import MOST_ANSWERED, Request, answers_in, hands_off_text, requests_in

log = structlog.get_logger()
_MAX_PEOPLE: Final = 20
"""Who are asked about below one pull request: those who spoke last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What people said below the pull requests of a fleet."""

    requests: Mapping[str, Sequence[Request]]
    """By the pull request's address: commands of people who may give them, in order."""
    given: Mapping[str, Sequence[Order]]
    """The orders that stand by then, where something was said."""
    orders: Orders
    looked_at: Sequence[PullRequest]
    """Whose comments were read."""
    is_told: frozenset[str]
    """Of which of those the bot has said already that it keeps its hands off."""
    failures: tuple[Failure, ...]

    @property
    def anew(self) -> Mapping[tuple[str, int], Verb]:
        """By repo and number: the pull requests that are to be written again, and how."""
        every = (request for requests in self.requests.values() for request in requests)
        return {
            (request.pull.repo, request.pull.number): request.said.verb
            for request in every
            if isinstance(request.said, Command) and request.said.verb in {Verb.REBASE, Verb.RECREATE} and not refusal(request)
        }


def listen(parts: FleetParts, scanned: Sequence[Scanned]) -> Heard:
    """Read the comments of pull requests that changed since they were read; where none has, nobody is asked."""
    pulls = [pull for entry in scanned for pull in entry.pull_requests]
    unread = [pull for pull in pulls if pull.comments and pull.state is not PullRequestState.MERGED and not parts.heard.holds(pull)]
    threads = parts.forge.comments(unread) if unread else {}
    requests: dict[str, Sequence[Request]] = {}
    failures: list[Failure] = []
    looked_at: list[PullRequest] = []
    is_told: set[str] = set()
    for pull in unread:
        thread = threads[pull.url]
        if isinstance(thread, Failure):
            failures.append(thread)
            continue
        found = attempt(f"{pull.repo}#{pull.number}", partial(_allowed, parts, pull, thread))
        if isinstance(found, Failure):
            failures.append(found)
            continue
        looked_at.append(pull)
        if answers_in(thread, own_accounts(pull, parts.forge.identity())).has_hands_off:
            is_told.add(pull.url)
        if found:
            requests[pull.url] = found
    given = {url: _standing(said) for url, said in requests.items()}
    return Heard(
        requests=requests,
        given=given,
        orders=Orders(pulls, given=given),
        looked_at=looked_at,
        is_told=frozenset(is_told),
        failures=tuple(failures),
    )


def _allowed(parts: FleetParts, pull: PullRequest, thread: Thread) -> list[Request]:
    """The requests of people who may write to the repo; strangers are passed over without a word."""
    if thread.is_cut:
        log.warning("comments.cut", repo=pull.repo, number=pull.number, looked_at=len(thread.comments))
        count = f"of its comments the {len(thread.comments)} that changed last were read"
        parts.progress.tell(pull.repo, f"pull request #{pull.number}: {count}; write a command anew that stands before them")
    found = requests_in(pull, thread, own_accounts(pull, parts.forge.identity()))
    people = list(dict.fromkeys(request.by for request in reversed(found)))
    if len(people) > _MAX_PEOPLE:
        count = f"of {len(people)} people who wrote commands the {_MAX_PEOPLE} who spoke last were heard"
        parts.progress.tell(pull.repo, f"pull request #{pull.number}: {count}")
    allowed = {login for login in people[:_MAX_PEOPLE] if parts.forge.may_write(pull.repo, login)}
    return [request for request in found if request.by in allowed][-MOST_ANSWERED:]


def _standing(requests: Sequence[Request]) -> tuple[Order, ...]:
    """The orders of a pull request once all that was said is heard."""
    pull = requests[0].pull
    orders = orders_of(pull.body)
    for request in requests:
        if isinstance(request.said, Command) and not refusal(request):
            order = Order(verb=request.said.verb, by=request.by, until=request.said.until)
            orders = after(orders, order, is_open=pull.state is PullRequestState.OPEN)
    return orders


def as_wanted(
    parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], orders: Orders, *, now: datetime
) -> list[tuple[Scanned, AppDecisions]]:
    """The decisions, where what people do not want now is held, and what other bots' pull requests ask for already."""
    return [
        (entry, left_to_others(orders.held(app, now), parts.forge.other_requests(entry.repo.full_name), entry.pull_requests))
        for entry, app in decided
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What this run did and decided."""

    sent: Mapping[tuple[str, str], Sent]
    """By repo and branch."""
    apps: Mapping[tuple[str, str], AppDecisions]
    """By repo and name."""
    proposed: Proposed
    now: datetime

    def decisions(self, pull: PullRequest) -> list[Decision]:
        """Those on what the pull request asks for."""
        marker = read_marker(pull.body)
        found: list[Decision] = []
        for name, targets in () if marker is None else marker.by_app.items():
            app = self.apps.get((pull.repo, name))
            dependencies = {target.dependency for target in targets}
            asked = () if app is None else app.migrations if any(target.is_migration for target in targets) else app.decisions
            found += [one for one in asked if str(one.pin.dependency) in dependencies]
        return found


def answer(parts: FleetParts, heard: Heard, decided: Sequence[tuple[Scanned, AppDecisions]], proposed: Proposed, *, now: datetime) -> None:
    """Write down the orders, close what is not wanted now, and answer each command: in this order.

    The answer comes last, so that a run that is cut off before it leaves a command that the next one hears again; all before it may be
    done twice.
    """
    run = _Run(
        # What of a group was declined has the branch of what goes on.
        sent={
            (each.proposal.repo, each.proposal.branch): each
            for each in sorted(proposed.sent, key=lambda each: each.outcome is not Outcome.DECLINED)
        },
        apps={(app.app.repo, app.app.name): app for _, app in decided},
        proposed=proposed,
        now=now,
    )
    with Workers(1, "answer", grace=LAST_WRITE) as writer:
        for requests in heard.requests.values():
            writer.submit(_answer, parts, requests, heard.given[requests[0].pull.url], run).result()
        writer.submit(_hands_off, parts, heard, proposed).result()
    if parts.proposer.is_dry_run:
        return
    unsaid = {each.pull_request.url for each in proposed.sent if each.pull_request is not None and _is_of_others(each)}
    for pull in heard.looked_at:
        if pull.url not in heard.requests and (pull.url not in unsaid or pull.url in heard.is_told):
            parts.heard.keep(pull)


def _answer(parts: FleetParts, requests: Sequence[Request], orders: Sequence[Order], run: "_Run") -> None:
    pull = requests[0].pull
    what = pull.repo, pull.branch
    run.proposed.sending.append(what)
    result = attempt(f"{pull.repo}#{pull.number}", partial(_answered, parts, requests, orders, run))
    run.proposed.sending.remove(what)
    if isinstance(result, Failure):
        run.proposed.failures.append(result)
    elif result is not None:
        run.proposed.closed.append(result)


def _answered(
    parts: FleetParts,
    requests: Sequence[Request],
    orders: Sequence[Order],
    run: "_Run",
) -> Closed | None:
    asked = pull = requests[0].pull
    sent = run.sent.get((pull.repo, pull.branch))
    if sent is not None and sent.pull_request is not None and sent.pull_request.number == pull.number:
        pull = sent.pull_request
    is_ended = asked.state is PullRequestState.OPEN and (
        keeps_back(orders, run.now.date()) or any(order.verb is Verb.SPLIT for order in orders)
    )
    others = strangers(asked, parts.forge.identity())
    kept_open = " Others committed to it, so it is not closed for them." if is_ended and others else ""
    replies = [reply(request, sent=sent, decisions=run.decisions(asked), kept_open=kept_open) for request in requests]
    reason = f"asked for by {', '.join(dict.fromkeys(request.by for request in requests))}"
    done = Closed(pull_request=pull, reason=reason, is_done=not parts.proposer.is_dry_run) if is_ended and not others else None
    if parts.proposer.is_dry_run:
        return done
    if any(one is None for one in replies):
        return None
    if orders_of(pull.body) != tuple(orders):
        body = with_orders(pull.body, orders)
        parts.forge.edit_text(pull, title=pull.title, body=body)
        pull = replace(pull, body=body)
    if done is not None:
        parts.forge.close_pull_request(pull, comment="")
    for request, one in zip(requests, replies, strict=True):
        if one is not None:
            parts.forge.answer(pull, one.body, to=request.comment, reaction=one.reaction)
            parts.progress.tell(pull.repo, f"pull request #{pull.number}: answered {request.by}")
    return done


def _hands_off(parts: FleetParts, heard: Heard, proposed: Proposed) -> None:
    """Say once that a pull request is left alone: in those whose comments are known, and hold no such word."""
    known = {pull.url for pull in heard.looked_at}
    for each in proposed.sent:
        pull = each.pull_request
        if pull is None or not _is_of_others(each) or parts.proposer.is_dry_run:
            continue
        if pull.url in heard.is_told or (pull.comments and pull.url not in known):
            continue
        others = strangers(pull, parts.forge.identity())
        text = hands_off_text(others, hears_comments=parts.forge.abilities.hears_comments)
        result = attempt(f"{pull.repo}#{pull.number}", partial(parts.forge.answer, pull, text))
        if isinstance(result, Failure):
            proposed.failures.append(result)


def _is_of_others(sent: Sent) -> bool:
    """Whether others committed to its branch."""
    pull = sent.pull_request
    return sent.outcome is Outcome.EDITED_BY_HUMAN and pull is not None and not has_other_base(pull, sent.proposal.base)
