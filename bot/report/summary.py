"""What one run did, as Markdown for the summary page of a workflow run."""

from collections.abc import Sequence
from typing import Final

from bot.model.failure import Failure
from bot.model.pull_request import Outcome, PullRequest, Sent
from bot.model.run import RunSummary
from bot.model.update import Hold, Undecidable
from bot.report.markdown import code, link, number_of, plain, table

_MAX_ROWS: Final = 100
"""Of each table. GitHub shows a summary of up to 1 MiB; nobody reads more."""
_ORDER: Final = tuple(
    {
        Outcome.FAILED: "failed",
        Outcome.OPENED: "opened",
        Outcome.UPDATED: "updated",
        Outcome.DRY_RUN: "would be sent",
        Outcome.EDITED_BY_HUMAN: "edited by hand, left alone",
        Outcome.DECLINED: "closed without a merge, not asked again",
        Outcome.UNCHANGED: "unchanged",
    }.items()
)


def step_summary(summary: RunSummary) -> str:
    """The run at a glance: counts, failures with their remedy, pull requests, holds."""
    held = [decision.verdict for app in summary.apps for decision in app.decisions if isinstance(decision.verdict, Hold)]
    undecided = [decision.verdict for app in summary.apps for decision in app.decisions if isinstance(decision.verdict, Undecidable)]
    skips = sum(len(app.skips) for app in summary.apps)
    counts = (summary.repos, len(summary.apps), summary.pins, skips, len(held), len(undecided), len(summary.failures))
    parts = [
        f"# rebuild-bot: {_headline(summary)}\n",
        table(("Repos", "Apps", "Pins", "Skipped", "Held", "Undecided", "Failed"), [tuple(map(str, counts))]),
        _failures(summary.failures),
        _pull_requests(summary.sent, summary.closed),
        _holds(held),
    ]
    if summary.postponed:
        parts.append(f"{number_of(summary.postponed, 'proposal')} left for the next run by `limits`.\n")
    return "\n".join(filter(None, parts))


def _headline(summary: RunSummary) -> str:
    done = [f"{summary.count(outcome)} {words}" for outcome, words in _ORDER if outcome is not Outcome.UNCHANGED and summary.count(outcome)]
    done += [f"{len(summary.closed)} closed"] if summary.closed else []
    unchanged = summary.count(Outcome.UNCHANGED)
    if not done:
        return f"nothing to write, {number_of(unchanged, 'pull request')} unchanged" if unchanged else "nothing to propose"
    return "pull requests " + ", ".join(done)


def _failures(failures: tuple[Failure, ...]) -> str:
    rows = [(plain(one.where), plain(one.what), plain(one.remedy)) for one in failures]
    return _section("Failed", ("Where", "What", "Remedy"), rows)


def _pull_requests(sent: Sequence[Sent], closed: Sequence[PullRequest]) -> str:
    rank = {outcome: number for number, (outcome, _) in enumerate(_ORDER)}
    words = dict(_ORDER)
    rows = []
    for one in sorted(sent, key=lambda one: (rank[one.outcome], one.proposal.repo, one.proposal.branch)):
        request = one.pull_request
        title = link(f"PR {request.number}: {one.proposal.title}", request.url) if request else plain(one.proposal.title)
        rows.append((plain(one.proposal.repo), title, words[one.outcome], plain(one.note)))
    for request in sorted(closed, key=lambda request: (request.repo, request.number)):
        title = link(f"PR {request.number}: {request.title}", request.url)
        rows.append((plain(request.repo), title, "closed", "its base has what it asked for"))
    return _section("Pull requests", ("Repo", "Pull request", "Outcome", "Note"), rows)


def _holds(held: list[Hold]) -> str:
    """Each reason once, with how many pins it holds: the same release is held in many repos for the same reason."""
    counts: dict[tuple[str, str, str], int] = {}
    for hold in held:
        until = f"{hold.until:%Y-%m-%d %H:%M} UTC" if hold.until is not None else ""
        key = (f"{plain(hold.update.pin.dependency.name)} {code(hold.update.release.value)}", plain(f"{hold.policy}: {hold.reason}"), until)
        counts[key] = counts.get(key, 0) + 1
    rows = [(*key, str(count)) for key, count in sorted(counts.items())]
    return _section("Held", ("Release", "Why", "Until", "Pins"), rows)


def _section(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    more = f"\n*{number_of(len(rows) - _MAX_ROWS, 'more row')} not shown; `--format json` has all.*\n" if len(rows) > _MAX_ROWS else ""
    return f"## {title}\n\n{table(head, rows[:_MAX_ROWS])}{more}"
