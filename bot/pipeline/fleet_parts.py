"""What the stages of a run over a fleet work with, and what they hand on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.explain.explainer import Explainer
from bot.find.finder import Finder
from bot.find.scan import SourceTree
from bot.model.accepted import Accepted
from bot.model.catalogue import Catalogue
from bot.model.failure import Failure
from bot.model.fleet import App, Repo
from bot.model.labels import Family
from bot.model.shard import Shard
from bot.pipeline.attestations import Attestations
from bot.pipeline.deployment_sources import DeploymentSources
from bot.pipeline.heard import HeardPullRequests
from bot.pipeline.parts import Parts
from bot.pipeline.rebuilds import RebuildSources
from bot.pipeline.record_storage import StorageWrites
from bot.pipeline.remember_bases import BasesWanted
from bot.pipeline.repo_files import KnownFiles, RepoFiles
from bot.pipeline.scanned_tree import ScannedTree
from bot.pipeline.told_faults import ToldFaults
from bot.propose.canary import Canary
from bot.propose.forge import Forge
from bot.propose.orders import Orders
from bot.propose.queue import Limits
from bot.settings.pull_requests import PullRequests
from bot.settings.sections import Stale

if TYPE_CHECKING:
    from bot.propose.proposer import Proposer  # it loads the templates, which a look at a folder has no use for


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long an update waits at most, from when its app fell behind."""

    for_bases: timedelta
    """For the new build of an internal image."""
    of_build_stages: timedelta
    """A new digest of a build stage for another rebuilt image of the app."""


@dataclass(frozen=True, kw_only=True)
class FleetParts(Parts):
    """What a run over a fleet works with besides."""

    forge: Forge
    survey: Callable[[], Iterable[Repo | Failure]]
    """The repos that the settings name, and why some of them can't be had. Raises ForgeError where none is named."""
    is_whole: bool
    """Whether these are all repos of the fleet, or of a shard of it."""
    shard: Shard
    """The part of the limits that this run may use; of a fleet that is not divided, the only one."""
    open_tree: Callable[[Repo], ScannedTree]
    """The files of a repo at its head. Raises ForgeError."""
    kept_tree: Callable[[str, str], SourceTree]
    """The files of a repo (`owner/name`) at a commit, as far as its clone has them: nothing is fetched. Raises ForgeError."""
    finders: Sequence[Finder]
    """Those that are on."""
    known_files: KnownFiles
    told_faults: ToldFaults
    configuration: str
    """The text of what this run is configured by: a repo that holds just this asks for nothing by it."""
    apps_of: Callable[[Repo, RepoFiles], Sequence[App]]
    explainer: Explainer
    proposer: "Proposer"
    images_per_run: int
    """How many images in use are opened anew."""
    bases: BasesWanted
    branch_prefix: str
    wording: PullRequests = field(default_factory=PullRequests)
    labels: tuple[str, ...]
    label_by: tuple[Family, ...] = ()
    """What labels tell besides."""
    heard: HeardPullRequests
    orders: Orders = field(default_factory=Orders)
    """What people told the bot below its pull requests; none before that was asked."""
    limits: Limits
    """Of the whole run; of a shard, before it takes its share."""
    waits: Waits
    catalogue: Catalogue = field(default_factory=Catalogue)
    """Which bases the organisation approves of."""
    canary: Canary | None = None
    """Which updates go to a few apps first; None: none do."""
    stale: Stale
    published_per_run: int
    """How many images that apps publish are looked at."""
    accepted: Sequence[Accepted] = ()
    """Risks that are taken, and fixes that are put off, until a day."""
    deployment_sources: DeploymentSources
    attestations: Attestations = field(default_factory=Attestations)
    """What GitHub keeps of how images were built; by itself nothing is asked."""
    storage_writes: StorageWrites | None = None
    """By which linked artifacts are told where images lie; None: they are not."""
    rebuilds: RebuildSources | None = None
    """What rebuilds are asked for and judged by; None: none are."""
