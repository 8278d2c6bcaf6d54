"""What is told of a fix that went in and is not where it should be yet: where it is stuck, and what would move it."""

from bot.ledger.history import History
from bot.model.exposure import Closes, Exposure, Known, StageState, Step
from bot.model.image import split_tag
from bot.model.severity import Severity
from bot.settings.sections import Stale
from bot.track.due import due
from bot.track.followed import Late


def late_exposure(one: Late, history: History, stale: Stale, closes: Closes | None) -> Exposure:
    """The exposure of an app whose images lack a fix, or of which that is not known: such a one has no due day, and is no all-clear."""
    severity = Severity.UNKNOWN if closes is None else closes.severity
    return Exposure(
        app=one.app,
        dependency=one.key.dependency,
        old=one.key.old,
        new=one.new,
        severity=severity,
        closes="" if closes is None else closes.said,
        steps={step: at for step, at in history.steps.items() if step is not Step.ENDED},
        waiting_for=one.waiting_for,
        due=due(one.app, history.began_at, closes, stale) if one.is_known else None,
        is_exploited=closes is not None and closes.exploited_since is not None,
        pull_request_url=history.merge_url or None,
        blocked_by=_stuck(one, history),
        unblock=_unblock(one),
        built=one.way.built,
        stages=one.way.stages,
    )


def _stuck(one: Late, history: History) -> str:
    built = one.way.built
    if one.waiting_for is Step.REBUILT and built is not None:
        since = history.steps.get(Step.MERGED)
        named = f"merged on {since:%Y-%m-%d}" if since else "its files name it"
        # Of an app's several images only this one may be what nobody can tell of.
        missing = "not rebuilt" if built.has_fix is Known.NO else f"whether it is rebuilt is not known: {built.image}"
        return f"{named}, {missing}: {built.why}"
    return "; ".join(f"{state.stage or 'a stage that nothing names'}: {_missing(state)}" for state in _without(one))


def _missing(state: StageState) -> str:
    return f"not there, {state.why}" if state.has_fix is Known.NO else f"not known, {state.why}"


def _without(one: Late) -> list[StageState]:
    return [state for state in one.way.stages if state.has_fix is not Known.YES]


def _unblock(one: Late) -> str:
    built = one.way.built
    if one.waiting_for is Step.REBUILT:
        if built is None or built.has_fix is not Known.NO:
            return ""
        name = split_tag(built.image.partition("@")[0])[0]
        return f"build and publish {name}: its files name the fix"
    lacking = [state.stage for state in one.way.stages if state.has_fix is Known.NO and state.stage]
    if not lacking:
        return ""
    if built is None:
        return f"roll out {one.new} in {', '.join(lacking)}: the files name it"
    return f"bring {built.image} to {', '.join(lacking)}"
