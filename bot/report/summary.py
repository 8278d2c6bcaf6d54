"""What one run did, as Markdown for the summary page of a workflow run."""

from collections.abc import Sequence
from typing import Final

from bot.model.failure import Failure
from bot.model.pull_request import Closed, Outcome, Sent
from bot.model.run import RunSummary
from bot.model.update import Frozen, Hold, NotAllowed, Undecidable
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
    """The run at a glance: counts, failures with their remedy, pull requests, what is held and what rules refuse."""
    verdicts = [decision.verdict for app in summary.apps for decision in app.decisions]
    held = [verdict for verdict in verdicts if isinstance(verdict, Hold)]
    refused = [verdict for verdict in verdicts if isinstance(verdict, NotAllowed)]
    undecided = sum(isinstance(verdict, Undecidable) for verdict in verdicts)
    frozen = sum(isinstance(verdict, Frozen) for verdict in verdicts)
    skips = sum(len(app.skips) for app in summary.apps)
    counts = {
        "Repos": summary.repos,
        "Apps": len(summary.apps),
        "Pins": summary.pins,
        "Skipped": skips,
        "Held": len(held),
        "Not allowed": len(refused),
        "Undecided": undecided,
        "Frozen": frozen,
        "Failed": len(summary.failures),
    }
    parts = [
        f"# rebuild-bot: {_headline(summary)}\n",
        table(tuple(counts), [tuple(map(str, counts.values()))]),
        _failures(summary.failures),
        _pull_requests(summary.sent, summary.closed),
        _kept_back("Held", held),
        _kept_back("Not allowed", refused),
    ]
    if summary.postponed:
        parts.append(f"{number_of(summary.postponed, 'proposal')} left for the next run by `limits`.\n")
    if summary.idle_rules:
        parts.append(
            f"Rules that matched no pin of the fleet: {', '.join(map(code, summary.idle_rules))}. Check the names in their `match`.\n"
        )
    return "\n".join(filter(None, parts))


def _headline(summary: RunSummary) -> str:
    done = [f"{summary.count(outcome)} {words}" for outcome, words in _ORDER if outcome is not Outcome.UNCHANGED and summary.count(outcome)]
    done += _closed(summary.closed)
    unchanged = summary.count(Outcome.UNCHANGED)
    if not done:
        return f"nothing to write, {number_of(unchanged, 'pull request')} unchanged" if unchanged else "nothing to propose"
    return "pull requests " + ", ".join(done)


def _closed(closed: Sequence[Closed]) -> list[str]:
    done, meant = sum(end.is_done for end in closed), sum(not end.is_done for end in closed)
    return [f"{count} {words}" for count, words in ((done, "closed"), (meant, "would be closed")) if count]


def _failures(failures: tuple[Failure, ...]) -> str:
    rows = [(plain(one.where), plain(one.what), plain(one.remedy)) for one in failures]
    return _section("Failed", ("Where", "What", "Remedy"), rows)


def _pull_requests(sent: Sequence[Sent], closed: Sequence[Closed]) -> str:
    rank = {outcome: number for number, (outcome, _) in enumerate(_ORDER)}
    words = dict(_ORDER)
    rows = []
    for one in sorted(sent, key=lambda one: (rank[one.outcome], one.proposal.repo, one.proposal.branch)):
        request = one.pull_request
        title = link(f"PR {request.number}: {one.proposal.title}", request.url) if request else plain(one.proposal.title)
        rows.append((plain(one.proposal.repo), title, words[one.outcome], plain(one.note)))
    for end in sorted(closed, key=lambda end: (end.pull_request.repo, end.pull_request.number)):
        request = end.pull_request
        title = link(f"PR {request.number}: {request.title}", request.url)
        rows.append((plain(request.repo), title, "closed" if end.is_done else "would be closed", plain(end.reason)))
    return _section("Pull requests", ("Repo", "Pull request", "Outcome", "Note"), rows)


def _kept_back(title: str, held: Sequence[Hold | NotAllowed]) -> str:
    """Each reason once, with how many pins it holds: the same release is held in many repos for the same reason."""
    counts: dict[tuple[str, str, str], int] = {}
    for hold in held:
        until = f"{hold.until:%Y-%m-%d %H:%M} UTC" if hold.until is not None else ""
        key = (f"{plain(hold.update.pin.dependency.name)} {code(hold.update.release.value)}", plain(f"{hold.policy}: {hold.reason}"), until)
        counts[key] = counts.get(key, 0) + 1
    rows = [(*key, str(count)) for key, count in sorted(counts.items())]
    return _section(title, ("Release", "Why", "Until", "Pins"), rows)


def _section(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    more = f"\n*{number_of(len(rows) - _MAX_ROWS, 'more row')} not shown; `--format json` has all.*\n" if len(rows) > _MAX_ROWS else ""
    return f"## {title}\n\n{table(head, rows[:_MAX_ROWS])}{more}"
