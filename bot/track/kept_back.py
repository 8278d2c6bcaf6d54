"""Verdicts -> what apps don't take because somebody refuses it: no exposure, for no clock runs, and yet no all-clear."""

from collections.abc import Iterable

from bot.model.exposure import KeptBack
from bot.model.fleet import Phase
from bot.model.run import AppDecisions
from bot.model.update import OPT_OUT, NotAllowed
from bot.track.keys import written


def kept_back(apps: Iterable[AppDecisions]) -> list[KeptBack]:
    """Each refused update of each app that is alive, once for each value that the app stands on; the opt-outs of owners first."""
    found = {
        KeptBack(
            app=entry.app,
            dependency=str(decision.pin.dependency),
            old=written(decision.pin.value, decision.pin.digest),
            new=written(verdict.update.release.value, verdict.update.release.digest),
            is_opt_out=verdict.policy == OPT_OUT,
            reason=verdict.reason,
            until=verdict.until,
        )
        for entry in apps
        if entry.app.phase is not Phase.RETIRED
        for decision in entry.decisions
        if isinstance(verdict := decision.verdict, NotAllowed)
    }
    return sorted(found, key=lambda one: (not one.is_opt_out, one.app.name, one.app.repo, one.dependency, one.old, one.new, one.reason))
