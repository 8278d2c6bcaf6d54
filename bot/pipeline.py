"""The whole story on one screen: survey -> find -> watch -> decide -> explain -> propose -> track.

Failures are values: a repo, a registry or a pull request that fails becomes a `Failure` of the summary, and the rest goes on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final, Protocol

import structlog

from bot.decide.decider import Decider, PinContext
from bot.decide.follow import values_in_use
from bot.explain.explainer import Explainer
from bot.find.proof import ByteTree, Wanted, change_files
from bot.find.scan import SourceTree, scan
from bot.model.dependency import Dependency, Release
from bot.model.exposure import Exposure, Moved
from bot.model.failure import Failure
from bot.model.fleet import App, Phase, Repo
from bot.model.forge import ForgeError
from bot.model.listing import Listing
from bot.model.pin import Finding, Pin, Skip
from bot.model.pull_request import Outcome, PullRequest, PullRequestState, Sent
from bot.model.rules import Rule
from bot.model.run import AppDecisions, RunSummary
from bot.model.update import Decision, Propose, Update, UpdateKind
from bot.propose.compose import Draft, compose
from bot.propose.forge import Forge
from bot.propose.group import groups
from bot.propose.marker import read as read_marker
from bot.propose.obsolete import obsolete
from bot.propose.proposer import Proposer
from bot.report.weekly import Style, Text, weekly_issue
from bot.settings.sections import Stale
from bot.track.exposures import Asked, exposures, moved, written
from bot.track.ledger import Ledger
from bot.watch.watcher import Watcher

log = structlog.get_logger()
_WORKERS: Final = 8


class Progress(Protocol):
    """Told how far a stage is; `total` may grow."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


def silent(stage: str, done: int, total: int) -> None:
    """No progress shown."""


class ScannedTree(SourceTree, ByteTree, Protocol):
    """A tree to find pins in and to edit."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a look at pins works with; `bot.wiring` makes it."""

    watcher: Watcher
    decider: Decider
    ledger: Ledger
    stage_of: Callable[[PurePosixPath], str]
    """The stage that a file deploys to; empty: none."""
    progress: Progress = silent


@dataclass(frozen=True, kw_only=True)
class FleetParts(Parts):
    """What a run over a fleet works with besides."""

    forge: Forge
    survey: Callable[[], Iterable[Repo]]
    """The repos that the settings name. Raises ForgeError."""
    open_tree: Callable[[Repo], ScannedTree]
    """The files of a repo at its head. Raises ForgeError."""
    apps_of: Callable[[Repo, ScannedTree], Sequence[App]]
    explainer: Explainer
    proposer: Proposer
    branch_prefix: str
    labels: tuple[str, ...]
    max_opened: int
    """How many pull requests one run may open."""
    max_opened_per_hour: int
    """By this run and those before it."""
    max_open_per_repo: int
    stale: Stale


@dataclass(frozen=True, kw_only=True)
class Scanned:
    """One repo as it was found: its apps, what is in its files, and the bot's pull requests in any state."""

    repo: Repo
    tree: ScannedTree
    apps: tuple[App, ...]
    findings: tuple[Finding, ...]
    pull_requests: tuple[PullRequest, ...]

    def app_of(self, file: PurePosixPath) -> App | None:
        """The app whose folder holds the file, the deepest one where several do."""
        holding = [app for app in self.apps if file.is_relative_to(app.path)]
        return max(holding, key=lambda app: len(app.path.parts), default=None)


def run(parts: FleetParts, *, now: datetime) -> RunSummary:
    """Go through the whole fleet once. Raises ForgeError only where not even the list of repos can be had."""
    scanned, failures = find(parts)
    pins = [(entry, finding) for entry in scanned for finding in entry.findings if isinstance(finding, Pin)]
    listings = watch(parts, (pin.dependency for _, pin in pins), now=now)
    decided = decide_fleet(parts, scanned, listings, now=now)
    sent, postponed, unproved = propose(parts, decided, now=now)
    closed, unclosed = close_obsolete(parts, decided)
    failures += [Failure(where=str(listing.dependency), what=listing.problem) for listing in listings.values() if listing.problem]
    failures += [
        *unproved,
        *unclosed,
        *(Failure(where=each.proposal.repo, what=each.note) for each in sent if each.outcome is Outcome.FAILED),
    ]
    summary = RunSummary(
        started_at=now,
        repos=len(scanned),
        apps=tuple(app for _, app in decided),
        sent=tuple(sent),
        exposures=tuple(track(parts, decided, sent, now=now)),
        failures=tuple(failures),
        closed=tuple(closed),
        postponed=postponed,
    )
    log.info("run.finished", repos=summary.repos, pins=summary.pins, sent=len(sent), failures=len(failures))
    return summary


@dataclass(frozen=True, kw_only=True)
class Report:
    """The weekly issue as it should be, and what could not be looked at."""

    now: datetime
    text: Text
    exposures: tuple[Exposure, ...]
    moved: tuple[Moved, ...]
    failures: tuple[Failure, ...]


def report(parts: FleetParts, *, style: Style, now: datetime) -> Report:
    """Look at the whole fleet as a run does, propose nothing, and write down who has not taken what. Raises ForgeError as `run` does."""
    scanned, failures = find(parts)
    pins = (finding for entry in scanned for finding in entry.findings if isinstance(finding, Pin))
    listings = watch(parts, (pin.dependency for pin in pins), now=now)
    decided = decide_fleet(parts, scanned, listings, now=now)
    behind = track(parts, decided, (), now=now)
    taken = moved((app.app for _, app in decided), parts.ledger, since=now - style.period)
    unseen = [failure.where for failure in failures]
    failures += [Failure(where=str(listing.dependency), what=listing.problem) for listing in listings.values() if listing.problem]
    text = weekly_issue(behind, taken, now=now, unseen_repos=unseen, style=style)
    return Report(now=now, text=text, exposures=tuple(behind), moved=tuple(taken), failures=tuple(failures))


def track(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], sent: Sequence[Sent], *, now: datetime) -> list[Exposure]:
    """What each app has not taken; the steps that are new go into the ledger."""
    pull_requests = {pull.url: pull for entry, _ in decided for pull in entry.pull_requests}
    pull_requests |= {each.pull_request.url: each.pull_request for each in sent if each.pull_request is not None}
    apps = [app for _, app in decided]
    return exposures(
        apps, sent, pull_requests.values(), parts.ledger, stale=parts.stale, now=now, asked=_asked, identity=parts.forge.identity()
    )


def _asked(pull: PullRequest) -> list[Asked]:
    marker = read_marker(pull.body)
    if marker is None:
        return []
    return [Asked(app=marker.app, dependency=target.dependency, new=written(target.value, target.digest)) for target in marker.targets]


def find(parts: FleetParts) -> tuple[list[Scanned], list[Failure]]:
    """Survey and find: every repo that is no archive, several at once, in the order of their names."""
    repos = [repo for repo in parts.survey() if not repo.is_archived and repo.head]
    scanned: list[Scanned] = []
    failures: list[Failure] = []
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="find") as pool:
        for number, result in enumerate(pool.map(lambda repo: _scan(parts, repo), repos), 1):
            if isinstance(result, Scanned):
                scanned.append(result)
            else:
                failures.append(result)
            parts.progress("find", number, len(repos))
    return scanned, failures


def _scan(parts: FleetParts, repo: Repo) -> Scanned | Failure:
    try:
        tree = parts.open_tree(repo)
        findings = tuple(scan(tree))
        pull_requests = tuple(parts.forge.pull_requests(repo.full_name, branch_prefix=parts.branch_prefix))
        apps = tuple(parts.apps_of(repo, tree))
    except ForgeError as error:
        log.warning("repo.failed", repo=repo.full_name, error=str(error))
        return Failure(where=repo.full_name, what=str(error))
    log.info("repo.scanned", repo=repo.full_name, findings=len(findings))
    return Scanned(repo=repo, tree=tree, apps=apps, findings=findings, pull_requests=pull_requests)


def watch(parts: Parts, dependencies: Iterable[Dependency], *, now: datetime) -> Mapping[Dependency, Listing]:
    """Each distinct dependency asked once; what was seen is remembered, and first seen filled in."""
    wanted = sorted(set(dependencies))
    parts.progress("watch", 0, len(wanted))
    listings = parts.watcher.look_up(wanted)
    for number, (dependency, listing) in enumerate(listings.items(), 1):
        if listing.problem is None:
            parts.ledger.record_listing(listing, now)
            listings[dependency] = parts.ledger.with_first_seen(listing)
        parts.progress("watch", number, len(wanted))
    return listings


def decide(
    parts: Parts, pins: Sequence[tuple[Pin, PinContext]], listings: Mapping[Dependency, Listing], *, now: datetime
) -> list[Decision]:
    """The verdict on each pin, in their order. Digests are asked for as they are needed, several at once."""

    def describe(release: Release) -> Release:
        return parts.ledger.seen(parts.watcher.describe(release), now)

    def verdict(entry: tuple[Pin, PinContext]) -> Decision:
        pin, context = entry
        return parts.decider.decide(pin, listings[pin.dependency], context, describe, now)

    decisions: list[Decision] = []
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="decide") as pool:
        for decision in pool.map(verdict, pins):
            decisions.append(decision)
            parts.progress("decide", len(decisions), len(pins))
    return decisions


def decide_fleet(
    parts: FleetParts, scanned: Sequence[Scanned], listings: Mapping[Dependency, Listing], *, now: datetime
) -> list[tuple[Scanned, AppDecisions]]:
    """The verdicts on all pins, app by app. A retired app gets none."""
    owned = [(entry, entry.app_of(finding.file), finding) for entry in scanned for finding in entry.findings]
    alive = [(entry, app, finding) for entry, app, finding in owned if app is not None and app.phase is not Phase.RETIRED]
    pins = [(finding, _context(parts, app, finding)) for _, app, finding in alive if isinstance(finding, Pin)]
    in_use = values_in_use((context.app, pin) for pin, context in pins)
    verdicts = iter(decide(replace(parts, decider=parts.decider.knowing(in_use)), pins, listings, now=now))
    decisions: dict[App, list[Decision]] = {}
    skips: dict[App, list[Skip]] = {}
    for _, app, finding in alive:
        if isinstance(finding, Pin):
            decisions.setdefault(app, []).append(next(verdicts))
        else:
            skips.setdefault(app, []).append(finding)
    return [
        (entry, AppDecisions(app=app, decisions=tuple(decisions.get(app, ())), skips=tuple(skips.get(app, ()))))
        for entry in scanned
        for app in entry.apps
    ]


def _context(parts: Parts, app: App, pin: Pin) -> PinContext:
    return PinContext(repo=app.repo, app=app.name, stage=parts.stage_of(pin.file), phase=app.phase)


def propose(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], *, now: datetime) -> tuple[list[Sent], int, list[Failure]]:
    """Compose, explain and send what may go out: what was sent, how much the limits left for the next run, and what could not be edited."""
    sent: list[Sent] = []
    failures: list[Failure] = []
    postponed = opened = 0
    may_open = min(parts.max_opened, parts.max_opened_per_hour - parts.ledger.proposed_since(now - timedelta(hours=1)))
    for number, (entry, app) in enumerate(decided, 1):
        drafts, unproved = _drafts(parts, entry, app)
        failures += unproved
        open_here = sum(pull.state is PullRequestState.OPEN for pull in entry.pull_requests)
        for draft in drafts:
            is_new = not any(pull.branch == draft.untold.branch and pull.state is PullRequestState.OPEN for pull in entry.pull_requests)
            if is_new and (opened >= may_open or open_here >= parts.max_open_per_repo):
                postponed += 1
                continue
            result = parts.proposer.send(draft, entry.pull_requests)
            sent.append(result)
            if is_new and result.outcome in {Outcome.OPENED, Outcome.DRY_RUN}:
                opened, open_here = opened + 1, open_here + 1
        parts.progress("propose", number, len(decided))
    return sent, postponed, failures


def close_obsolete(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]]) -> tuple[list[PullRequest], list[Failure]]:
    """The pull requests that were closed because the base has what they ask for."""
    closed: list[PullRequest] = []
    failures: list[Failure] = []
    for entry, app in decided:
        for pull in obsolete(app, entry.pull_requests):
            try:
                if parts.proposer.close(pull, comment=f"`{pull.base}` has what this asks for by now."):
                    closed.append(pull)
            except ForgeError as error:
                failures.append(Failure(where=pull.repo, what=str(error)))
    return closed, failures


def _drafts(parts: FleetParts, entry: Scanned, app: AppDecisions) -> tuple[list[Draft], list[Failure]]:
    """One draft for each group of an app's updates, with the edits proved; the dependency that can't be edited is a failure."""
    updates = [decision.verdict.update for decision in app.decisions if isinstance(decision.verdict, Propose)]

    def rule_for(update: Update) -> Rule:
        return parts.decider.rule_for(update.pin, _context(parts, app.app, update.pin))

    drafts: list[Draft] = []
    failures: list[Failure] = []
    for group in groups(updates, rule_for):
        changed = change_files(entry.tree, [wanted(update) for update in group])
        proved = [update for update in group if wanted(update) in changed.done]
        failures += [replace(failure, where=f"{entry.repo.full_name}: {failure.where}") for failure in changed.failures]
        dependencies = {update.pin.dependency for update in proved}
        if changed.changes:
            drafts.append(
                compose(
                    app=app.app,
                    repo=entry.repo,
                    updates=proved,
                    explain=parts.explainer.explain,
                    changes=changed.changes,
                    rule=rule_for(group[0]),
                    held=[decision for decision in app.decisions if decision.pin.dependency in dependencies],
                    labels=parts.labels,
                    branch_prefix=parts.branch_prefix,
                )
            )
    return drafts, failures


def wanted(update: Update) -> Wanted:
    """What the update's pin shall read: where the digest alone moves, the value stays as it is written."""
    keeps_value = update.kind in {UpdateKind.DIGEST, UpdateKind.PIN}
    return Wanted(
        pin=update.pin, value=None if keeps_value else update.release.value, digest=update.release.digest, bump_chart=update.bump_chart
    )
