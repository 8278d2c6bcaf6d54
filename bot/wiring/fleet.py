"""An organisation on GitHub: the scheduled run and the weekly issue."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

from bot.clients.address import git_prefix
from bot.clients.github.comments import HeardPullRequests
from bot.clients.github.known_pull_requests import KnownPullRequests
from bot.clients.github.stored_lists import StoredLists
from bot.clients.pacing import Pacing
from bot.clients.shelf import Shelf
from bot.clients.short_memory import ShortMemory
from bot.explain.explainer import Explainer
from bot.explain.sources import GITHUB
from bot.find.finder import Finder
from bot.find.publishes.read import may_publish
from bot.find.scan import is_candidate
from bot.inspect.admission.policy import ImagePolicy
from bot.inspect.chain import chains
from bot.ledger.last_times import RUN
from bot.ledger.ledger import Ledger
from bot.model import repo_rules
from bot.model.comparison import ImageStep
from bot.model.failure import ToldError
from bot.model.forge import NoAccessError
from bot.model.pull_request import Outcome
from bot.model.run import Interruption, RunSummary, Stage
from bot.model.shard import Shard
from bot.model.update import Update
from bot.pipeline import report as weekly
from bot.pipeline import run as story
from bot.pipeline.attestations import Attestations
from bot.pipeline.deployment_sources import DeploymentSources
from bot.pipeline.fleet_parts import FleetParts, Waits
from bot.pipeline.progress import Progress, silent
from bot.pipeline.rebuild_judging import Judging
from bot.pipeline.rebuilds import RebuildSources
from bot.pipeline.rebuilt import built_image
from bot.pipeline.remember_bases import BasesWanted
from bot.pipeline.report import More
from bot.pipeline.stages import Patience, StagesSeen
from bot.pipeline.stages import stages as seen_stages
from bot.propose.canary import Canary
from bot.propose.issue import IssueOutcome, PublishedIssue
from bot.propose.proposer import Proposer
from bot.propose.queue import Limits
from bot.propose.weight import weight_of
from bot.report.weekly import Style
from bot.settings import Settings
from bot.settings.sections import PUBLIC_API
from bot.track import backstage, codeowners
from bot.track.apps import apps_of
from bot.track.fleet_file import read_fleet
from bot.watch import release_notes
from bot.watch.github import GitHubApi
from bot.watch.release_notes import GitHubReleaseNotes
from bot.watch.source_texts import GitHubSourceTexts
from bot.wiring import folder
from bot.wiring.assess import opening
from bot.wiring.clients import Now, http_client, registry_client, utc_now
from bot.wiring.forge import github_forge
from bot.wiring.home import REPORTS, Home, folder_home, github_home
from bot.wiring.inventories import ENDINGS, MAX_BYTES, Inventories
from bot.wiring.known_files import ShelvedFiles
from bot.wiring.ledger import tidied_if_due
from bot.wiring.look import chart_steps, make_parts, make_watcher, remembered_facts, remembered_platforms
from bot.wiring.policies import policies_in
from bot.wiring.storage import storage_writes
from bot.wiring.survey import Share, survey
from bot.wiring.told_faults import ShelvedFaults
from bot.wiring.trust import make_trust
from bot.wiring.weekly import Reported, publish

Waiting = Callable[[str], None]
_LONGEST_WAIT: Final = timedelta(minutes=15)
"""For another run to end."""


def unheard(_who: str) -> None:
    """Nobody is there to be told of a wait."""


_MOST_AN_HOUR: Final = 250
"""Pull requests: GitHub allows an account 500 things an hour (Docs, "Rate limits for the REST API"), and each is a commit and itself."""
_WHOLE: Final = Shard(number=1, of=1)


class Mode(Enum):
    WRITE = auto()
    DRY_RUN = auto()
    """All is read and decided as usual, nothing is written."""


def run(
    settings: Settings,
    *,
    only: Sequence[str] = (),
    share: Share | None = None,
    clones: Path | None = None,
    mode: Mode = Mode.WRITE,
    progress: Progress = silent,
    waiting: Waiting = unheard,
    now: Now = utc_now,
) -> RunSummary:
    """One run over the repos that the settings name, or over `only` (`owner/name` each), or over a share of those.

    With `clones` the fleet are the clones below that folder, and no forge is asked.
    `waiting` is told for whom it waits where another run is at work with the same ledger. Raises NotOurTurnError where that one goes on.
    KeyboardInterrupt is not raised: what was done until then comes back, with what was left in its `interruption`.
    """
    moment = now()
    summary = story.interrupted_at(Stage.START, moment)
    try:
        with (
            _fleet_parts(settings, only=only, share=share, clones=clones, mode=mode, progress=progress, now=moment) as parts,
            _turn(parts, mode, waiting, share),
        ):
            is_new = parts.ledger.is_new()
            summary = story.run(parts, now=moment)
            if is_new:
                summary = replace(summary, unremembered=_of_earlier_runs(summary))
            if parts.is_whole and share is None and mode is Mode.WRITE and summary.is_complete and not _lacks_an_owner(settings, summary):
                parts.ledger.last_times.record([RUN], moment)
                summary = replace(summary, failures=(*summary.failures, *tidied_if_due(parts.ledger, settings, moment)))
    except KeyboardInterrupt:
        return replace(summary, interruption=summary.interruption or Interruption(stage=Stage.END))
    return summary


def _of_earlier_runs(summary: RunSummary) -> int:
    """How many pull requests were there before this run."""
    known = {sent.pull_request.url for sent in summary.sent if sent.pull_request is not None and sent.outcome is not Outcome.OPENED}
    return len(known | {closed.pull_request.url for closed in summary.closed})


def report(
    settings: Settings,
    *,
    clones: Path | None = None,
    mode: Mode = Mode.WRITE,
    past: timedelta | None = None,
    progress: Progress = silent,
    waiting: Waiting = unheard,
    now: Now = utc_now,
) -> Reported:
    """Write the weekly issue into the repo that the settings name; of `clones` into a file. Waits its turn like `run`.

    `past` is how far back is told which ways fixes took, and with it where images run; None: neither is asked.
    """
    moment, repo = now(), settings.github.report_repo or (REPORTS if clones else None)
    if repo is None and mode is Mode.WRITE:
        raise NoAccessError("the weekly issue has no place. Set github.report_repo in the configuration, or use --dry-run.")
    style = Style(
        title=settings.report.title,
        due_soon=settings.stale.due_soon,
        top_rows=settings.report.top_rows,
        mention_owners=settings.report.mention_owners,
        dashboard_url=settings.report.dashboard_url,
    )
    with _fleet_parts(settings, only=(), clones=clones, mode=mode, progress=progress, now=moment) as parts, _turn(parts, mode, waiting):
        more = None if past is None else More(past=past, patience=_patience(settings))
        made = weekly.report(parts, style=style, now=moment, more=more)
        if repo is None or mode is Mode.DRY_RUN:
            return Reported(report=made, issue=PublishedIssue(outcome=IssueOutcome.DRY_RUN))
        return publish(parts.forge, settings.report, made, repo=repo)


def stages(settings: Settings, *, clones: Path | None = None, progress: Progress = silent, now: Now = utc_now) -> StagesSeen:
    """Where the fleet's images stand on their way to production; nothing is written but what the bot remembers of files."""
    moment = now()
    with _fleet_parts(settings, only=(), clones=clones, mode=Mode.DRY_RUN, progress=progress, now=moment) as parts:
        return seen_stages(parts, patience=_patience(settings), now=moment)


def _patience(settings: Settings) -> Patience:
    return Patience(frozen_after=settings.track.frozen_after, silent_after=settings.phases.silent_after)


def _lacks_an_owner(settings: Settings, summary: RunSummary) -> bool:
    """Whether nobody knows which repos an owner has."""
    return not {failure.where for failure in summary.failures}.isdisjoint(settings.github.owners)


def _turn(parts: FleetParts, mode: Mode, waiting: Waiting, share: Share | None = None) -> AbstractContextManager[None]:
    """Who writes has GitHub and the ledger for itself: two that open the same pull requests would get in each other's way."""
    shard = None if share is None else share.shard
    return parts.ledger.turn(longest=_LONGEST_WAIT, waiting=waiting, shard=shard) if mode is Mode.WRITE else nullcontext()


@contextmanager
def _fleet_parts(
    settings: Settings,
    *,
    only: Sequence[str],
    share: Share | None = None,
    clones: Path | None = None,
    mode: Mode,
    progress: Progress,
    now: datetime,
) -> Iterator[FleetParts]:
    shard = _WHOLE if share is None else share.shard
    with ExitStack() as stack:
        pacing = Pacing()
        http = stack.enter_context(http_client(settings, pacing=pacing))
        ledger = stack.enter_context(closing(Ledger.open(settings.ledger_url)))
        shelf = stack.enter_context(closing(Shelf(settings.cache_path / "repos.sqlite3")))
        known = KnownPullRequests(shelf, now=now)
        finders = folder.finders(settings)
        stored = None
        if clones is None:
            github = stack.enter_context(closing(github_forge(settings, only, known, pacing, writers=shard.of)))
            stored = StoredLists(http, settings.github.api_url, github.git_token, endings=ENDINGS, max_bytes=MAX_BYTES)
            found = partial(survey, github, settings, only, share)
            home = github_home(github, found, settings, pacing, wants=partial(_is_read, finders), is_named=bool(only))
        else:
            is_dry_run = mode is Mode.DRY_RUN
            home = folder_home(clones, settings, only, pacing, now=now, is_dry_run=is_dry_run, progress=progress)
        forge = home.forge
        web_url = git_prefix(settings.github.upstream_api_url).rstrip("/")
        upstream_api = GitHubApi(
            http=http,
            base_url=settings.github.upstream_api_url,
            web_url=web_url,
            token=home.token,
            limits=partial(home.limits_within, http.limits.longest_wait),
        )
        notes_http = stack.enter_context(http_client(settings, name="notes", limits=release_notes.LIMITS, pacing=pacing))
        told_storage = storage_writes(settings, home, most=shard.share(settings.track.digests_per_run), now=now)
        storage = stack.enter_context(told_storage) if mode is Mode.WRITE else None
        silent = ShortMemory(settings.cache_path / "no-notes.json")
        stack.callback(silent.save, now)
        notes_api = replace(upstream_api, http=notes_http, limits=partial(home.limits_within, notes_http.limits.longest_wait))
        notes = GitHubReleaseNotes(notes_api, silent=silent, now=now)
        texts = GitHubSourceTexts(notes_api, silent=silent, now=now)
        registry = registry_client(settings, http)
        watcher = make_watcher(settings, http=http, registry=registry, upstream=upstream_api)
        charts = chart_steps(settings, http=http, registry=registry, watcher=watcher)
        facts = remembered_facts(registry, watcher, ledger, now)
        platforms_of = remembered_platforms(registry, ledger, now)
        opened = stack.enter_context(opening(settings, http, registry, ledger, now=lambda: now))
        steps = opened.steps
        step_of: Callable[[Update], ImageStep | None] = steps.of if steps else lambda _: None
        trust = make_trust(settings, registry, upstream_api, now=now, elsewhere=partial(_policies, settings, home))
        look = make_parts(
            settings,
            watcher=watcher,
            facts=facts,
            platforms_of=platforms_of,
            ledger=ledger,
            progress=progress,
            steps=steps,
            built_by=opened.lineages.built_by,
            signature_of=trust.check,
        )
        fleet = read_fleet(settings.fleet_path) if settings.fleet_path else ()
        yield FleetParts(
            watcher=look.watcher,
            decider=look.decider,
            ledger=look.ledger,
            stage_of=look.stage_of,
            stages=look.stages,
            tripwire=look.tripwire,
            progress=look.progress,
            forge=forge,
            survey=home.survey,
            is_whole=not only,
            finders=finders,
            open_tree=home.open_tree,
            kept_tree=home.kept_tree,
            known_files=ShelvedFiles(shelf, settings),
            told_faults=ShelvedFaults(shelf),
            configuration=settings.text,
            apps_of=lambda repo, files: apps_of(
                repo,
                fleet,
                read_file=files.read_owners,
                published=files.published,
                catalogue=files.catalogue,
                phases=settings.phases,
                properties=settings.properties,
                now=now,
            ),
            explainer=Explainer(
                facts,
                notes.of,
                changelog=texts.changelog,
                commits=texts.commits,
                named=settings.sources,
                chart_of=charts.of,
                hosts=(web_url.partition("://")[2], GITHUB) if home.is_upstream else (GITHUB,),
                values_at=lambda dependency, digest: [
                    sighting.value for sighting in ledger.sightings.at(digest) if sighting.dependency == dependency
                ],
                step_of=step_of,
                signatures_of=trust.step,
            ),
            steps=steps,
            lineages=opened.lineages,
            bases=BasesWanted(platforms=settings.platforms, most_new=shard.share(settings.limits.bases_per_run)),
            images_per_run=shard.share(settings.assess.images_per_run),
            proposer=Proposer(forge, dry_run=mode is Mode.DRY_RUN, weigh=partial(_weighed, step_of)),
            heard=HeardPullRequests(shelf, now=now),
            branch_prefix=settings.github.branch_prefix,
            wording=settings.pull_requests,
            labels=settings.github.labels,
            label_by=settings.github.label_by,
            shard=shard,
            limits=Limits(
                per_run=settings.limits.pull_requests_per_run,
                per_hour=_per_hour(settings),
                open_per_repo=settings.limits.open_pull_requests_per_repo,
                open_per_owner=settings.limits.open_pull_requests_per_owner,
            ),
            waits=Waits(for_bases=settings.order.wait_for_bases, of_build_stages=settings.order.wait_with_build_stages),
            catalogue=settings.catalogue,
            canary=_canary(settings),
            stale=settings.stale,
            published_per_run=shard.share(settings.limits.published_images_per_run),
            accepted=settings.accepted,
            deployment_sources=DeploymentSources(
                ledger=ledger,
                stage_of=look.stage_of,
                lists=Inventories(settings=settings, stage_of=look.stage_of, stored=stored),
                open_tree=home.open_tree,
                finders=finders,
                environments_of=home.environments_of,
                records_of=home.records_of if settings.track.deployment_records else None,
                describe=look.watcher.describe if settings.track.purpose_tags else None,
                known_records=home.records_of,
                write_records=home.write_records if settings.track.write_deployment_records and mode is Mode.WRITE else None,
                digests_per_run=shard.share(settings.track.digests_per_run),
            ),
            storage_writes=storage,
            attestations=Attestations(source=home.attestations if settings.track.attestations else None),
            rebuilds=RebuildSources(
                rule_for=settings.rebuild.rule_for,
                limits=replace(
                    settings.rebuild.limits,
                    per_run=shard.share(settings.rebuild.per_run),
                    per_hour=shard.share(settings.rebuild.per_hour),
                ),
                judging=Judging(
                    open=lambda reference: built_image(reference, opened.inspector.inspect),
                    assess=None if opened.assessor is None else opened.assessor.assess,
                    open_on=lambda reference, platforms: built_image(reference, opened.inspector.inspect, only=platforms),
                ),
                chains=partial(chains, registry),
            ),
        )


def _policies(settings: Settings, home: Home) -> Iterator[ImagePolicy]:
    for entry in settings.admission.repos:
        yield from policies_in(entry, home.forge, home.open_tree)


def _canary(settings: Settings) -> Canary | None:
    set_to = settings.order.canary
    if set_to is None:
        return None
    return Canary(from_apps=set_to.from_apps, first=set_to.first, stop_at_percent=set_to.stop_at_percent, most=set_to.most)


def _per_hour(settings: Settings) -> int:
    """How many pull requests an hour may open: on github.com no more than what GitHub lets an account create."""
    wanted = settings.limits.pull_requests_per_hour
    return min(wanted, _MOST_AN_HOUR) if settings.github.api_url == PUBLIC_API else wanted


def _weighed(step_of: Callable[[Update], ImageStep | None], updates: Sequence[Update]) -> str:
    """How much speaks for updates; where an image can't be opened now, that is not known."""
    try:
        return weight_of(step_of(update) for update in updates)
    except ToldError:
        return ""


def _is_read(finders: Sequence[Finder], file: PurePosixPath) -> bool:
    """Whether a run may look into a file of a repo: all of them come at once."""
    is_about_owners = file in codeowners.PLACES or file.name in backstage.NAMES
    return is_candidate(file, finders=finders) or may_publish(file) or is_about_owners or file in repo_rules.PLACES
