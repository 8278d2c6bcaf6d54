"""The sections of the configuration, in the order of the file. config/default.yaml says what each key is for."""

import ipaddress
from collections.abc import Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from bot.clients.folder import DEFAULT_EXCLUDED, MAX_FILE_BYTES
from bot.model.fleet import Criticality, Phase
from bot.model.keep import Keep
from bot.model.labels import Family
from bot.model.severity import Severity
from bot.settings.rule_entries import fault_at
from bot.settings.types import Count, DatabaseUrl, Days, EnvironmentName, Glob, Label, Login, PlainGlob, RepoName, Section, is_repo_name

PUBLIC_API: Final = "https://api.github.com"
_PREFIX_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/.")


def _url(text: str) -> str:
    if not text.startswith(("https://", "http://")) or any(character.isspace() for character in text):
        raise ValueError(f"{text!r} is no URL; write it with https:// in front")
    if not text.partition("://")[2].strip("/"):
        raise ValueError(f"{text!r} names no host; write it like https://www.example.com")
    if "?" in text or "#" in text:
        raise ValueError(f"{text!r} has a query or a fragment; end it before the ? or #")
    return text.rstrip("/")


def _branch_prefix(text: str) -> str:
    is_plain = set(text) <= _PREFIX_CHARACTERS and "//" not in text and ".." not in text and text[:1] not in {"/", ".", "-"}
    if not is_plain or not text.endswith(("/", "-")):
        raise ValueError(f"{text!r} is no prefix of a branch; use letters, digits, - and /, and end it with / or -: 'rebuild-bot/'")
    return text


def _registry_host(text: str) -> str:
    if "://" in text:
        raise ValueError(f"{text!r} has a scheme; write the host and path only, and `plain_http: true` for a registry without TLS")
    if not text.strip("/") or any(character.isspace() for character in text):
        raise ValueError(f"{text!r} is no registry; write host[:port][/path], as in docker.io or 127.0.0.1:5000/mirror")
    return text.rstrip("/")


DaysKept = Annotated[int, Field(ge=30, le=36500)]
"""The weekly issue, cooldowns and limits look back less than that."""
RegistryPrefix = Annotated[str, AfterValidator(_registry_host)]
Url = Annotated[str, AfterValidator(_url)]


class Repos(Section):
    """Which repos of the owners are looked at. A pattern with a slash is held against owner/name, one without against the name."""

    include: tuple[Glob, ...] = ("*",)
    exclude: tuple[Glob, ...] = ()

    def holds(self, full_name: str) -> bool:
        """Whether a repo (`owner/name`) is to be looked at; capitals do not matter, as on GitHub."""
        return _fit(full_name.lower(), self.include) and not (self.exclude and _fit(full_name.lower(), self.exclude))


def _fit(full_name: str, globs: Sequence[str]) -> bool:
    """As in rules: one of the patterns fits, or none but negated ones stand there, and no negated one does."""
    wanted = [glob for glob in globs if not glob.startswith("!")]
    refused = [glob.removeprefix("!") for glob in globs if glob.startswith("!")]
    return (not wanted or any(_fits(full_name, glob) for glob in wanted)) and not any(_fits(full_name, glob) for glob in refused)


def _fits(full_name: str, glob: str) -> bool:
    return fnmatchcase(full_name if "/" in glob else full_name.rpartition("/")[2], glob.lower())


class GitHub(Section):
    """Where the repos live."""

    api_url: Url = PUBLIC_API
    upstream_api_url: Url = PUBLIC_API
    """Where the repos of github.com are asked about: releases, tags of actions, release notes."""
    owners: tuple[Login, ...] = ()
    repos: Repos = Repos()
    report_repo: RepoName | None = None
    labels: tuple[Label, ...] = ("rebuild-bot",)
    label_by: tuple[Family, ...] = ()
    """What a label tells besides: kind (rebuild, update: major, ...), severity (security: critical, ...)."""
    branch_prefix: Annotated[str, AfterValidator(_branch_prefix)] = "rebuild-bot/"
    reserve_percent: Annotated[int, Field(ge=0, le=90)] = 10
    """Of GitHub's hourly limits, what is left for others who share the identity."""
    former_identities: tuple[Login, ...] = ()
    """Logins under which the bot worked before; what they wrote is the bot's."""

    @property
    def repos_of_others(self) -> tuple[str, ...]:
        """What `repos.include` names (owner/name, no pattern) beyond the owners, each once, unless it is excluded."""
        owners = {owner.lower() for owner in self.owners}
        named = {name.lower(): name for name in self.repos.include if is_repo_name(name)}
        return tuple(name for low, name in named.items() if low.partition("/")[0] not in owners and self.repos.holds(name))


class Find(Section):
    """What of a repo is read."""

    exclude: tuple[PlainGlob, ...] = DEFAULT_EXCLUDED
    max_file_bytes: Annotated[int, Field(ge=1024, le=64_000_000)] = MAX_FILE_BYTES
    config_map_images: bool = False
    """Whether full image references in the data of ConfigMaps are pins."""


class Registry(Section):
    """How the images under one prefix are asked for."""

    location: RegistryPrefix | None = None
    """Where to ask instead of the prefix itself: a mirror or a pull-through cache."""
    plain_http: bool = False
    username_from: EnvironmentName | None = None
    """The environment variable that holds the user name."""
    password_from: EnvironmentName | None = None
    """The environment variable that holds the password or token."""

    @model_validator(mode="after")
    def _has_both_names(self) -> "Registry":
        if (self.username_from is None) != (self.password_from is None):
            missing, given = ("username_from", "password_from") if self.username_from is None else ("password_from", "username_from")
            raise fault_at(given, f"{given} without {missing}; name both variables, or neither")
        return self


def _private_host(text: str) -> str:
    if "://" in text or any(character.isspace() for character in text) or text in {"", "*"}:
        raise ValueError(f"{text!r} is no host; write it like registry.corp.example, *.corp.example, 10.1.2.3 or 10.0.0.0/8")
    host, slash, _ = text.partition("/")
    if slash or ":" in host:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError as error:
            raise ValueError(f"{text!r} is no host or network; write it without a port, like 10.0.0.0/8 or *.corp.example") from error
    return text


class Network(Section):
    """Which hosts may be asked. A name that a repo writes is an address that the bot visits."""

    private_hosts: tuple[Annotated[str, AfterValidator(_private_host)], ...] = ()
    """Hosts that may be at addresses which are not public; those under `registries` and `github` need not be named again."""
    only_hosts: tuple[PlainGlob, ...] = ()
    """Where not empty: the only hosts that are asked besides those under `registries` and `github`."""


class Limits(Section):
    """How much one run may do."""

    pull_requests_per_run: Count = 20
    pull_requests_per_hour: Count = 40
    open_pull_requests_per_repo: Count = 5
    open_pull_requests_per_owner: Count | None = None
    """In all repos of one organisation or user; null: as many as there are."""
    parallel_lookups: Annotated[int, Field(ge=1, le=64)] = 8
    """How many dependencies are asked for at the same time."""
    bases_per_run: Annotated[int, Field(ge=0, le=100_000)] = 20
    published_images_per_run: Annotated[int, Field(ge=0, le=1_000_000)] = 1000
    """How many digests of bases are looked at anew in one run, to know later what is built on them."""
    clones_bytes: Annotated[int, Field(ge=100_000_000)] = 4_000_000_000
    """What all clones in the cache folder may take on the disk."""


class SeverityDays(Section):
    """Days by the severity of what the update fixes."""

    critical: Days
    high: Days
    medium: Days
    low: Days
    unknown: Days

    @model_validator(mode="after")
    def _worse_is_sooner(self) -> "SeverityDays":
        for worse, milder in pairwise(("critical", "high", "medium", "low")):
            if getattr(self, worse) > getattr(self, milder):
                raise fault_at(worse, f"{worse} is given more days ({getattr(self, worse):g}) than {milder} ({getattr(self, milder):g})")
        return self


class HighDays(SeverityDays):
    """For apps of high criticality."""

    critical: Days = 3
    high: Days = 7
    medium: Days = 14
    low: Days = 30
    unknown: Days = 14


class MediumDays(SeverityDays):
    """For apps of medium criticality, which is what an app has unless the fleet file says otherwise."""

    critical: Days = 7
    high: Days = 14
    medium: Days = 30
    low: Days = 60
    unknown: Days = 30


class LowDays(SeverityDays):
    """For apps of low criticality."""

    critical: Days = 14
    high: Days = 30
    medium: Days = 60
    low: Days = 90
    unknown: Days = 60


class DaysAllowed(Section):
    """By the criticality of the app."""

    high: HighDays = HighDays()
    medium: MediumDays = MediumDays()
    low: LowDays = LowDays()


EXPLOITED_PRESETS: Final[Mapping[str, int]] = {"cra-article-14": 72, "bod-22-01": 14 * 24}
"""Hours: the notification of an actively exploited vulnerability that Regulation (EU) 2024/2847 asks for in article 14 (2) b; and the two
weeks that CISA's Binding Operational Directive 22-01 gives for what is newly catalogued."""


ExploitedWithin = Annotated[int, Field(ge=1, le=8760)] | Literal["cra-article-14", "bod-22-01"]


class Stale(Section):
    """When an app that has not taken an update counts as stale."""

    days_allowed: DaysAllowed = DaysAllowed()
    exploited_within_hours: ExploitedWithin | None = 72
    due_soon_days: Days = 7
    phases: tuple[Phase, ...] = (Phase.DEVELOPMENT, Phase.BAU)
    data_after_days: Days = 4

    @property
    def data_after(self) -> timedelta:
        """How long after the last run over the whole fleet what is known of it counts as old."""
        return timedelta(days=self.data_after_days)

    def allowed(self, criticality: Criticality, severity: Severity) -> timedelta:
        """How long an app of this criticality may go without an update of this severity."""
        days: float = getattr(getattr(self.days_allowed, criticality.value), severity.value)
        return timedelta(days=days)

    @property
    def exploited_allowed(self) -> timedelta | None:
        """How long an app may go without an update that closes an exploited hole; None: as long as its severity allows."""
        within = self.exploited_within_hours
        return None if within is None else timedelta(hours=EXPLOITED_PRESETS[within] if isinstance(within, str) else within)

    @property
    def due_soon(self) -> timedelta:
        """How long before it turns stale the report begins to name an app."""
        return timedelta(days=self.due_soon_days)


DEFAULT_BOTS: Final = (
    "renovate-bot",
    "renovate bot",
    "*@renovateapp.com",
    "snyk-bot",
    "semantic-release-bot",
    "github-actions",
    "action@github.com",
    "actions@github.com",
)


class Phases(Section):
    """How the phase of an app is inferred where the fleet file does not declare it."""

    bau_after_days: Days = 90
    topics: Mapping[str, Phase] = {
        "bau": Phase.BAU,
        "maintenance": Phase.BAU,
        "deprecated": Phase.RETIRED,
        "retired": Phase.RETIRED,
    }
    silent_after_days: Days = 365
    bots: tuple[PlainGlob, ...] = DEFAULT_BOTS
    """Whose commits are no sign of development, besides the bot's own and those of GitHub Apps."""

    @property
    def silent_after(self) -> timedelta:
        """After how long without a person's doing it is asked of an app that is deployed nowhere whether it is retired."""
        return timedelta(days=self.silent_after_days)

    @property
    def bau_after(self) -> timedelta:
        """How long ago the last release is where an app is no longer in development."""
        return timedelta(days=self.bau_after_days)


class KeepDays(Section):
    """Of what is neither in use, nor listed by its publisher, nor open: for how long it is kept."""

    updates: DaysKept = 400
    """Steps of updates that apps took."""
    passed_over: DaysKept = 30
    """Steps towards releases that a newer one took the place of."""
    uses: DaysKept = 800
    """Images that were in use."""
    sights: DaysKept = 400
    """First sights of values that their publisher took away, and of digests that their tag left."""
    contents: DaysKept = 90
    """What is inside images; it can be read again."""


class Ledger(Section):
    """Where the record of what was seen when is kept, and for how long."""

    url: DatabaseUrl = "sqlite:///~/.local/state/rebuild-bot/ledger.sqlite3"
    keep_days: KeepDays = KeepDays()
    tidy_every_days: Annotated[int, Field(ge=0, le=3650)] = 7
    """How often a run over the whole fleet deletes what is kept no longer; 0: never."""

    @property
    def keep(self) -> Keep:
        return Keep(**{name: timedelta(days=getattr(self.keep_days, name)) for name in KeepDays.model_fields})
