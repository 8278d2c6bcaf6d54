"""What stands between a pull request and its merge, and who could take it away."""

from collections.abc import Iterator
from typing import Final

from bot.model.checks import Checks
from bot.model.fleet import App
from bot.model.hurdle import MOST_NAMED, Hurdle, HurdleKind, and_more
from bot.model.readiness import CheckState, Readiness

_CHECKS: Final = (
    (HurdleKind.CHECKS_RED, CheckState.RED, "see why its checks fail"),
    (HurdleKind.CHECKS_NOT_BEGUN, CheckState.NOT_BEGUN, "start the required checks, or require them no more"),
    (HurdleKind.CHECKS_PENDING, CheckState.PENDING, "let its checks end"),
)
_OF_ALL: Final = {Checks.RED: HurdleKind.CHECKS_RED, Checks.PENDING: HurdleKind.CHECKS_PENDING}
"""What all checks together say counts also where none of that state is among those that were looked at."""


def hurdles(found: Readiness, app: App) -> tuple[Hurdle, ...]:
    """All that is known to keep it from its merge; nothing: it waits for the review of those who are asked. Pure."""
    return (*_draft(found), *_changes(found), *_checks(found), *_review(found, app))


def _draft(found: Readiness) -> Iterator[Hurdle]:
    if found.is_draft:
        yield Hurdle(kind=HurdleKind.DRAFT, todo="mark it as ready for review")


def _changes(found: Readiness) -> Iterator[Hurdle]:
    if found.changes_wanted_by:
        who = found.changes_wanted_by
        yield Hurdle(kind=HurdleKind.CHANGES_WANTED, who=who, todo=f"make the changes that {_people(who)} asked for, or answer them")


def _checks(found: Readiness) -> Iterator[Hurdle]:
    for kind, state, todo in _CHECKS:
        checks = tuple(check for check in found.not_green if check.state is state)
        is_told_of_all = _OF_ALL.get(found.checks) is kind
        # Expected checks make the whole "pending"; those that never began tell that better.
        is_begun = kind is not HurdleKind.CHECKS_PENDING or all(check.state is not CheckState.NOT_BEGUN for check in found.not_green)
        if checks or (is_told_of_all and is_begun):
            yield Hurdle(kind=kind, checks=checks, unlisted=found.unlisted if is_told_of_all else 0, todo=todo)


def _review(found: Readiness, app: App) -> Iterator[Hurdle]:
    if found.changes_wanted_by:
        return
    if not found.asked and (found.needs_approval or not found.approvals):
        # Where somebody is asked, nobody can tell whether the file's faulty line is of these paths.
        if found.unknown_owners:
            yield Hurdle(kind=HurdleKind.UNKNOWN_OWNER, who=found.unknown_owners, todo="name owners in CODEOWNERS who exist and may write")
        yield Hurdle(kind=HurdleKind.NO_REVIEWER, todo=_whom_to_ask(app))
    elif found.needs_approval:
        yield Hurdle(kind=HurdleKind.NOT_APPROVED, who=found.asked, todo=f"have {_people(found.asked)} review it")
    elif found.approvals and found.checks in {Checks.GREEN, Checks.NONE} and not found.not_green and not found.is_draft:
        yield Hurdle(kind=HurdleKind.NOT_MERGED, todo="merge it")


def _whom_to_ask(app: App) -> str:
    if app.owners:
        return f"ask {_people(app.owners)} for a review"
    return "ask somebody for a review; the app has no owner: name one in the fleet file or CODEOWNERS"


def _people(who: tuple[str, ...]) -> str:
    return ", ".join(who[:MOST_NAMED]) + (f" {more}" if (more := and_more(len(who) - MOST_NAMED)) else "")
