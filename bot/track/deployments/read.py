"""What a reader of deployments is told, and what it gives."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from bot.model.deployment import Deployment, Spot
from bot.model.image_override import ImageOverride
from bot.model.runtime import Origin

StageOf = Callable[[PurePosixPath], str]
"""The stage that the words of a path speak of; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list of what runs, as the configuration and its file describe it."""

    name: str
    """What people are shown: the file's name, without the folders of this machine."""
    as_of: datetime
    """How old it is by its file; a list that tells its own time is believed rather."""
    stage: str = ""
    """Of all that it names; empty: by the words of namespaces and names."""
    cluster: str = ""
    namespaces: Sequence[str] = ("*",)
    """Shell patterns; what lies in others is passed over."""
    max_age: timedelta
    """What is older tells nothing of today."""

    def holds(self, namespace: str) -> bool:
        return any(fnmatchcase(namespace, pattern) for pattern in self.namespaces)

    def stage_at(self, names: Iterable[str], stage_of: StageOf) -> str:
        """The stage that is set, else the one that these names and the list's own speak of; empty: none of them, or two of them differ."""
        if self.stage:
            return self.stage
        hints = {stage_of(PurePosixPath(name)) for name in (*names, self.cluster, self.name) if name}
        stages = hints - {""}
        return next(iter(stages)) if len(stages) == 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Something that a cluster says was applied, before anybody looked which images that names."""

    listing: Listing
    spot: Spot
    names: Sequence[str]
    """That may speak of a stage."""
    since: datetime | None = None
    doubt: str = ""
    frozen: str = ""

    @property
    def where(self) -> str:
        return f"{self.listing.name}: {self.spot}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedFolder(Applied):
    """A folder of a git repo, at a commit."""

    url: str
    path: str
    """As it is written; empty: the root."""
    commit: str
    """40 hexadecimal digits."""
    overrides: tuple[ImageOverride, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedRelease(Applied):
    """A release of a chart, by an object whose values are at hand."""

    document: str
    """The object, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Of a list that is whole, what of a cluster it would have named had it been there."""

    cluster: str
    namespaces: frozenset[str]
    """Those of which it names anything."""
    is_of_all: bool
    """It is of the whole cluster: what it names nothing of holds no pod."""
    places: frozenset[Origin]
    """Every container that it names, in whatever state."""

    def lacks(self, place: Origin) -> bool:
        """Whether a place is surely not there any more."""
        return (self.is_of_all or place.namespace in self.namespaces) and place not in self.places


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a list tells."""

    deployments: tuple[Deployment, ...] = ()
    problems: tuple[str, ...] = ()
    """What could not be read or is not believed, each a sentence with its remedy."""
    notes: tuple[str, ...] = ()
    """What was passed over and is no fault: pods that have ended, other namespaces."""
    covered: Covered | None = None
    """None: it is not known what is not there."""
    applied: tuple[Applied, ...] = ()
    """What was applied, whose images stand elsewhere."""
