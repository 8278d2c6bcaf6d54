"""What one run did, as Markdown for the summary page of a workflow run."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.model.pull_request import Closed, Outcome
from bot.model.rebuild_order import RebuildStanding
from bot.model.run import RunSummary
from bot.model.turn import Waiting
from bot.report.alarms import HEAD as HEAD_OF_ALARMS
from bot.report.alarms import alarms
from bot.report.alarms import rows as alarm_rows
from bot.report.interruption import verdict
from bot.report.markdown import code, day, link, number_of, plain, table
from bot.report.not_done import NotDone, Why, not_done
from bot.report.noticed import HEAD, noticed, rows

_MAX_ROWS: Final = 100
"""Of each table that people read from top to bottom."""
_ROOMS: Final = (2_000, 400, 100, 20)
"""Rows of each table of what was not done, where people search: as many as there is room for."""
_MAX_BYTES: Final = 1_000_000
"""Of the whole; GitHub takes up to 1 MiB and shows nothing of a longer one."""
_MAX_PLACES: Final = 3
_MAX_REASON: Final = 500
"""Characters; a reason ends with its remedy."""
_TOLD: Final = tuple(why for why in Why if why not in {Why.FAILED, Why.EDITED_BY_HUMAN, Why.DECLINED, Why.POSTPONED})
"""What no other part of the summary tells."""
_COUNTED: Final = (*_TOLD, Why.FAILED, Why.POSTPONED)
_ORDER: Final = tuple(
    {
        Outcome.FAILED: "failed",
        Outcome.NOT_REACHED: "not reached",
        Outcome.OPENED: "opened",
        Outcome.UPDATED: "updated",
        Outcome.DRY_RUN: "would be sent",
        Outcome.EDITED_BY_HUMAN: "edited by hand, left alone",
        Outcome.DECLINED: "closed without a merge, not asked again",
        Outcome.UNCHANGED: "unchanged",
    }.items()
)


def step_summary(summary: RunSummary) -> str:
    """The run at a glance: counts, failures with their remedy, pull requests, and all that was not done, with the reason."""
    undone = not_done(summary)
    texts = (_rendered(summary, undone, most) for most in _ROOMS)
    return next((text for text in texts if len(text.encode()) <= _MAX_BYTES), _rendered(summary, undone, 0))


def _rendered(summary: RunSummary, undone: Sequence[NotDone], most: int) -> str:
    """The summary with tables of so many rows of what was not done."""

    def count(why: Why) -> int:
        return sum(one.count for one in undone if one.why is why)

    counts = {"Repos": summary.repos, "Apps": len(summary.apps), "Pins": summary.pins}
    counts |= {why.value.capitalize(): count(why) for why in _COUNTED if count(why)}
    parts = [
        f"# rebuild-bot: {_headline(summary)}\n",
        _section("Alarms: tags that are not to move, and moved", HEAD_OF_ALARMS, alarm_rows(alarms(summary.apps)), most=most),
        table(tuple(counts), [tuple(map(str, counts.values()))]),
        _left(Why.FAILED, [one for one in undone if one.why is Why.FAILED], summary.started_at, most),
        _pull_requests(summary),
        _waiting(summary.waiting, most),
        _section("Rebuilds of published images", ("App", "Image", "Stands", "Why, and what helps"), _rebuilds(summary), most=most),
        _section("Own files of repos with a fault", ("Repo", "What is wrong", "Until it is mended"), _own_faults(summary), most=most),
        _section("In use and wrong", HEAD, rows(noticed(summary.apps)), most=most),
        *(_left(why, [one for one in undone if one.why is why], summary.started_at, most) for why in _TOLD),
    ]
    if summary.circles:
        parts.append(f"Apps that build on each other, so that none waits for another: {', '.join(map(code, summary.circles))}.\n")
    if summary.idle_rules:
        parts.append(
            f"Rules that matched no pin of the fleet: {', '.join(map(code, summary.idle_rules))}. Check the names in their `match`.\n"
        )
    parts += [f"Not known: {plain(note)}\n" for note in summary.notes]
    return "\n".join(filter(None, parts))


def _headline(summary: RunSummary) -> str:
    done = [f"{summary.count(outcome)} {words}" for outcome, words in _ORDER if outcome is not Outcome.UNCHANGED and summary.count(outcome)]
    done += _closed(summary.closed)
    unchanged = summary.count(Outcome.UNCHANGED)
    if summary.interruption is not None:
        return f"{verdict(summary.interruption)}; " + ("pull requests " + ", ".join(done) if done else "no pull request sent")
    if not done:
        return f"nothing to write, {number_of(unchanged, 'pull request')} unchanged" if unchanged else "nothing to propose"
    return "pull requests " + ", ".join(done)


def _closed(closed: Sequence[Closed]) -> list[str]:
    done, meant = sum(end.is_done for end in closed), sum(not end.is_done for end in closed)
    return [f"{count} {words}" for count, words in ((done, "closed"), (meant, "would be closed")) if count]


def _pull_requests(summary: RunSummary) -> str:
    sent, closed = summary.sent, summary.closed
    rank = {outcome: number for number, (outcome, _) in enumerate(_ORDER)}
    words = dict(_ORDER)
    rows = []
    for one in sorted(sent, key=lambda one: (rank[one.outcome], one.proposal.repo, one.proposal.branch)):
        request = one.pull_request
        title = link(f"PR {request.number}: {one.proposal.title}", request.url) if request else plain(one.proposal.title)
        rows.append((plain(one.proposal.repo), title, words[one.outcome], plain("; ".join(filter(None, (summary.closes(one), one.note))))))
    for end in sorted(closed, key=lambda end: (end.pull_request.repo, end.pull_request.number)):
        request = end.pull_request
        title = link(f"PR {request.number}: {request.title}", request.url)
        rows.append((plain(request.repo), title, "closed" if end.is_done else "would be closed", plain(end.reason)))
    return _section("Pull requests", ("Repo", "Pull request", "Outcome", "Note"), rows)


def _rebuilds(summary: RunSummary) -> list[tuple[str, ...]]:
    """What was asked for, what became of it, and what is somebody's."""
    order = list(RebuildStanding)
    return [
        (
            plain(one.app),
            code(one.image),
            (link(one.standing.value, one.url) if one.url else one.standing.value)
            + (f" ({one.attempt} of {one.tries})" if one.attempt else ""),
            plain(one.said[:_MAX_REASON]),
        )
        for one in sorted(summary.rebuilds, key=lambda one: (-order.index(one.standing), one.app, one.image))
    ]


def _own_faults(summary: RunSummary) -> list[tuple[str, ...]]:
    """What is wrong in the files by which repos ask the bot to be quieter."""
    return [
        (
            plain(fault.repo),
            "<br>".join(map(code, fault.faults[:_MAX_PLACES])) + _more(len(fault.faults)),
            "nothing new goes out" if fault.is_silencing else "its labels and reviewers are left out",
        )
        for fault in summary.own_faults
    ]


def _more(number: int) -> str:
    return f" and {number - _MAX_PLACES} more" if number > _MAX_PLACES else ""


def _waiting(waiting: Sequence[Waiting], most: int) -> str:
    """What is ready and waits its turn, the most urgent first; many that wait for the same stand on one line."""
    alike: dict[object, list[Waiting]] = {}
    for one in waiting:
        # Those of the queue have places of their own, in each shard's the same ones.
        key = (one.title, one.urgency.in_words, one.waits_for, one.reason) if one.place is None else (one.place, one.repo, one.title)
        alike.setdefault(key, []).append(one)
    rows = [
        (
            "" if ones[0].place is None else str(ones[0].place),
            "<br>".join(plain(one.repo) for one in ones[:_MAX_PLACES]) + _more(len(ones)),
            plain(ones[0].title),
            plain(ones[0].urgency.in_words),
            plain(f"{ones[0].waits_for.value}: {ones[0].reason}", most=_MAX_REASON),
        )
        for ones in alike.values()
    ]
    return _section("Waiting", ("Place", "Repo", "Pull request", "Urgency", "Waits for"), rows, most=most)


def _left(why: Why, undone: Sequence[NotDone], now: datetime, most: int) -> str:
    """All that was left for one reason, the same thing once with its places."""
    rows = []
    for one in undone:
        times = [f"since {day(one.since, now)}" if one.since else "", f"until {one.until:%Y-%m-%d %H:%M} UTC" if one.until else ""]
        where = "<br>".join(map(code, one.where[:_MAX_PLACES])) + _more(len(one.where))
        rows.append((code(one.what), plain(one.reason, most=_MAX_REASON), ", ".join(filter(None, times)), str(one.count), where))
    return _section(why.value.capitalize(), ("What", "Why", "When", "Count", "Where"), rows, most=most)


def _section(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, most: int = _MAX_ROWS) -> str:
    if not rows:
        return ""
    more = f"\n*{number_of(len(rows) - most, 'more row')} not shown; `--format json` has all.*\n" if len(rows) > most else ""
    return f"## {title}\n\n{table(head, rows[:most])}{more}"
