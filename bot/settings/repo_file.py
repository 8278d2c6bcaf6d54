"""The file in a repo that makes the bot quieter there: read as what any stranger may have written, and bounded."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, model_validator

from bot.model.repo_rules import MAX_CHARACTERS, NOTHING, PLACES, RepoRules
from bot.model.rules import Match, Rule
from bot.model.update import UpdateKind
from bot.settings.check import validated
from bot.settings.document import Data, Document, read_document
from bot.settings.fault import Fault, SettingsError
from bot.settings.rule_entries import FreezeEntry, GroupEntry, IgnoredEntry, MatchEntry, RuledKind, WindowEntry, days, fault_at, named
from bot.settings.settings import Settings
from bot.settings.types import Assignee, Count, Days, GroupName, Label, MilestoneTitle, PlainGlob, Reviewer, Section

_MAX_VALUES: Final = 1_000
_MAX_LABELS: Final = 10
"""In the whole file."""
_MAX_FAULTS: Final = 20
_MAX_FAULT_CHARACTERS: Final = 400
_KNOWN: Final = 256
"""Files whose reading is remembered: fleets have the same one in many repos."""
_OFF: Final = "`enabled: false` in the repo's own file"
_FAULTY: Final = "the repo's own file can't be obeyed as it is; nothing new goes out until it is mended"
_UNREAD: Final = "it is no plain text file of a size that is read (it is binary, or too large); put the file itself there"
_CONFIGURATION: Final = "github"
"""The key by which a configuration of the bot is told from a wish of a repo."""
_HOW_IT_LOOKS: Final = ("labels", "reviewers", "assignees", "milestone")
"""Keys that say nothing of what goes out and when."""


class QuietGroupEntry(GroupEntry):
    """A group, written as its name alone or with the folders of the apps that share it."""

    name: GroupName
    paths: Annotated[tuple[PlainGlob, ...], Field(strict=False, max_length=20)] = ()


class Quieting(Section):
    """What a repo can ask for. Nothing of it lets out what the organisation's configuration keeps back."""

    allow: tuple[UpdateKind, ...] | None = None
    """Of the kinds that the organisation allows, those that are wanted here: major, cycle, minor, patch, digest, pin."""
    ignore: tuple[IgnoredEntry, ...] = ()
    """Values not to be proposed, besides those of the organisation."""
    cooldown_days: Days | None = None
    """How many days a new version waits, where that is longer than the organisation says."""
    digest_cooldown_days: Days | None = None
    """The same for a new digest of the same tag."""
    windows: tuple[WindowEntry, ...] | None = None
    """When proposals may go out; the organisation's own windows have to be open as well."""
    freezes: tuple[FreezeEntry, ...] = ()
    """When nothing goes out."""
    group: Annotated[QuietGroupEntry, BeforeValidator(named, json_schema_input_type=QuietGroupEntry | str)] | None = None
    """Updates of one app with the same group share a pull request, where the organisation names no group; with paths, of several apps."""
    draft: tuple[UpdateKind, ...] = ()
    """The kinds of update whose pull requests are opened as drafts, besides those of the organisation."""
    auto_merge: tuple[RuledKind, ...] | None = None
    """Of the kinds that GitHub may merge by itself, as the organisation says, those that it may merge here."""
    labels: tuple[Label, ...] = Field(default=(), max_length=5)
    """Labels of the pull request, besides those of the organisation."""
    reviewers: tuple[Reviewer, ...] = Field(default=(), max_length=10)
    """Users (name) and teams (org/team) that are asked to review as well; codeowners: the owners of the changed files."""

    assignees: tuple[Assignee, ...] = Field(default=(), max_length=10)
    """Users (name) that are assigned as well."""
    milestone: MilestoneTitle | None = None
    """The title of an open milestone of the repo, where the organisation names none."""

    def _rule(self, match: Match) -> Rule:
        return Rule(
            match=match,
            allow=None if self.allow is None else frozenset(self.allow),
            ignore=tuple(entry.ignored() for entry in self.ignore),
            cooldown=days(self.cooldown_days),
            digest_cooldown=days(self.digest_cooldown_days),
            windows=None if self.windows is None else tuple(entry.window() for entry in self.windows),
            freezes=tuple(entry.freeze() for entry in self.freezes),
            group=None if self.group is None else self.group.grouping(),
            draft=frozenset(self.draft) or None,
            auto_merge=None if self.auto_merge is None else frozenset(self.auto_merge),
            labels=self.labels,
            reviewers=self.reviewers,
            assignees=self.assignees,
            milestone=self.milestone,
        )


class QuietRuleEntry(Quieting):
    """One rule: which pins of the repo, and what is asked for them. Later rules win, field by field; none widens anything."""

    name: str = ""
    """What it is for, in words."""
    match: MatchEntry = MatchEntry()
    """Which pins; left out: all."""

    @model_validator(mode="after")
    def _sets_something(self) -> "QuietRuleEntry":
        if not self.model_fields_set - {"name", "match"}:
            raise fault_at("match", "this rule asks for nothing; give it allow, ignore, cooldown_days, ..., or take it out")
        return self

    def rule(self) -> Rule:
        return self._rule(self.match.match())


class RepoLimits(Section):
    """Limits below those of the organisation."""

    open_pull_requests: Count | None = None
    """How many may be open in the repo; larger ones than the organisation's do nothing."""


class RepoFile(Quieting):
    """`.github/rebuild-bot.yaml` of a repo: it can make the bot quieter there, never louder."""

    enabled: bool = True
    """false: nothing new goes out, and what is open stays as it is. true does nothing."""
    limits: RepoLimits = RepoLimits()
    rules: tuple[QuietRuleEntry, ...] = ()

    @model_validator(mode="after")
    def _has_few_labels(self) -> "RepoFile":
        """Each one that the repo lacks is two requests of a budget that all repos share."""
        named = {label.lower() for one in (self, *self.rules) for label in one.labels}
        if len(named) > _MAX_LABELS:
            raise fault_at("labels", f"the file names {len(named)} labels in all; {_MAX_LABELS} are taken, so use fewer")
        return self

    def own_rules(self) -> tuple[Rule, ...]:
        asked = {name for name in Quieting.model_fields if name in self.model_fields_set}
        return (*((self._rule(Match()),) if asked else ()), *(entry.rule() for entry in self.rules))


_KEYS: Final = frozenset(field.alias or name for name, field in Settings.model_fields.items())
_OF_CONFIGURATIONS: Final = _KEYS - set(RepoFile.model_fields)
"""Keys that a configuration alone has."""
_OF_WISHES: Final = frozenset(RepoFile.model_fields) - _KEYS


def repo_rules(text: str | None) -> RepoRules:
    """What the file asks for, and what is wrong in it; None: it is there, and can't be read.

    Where only labels or reviewers are at fault, the rest is obeyed, for it is the quieter without them. Any other fault may hide what
    was to be kept back, so that nothing new goes out. A configuration of the bot, which may stand at the same place, asks for nothing.
    """
    return RepoRules(silence=_FAULTY, faults=(_told(f"{PLACES[0]}: {_UNREAD}"),)) if text is None else _read(text)


def check_repo_file(path: Path) -> None:
    """Raises SettingsError with every fault of such a file."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError([Fault(file=str(path), line=0, what=f"can't be read: {error.strerror or error}")]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([Fault(file=str(path), line=1, what="is not UTF-8; save it as UTF-8")]) from error
    document = _document(text, str(path))
    if _is_configuration(document):
        what = f"it has a key {_CONFIGURATION!r}: in a repo it is taken for a configuration of the bot, and asks for nothing"
        raise SettingsError([Fault(file=str(path), line=document.line_of((_CONFIGURATION,)), what=what)])
    _, faults = validated(document, RepoFile)
    if faults:
        raise SettingsError(faults)


def is_repo_file(path: Path) -> bool:
    """Whether a file is a repo's wish rather than a configuration of the bot, which may stand at the same place.

    It has no key that a configuration alone has, and one that a wish alone has; where it has nothing but what both have, it is read
    without a fault. What can't be read is left to whoever reads it as a whole.
    """
    try:
        document = _document(path.read_text(encoding="utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError):
        return False
    keys = set(document.data) if isinstance(document.data, dict) else set()
    if not keys or keys & _OF_CONFIGURATIONS:
        return False
    return bool(keys & _OF_WISHES) or not validated(document, RepoFile)[1]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the file, for editors; config/repo-schema.json holds the same."""
    schema = RepoFile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "rebuild-bot in one repo"}


@lru_cache(maxsize=_KNOWN)
def _read(text: str) -> RepoRules:
    document = _document(text, str(PLACES[0]))
    if _is_configuration(document):
        return NOTHING
    file, faults = validated(document, RepoFile)
    told = tuple(_told(_with_hint(str(fault))) for fault in dict.fromkeys(sorted(faults)))
    if len(told) > _MAX_FAULTS:
        told = (*told[:_MAX_FAULTS], f"and {len(told) - _MAX_FAULTS} more")
    if file is None and not document.faults:
        file, _ = validated(_without_looks(document), RepoFile)
    if file is None:
        return RepoRules(silence=_FAULTY, faults=told)
    return RepoRules(
        rules=file.own_rules(),
        silence="" if file.enabled else _OFF,
        most_open=file.limits.open_pull_requests,
        faults=told,
    )


def _document(text: str, file: str) -> Document:
    return read_document(text, file=file, max_characters=MAX_CHARACTERS, max_values=_MAX_VALUES)


def _is_configuration(document: Document) -> bool:
    return isinstance(document.data, dict) and _CONFIGURATION in document.data


def _without_looks(document: Document) -> Document:
    """The document without the keys that are about how pull requests look."""
    return replace(document, data=_bare(document.data, 0))


def _bare(data: Data, depth: int) -> Data:
    if not isinstance(data, dict):
        return data
    rest: dict[str, Data] = {key: value for key, value in data.items() if key not in _HOW_IT_LOOKS}
    rules = rest.get("rules")
    if not depth and isinstance(rules, list):
        rest["rules"] = [_bare(rule, 1) for rule in rules if not _is_about_looks(rule)]
    return rest


def _is_about_looks(rule: Data) -> bool:
    """Whether a rule says nothing else."""
    return isinstance(rule, dict) and bool(set(rule) & set(_HOW_IT_LOOKS)) and set(rule) <= {"name", "match", *_HOW_IT_LOOKS}


def _with_hint(fault: str) -> str:
    """Where the key is one of the other form of this file."""
    is_configuration = any(f"unknown key {key!r}" in fault for key in _OF_CONFIGURATIONS)
    return f"{fault.partition(';')[0]}; it belongs into the organisation's configuration" if is_configuration else fault


def _told(text: str) -> str:
    """A fault on one line that any page can show."""
    line = " ".join(text.encode("utf-8", "replace").decode().split())
    return line if len(line) <= _MAX_FAULT_CHARACTERS else f"{line[: _MAX_FAULT_CHARACTERS - 1]}…"
