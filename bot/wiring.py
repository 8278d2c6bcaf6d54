"""The only file that names concrete parts."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from bot import pipeline
from bot.clients.database import Database
from bot.clients.folder import FolderTree
from bot.clients.git.cache import GitAccess, GitCache
from bot.clients.github.connection import UNPACED, AppKey, Pace, Token
from bot.clients.github.forge import GitHubForge
from bot.clients.http import HttpClient
from bot.clients.oci.client import RegistryClient
from bot.clients.oci.credentials import DockerKeychain, Login
from bot.clients.oci.endpoint import Mirror, is_loopback
from bot.clients.once import once
from bot.decide.candidates import candidates as judge_candidates
from bot.decide.decider import Decider, PinContext
from bot.decide.image_evidence import ImageEvidence
from bot.explain.explainer import Explainer
from bot.explain.sources import GITHUB
from bot.find.proof import Changed, Wanted, change_files
from bot.find.scan import find_in_file, is_candidate, scan
from bot.model.dependency import OCI, Dependency, Release
from bot.model.edit import FileChange
from bot.model.fleet import Repo
from bot.model.forge import ForgeError
from bot.model.image import Digest, ImageReference, Platform
from bot.model.notes import ImageFacts
from bot.model.pin import Finding, Pin
from bot.model.run import RunSummary
from bot.model.update import Decision, Propose, UpdateKind
from bot.pipeline import FleetParts, Parts, Progress, Report, silent
from bot.propose.issue import IssueOutcome, PublishedIssue, WantedIssue, publish_issue
from bot.propose.proposer import Proposer
from bot.report.weekly import Style
from bot.settings import Settings
from bot.track import codeowners
from bot.track.apps import apps_of
from bot.track.fleet_file import read_fleet
from bot.track.ledger import Ledger
from bot.track.stages import stage_of
from bot.watch import datasources
from bot.watch.github import GitHubApi
from bot.watch.watcher import Watcher

Now = Callable[[], datetime]
Facts = Callable[[ImageReference, Platform | None], ImageFacts]


class Mode(Enum):
    WRITE = auto()
    DRY_RUN = auto()
    """All is read and decided as usual, nothing is written."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def find(path: Path, settings: Settings) -> tuple[Finding, ...]:
    """The findings of a folder, or of one file, in the order of the files. `file` is relative to the folder."""
    tree = _tree(path, settings)
    if path.is_dir():
        return tuple(scan(tree, workers=os.cpu_count() or 1))
    name = PurePosixPath(path.name)
    text = tree.read(name)
    return () if text is None else find_in_file(name, text, tree)


def check(path: Path, settings: Settings, *, progress: Progress = silent, now: Now = utc_now) -> list[Decision]:
    """The verdict on every pin of a folder or file, asked of the real places."""
    pins = [finding for finding in find(path, settings) if isinstance(finding, Pin)]
    moment = now()
    with _parts(settings, progress=progress, now=moment) as parts:
        listings = pipeline.watch(parts, (pin.dependency for pin in pins), now=moment)
        app = path.resolve().name
        contexts = [(pin, PinContext(repo="", app=app, stage=parts.stage_of(pin.file))) for pin in pins]
        return pipeline.decide(parts, contexts, listings, now=moment)


def update(path: Path, settings: Settings, *, progress: Progress = silent, now: Now = utc_now) -> Changed:
    """The files of a folder with every pin moved that may move now."""
    updates = [d.verdict.update for d in check(path, settings, progress=progress, now=now) if isinstance(d.verdict, Propose)]
    return change_files(_tree(path, settings), [pipeline.wanted(update) for update in updates])


def update_to(path: Path, settings: Settings, assignments: Sequence[tuple[str, str]]) -> Changed:
    """Every pin of the named dependencies moved to a given value, offline.

    An assignment is a dependency's name (as written or in normal form) and `value`, `value@digest` or `@digest`.
    """
    pins = [finding for finding in find(path, settings) if isinstance(finding, Pin) and not finding.opt_out]
    wanted = []
    for name, target in assignments:
        value, _, digest = target.partition("@")
        wanted += [
            Wanted(pin=pin, value=value or None, digest=Digest(digest) if digest else None)
            for pin in pins
            if name in {pin.name, pin.dependency.name}
        ]
    return change_files(_tree(path, settings), wanted)


def write(path: Path, changes: Sequence[FileChange]) -> None:
    """Write changed files below a folder, each whole or not at all. Modes stay."""
    root = path if path.is_dir() else path.parent
    for change in changes:
        target = root / change.path
        draft = target.with_name(f".{target.name}.rebuild-bot")
        draft.write_bytes(change.new)
        draft.chmod(target.stat().st_mode)
        draft.replace(target)


def candidates(
    reference: ImageReference, settings: Settings, *, largest: UpdateKind, tags: Sequence[str] | None, now: Now = utc_now
) -> Decision:
    """The verdict on every tag of an image's repository; `tags` takes the place of the registry's list."""
    if reference.tag is None:
        raise ValueError(f"{reference} has no tag to compare with")
    if tags is None:
        with _http(settings) as http:
            tags = _registry(settings, http).tags(reference)
    return judge_candidates(Dependency(datasource=OCI, name=reference.name), reference.tag, tags, allow=largest, now=now())


def run(
    settings: Settings, *, only: Sequence[str] = (), mode: Mode = Mode.WRITE, progress: Progress = silent, now: Now = utc_now
) -> RunSummary:
    """One run over the repos that the settings name, or over `only` (`owner/name` each)."""
    moment = now()
    with _fleet_parts(settings, only=only, mode=mode, progress=progress, now=moment) as parts:
        return pipeline.run(parts, now=moment)


@dataclass(frozen=True, kw_only=True)
class Reported:
    """The weekly issue, and what became of it."""

    report: Report
    issue: PublishedIssue


def report(settings: Settings, *, mode: Mode = Mode.WRITE, progress: Progress = silent, now: Now = utc_now) -> Reported:
    """Write the weekly issue into the repo that the settings name."""
    moment, repo = now(), settings.github.report_repo
    if repo is None and mode is Mode.WRITE:
        raise ForgeError("the weekly issue has no place. Set github.report_repo in the configuration, or use --dry-run.")
    style = Style(
        title=settings.report.title,
        due_soon=settings.stale.due_soon,
        top_rows=settings.report.top_rows,
        mention_owners=settings.report.mention_owners,
    )
    with _fleet_parts(settings, only=(), mode=mode, progress=progress, now=moment) as parts:
        made = pipeline.report(parts, style=style, now=moment)
        if repo is None or mode is Mode.DRY_RUN:
            return Reported(report=made, issue=PublishedIssue(outcome=IssueOutcome.DRY_RUN))
        text = made.text
        wanted = WantedIssue(
            repo=repo, title=text.title, body=text.body, marker=text.marker, is_open=text.is_open, labels=settings.report.labels
        )
        return Reported(report=made, issue=publish_issue(parts.forge, wanted))


def _tree(path: Path, settings: Settings) -> FolderTree:
    root = path if path.is_dir() else path.parent
    return FolderTree(root, exclude=settings.find.exclude, max_file_bytes=settings.find.max_file_bytes)


@contextmanager
def _parts(settings: Settings, *, progress: Progress, now: datetime) -> Iterator[Parts]:
    with _http(settings) as http, closing(Ledger(Database(settings.ledger_url))) as ledger:
        token = (lambda: settings.secrets.github_token) if _is_upstream(settings) else _nobody
        upstream = GitHubApi(http=http, base_url=settings.github.upstream_api_url, token=token)
        registry = _registry(settings, http)
        watcher = _watcher(settings, http=http, registry=registry, upstream=upstream)
        yield _look(settings, watcher=watcher, facts=_remembered(registry, watcher, ledger, now), ledger=ledger, progress=progress)


@contextmanager
def _fleet_parts(settings: Settings, *, only: Sequence[str], mode: Mode, progress: Progress, now: datetime) -> Iterator[FleetParts]:
    with ExitStack() as stack:
        http = stack.enter_context(_http(settings))
        ledger = stack.enter_context(closing(Ledger(Database(settings.ledger_url))))
        forge = stack.enter_context(closing(_forge(settings, only)))
        is_own = _is_upstream(settings)
        upstream = forge if is_own else stack.enter_context(closing(GitHubForge(settings.github.upstream_api_url)))
        upstream_api = GitHubApi(http=http, base_url=settings.github.upstream_api_url, token=forge.git_token if is_own else _nobody)
        registry = _registry(settings, http)
        watcher = _watcher(settings, http=http, registry=registry, upstream=upstream_api)
        facts = _remembered(registry, watcher, ledger, now)
        look = _look(settings, watcher=watcher, facts=facts, ledger=ledger, progress=progress)
        clones = GitCache(
            settings.cache_path / "git",
            access=GitAccess(prefix=forge.git_prefix, token=forge.git_token),
            exclude=settings.find.exclude,
            max_file_bytes=settings.find.max_file_bytes,
        )
        fleet = read_fleet(settings.fleet_path) if settings.fleet_path else ()
        yield FleetParts(
            watcher=look.watcher,
            decider=look.decider,
            ledger=look.ledger,
            stage_of=look.stage_of,
            progress=look.progress,
            forge=forge,
            survey=lambda: _survey(forge, settings, only),
            open_tree=lambda repo: clones.tree(repo, lambda file: is_candidate(file) or file in codeowners.PLACES),
            apps_of=lambda repo, tree: apps_of(repo, fleet, read_file=tree.read, phases=settings.phases, now=now),
            explainer=Explainer(
                facts,
                upstream.release_notes,
                hosts=(GITHUB, urlsplit(forge.git_prefix).netloc) if is_own else (GITHUB,),
                values_at=lambda dependency, digest: [
                    sighting.value for sighting in ledger.sightings_at(digest) if sighting.dependency == dependency
                ],
            ),
            proposer=Proposer(forge, dry_run=mode is Mode.DRY_RUN),
            branch_prefix=settings.github.branch_prefix,
            labels=settings.github.labels,
            max_opened=settings.limits.pull_requests_per_run,
            max_opened_per_hour=settings.limits.pull_requests_per_hour,
            max_open_per_repo=settings.limits.open_pull_requests_per_repo,
            stale=settings.stale,
        )


def _watcher(settings: Settings, *, http: HttpClient, registry: RegistryClient, upstream: GitHubApi) -> Watcher:
    places = datasources(http=http, registry=registry, github=upstream, keychain=_keychain(settings))
    return Watcher(places, workers=settings.limits.parallel_lookups)


def _look(settings: Settings, *, watcher: Watcher, facts: Facts, ledger: Ledger, progress: Progress) -> Parts:
    return Parts(
        watcher=watcher,
        decider=Decider(settings.rules, settings.approved_bases, evidence=ImageEvidence(facts)),
        ledger=ledger,
        stage_of=lambda file: stage_of(file, settings.stages),
        progress=progress,
    )


def _remembered(registry: RegistryClient, watcher: Watcher, ledger: Ledger, now: datetime) -> Facts:
    """What the registry tells of an image, asked for once and kept in the ledger's history. What a tag stands for the watcher knows."""

    @once
    def known(reference: ImageReference, platform: Platform | None) -> ImageFacts:
        found = registry.facts(reference, platform)
        ledger.record_facts(found, now)
        return found

    def facts(reference: ImageReference, platform: Platform | None) -> ImageFacts:
        if reference.digest is not None:
            return known(reference, platform)
        tagged = Release(dependency=Dependency(datasource=OCI, name=reference.name), value=reference.tag or "latest")
        digest = watcher.describe(tagged).digest
        return known(reference.at(tag=tagged.value, digest=Digest(digest) if digest else None), platform)

    return facts


def _is_upstream(settings: Settings) -> bool:
    """Whether our own GitHub is the one that other projects live on: only then its token may be shown there."""
    return settings.github.upstream_api_url == settings.github.api_url


def _http(settings: Settings) -> HttpClient:
    return HttpClient(cache=settings.cache_path / "http.sqlite3")


def _nobody() -> None:
    """No token: the one for our own GitHub is not for another."""


def _forge(settings: Settings, only: Sequence[str]) -> GitHubForge:
    secrets, owners = settings.secrets, {name.partition("/")[0] for name in only} or set(settings.github.owners)
    if secrets.github_app is not None:
        if len(owners) != 1:
            raise ForgeError(
                f"a GitHub App acts for one owner at a time, not {len(owners)}. Run once for each, with a configuration of its own."
            )
        credential: Token | AppKey | None = AppKey(
            app_id=secrets.github_app.app_id, private_key=secrets.github_app.private_key, owner=next(iter(owners))
        )
    elif secrets.github_token is not None:
        credential = Token(text=secrets.github_token)
    else:
        raise ForgeError("no credential for GitHub. Set REBUILD_BOT_GITHUB_TOKEN, or REBUILD_BOT_APP_ID and REBUILD_BOT_APP_PRIVATE_KEY.")
    pace = UNPACED if is_loopback(urlsplit(settings.github.api_url).netloc) else Pace()
    return GitHubForge(settings.github.api_url, credential=credential, pace=pace)


def _survey(forge: GitHubForge, settings: Settings, only: Sequence[str]) -> Iterator[Repo]:
    if only:
        yield from (forge.repo(name) for name in only)
        return
    if not settings.github.owners:
        raise ForgeError("no repos are named. Set github.owners in the configuration, or name one with --repo OWNER/NAME.")
    for owner in settings.github.owners:
        yield from (repo for repo in forge.survey(owner) if settings.github.repos.holds(repo.full_name))


def _registry(settings: Settings, http: HttpClient) -> RegistryClient:
    mirrors = {
        prefix: Mirror(prefix=prefix, location=registry.location or prefix, plain_http=registry.plain_http)
        for prefix, registry in settings.registries.items()
        if registry.location or registry.plain_http
    }
    return RegistryClient(http=http, keychain=_keychain(settings), mirrors=mirrors)


def _keychain(settings: Settings) -> DockerKeychain:
    """What the configuration names for a registry, else what Docker would use."""
    named = settings.secrets.registries.items()
    return DockerKeychain(known={host: Login(username=known.username, password=known.password) for host, known in named})
