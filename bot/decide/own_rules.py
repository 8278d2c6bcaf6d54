"""A repo's own rules: they narrow what the organisation's rules let out, and widen nothing."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.decide.context import PinContext
from bot.decide.rules import matches, merge
from bot.model.pin import Pin
from bot.model.repo_rules import RepoRules
from bot.model.rules import Rule
from bot.model.update import Decision, Hold, NotAllowed, Propose, Update, UpdateKind
from bot.versions.scheme import VersionScheme

OWN_FILE: Final = "own file"
"""The name under which updates are held that the repo's own file keeps back as a whole."""


def quieter(rule: Rule, own: Rule) -> Rule:
    """The organisation's rule for a pin with what the repo's own one asks for besides; each field at least as strict as before.

    The own one is merged over an empty rule: None says nothing. A group counts where the organisation names none, for to leave a shared
    pull request would make more of them.
    """
    digest_cooldown = rule.digest_cooldown
    if own.digest_cooldown is not None:
        digest_cooldown = _longer(rule.cooldown if digest_cooldown is None else digest_cooldown, own.digest_cooldown)
    return replace(
        rule,
        allow=rule.allow if own.allow is None else (rule.allow or frozenset()) & own.allow,
        ignore=rule.ignore + own.ignore,
        cooldown=_longer(rule.cooldown, own.cooldown),
        digest_cooldown=digest_cooldown,
        also_windows=own.windows or (),
        freezes=rule.freezes + own.freezes,
        group=rule.group or own.group,
        draft=(rule.draft or frozenset()) | own.draft if own.draft else rule.draft,
        auto_merge=rule.auto_merge if own.auto_merge is None else (rule.auto_merge or frozenset()) & own.auto_merge,
        labels=_both(rule.labels, own.labels),
        reviewers=_both(rule.reviewers, own.reviewers),
        assignees=_both(rule.assignees, own.assignees),
        milestone=rule.milestone or own.milestone,
    )


def with_own(rule: Rule, own: RepoRules | None, pin: Pin, context: PinContext) -> Rule:
    """The rule for a pin as the file of its repo narrows it."""
    said = [] if own is None else [one for one in own.rules if matches(one.match, pin, context)]
    return quieter(rule, merge(said, Rule())) if said else rule


def no_wider(without: Decision, own: Decision, scheme: VersionScheme) -> Decision:
    """The decision by the repo's own rules, held against the one without them.

    To take a value away may bring out what it hid: a step to another cycle that waits for a patch of the one in use. So nothing goes
    out where nothing would, and no larger step than would.
    """
    theirs, ours = own.verdict, without.verdict
    if not isinstance(theirs, Propose):
        if isinstance(theirs, Hold | NotAllowed) and theirs != ours:
            return replace(own, verdict=replace(theirs, reason=f"{theirs.reason}; the repo's own file says so"))
        return own
    if not isinstance(ours, Propose):
        return without
    if _is_larger(theirs.update, ours.update, scheme):
        reason = f"{_target(ours.update)} comes before it, and the repo's own file keeps that back"
        return replace(own, verdict=Hold(update=theirs.update, policy=OWN_FILE, reason=reason))
    return own


def silenced(decision: Decision, reason: str) -> Decision:
    """The same decision, but that nothing goes out."""
    if not isinstance(decision.verdict, Propose):
        return decision
    return replace(decision, verdict=Hold(update=decision.verdict.update, policy=OWN_FILE, reason=reason))


def _is_larger(one: Update, other: Update, scheme: VersionScheme) -> bool:
    """Whether one goes further than the other; where that can't be told, it does."""
    if one.kind in {UpdateKind.DIGEST, UpdateKind.PIN} or _target(one) == _target(other):
        return False
    new, most = scheme.parse(_target(one)), scheme.parse(_target(other))
    return new is None or most is None or new.line != most.line or new.is_newer_than(most)


def _target(update: Update) -> str:
    return update.release.value if update.range_step is None else update.range_step[1]


def _longer(one: timedelta | None, other: timedelta | None) -> timedelta | None:
    known = [wait for wait in (one, other) if wait is not None]
    return max(known, default=None)


def _both(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*one, *other]))
