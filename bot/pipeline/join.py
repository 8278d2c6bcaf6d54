"""Join: what the shards of a run came to, as one run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.model.base_state import BaseState
from bot.model.failure import Failure
from bot.model.run import Interruption, RunSummary, Stage
from bot.model.shard import Plan, Shard


def join(plan: Plan, summaries: Mapping[Shard, RunSummary], *, now: datetime) -> RunSummary:
    """One summary of all shards; one that is missing is a failure, for its repos were not looked at."""
    shards = [summaries[shard] for shard in sorted(summaries)]
    missing = [_missing(plan, shard) for shard in plan.all_shards if shard not in summaries]
    # A registry that was down was down for each of them.
    failures = dict.fromkeys([*missing, *(failure for one in shards for failure in one.failures)])
    return RunSummary(
        started_at=min((one.started_at for one in shards), default=now),
        repos=sum(one.repos for one in shards),
        apps=tuple(sorted((app for one in shards for app in one.apps), key=lambda entry: (entry.app.repo, str(entry.app.path)))),
        sent=tuple(sent for one in shards for sent in one.sent),
        exposures=tuple(exposure for one in shards for exposure in one.exposures),
        failures=tuple(failures),
        not_reached=tuple(dict.fromkeys(failure for one in shards for failure in one.not_reached)),
        closed=tuple(closed for one in shards for closed in one.closed),
        waiting=tuple(sorted((one for shard in shards for one in shard.waiting), key=lambda one: one.urgency.order)),
        empty_repos=tuple(sorted({name for one in shards for name in one.empty_repos})),
        last_run=max((one.last_run for one in shards if one.last_run is not None), default=None),
        is_late=any(one.is_late for one in shards),
        bases=_bases([state for one in shards for state in one.bases]),
        unremembered=sum(one.unremembered for one in shards),
        circles=tuple(dict.fromkeys(circle for one in shards for circle in one.circles)),
        idle_rules=() if missing else _idle_in_all(shards),
        own_faults=tuple(sorted((fault for one in shards for fault in one.own_faults), key=lambda fault: fault.repo)),
        rebuilds=tuple(sorted((told for one in shards for told in one.rebuilds), key=lambda told: (told.app, told.image))),
        notes=tuple(dict.fromkeys(note for one in shards for note in one.notes)),
        interruption=_interruption([one.interruption for one in shards if one.interruption is not None]),
    )


def _interruption(ones: Sequence[Interruption]) -> Interruption | None:
    """What the shards left that were told to stop; of the earliest stage of theirs nothing more is done everywhere."""
    if not ones:
        return None
    return Interruption(
        stage=min((one.stage for one in ones), key=list(Stage).index),
        unread=tuple(name for one in ones for name in one.unread),
        unjudged=tuple(name for one in ones for name in one.unjudged),
        unsent=tuple(name for one in ones for name in one.unsent),
        in_doubt=tuple(what for one in ones for what in one.in_doubt),
        unlabelled=tuple(what for one in ones for what in one.unlabelled),
    )


def _missing(plan: Plan, shard: Shard) -> Failure:
    repos = len(plan.repos_of(shard))
    what = f"it left no result, so that nothing is known of its {repos} {'repo' if repos == 1 else 'repos'}."
    return Failure(where=f"shard {shard}", what=what, remedy="Look at its job, then run it again.")


def _bases(states: Sequence[BaseState]) -> tuple[BaseState, ...]:
    """Each image once, as the shard that knows most of it knows it, with the apps of all of them."""
    together: dict[tuple[str, str], list[BaseState]] = {}
    for state in states:
        together.setdefault((state.dependency, state.value), []).append(state)
    return tuple(map(_joined, together.values()))


def _joined(same: Sequence[BaseState]) -> BaseState:
    best = min(same, key=lambda state: (bool(state.unknown), state.is_later))
    return replace(best, apps=tuple(sorted({app for state in same for app in state.apps})))


def _idle_in_all(shards: Sequence[RunSummary]) -> tuple[str, ...]:
    """The rules that matched nothing anywhere."""
    first = shards[0].idle_rules if shards else ()
    return tuple(rule for rule in first if all(rule in one.idle_rules for one in shards))
