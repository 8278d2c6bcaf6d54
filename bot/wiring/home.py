"""Where a fleet lives: on GitHub, or in a folder of clones."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from bot.clients.address import git_prefix, is_loopback
from bot.clients.folders.forge import FolderForge
from bot.clients.git.cache import BETWEEN_TRIES, GitAccess, GitCache
from bot.clients.git.tree import GitTree
from bot.clients.github.forge import GitHubForge
from bot.clients.github.installations import Installations
from bot.clients.github.patience import RestLimits
from bot.clients.once import once
from bot.clients.pacing import Pacing
from bot.find.scan import SourceTree
from bot.model.failure import Failure
from bot.model.fleet import Repo
from bot.model.secret import Secret
from bot.model.storage import NewStorage
from bot.pipeline.attestations import AttestationSource
from bot.pipeline.deployment_sources import EnvironmentsOf, RecordsOf, WriteRecords
from bot.pipeline.progress import Progress
from bot.pipeline.record_storage import RecordsOf as StorageRecordsOf
from bot.pipeline.scanned_tree import ScannedTree
from bot.propose.forge import Forge
from bot.settings import Settings
from bot.wiring.clients import is_upstream, upstream_token
from bot.wiring.forge import upstream_limits
from bot.wiring.properties import with_properties

Wants = Callable[[PurePosixPath], bool]
REPORTS: Final = "local/report"
"""Whose issue the weekly one is, in a folder of clones where the settings name no repo for it."""


@dataclass(frozen=True, kw_only=True)
class Home:
    """The forge, and what comes with the place."""

    forge: Forge
    survey: Callable[[], Iterable[Repo | Failure]]
    open_tree: Callable[[Repo], ScannedTree]
    """Raises ForgeError."""
    kept_tree: Callable[[str, str], SourceTree]
    """Of a repo by its name and a commit, as far as its clone has it: nothing is fetched. Raises ForgeError."""
    token: Callable[[], Secret | None]
    """For the GitHub where other projects live."""
    limits_within: Callable[[timedelta], RestLimits]
    """Of that token."""
    is_upstream: bool
    """Whether that GitHub is the one on which the fleet lives."""
    environments_of: EnvironmentsOf | None = None
    """None: nobody keeps them there, or the settings do not ask for them."""
    records_of: RecordsOf | None = None
    write_records: WriteRecords | None = None
    attestations: AttestationSource | None = None
    storage: tuple[StorageRecordsOf, Callable[[str, NewStorage], None]] | None = None
    """What reads storage records, and what writes one."""


def github_home(
    forge: GitHubForge | Installations,
    found: Callable[[], Iterator[Repo | Failure]],
    settings: Settings,
    pacing: Pacing,
    *,
    wants: Wants,
    is_named: bool,
) -> Home:
    """`found` are the repos that are named, `wants` says which of their files may be read."""
    is_own = is_upstream(settings)
    clones = cache(partial(_clones, settings, forge))
    return Home(
        forge=forge,
        survey=lambda: with_properties(found(), forge, settings, is_named=is_named),
        open_tree=lambda repo: clones(repo.full_name.partition("/")[0]).tree(repo, wants),
        kept_tree=lambda name, commit: clones(name.partition("/")[0]).kept(name, commit),
        token=forge.git_token if is_own else partial(upstream_token, settings),
        limits_within=forge.rest_limits if is_own else partial(upstream_limits, settings, pacing),
        is_upstream=is_own,
        environments_of=forge.environments if settings.track.github_deployments else None,
        records_of=once(forge.deployment_records),
        write_records=forge.record_deployments,
        storage=(forge.storage_records, forge.record_storage),
        attestations=AttestationSource(provenance=forge.provenance, attesting_repos=forge.attesting_repos),
    )


def folder_home(
    folder: Path,
    settings: Settings,
    only: Sequence[str],
    pacing: Pacing,
    *,
    now: datetime,
    is_dry_run: bool,
    progress: Progress,
) -> Home:
    """Nothing but releases and notes is asked of GitHub, with the token of the settings where it belongs there. Raises NoAccessError."""
    forge = FolderForge(
        folder,
        branch_prefix=settings.github.branch_prefix,
        now=lambda: now,
        is_dry_run=is_dry_run,
        web_prefix=git_prefix(settings.github.api_url),
        former=settings.github.former_identities,
        bots=settings.phases.bots,
    )
    return Home(
        forge=forge,
        survey=lambda: _below(forge, settings, only, progress),
        open_tree=lambda repo: _tree_of(forge, settings, repo.full_name, repo.head),
        kept_tree=partial(_tree_of, forge, settings),
        token=lambda: (settings.secrets.github_token if is_upstream(settings) else None) or upstream_token(settings),
        limits_within=partial(upstream_limits, settings, pacing),
        is_upstream=is_upstream(settings),
    )


def _below(forge: FolderForge, settings: Settings, only: Sequence[str], progress: Progress) -> Iterator[Repo | Failure]:
    """The clones that are meant; owners of the settings are those of GitHub, and do not count."""
    for one in forge.repos(only) if only else forge.fleet():
        if isinstance(one, Failure):
            yield one
        elif only or settings.github.repos.holds(one.full_name):
            if said := forge.said_of_base(one.full_name):
                progress.tell(one.full_name, said)
            yield one


def _tree_of(forge: FolderForge, settings: Settings, full_name: str, commit: str) -> GitTree:
    return GitTree(
        forge.clone(full_name).place.git_folder,
        commit,
        name=full_name,
        exclude=settings.find.exclude,
        max_file_bytes=settings.find.max_file_bytes,
    )


def _clones(settings: Settings, forge: GitHubForge | Installations, owner: str) -> GitCache:
    """The clones of an owner's repos, whose token goes nowhere else."""
    return GitCache(
        settings.cache_path / "git",
        access=GitAccess(prefix=f"{forge.git_prefix}{owner}/", token=partial(forge.git_token, owner)),
        exclude=settings.find.exclude,
        max_file_bytes=settings.find.max_file_bytes,
        max_bytes=settings.limits.clones_bytes,
        between_tries=timedelta() if is_loopback(urlsplit(forge.git_prefix).netloc) else BETWEEN_TRIES,
    )
