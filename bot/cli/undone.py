"""What was not done, in short: a count for each reason, and what can't wait."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.cli import actions
from bot.cli.session import Session
from bot.model.assessment import Assessment
from bot.model.base_state import BaseState
from bot.model.failure import Failure
from bot.report.not_done import NotDone, Why, counted
from bot.report.printable import printable
from bot.wiring.own_file import OwnFile

_MAX_NAMED: Final = 5
_MAX_PLACES: Final = 3
_MAX_GAPS: Final = 50
_MAX_ANNOTATIONS: Final = 10
"""Of one kind that GitHub shows of a step; those beyond stand in the log alone."""


def say_nothing_to_look_at(session: Session) -> None:
    """Why a command over the fleet came to nothing, where nothing failed."""
    text = "no repo is there to look at; archived ones and those without a commit are left out. Check github.owners and github.repos in the"
    session.err.print(f"{text} configuration, and --repo where it was given", markup=False)


def say_failures(session: Session, failures: Sequence[Failure]) -> None:
    """Each on a line; in GitHub Actions as annotations, as far as it shows them."""
    for number, failure in enumerate(failures):
        if actions.is_actions() and number < _MAX_ANNOTATIONS:
            actions.send(actions.command("error", printable(str(failure)), title=f"failed: {printable(failure.where)}"))
        else:
            session.err.print(f"failed: {failure}", markup=False)


def warn(session: Session, text: str) -> None:
    """What is no failure, and should not be missed."""
    if actions.is_actions():
        actions.send(actions.command("warning", printable(text)))
    else:
        session.err.print(text, markup=False)


def say_own_file(session: Session, own: OwnFile | None) -> None:
    """Which file of the clone makes the bot quieter, and what is wrong in it."""
    if own is None:
        return
    session.err.print(f"the repo's own file, which makes the bot quieter here: {own.path}", style="dim", markup=False)
    for fault in own.rules.faults:
        warn(session, fault)


def say_not_done(session: Session, undone: Sequence[NotDone], *, whole: str) -> None:
    """One line of counts, and one for each thing that is late; failures are told by themselves. `whole`: where all of it stands."""
    for one in [one for one in undone if one.why in {Why.LATE, Why.LOST, Why.STARVED}][:_MAX_NAMED]:
        where = f" ({', '.join(one.where[:_MAX_PLACES])})" if one.where else ""
        warn(session, f"{one.why.value}: {one.what}: {one.reason}{where}")
    if counts := counted(one for one in undone if one.why is not Why.FAILED):
        session.err.print(f"not done: {counts}; {whole} what and why", markup=False)


def say_not_reached(session: Session, left: Sequence[Failure]) -> None:
    """One line for each limit that was used up, with how much it left and when it resumes."""
    limits: dict[datetime, list[Failure]] = {}
    for one in left:
        if one.resumes_at is not None:
            limits.setdefault(one.resumes_at, []).append(one)
    for resumes_at, of in sorted(limits.items()):
        more = f" and {len(of) - _MAX_PLACES} more" if len(of) > _MAX_PLACES else ""
        places = f"{', '.join(one.where for one in of[:_MAX_PLACES])}{more}"
        why = of[0].what.rstrip(".")
        if f"{resumes_at:%Y-%m-%d %H:%M}" not in why:
            why = f"{why}; it resumes at {resumes_at:%Y-%m-%d %H:%M} UTC"
        session.err.print(printable(f"not reached: {places}: {why}. The next run begins with these."), markup=False)


def is_unchecked(assessment: Assessment | None) -> bool:
    """Whether something failed that could have told of holes, or not one package could be checked; what nobody asked for is not."""
    if assessment is None:
        return False
    has_failed = any(gap.is_failure for gap in assessment.not_checked)
    return has_failed or (not assessment.checked and any(gap.packages for gap in assessment.not_checked))


def say_not_checked(session: Session, states: Sequence[BaseState]) -> None:
    """What of images was not read or not checked, each reason once, with the images that it is of."""
    images: dict[str, list[str]] = {}
    for state in states:
        unread = {(missing.what, missing.reason) for missing in state.not_read}
        gaps = () if state.assessment is None else state.assessment.not_checked
        said = [*map(str, state.not_read), *(f"not checked: {gap}" for gap in gaps if (gap.what, gap.reason) not in unread)]
        for one in dict.fromkeys(said):
            images.setdefault(one, []).append(f"{state.dependency.partition(': ')[2]} {state.value}")
    for one, of in list(images.items())[:_MAX_GAPS]:
        more = f" and {len(of) - _MAX_PLACES} more" if len(of) > _MAX_PLACES else ""
        session.err.print(printable(f"{one} ({', '.join(of[:_MAX_PLACES])}{more})"), markup=False)
    if len(images) > _MAX_GAPS:
        session.err.print(f"and {len(images) - _MAX_GAPS} more reasons of this kind; `--format json` has all", markup=False)
