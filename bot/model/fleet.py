"""Repos, apps, phases and stages: whom an update concerns."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath


class Phase(StrEnum):
    DEVELOPMENT = "development"
    BAU = "bau"
    RETIRED = "retired"


class Criticality(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsCommit:
    """When a person last committed to the default branch."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyBots:
    """None of the newest commits of the default branch is a person's; of older ones nothing is known."""

    commits: int
    """How many of them were looked at."""
    since: datetime
    """When the oldest of those was made."""
    is_all: bool
    """Whether there are no older ones."""


LastCommit = PersonsCommit | OnlyBots


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A custom property that an organisation gives a repo."""

    name: str
    values: tuple[str, ...]
    """At least one; several where it may have several."""

    def __str__(self) -> str:
        return f"property {self.name}: {', '.join(self.values)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repo:
    """A git repo as the survey saw it."""

    full_name: str
    """`owner/name`."""
    default_branch: str
    head: str
    """Commit of the default branch, 40 hexadecimal digits; empty for an empty repo."""
    clone_url: str
    node_id: str = ""
    """The forge's own id of it."""
    pull_requests_mark: str = ""
    """Another one once anything about any of its pull requests is another; empty: not known."""
    pull_requests_changed_at: datetime | None = None
    """When one of its pull requests changed last; None: there is none."""
    topics: tuple[str, ...] = ()
    is_archived: bool = False
    last_commit: LastCommit | None = None
    """To the default branch; None: there is none. Pushes to other branches do not count: the bot's own would."""
    last_release_at: datetime | None = None
    properties: tuple[Property, ...] | None = None
    """Those that are set; None: not asked for, or not known."""
    headlines: tuple[str, ...] = ()
    """First lines of the newest commits of the default branch, merges left out: written by anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What a lead cares about: a repo, or a path in one."""

    name: str
    repo: str
    """`owner/name`."""
    path: PurePosixPath = PurePosixPath()
    """The folder that it is confined to; empty: the whole repo."""
    owners: tuple[str, ...] = ()
    """`@user` or `@org/team`."""
    owners_reason: str = ""
    """Whose word that is: `declared` (in the fleet file), a custom property of the repo, or CODEOWNERS."""
    criticality: Criticality = Criticality.MEDIUM
    criticality_reason: str = ""
    """`declared`, or a custom property; empty: nobody says anything."""
    phase: Phase = Phase.BAU
    phase_reason: str = ""
    """`declared`, a custom property, or what it was inferred from."""
    product_owner: str = ""
    """Who answers for what it is for, as somebody wrote it; empty: nobody says. Hostile where a repo says it."""
    product_owner_reason: str = ""
    """`declared`, a custom property, or the file of a catalogue."""
    system: str = ""
    """What it is a part of, by its catalogue. Hostile."""
    images: tuple[str, ...] = ()
    """The image names that it publishes, in normal form; declared in the fleet file, else what its builds say: a claim, not a proof."""
    attested_images: tuple[str, ...] = ()
    """Those of them of which only GitHub's attestations tell, whose signatures are not checked."""

    @property
    def key(self) -> str:
        """Where it is, which stays when it gets another name: `owner/name`, and `:folder` where it is a part of the repo."""
        return self.repo if not self.path.parts else f"{self.repo}:{self.path}"
