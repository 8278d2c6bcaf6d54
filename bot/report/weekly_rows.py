"""The cells of the weekly issue: one row for each app and fix, and what else stands in tables there."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot.model.dependency import HELM, OCI
from bot.model.exposure import End, Exposure, KeptBack, Known, Moved, StageState, Step
from bot.model.fleet import App, Criticality, Phase
from bot.model.image import ImageReference, InvalidReferenceError
from bot.model.severity import Severity
from bot.report.hurdles import hurdle_cell
from bot.report.markdown import code, day, days, link, number_of, plain

Owners = Callable[[App], str]
"""How the owners of an app are named."""

HEAD: Final = ("App and fix", "How bad", "Stuck at", "What would unblock it")
"""Four: so many have room on a phone."""
MOVED_HEAD: Final = ("App", "Fix", "When", "Why it is over")
OPTED_OUT_HEAD: Final = ("App", "Ask", "Behind", "Why", "Until")
NOT_ALLOWED_HEAD: Final = ("Release", "Rule", "Apps")

_PHASES: Final = {Phase.DEVELOPMENT: "development", Phase.BAU: "BAU", Phase.RETIRED: "retired"}
_MAX_APPS: Final = 5
"""Named beside a release that rules refuse to them."""
_MAX_STAGES: Final = 4
_MAX_OTHERS: Final = 2
"""Owners named besides the one that is asked."""
NO_KNOWN_HOLE: Final = "no known hole"
_CLOSES_NONE: Final = "closes no known hole"
_EXPLOITED: Final = "exploited in the wild"
"""In what an update was last known to close (`bot.model.assessment.HoleChanges.closes`)."""
_NOT_LOOKED_UP: Final = ("look-up failed: ", "frozen: ")
_RANKS: Final = (Severity.CRITICAL, Severity.HIGH, Severity.UNKNOWN, Severity.MEDIUM, Severity.LOW)
"""From the worst. What nobody rated may be anything: it gets the days of what is medium, and stands before it."""


def worst_first(now: datetime) -> Callable[[Exposure], tuple[object, ...]]:
    """A key to sort by: past due first, then known to be exploited, by severity, by criticality, by what is due first."""
    criticalities = (Criticality.HIGH, Criticality.MEDIUM, Criticality.LOW)

    def key(one: Exposure) -> tuple[object, ...]:
        due = one.due.timestamp() if one.due is not None else float("inf")
        rank = len(_RANKS) if closes_no_known_hole(one) else _RANKS.index(one.severity)
        bad = (not one.is_stale(now), not one.is_exploited, rank, criticalities.index(one.app.criticality), due)
        return (*bad, one.app.name, one.app.repo, str(one.app.path), one.dependency, one.old)

    return key


def row(one: Exposure, now: datetime) -> tuple[str, ...]:
    """By HEAD."""
    what = f"{app_cell(one)}<br>{change(one.dependency, one.old, one.new)}"
    is_late = one.is_stale(now) and one.due is not None and (now - one.due).days > 0
    late = f"{due(one, now)} late" if is_late else due(one, now)
    # Unbroken: in a narrow cell each would take a line of its own.
    bad = f"{severity(one)}<br>{late}".replace(" ", "\N{NO-BREAK SPACE}")
    return (what, bad, stuck(one, now), unblock(one))


def app_cell(one: Exposure) -> str:
    others = one.app.owners[1 : 1 + _MAX_OTHERS]
    more = len(one.app.owners) - 1 - _MAX_OTHERS
    also = f"also {' '.join(map(code, others))}{f' and {more} more' if more > 0 else ''}" if others else ""
    return ", ".join(filter(None, (_app(one.app), also, product_owner(one.app))))


def product_owner(app: App) -> str:
    """Empty: nobody says."""
    return f"product\N{NO-BREAK SPACE}owner {code(app.product_owner)}" if app.product_owner else ""


def _app(app: App) -> str:
    criticality = "" if app.criticality is Criticality.MEDIUM else f", {app.criticality.value}\N{NO-BREAK SPACE}criticality"
    return f"**{plain(app.name)}** {_PHASES[app.phase]}{criticality}"


def change(dependency: str, old: str, new: str) -> str:
    """`python 3.12-slim → 3.13-slim`; where the tag stays, the digests are what tells."""
    name = plain(short_name(dependency))
    old_value, _, old_digest = old.partition("@")
    new_value, _, new_digest = new.partition("@")
    if old_value == new_value and old_digest != new_digest:
        return f"{name} {code(old_value)} rebuilt: {code(old_digest[:7])} → {code(new_digest[:7])}"
    return f"{name} {code(old_value or old_digest[:7])} → {code(new_value or new_digest[:7])}" if new else f"{name} {code(old)}"


def short_name(dependency: str) -> str:
    """The name by which people know it: `python`, `distroless/java21-debian12`, the chart `redis`."""
    datasource, _, name = dependency.partition(": ")
    if datasource == HELM:
        return name.rpartition("#")[2]
    try:
        familiar = ImageReference.parse(name).familiar if datasource == OCI else name
    except InvalidReferenceError:
        familiar = name
    return "/".join(familiar.split("/")[-2:])


def closes_no_known_hole(one: Exposure) -> bool:
    """Whether it was looked at what an update closes, and that is nothing known; not the same as what nobody rated or looked at."""
    return one.severity is Severity.UNKNOWN and one.closes == _CLOSES_NONE


def unsure_words(count: int) -> str:
    """Of fixes of which nobody can tell whether they have come to their end: no all-clear, wherever it is told how many are behind."""
    where = "it is where it should be" if count == 1 else "they are where they should be"
    return f"Of {number_of(count, 'fix')} it is not known whether {where}"


def severity(one: Exposure) -> str:
    """`**critical**, **exploited**, 6 holes`; what nobody rated is said to be not known."""
    if closes_no_known_hole(one):
        return NO_KNOWN_HOLE
    rated = "severity not known" if one.severity is Severity.UNKNOWN else one.severity.value
    bold = f"**{rated}**" if one.severity in {Severity.CRITICAL, Severity.HIGH} else rated
    # By severity they are counted in the pull request; what is remembered of one that can't be looked at now may be exploited as well.
    count, _, rest = one.closes.removeprefix("closes ").partition(" (")
    exploited = "**exploited**" if one.is_exploited or _EXPLOITED in rest else ""
    return ", ".join(filter(None, (bold, exploited, plain(count))))


def due(one: Exposure, now: datetime) -> str:
    if one.due is None:
        return "no due day"
    if one.is_stale(now):
        return f"**{days(one.due, now)}**" if (now - one.due).days else "**due today**"
    return f"due in {days(now, one.due)}" if (one.due - now).days else "due today"


def stuck(one: Exposure, now: datetime) -> str:
    """Which step of the way has not happened, with the link, and what is known of why."""
    match one.waiting_for:
        case Step.RELEASED | Step.DETECTED | Step.PROPOSED | Step.MERGED:
            return _before_merge(one, now)
        case Step.REBUILT | Step.DEPLOYED | Step.ENDED if one.blocked_by:
            return f"{_pull_request(one)} {plain(one.blocked_by)}".strip()
        case Step.REBUILT:
            return ", ".join(filter(None, (_merged(one, now), "no image built with it yet", plain(one.built.why) if one.built else "")))
        case Step.DEPLOYED | Step.ENDED:
            return ", ".join(filter(None, (_built(one, now), _stages(one))))
        case _:
            assert_never(one.waiting_for)


def _before_merge(one: Exposure, now: datetime) -> str:
    why = one.blocked_by
    if not one.pull_request_url:
        return plain(why) or "not proposed yet"
    opened = one.steps.get(Step.PROPOSED)
    age = f", open {days(opened, now)}" if opened is not None and (now - opened).days else ""
    sentences = {
        "": f"waits for review{age}",
        "declined": "closed without a merge",
        "edited by human": f"edited by hand{age}",
        "conflict": f"has a conflict{age}",
    }
    told = "; ".join(filter(None, ("edited by hand" if one.blocked_by else "", *map(hurdle_cell, one.hurdles))))
    return f"{_pull_request(one)} {f'{told}{age}' if one.hurdles else sentences.get(why) or plain(why)}"


def _pull_request(one: Exposure) -> str:
    number = one.pull_request_number or (one.pull_request_url or "").rstrip("/").rpartition("/")[2]
    return link(f"PR {number}", one.pull_request_url) if one.pull_request_url else ""


def _merged(one: Exposure, now: datetime) -> str:
    at = one.steps.get(Step.MERGED)
    when = "merged" if at is None else f"merged {day(at, now)}"
    return f"{_pull_request(one)} {when}" if one.pull_request_url else when


def _built(one: Exposure, now: datetime) -> str:
    at = one.steps.get(Step.REBUILT)
    return "built with it" if at is None else f"built with it {day(at, now)}"


def _stages(one: Exposure) -> str:
    """Where it is not yet, and where that is not known: with what is there, or why nobody can tell."""
    left = [stage for stage in one.stages if stage.has_fix is not Known.YES]
    more = f" and {len(left) - _MAX_STAGES} more" if len(left) > _MAX_STAGES else ""
    return ("; ".join(map(_stage, left[:_MAX_STAGES])) + more) if left else "deployed nowhere that is known"


def _stage(state: StageState) -> str:
    if state.has_fix is Known.UNKNOWN:
        return f"{plain(state.stage)}: not known" + (f" ({plain(state.why)})" if state.why else "")
    verb = "runs" if state.is_running else "stands at"
    return f"not in {plain(state.stage)}" + (f", which {verb} {code(state.image)}" if state.image else "")


_BEHIND_MERGE: Final = frozenset({Step.REBUILT, Step.DEPLOYED, Step.ENDED})
_TO_DO: Final = {
    "": "review and merge it",
    "declined": "take it another way, or accept the risk with a day until which that holds",
    "edited by human": "merge it, or delete the branch so that the bot makes it anew",
    "conflict": "the next run makes it anew",
}
"""By what blocks a pull request."""


def unblock(one: Exposure) -> str:
    """What the pipeline knows would move it; else what people can do about where it is stuck."""
    if one.unblock:
        return plain(one.unblock)
    if one.waiting_for in _BEHIND_MERGE:
        known = "build and publish the app" if one.waiting_for is Step.REBUILT else "deploy the new image"
        return "make it known: why it is not stands beside" if one.due is None else known
    if one.blocked_by.startswith("held: "):
        return "let the hold end, or lift it"
    if one.blocked_by.startswith(_NOT_LOOKED_UP):
        return "make the look-up work: the run says what fails"
    if one.pull_request_url:
        return _TO_DO.get(one.blocked_by, "see the pull request")
    return "see the last run" if one.blocked_by else "the next run proposes it"


_ENDS: Final = {
    End.MERGED: "merged",
    End.UNSEEN: "merged; nothing tells what runs",
    End.TAKEN: "taken another way",
    End.REBUILT: "rebuilt; where it runs is not known",
    End.DEPLOYED: "deployed",
    End.PIN_GONE: "no longer used",
    End.VENDOR: "no hole by its publisher's word",
    End.RETIRED: "of a retired app",
}


def end_of(one: Moved) -> str:
    """Why a clock stopped, in words."""
    return _ENDS[one.end or (End.MERGED if one.pull_request_url else End.TAKEN)]


def moved_row(one: Moved) -> tuple[str, ...]:
    """By MOVED_HEAD."""
    took = change(one.dependency, one.old, one.new)
    when = day(one.at, one.at)
    if one.waited_since is not None and (one.at - one.waited_since).days:
        when += f", after {days(one.waited_since, one.at)}"
    number = (one.pull_request_url or "").rstrip("/").rpartition("/")[2]
    how = f", {link(f'PR {number}', one.pull_request_url)}" if one.pull_request_url else ""
    whose = f": {plain(one.said)}" if one.said else ""
    return (f"**{plain(one.app.name)}**", took, when, f"{end_of(one)}{whose}{how}")


def opted_out_rows(kept: Sequence[KeptBack], owners: Owners, now: datetime) -> list[tuple[str, ...]]:
    return [
        (
            _app(one.app),
            owners(one.app),
            change(one.dependency, one.old, one.new),
            plain(one.reason),
            day(one.until - timedelta(microseconds=1), now) if one.until else "",  # the last day that it holds on
        )
        for one in kept
    ]


def not_allowed_rows(kept: Sequence[KeptBack]) -> list[tuple[str, ...]]:
    """Each refused release once for each reason, with the apps that it is refused to: the same rule holds for many."""
    apps: dict[tuple[str, str, str], list[str]] = {}
    for one in kept:
        key = (one.dependency, one.new, one.reason)
        apps.setdefault(key, []).append(one.app.name)
    made: list[tuple[str, ...]] = []
    for (dependency, new, reason), names in sorted(apps.items()):
        distinct = list(dict.fromkeys(names))
        value, _, digest = new.partition("@")
        what = f"{plain(short_name(dependency))} {code(value or digest[:7])}"
        made.append((what, plain(reason), named(distinct)))
    return made


def named(names: Sequence[str]) -> str:
    """The first five, and how many more there are."""
    more = f" and {len(names) - _MAX_APPS} more" if len(names) > _MAX_APPS else ""
    return ", ".join(map(plain, names[:_MAX_APPS])) + more


def counted(exposures: Sequence[Exposure]) -> str:
    """`2 apps, 5 fixes`."""
    return f"{number_of(len({one.app for one in exposures}), 'app')}, {number_of(len(exposures), 'fix')}"
