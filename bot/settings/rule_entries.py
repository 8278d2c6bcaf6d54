"""How rules are written in the file, and the model's values that they become."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from bot.model import dependency as datasources
from bot.model.fleet import Phase
from bot.model.pin import Role
from bot.model.rules import ApprovedBase, Freeze, Grouping, Ignored, Match, MergeIf, Promotion, RangeMove, Rule, Window, Worth
from bot.model.severity import Severity
from bot.model.update import ChartBump, UpdateKind
from bot.settings.fault import suggestion
from bot.settings.types import (
    Assignee,
    Days,
    Glob,
    Label,
    MilestoneTitle,
    PlainGlob,
    ReadAs,
    Reviewer,
    Section,
    TagName,
    TimeZone,
    Versions,
)

DATASOURCES: Final = frozenset(
    {
        datasources.OCI,
        datasources.HELM,
        datasources.GITHUB_RELEASES,
        datasources.GITHUB_TAGS,
        datasources.GIT_TAGS,
        datasources.GIT_REFS,
        datasources.DEPS_DEV,
        datasources.ENDOFLIFE,
        datasources.GOLANG,
        datasources.TERRAFORM_MODULE,
    }
)


def fault_at(key: str, what: str) -> PydanticCustomError:
    """A fault of one key of a section, found by looking at several of them."""
    return PydanticCustomError("contradiction", "{what}", {"what": what, "key": key})


def _one_of(word: str, known: Iterable[str]) -> AfterValidator:
    words = tuple(map(str, known))

    def check(pattern: str) -> str:
        if not any(fnmatchcase(known_word, pattern.removeprefix("!")) for known_word in words):
            raise ValueError(f"{pattern!r} matches no {word}{suggestion(pattern, words)}")
        return pattern

    return AfterValidator(check)


def _ruled(kind: UpdateKind) -> UpdateKind:
    if kind is UpdateKind.MIGRATE:
        raise ValueError("the catalogue (bases) says what migrates, and nothing but a person merges it; take migrate out")
    return kind


_RULED_KINDS: Final = [kind.value for kind in UpdateKind if kind is not UpdateKind.MIGRATE]
RuledKind = Annotated[UpdateKind, AfterValidator(_ruled), WithJsonSchema({"type": "string", "enum": _RULED_KINDS})]
"""A kind of update that rules let out, or let GitHub merge by itself."""


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class WindowEntry(Section):
    """Times at which proposals may go out."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = tuple(Weekday)
    """The days of the week."""
    from_hour: Annotated[int, Field(ge=0, le=23)] = 0
    """The first hour."""
    to_hour: Annotated[int, Field(ge=1, le=24)] = 24
    """The hour at which it ends."""
    time_zone: TimeZone = "UTC"
    """Where those days and hours are."""

    @model_validator(mode="after")
    def _is_open(self) -> "WindowEntry":
        if self.from_hour >= self.to_hour:
            raise fault_at("to_hour", f"a window from {self.from_hour} to {self.to_hour} is never open; write a night as two windows")
        return self

    def window(self) -> Window:
        order = list(Weekday)
        days = frozenset(order.index(day) for day in self.days)
        return Window(days=days, from_hour=self.from_hour, to_hour=self.to_hour, time_zone=self.time_zone)


class FreezeEntry(Section):
    """A stretch of time in which nothing goes out."""

    starts: AwareDatetime
    """With the offset from UTC: 2026-12-20T00:00:00+01:00."""
    ends: AwareDatetime
    reason: Annotated[str, Field(min_length=1)]
    """Shown wherever an update is held by it."""

    @model_validator(mode="after")
    def _is_a_stretch(self) -> "FreezeEntry":
        if self.starts >= self.ends:
            raise fault_at("ends", f"this freeze ends ({self.ends.isoformat()}) before it starts ({self.starts.isoformat()})")
        return self

    def freeze(self) -> Freeze:
        return Freeze(starts=self.starts, ends=self.ends, reason=self.reason)


class IgnoredEntry(Section):
    """Values never to be proposed."""

    versions: Versions
    """A range (">=2.0", "2.x") or a pattern ("*-alpine")."""
    reason: str = ""
    until: date | None = None
    """The last day on which it holds; null: for good."""

    def ignored(self) -> Ignored:
        return Ignored(versions=self.versions, reason=self.reason, until=self.until)


class MatchEntry(Section):
    """Which pins a rule speaks of. Each list that is not empty must fit; patterns are shell patterns, `!` in front negates."""

    dependencies: tuple[Glob, ...] = ()
    """Names in normal form (docker.io/library/python, ghcr.io/acme/*) or, of Docker Hub, as Docker takes them (python, acme/*)."""
    datasources: tuple[Annotated[Glob, _one_of("datasource", sorted(DATASOURCES))], ...] = ()
    """Where releases are listed: oci, helm, github-tags, ..."""
    finders: tuple[Glob, ...] = ()
    """File formats, as `rebuild-bot find` names them: dockerfile, kubernetes, ..."""
    roles: tuple[Annotated[Glob, _one_of("role", Role)], ...] = ()
    """What the pin is for: final-stage base, build-stage base, image, ci image, chart, action, ..."""
    files: tuple[Glob, ...] = ()
    """Paths from the root of the repo; * crosses folders."""
    repos: tuple[Glob, ...] = ()
    """owner/name."""
    apps: tuple[Glob, ...] = ()
    """Names of apps, as in the fleet file."""
    stages: tuple[Glob, ...] = ()
    """dev, ci, qa, staging, production, or those of `stages` below."""
    phases: tuple[Annotated[Glob, _one_of("phase", Phase)], ...] = ()
    """development, bau or retired."""

    def match(self) -> Match:
        return Match(**{name: getattr(self, name) for name in type(self).model_fields})


class GroupEntry(Section):
    """A group, written as its name alone or with the folders of the apps that share it."""

    name: Annotated[str, Field(min_length=1)]
    """Updates with the same group share a pull request."""
    # Lax: what a validator before it has seen is no JSON any more, of which a list would be taken.
    paths: Annotated[tuple[PlainGlob, ...], Field(strict=False)] = ()
    """Folders of apps (services/*; * crosses folders): the apps of a repo in them share the group. Empty: each app has its own."""

    def grouping(self) -> Grouping:
        return Grouping(name=self.name, paths=self.paths)


def named(group: object) -> object:
    """A group that is written as its name alone, as the mapping that it stands for."""
    if not isinstance(group, str | dict):
        raise ValueError("must be a name, or a mapping with name and paths")  # noqa: TRY004 - pydantic tells of these alone
    return {"name": group} if isinstance(group, str) else group


class WorthEntry(Section):
    """What makes an update of an image worth a pull request: any one of these."""

    fixes: bool = False
    """It closes a known hole."""
    end_of_life: bool = False
    """It leaves an operating system that is past the end of its life."""
    older_than_days: Days | None = None
    """The image in use was built longer ago."""

    @model_validator(mode="after")
    def _asks_something(self) -> "WorthEntry":
        if not (self.fixes or self.end_of_life or self.older_than_days is not None):
            raise fault_at("fixes", "nothing is worth a pull request then; set fixes, end_of_life or older_than_days, or only_if: null")
        return self

    def worth(self) -> Worth:
        return Worth(fixes=self.fixes, end_of_life=self.end_of_life, older_than=days(self.older_than_days))


class MergeIfEntry(Section):
    """What has to be so besides before GitHub may merge by itself: all of these. What is not known is not so."""

    closes: Literal["low", "medium", "high", "critical"] | None = None
    """The pull request closes a known hole of this severity or worse; null: whatever it closes."""
    brings_none: bool = False
    """None of its images brings a known hole, and all of that could be checked."""
    requires_check: bool = False
    """The base branch lets nothing in without a check, be it by a protection or a ruleset."""

    @model_validator(mode="after")
    def _asks_something(self) -> "MergeIfEntry":
        if self.closes is None and not (self.brings_none or self.requires_check):
            raise fault_at("closes", "this asks for nothing; set closes, brings_none or requires_check, or auto_merge_if: null")
        return self

    def merge_if(self) -> MergeIf:
        return MergeIf(closes=_severity(self.closes), brings_none=self.brings_none, requires_check=self.requires_check)


class PromoteEntry(Section):
    """A tag that is named for a stage, and the one of which its pins get the digest. Nothing is moved in a registry."""

    tag: TagName
    """The one whose pins move: prod."""
    follows: TagName
    """The one of the same image whose digest they get: qa."""
    after_days: Days = 0
    """How many days that must have held a digest, or what came after it; 0: as soon as it has it."""

    @model_validator(mode="after")
    def _follows_another(self) -> "PromoteEntry":
        if self.tag == self.follows:
            raise fault_at("follows", f"{self.tag} can't follow itself; name the tag of the stage before")
        return self

    def promotion(self) -> Promotion:
        return Promotion(tag=self.tag, follows=self.follows, after=timedelta(days=self.after_days))


class Settable(Section):
    """What a rule can set; what is left out stays as the rules before it have it."""

    allow: tuple[RuledKind, ...] | None = None
    """The kinds of update that may be proposed: major, cycle, minor, patch, digest, pin."""
    versions: Versions | None = None
    """A range that a proposed value must lie in: "<4", "3.x"."""
    ignore: tuple[IgnoredEntry, ...] = ()
    """Values never to be proposed; the lists of all matching rules add up."""
    cooldown_days: Days | None = None
    """How many days this bot must have known a new version before it proposes it."""
    digest_cooldown_days: Days | None = None
    """The same for a new digest of the same tag."""
    urgent_from: Literal["low", "medium", "high", "critical", "never"] | None = None
    """A release that closes a known hole of this severity or worse waits urgent_cooldown_days instead."""
    urgent_cooldown_days: Days | None = None
    """How many days such a release waits."""
    only_if: WorthEntry | None = None
    """What makes an update of an image worth a pull request; null: every one is."""
    prereleases: bool | None = None
    """Whether alphas, betas and release candidates count."""
    windows: tuple[WindowEntry, ...] | None = None
    """When proposals may go out; an empty list: always."""
    freezes: tuple[FreezeEntry, ...] = ()
    """When nothing goes out; the lists of all matching rules add up."""
    group: Annotated[GroupEntry, BeforeValidator(named, json_schema_input_type=GroupEntry | str)] | None = None
    """A name: updates of one app with the same group share a pull request. With paths: those of several apps of a repo."""
    soak_days: Days | None = None
    """How many days the stage before must have had a value, or what came after it, before this one gets it; null: stages move together."""
    promote: tuple[PromoteEntry, ...] = ()
    """Tags named for a stage (prod) whose digest in manifests follows that of another (qa); the lists of all matching rules add up."""
    rebuilds_together: bool | None = None
    """Whether new digests of images under the same tag share a pull request of the app where no group is named."""
    follow: Annotated[str, Field(min_length=1)] | None = None
    """The app whose version of the same dependency this one follows, never ahead of it."""
    labels: tuple[Label, ...] = ()
    """Labels of the pull request; the lists of all matching rules add up."""
    reviewers: tuple[Reviewer, ...] = ()
    """Users (name) and teams (org/team) that are asked to review; codeowners: the owners of the changed files."""
    assignees: tuple[Assignee, ...] = ()
    """Users (name) that are assigned; the lists of all matching rules add up."""
    milestone: MilestoneTitle | None = None
    """The title of an open milestone that the pull request is put into where the repo has it; none is made."""
    draft: tuple[UpdateKind, ...] | None = None
    """The kinds of update whose pull requests are opened as drafts."""
    auto_merge: tuple[RuledKind, ...] | None = None
    """The kinds of update that GitHub may merge by itself, once all that the base branch requires is there."""
    auto_merge_if: MergeIfEntry | None = None
    """What has to be so besides; null: nothing."""
    skip_no_ops: bool | None = None
    """Whether a new digest with the same content (layers and configuration) is passed over."""
    ranges: RangeMove | None = None
    """What becomes of a range that shuts the newest version out (a chart's dependency at 12.x.x): keep, widen, replace."""
    bump_chart: ChartBump | None = None
    """How the own version of a Helm chart is raised when a pin in it moves: none, patch, minor."""

    def _rule(self, *, name: str, match: Match) -> Rule:
        return Rule(
            match=match,
            name=name,
            allow=None if self.allow is None else frozenset(self.allow),
            versions=self.versions,
            ignore=tuple(entry.ignored() for entry in self.ignore),
            cooldown=days(self.cooldown_days),
            urgent_from=_severity(self.urgent_from),
            urgent_cooldown=days(self.urgent_cooldown_days),
            only_if=None if self.only_if is None else self.only_if.worth(),
            prereleases=self.prereleases,
            digest_cooldown=days(self.digest_cooldown_days),
            windows=None if self.windows is None else tuple(entry.window() for entry in self.windows),
            freezes=tuple(entry.freeze() for entry in self.freezes),
            group=None if self.group is None else self.group.grouping(),
            soak=days(self.soak_days),
            promote=tuple(entry.promotion() for entry in self.promote),
            rebuilds_together=self.rebuilds_together,
            follow=self.follow,
            labels=self.labels,
            reviewers=self.reviewers,
            assignees=self.assignees,
            milestone=self.milestone,
            draft=None if self.draft is None else frozenset(self.draft),
            auto_merge=None if self.auto_merge is None else frozenset(self.auto_merge),
            auto_merge_if=None if self.auto_merge_if is None else self.auto_merge_if.merge_if(),
            skip_no_ops=self.skip_no_ops,
            ranges=self.ranges,
            bump_chart=self.bump_chart,
        )


class RuleEntry(Settable):
    """One rule: which pins, and what is set for them. Later rules win, field by field."""

    name: Annotated[str, Field(min_length=1)]
    """Shown wherever the rule holds an update back."""
    match: MatchEntry = MatchEntry()
    """Which pins; left out: all."""

    @model_validator(mode="after")
    def _sets_something(self) -> "RuleEntry":
        if not self.model_fields_set - {"name", "match"}:
            raise fault_at("name", f"the rule {self.name!r} sets nothing; give it allow, ignore, cooldown_days, ..., or take it out")
        return self

    def rule(self) -> Rule:
        return self._rule(name=self.name, match=self.match.match())


class DefaultsEntry(Settable):
    """The rule that comes before all others and matches every pin."""

    allow: tuple[RuledKind, ...] = (UpdateKind.MINOR, UpdateKind.PATCH, UpdateKind.DIGEST)
    cooldown_days: Days = 3
    digest_cooldown_days: Days = 0
    urgent_from: Literal["low", "medium", "high", "critical", "never"] = "never"
    urgent_cooldown_days: Days = 0
    prereleases: bool = False
    windows: tuple[WindowEntry, ...] = ()
    rebuilds_together: bool = True
    draft: tuple[UpdateKind, ...] = ()
    auto_merge: tuple[RuledKind, ...] = ()
    skip_no_ops: bool = True
    ranges: RangeMove = RangeMove.KEEP
    bump_chart: ChartBump = ChartBump.NONE

    def rule(self) -> Rule:
        return self._rule(name="defaults", match=Match())


class ApprovedBaseEntry(Section):
    """One entry of an organisation's catalogue of base images."""

    dependency: PlainGlob
    """Names in normal form: docker.io/library/debian."""
    status: Literal["allowed", "deprecated", "forbidden"]
    successor: Annotated[str, Field(min_length=1)] | None = None
    """What to move to, in normal form."""
    reason: str = ""

    @model_validator(mode="after")
    def _agrees(self) -> "ApprovedBaseEntry":
        if self.status == "allowed" and self.successor is not None:
            raise fault_at("successor", "an allowed base needs no successor; write status: deprecated, or take the successor out")
        return self

    def approved_base(self) -> ApprovedBase:
        return ApprovedBase(dependency=self.dependency, status=self.status, successor=self.successor, reason=self.reason)


def _severity(text: str | None) -> Severity | None:
    return None if text is None else Severity.UNKNOWN if text == "never" else Severity(text)


def days(number: float | None) -> timedelta | None:
    """The length of time that a number of days in the file stands for."""
    return None if number is None else timedelta(days=number)


Defaults = Annotated[Rule, ReadAs(DefaultsEntry, DefaultsEntry.rule)]
Rules = tuple[Annotated[Rule, ReadAs(RuleEntry, RuleEntry.rule)], ...]
ApprovedBases = tuple[Annotated[ApprovedBase, ReadAs(ApprovedBaseEntry, ApprovedBaseEntry.approved_base)], ...]
