"""Why an open pull request is written again, and what of it stays as people made it."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import assert_never

from bot.model.labels import family_of
from bot.model.pull_request import Proposal, PullRequest
from bot.propose.commands import Verb
from bot.propose.compose import Draft
from bot.propose.marker import read, targets_of, text_hash, with_marker
from bot.propose.orders import orders_of, with_orders


class Change(StrEnum):
    """Why an open pull request is written again."""

    CONTENT = "it asks for something else now"
    CONFLICT = "it was in conflict with its base"
    BASE = "the default branch is another one now"
    TEXT = "more is known now"
    LABELS = "the run that opened it was cut off"
    REBASE = "somebody asked for it on the head of its base"
    RECREATE = "somebody asked for it anew"


def change_of(pull: PullRequest, draft: Draft) -> Change | None:
    """Why the pull request may have to be written again, as far as its own marker tells; None: it asks for this already.

    A text that told all there was stays until the content changes, and so does one that people have edited: it is theirs.
    """
    written, wanted = read(pull.body), draft.marker
    if written is None or not written.asks_the_same(wanted):
        return Change.CONTENT
    if pull.base != draft.untold.base:
        return Change.BASE
    if pull.has_conflict:
        return Change.CONFLICT
    is_untouched = text_hash(pull.body) == written.text
    is_awaited = draft.today.isoformat() <= written.awaits
    if (written.is_partial or is_awaited) and is_untouched:
        return Change.TEXT
    return only_labels(pull, draft)


def only_labels(pull: PullRequest, draft: Draft) -> Change | None:
    return Change.LABELS if missing_labels(pull, draft.untold) else None


def if_more(draft: Draft, proposal: Proposal, pull: PullRequest) -> tuple[Change | None, Proposal]:
    """The text of today, where it tells more than the one that stands there; else what is to be written besides."""
    written, told = read(pull.body), read(proposal.body)
    if written is None or told is None or not written.tells_less_than(told):
        return only_labels(pull, draft), draft.untold
    # However often a text is written again, what it awaits is looked for until the day that was set at first.
    until = min(filter(None, (written.awaits, told.awaits)), default="") if told.awaits else ""
    return Change.TEXT, replace(proposal, body=with_marker(proposal.body, replace(told, awaits=until)))


def asked(change: Change | None, verb: Verb | None) -> Change | None:
    """Why it is written again, where somebody asked for that."""
    if verb is Verb.RECREATE:
        return Change.RECREATE
    return Change.REBASE if verb is Verb.REBASE and change in {None, Change.TEXT, Change.LABELS} else change


def as_asked(proposal: Proposal, pull: PullRequest, change: Change) -> Proposal:
    """What is to be written. The orders that people gave stay in its text."""
    match change:
        case Change.LABELS:
            return _as_titled(proposal, pull)
        case Change.REBASE:
            return replace(proposal, title=pull.title, body=pull.body)
        case Change.RECREATE:
            return proposal
        case Change.CONTENT | Change.CONFLICT | Change.BASE | Change.TEXT:
            orders = orders_of(pull.body)
            titled = _as_titled(proposal, pull)
            return replace(titled, body=with_orders(titled.body, orders)) if orders else titled
        case _:
            assert_never(change)


def _as_titled(proposal: Proposal, pull: PullRequest) -> Proposal:
    """The proposal under the title that people gave the pull request, unless that names what is asked for no more."""
    written = read(pull.body)
    if written is None or written.wrote_title(pull.title):
        return proposal
    wanted = targets_of(proposal.updates)
    gone = {target.value for target in written.targets} - {target.value for target in wanted}
    gone |= {target.digest for target in written.targets} - {target.digest for target in wanted}
    is_true = not any(word and word in pull.title for word in gone)
    return replace(proposal, title=pull.title) if is_true else proposal


def missing_labels(pull: PullRequest, proposal: Proposal) -> Sequence[str]:
    """The labels that it never had, nor one of their family: what people took away or chose otherwise stays so."""
    return [label for label in proposal.labels if not family_of(label) & pull.labels_ever]
