"""What an update does to a Helm chart: what its publisher says, and what becomes of its defaults."""

from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartEntry:
    """One line of what a version brings, as the publisher writes it (Artifact Hub: `artifacthub.io/changes`); foreign and hostile."""

    description: str
    kind: str = ""
    """`added`, `changed`, `deprecated`, `removed`, `fixed`, `security`, as it is written; empty: not said."""
    links: tuple[tuple[str, str], ...] = ()
    """Name and address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartVersion:
    """What the publisher says of one version."""

    version: str
    entries: tuple[ChartEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartMove:
    """Something with versions in a chart: an image of its defaults, a chart that it depends on."""

    name: str
    old: str
    """Empty: it was not there."""
    new: str
    """Empty: it is there no longer."""

    @property
    def change(self) -> Change:
        return Change.CHANGED if self.old and self.new else Change.ADDED if self.new else Change.REMOVED


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """One default of values.yaml, or all below a key that is new or gone."""

    key: str
    """`image.tag`; a dot within a key is written `\\.`, as Helm's `--set` has it."""
    change: Change
    old: str = ""
    new: str = ""
    count: int = 1
    """How many values there are below the key; of more than one neither `old` nor `new` is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartStep:
    """Two versions of a chart side by side."""

    app_version: tuple[str, str] = ("", "")
    """Of what the chart installs, as the publisher names it; empty: not said."""
    kube_version: tuple[str, str] = ("", "")
    """Which Kubernetes it can be installed on; empty: any."""
    is_deprecated: bool = False
    """The new one."""
    dependencies: tuple[ChartMove, ...] = ()
    images: tuple[ChartMove, ...] = ()
    """Those of the defaults whose tag or digest moves."""
    values: tuple[ValueChange, ...] = ()
    versions: tuple[ChartVersion, ...] = ()
    """What is said of every version after the old one up to the new one, newest first; those of which nothing is said are left out."""
    source_url: str | None = None
    """Of the new one."""
    not_compared: tuple[str, ...] = ()
    """What could not be looked at, and why; it will be no other tomorrow."""
    problems: tuple[str, ...] = ()
    """What failed, and may not the next time."""
