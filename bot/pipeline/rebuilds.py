"""Track: published images that stand on an old base though Git is current are built anew, once, and the result is held against its purpose.

Every try is recorded before it is asked for. Where a run was killed between that and the answer, the next one finds the build among those
that the bot started, and starts none besides. What it came to is judged by the published image, never by the build's own word.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.model.failure import Failure
from bot.model.image import ImageReference
from bot.model.rebuild_order import (
    RebuildLimits,
    RebuildRow,
    RebuildRule,
    RebuildStanding,
    RebuildWish,
)
from bot.pipeline.attempt import attempt
from bot.pipeline.rebuild_judging import Judging
from bot.pipeline.rebuild_try import Budget, Rebuilding, Try
from bot.pipeline.rebuild_wishes import Chains

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildSources:
    """What a run over a fleet asks for rebuilds and judges them by."""

    rule_for: Callable[[str, ImageReference], RebuildRule]
    """By the repo that builds an image, and its name."""
    limits: RebuildLimits
    judging: Judging
    chains: Chains


def rebuild(wishes: Iterable[RebuildWish], by: Rebuilding) -> tuple[RebuildRow, ...]:
    """Take every wish one step further, in their order; where each stands. What fails of one stops none of the others.

    Raises DatabaseError: without a ledger nothing is started.
    """
    wanted = list(wishes)
    known = by.record.of(wish.app for wish in wanted)
    now = by.now()
    budget = Budget(left=min(by.limits.per_run, max(0, by.limits.per_hour - by.record.asked_since(now - timedelta(hours=1)))))
    tries = [Try(wish=wish, by=by, budget=budget, past=tuple(known.get((wish.app, wish.key.image), ()))) for wish in wanted]
    # Those that wait for an answer come first: the build that was started for one of them is taken by nobody else.
    rows = {place: _row(tries[place]) for place in sorted(range(len(tries)), key=lambda place: not tries[place].is_unanswered)}
    for row in rows.values():
        log.info("rebuild.stands", app=row.wish.app, image=row.wish.key.image, standing=row.standing.name.lower(), said=row.said)
    return tuple(rows[place] for place in range(len(tries)))


def _row(one: Try) -> RebuildRow:
    found = attempt(f"the rebuild of {one.wish.key.image}", one.row)
    if isinstance(found, Failure):
        return RebuildRow(wish=one.wish, standing=RebuildStanding.NOT_KNOWN, said=str(found))
    return found
