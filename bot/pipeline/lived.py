"""What the ledger knows of the ways that fixes took."""

from collections.abc import Sequence
from datetime import datetime

from bot.ledger.ledger import Ledger
from bot.model.exposure import Step
from bot.report.lived import Lived


def lived_since(ledger: Ledger, since: datetime, stages: Sequence[str]) -> list[Lived]:
    """Of every app, those that were not over before a time; the last of `stages` is production. Raises DatabaseError."""
    last = stages[-1] if stages else ""
    return [
        Lived(
            app=key.app,
            began_at=one.began_at,
            merged_at=one.steps.get(Step.MERGED),
            rebuilt_at=one.steps.get(Step.REBUILT),
            in_production_at=one.stages.get(last),
        )
        for key, lives in ledger.events.rounds_since(since).items()
        for one in lives
        if one.steps
    ]
