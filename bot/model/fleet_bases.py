"""Which bases the fleet stands on, and which few would be enough."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.model.base_lag import BaseLag
from bot.model.catalogue import UNAPPROVED, Judged
from bot.model.traits import Names


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class BaseKey:
    """A base as files or builds name it."""

    image: str
    """Registry and repository in normal form."""
    tag: str
    """Empty: by its digest alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What is known of the inside of a base that was read wholly."""

    names: Names
    family: str
    libc: str
    has_shell: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedBase:
    """One base that apps stand on."""

    key: BaseKey
    digests: frozenset[str]
    """At which it is used, as far as they are known."""
    in_git: tuple[str, ...]
    """The apps whose files name it, as the ledger calls them."""
    in_images: int
    """How many images in use are proved, or known by their layers, to stand on it."""
    apps_of_images: tuple[str, ...] = ()
    """Those that run these images."""
    judged: Judged
    inside: Inside | None = None
    """None: not known, for the reason in `why_unknown`."""
    why_unknown: str = ""
    system: str = ""
    ends: date | None = None
    built_at: datetime | None = None
    holes: Mapping[str, str] | None = None
    """The severity of each that is known, by name; None: nobody looked for any."""
    holes_are_whole: bool = False
    """Whether what is not among them is known not to be there."""
    looked_at: datetime | None = None

    @property
    def apps(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.in_git, *self.apps_of_images)))

    @property
    def is_unapproved(self) -> bool:
        return self.judged.standing in UNAPPROVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """One base in the place of another: why it may be, and what that is known to bring."""

    old: UsedBase
    new: UsedBase
    why: str
    """`the catalogue names it as the successor`."""
    apps: tuple[str, ...]
    closes: tuple[str, ...] | None
    """Names of holes; None: not known."""
    brings: tuple[str, ...] | None
    lost: tuple[str, ...] | None
    """Names of packages; None: not known."""
    changes: tuple[str, ...] = ()
    """`musl takes the place of glibc`, `no shell any more`."""
    unknown: str = ""
    """Why what is None is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One of the few bases that would cover the most apps, in the order in which they are picked."""

    base: UsedBase
    as_it_is: int
    """How many more apps stand on it today."""
    swaps: tuple[Swap, ...]
    """Whose apps would move to it."""
    covered: int
    """Apps of which every base is covered by this one and those before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetBases:
    """What the fleet stands on, as the last run left it in the ledger."""

    bases: tuple[UsedBase, ...]
    """Those of the most apps first."""
    picks: tuple[Pick, ...]
    lags: tuple[BaseLag, ...]
    """Of the bases of which an upstream is known, or newer releases that the catalogue does not approve of."""
    names: Mapping[str, str]
    """Of apps, by what the ledger calls them."""
    owners: Mapping[str, tuple[str, ...]]
    has_catalogue: bool
    recorded: datetime | None
    """When the last run saw what is in use; None: no run did."""

    @property
    def apps(self) -> frozenset[str]:
        return frozenset(app for base in self.bases for app in base.apps)
