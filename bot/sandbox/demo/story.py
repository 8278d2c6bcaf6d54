"""Six weeks at Acme: releases, the bot's runs, what the maintainers do, and the weekly issue."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final, assert_never

from bot.model.pull_request import Outcome
from bot.model.run import RunSummary
from bot.model.update import Hold
from bot.sandbox.demo import company, fleet
from bot.sandbox.demo.company import Built
from bot.sandbox.demo.days import CALENDAR, Act, Day, Deed, Deploy
from bot.sandbox.demo.fleet import REPORT_REPO
from bot.sandbox.demo.organisation import Organisation
from bot.sandbox.pages.site import day as written
from bot.sandbox.pages.views import PullView, State, ThreadView

RunBot = Callable[[], RunSummary]
SHOWN_REPO: Final = "acme/orders-api"
STAGES_REPO: Final = "acme/gitops-shop"
"""Where it is written what runs of the shop."""
SHOWN_DEPENDENCY: Final = "python"
"""The newest pull request for it is shown."""
INSPECTED: Final = f"{company.COMPANY}/apps/nightly-settlement:1.9.3"
"""What runs, and why it should not: holes of its base, and one of its own."""
COMPARED: Final = (company.OWN_BASE.reference, company.OWN_BASE_FIXED.reference)
"""Two revisions of the company's base."""
REBUILT: Final = (f"{company.COMPANY}/apps/storefront:7.5.0", company.STOREFRONT_FROM_CACHE.reference)
"""A build that a merge was followed by, and the one before it."""
_SHOWN_OUTCOMES: Final = (Outcome.OPENED, Outcome.UPDATED, Outcome.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One day of the story. Its lines are told while it happens: each is ready when that part of the day is over."""

    at: datetime
    title: str
    lines: Iterator[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """A pull request of the bot, and what became of it."""

    repo: str
    number: int
    title: str
    state: State
    days: int
    """From opening to the end: the merge, the close, or now."""
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What there is to look at when the story is over."""

    fates: tuple[Fate, ...]
    """By repo and number."""
    pull_request: PullView
    """One to read: the fix, as the maintainers of a Python API were asked to take it."""
    pull_request_url: str
    issue: ThreadView
    """The weekly issue."""
    issue_url: str
    writes_of_second_run: int
    """0: running the bot again changed nothing."""


def tell(organisation: Organisation, *, run_bot: RunBot, report: Callable[[], object]) -> Iterator[Scene]:
    """Live through the calendar, scene by scene. `run_bot` and `report` are the bot's two scheduled jobs, by the sandbox's clock."""
    for day in CALENDAR:
        organisation.clock.set(datetime.combine(day.date, time(9), UTC))
        lines = _live(organisation, day, run_bot, report)
        yield Scene(at=organisation.clock(), title=day.title, lines=lines)
        # What nobody listened to happens all the same.
        deque(lines, maxlen=0)


def end(organisation: Organisation, *, run_bot: RunBot) -> Ending:
    """Run the bot once more, and gather what there is to look at. Raises LookupError where the story has not been told to its end."""
    before = organisation.writes
    run_bot()
    writes = organisation.writes - before
    source = organisation.site.source
    pulls, issues = source.pulls(SHOWN_REPO), source.issues(REPORT_REPO)
    shown = next((one.number for one in pulls if SHOWN_DEPENDENCY in one.title), None)
    pull = None if shown is None else source.pull(SHOWN_REPO, shown)
    if pull is None or not issues:
        raise LookupError(f"the story ends with a pull request in {SHOWN_REPO} and a weekly issue; tell it to its end first")
    return Ending(
        fates=tuple(_fates(organisation)),
        pull_request=pull,
        pull_request_url=f"{organisation.github_url}/{SHOWN_REPO}/pull/{pull.thread.number}",
        issue=issues[0],
        issue_url=f"{organisation.github_url}/{REPORT_REPO}/issues/{issues[0].number}",
        writes_of_second_run=writes,
    )


def _live(organisation: Organisation, day: Day, run_bot: RunBot, report: Callable[[], object]) -> Iterator[str]:
    yield from day.news
    if day.publishes is not None:
        organisation.publish(day.publishes)
    yield from _told(run_bot())
    organisation.clock.advance(timedelta(hours=5))
    for deed in day.deeds:
        yield _done(organisation, deed)
    organisation.clock.advance(timedelta(hours=1))
    for image in day.builds:
        yield _built(organisation, image)
    for deploy in day.deploys:
        yield _deployed(organisation, deploy)
    if day.reports:
        report()
        yield _issue_line(organisation)


def _told(summary: RunSummary) -> Iterator[str]:
    yield f"The bot looks at {summary.pins} pins in {summary.repos} repos."
    closes = {one.pull_request_url: one.closes for one in summary.exposures}
    for sent in summary.sent:
        if sent.outcome in _SHOWN_OUTCOMES:
            number = f"#{sent.pull_request.number}" if sent.pull_request else ""
            yield f"  {sent.outcome.value} {sent.proposal.repo}{number}: {sent.proposal.title}{f' ({sent.note})' if sent.note else ''}"
            if said := closes.get(sent.pull_request.url if sent.pull_request else None):
                yield f"    {said}"
    verdicts = (decision.verdict for entry in summary.apps for decision in entry.decisions)
    ripe = sorted((hold.until, hold.reason) for hold in verdicts if isinstance(hold, Hold) and hold.until is not None)
    if ripe:
        held = "1 update is" if len(ripe) == 1 else f"{len(ripe)} updates are"
        yield f"  {held} held for now, the first until {written(ripe[0][0])}: {ripe[0][1]}"
    if not ripe and not any(sent.outcome in _SHOWN_OUTCOMES for sent in summary.sent):
        yield "  Nothing to do."
    for failure in summary.failures:
        yield f"  failed: {failure}"


def _done(organisation: Organisation, deed: Deed) -> str:
    """Do what the calendar says, and tell it."""
    found = _open_pull(organisation, deed)
    if found is None:
        return f"{deed.who.name} finds no open pull request for {deed.dependency} in {deed.repo}."
    number, branch = found
    github, login = organisation.github, deed.who.login
    if deed.words:
        github.comment(deed.repo, number, deed.words, by=login)
    match deed.act:
        case Act.MERGE:
            github.merge_pull_request(deed.repo, number, by=login)
            github.delete_branch(deed.repo, branch)
        case Act.DECLINE:
            github.close_issue(deed.repo, number, by=login)
        case _:
            assert_never(deed.act)
    return f"{deed.who.name} {deed.act.value} {deed.repo}#{number}" + (f": “{deed.words}”" if deed.words else ".")


def _built(organisation: Organisation, image: Built) -> str:
    organisation.build(image)
    return f"The pipeline of {image.source} publishes {image.reference}."


def _deployed(organisation: Organisation, deploy: Deploy) -> str:
    for stage in deploy.stages:
        organisation.deploy(STAGES_REPO, f"environments/{stage}/orders-api/values.yaml", deploy.image, by=deploy.who, stage=stage)
    *others, last = deploy.stages
    stages = f"{', '.join(others)} and {last}" if others else last
    return f"{deploy.who.name} lets {deploy.image.reference} run in {stages}."


def _open_pull(organisation: Organisation, deed: Deed) -> tuple[int, str] | None:
    """Number and branch of the open pull request that a deed is about."""
    for issue, pull in organisation.github.repo(deed.repo).pulls:
        if issue.is_open and deed.dependency in pull.head.rpartition("/")[2]:
            return issue.number, pull.head
    return None


def _fates(organisation: Organisation) -> Iterator[Fate]:
    now = organisation.clock()
    for repo in fleet.REPOS:
        for thread in reversed(organisation.site.source.pulls(repo.full_name)):
            yield Fate(
                repo=repo.full_name,
                number=thread.number,
                title=thread.title,
                state=thread.state,
                days=((thread.closed_at or now) - thread.created_at).days,
                url=f"{organisation.github_url}/{repo.full_name}/pull/{thread.number}",
            )


def _issue_line(organisation: Organisation) -> str:
    """What the weekly issue says first."""
    issue = next(iter(organisation.site.source.issues(REPORT_REPO)), None)
    if issue is None or issue.state is not State.OPEN:
        return "The weekly issue has nothing to name."
    said = next((line for line in issue.body.splitlines() if line and not line.startswith("<!--")), "")
    return f"The weekly issue, {REPORT_REPO}#{issue.number}: “{said.removeprefix('- ').replace('*', '')}”"
