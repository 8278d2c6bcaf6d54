"""What was not done, in short: a count for each reason, and what can't wait."""

from collections.abc import Sequence
from typing import Final

from bot.cli.session import Session
from bot.report.not_done import NotDone, Why, counted

_MAX_NAMED: Final = 5
_MAX_PLACES: Final = 3


def say_not_done(session: Session, undone: Sequence[NotDone], *, whole: str) -> None:
    """One line of counts, and one for each thing that is late; failures are told by themselves. `whole`: where all of it stands."""
    for one in [one for one in undone if one.why in {Why.LATE, Why.STARVED}][:_MAX_NAMED]:
        where = f" ({', '.join(one.where[:_MAX_PLACES])})" if one.where else ""
        session.err.print(f"{one.why.value}: {one.what}: {one.reason}{where}", markup=False)
    if counts := counted(one for one in undone if one.why is not Why.FAILED):
        session.err.print(f"not done: {counts}; {whole} what and why", markup=False)
