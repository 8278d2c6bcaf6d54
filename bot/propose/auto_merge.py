"""GitHub's own auto-merge: asked for where the rules say so, ended where they do no more."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from bot.model.auto_merge import AutoMerge, MergeMethod
from bot.model.comparison import ImageStep
from bot.model.failure import Failure
from bot.model.pull_request import PullRequest
from bot.model.rules import MergeIf
from bot.propose.forge import Forge

log = structlog.get_logger()

NOT: Final = "GitHub does not merge it by itself"
_DOES: Final = "GitHub merges it once all that its base branch requires is there"
_WOULD: Final = "GitHub would be asked to merge it by itself"


def unmet(conditions: Iterable[MergeIf], steps: Sequence[ImageStep | None]) -> str:
    """Which of the conditions of its rules a pull request does not meet, in words; empty: none.

    `steps` are those of its updates; what is not known of one (None, or not all could be checked) is not so.
    """
    asked = list(conditions)
    least = max((one.closes for one in asked if one.closes is not None), key=lambda severity: severity.rank, default=None)
    worst = max((step.holes.severity.rank for step in steps if step is not None and step.holes.is_known), default=0)
    if least is not None and worst < least.rank:
        return f"it is not known to close a hole that is {least.value} or worse (auto_merge_if.closes)"
    if any(one.brings_none for one in asked):
        holes = [None if step is None else step.holes for step in steps]
        if any(one is not None and one.brought for one in holes):
            return "it brings a known hole (auto_merge_if.brings_none)"
        if any(one is None or not one.is_known or one.unclear or one.has_failed or one.has_unchecked_changes for one in holes):
            return "whether it brings a hole is not known (auto_merge_if.brings_none)"
    return ""


def refusal(state: AutoMerge, own: Collection[str], *, needs_check: bool = False) -> str:
    """In words, with what would help; empty: it can be asked. `own` are the bot's logins."""
    if state.is_on:
        return ""
    reasons = {
        "the repo does not allow auto-merge (its settings, General, Allow auto-merge)": not state.is_allowed,
        f"{state.ended_by} turned it off": state.ended_by is not None and state.ended_by not in own,
        "the repo allows no way to merge": state.method is None,
        "its base branch requires no check, and the rules want one (auto_merge_if.requires_check)": needs_check
        and not state.requires_check,
        "its base branch requires nothing that is missing, and GitHub merges by itself only what waits for a required check or review": (
            not state.is_waited_for
        ),
        "the bot may not turn it on there (contents and pull requests: write)": not state.may_ask,
    }
    return next((why for why, is_so in reasons.items() if is_so), "")


def _foreign(pull: PullRequest, own: Collection[str]) -> str:
    """What of a pull request is not the bot's own. Its marker proves nothing here: whoever may push can copy that."""
    others = sorted(pull.authors.difference(own))
    if pull.author not in own:
        return f"it was opened by {pull.author or 'an account that is gone'}, and not by the bot"
    return f"it holds commits of {', '.join(others)}" if others else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came of asking GitHub to merge a pull request by itself."""

    note: str
    is_done: bool
    """Whether something was written, or would be in a dry run."""


class AutoMerging:
    """Has GitHub merge by itself what the rules let it, and no longer than they do. Never merges anything."""

    def __init__(self, forge: Forge, *, dry_run: bool) -> None:
        self._forge: Final = forge
        self._dry_run: Final = dry_run

    def turn_on(self, pulls: Sequence[PullRequest], *, needing_check: Collection[str] = ()) -> dict[str, Said]:
        """By the address, what is to be said of each; nothing of those for which it is on. Raises ForgeError.

        `needing_check` are the addresses of those that may go in only where their base requires a check.
        """
        states = self._forge.auto_merge_of(pulls) if pulls else {}
        found: dict[str, Said] = {}
        wanted: list[tuple[PullRequest, MergeMethod]] = []
        for pull in pulls:
            state = states[pull.url]
            own = self._forge.identity()
            why = _foreign(pull, own) or (
                state.what if isinstance(state, Failure) else refusal(state, own, needs_check=pull.url in needing_check)
            )
            if why:
                found[pull.url] = Said(note=f"{NOT}: {why}", is_done=False)
            elif isinstance(state, AutoMerge) and state.method is not None and not state.is_on:
                wanted.append((pull, state.method))
        failures = self._forge.turn_on_auto_merge(wanted) if wanted and not self._dry_run else {}
        for pull, _ in wanted:
            failure = failures.get(pull.url)
            words = _WOULD if self._dry_run else _DOES
            found[pull.url] = Said(note=f"{NOT}: {failure.what}" if failure else words, is_done=failure is None)
            log.info("pull_request.auto_merge", repo=pull.repo, number=pull.number, note=found[pull.url].note)
        return found

    def turn_off(self, pull: PullRequest, *, why: str) -> str:
        """What is to be said; empty: it was not the bot that turned it on. Raises ForgeError."""
        if pull.auto_merge_by is None or pull.auto_merge_by not in self._forge.identity():
            return ""
        if self._dry_run:
            return f"GitHub would be told not to merge it by itself any more: {why}"
        self._forge.turn_off_auto_merge(pull)
        log.info("pull_request.auto_merge_ended", repo=pull.repo, number=pull.number, why=why)
        return f"GitHub merges it by itself no more: {why}"
