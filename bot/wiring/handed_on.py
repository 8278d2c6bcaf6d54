"""What the jobs of a run over shards hand on to each other, as JSON in files: the plan, and what each shard came to."""

import json
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, Final, TypeVar

from cattrs import Converter
from cattrs.errors import BaseValidationError
from cattrs.strategies import configure_tagged_union

import bot
from bot.model.exit_code import ExitCode
from bot.model.failure import ToldError
from bot.model.image import Digest, InvalidReferenceError
from bot.model.run import AppDecisions, RunSummary
from bot.model.shard import MAX_SHARDS, Plan, Shard
from bot.model.update import Decision, Verdict

DEFAULT_PLAN: Final = Path("rebuild-bot-plan.json")
_T = TypeVar("_T")
_MAX_FILE_BYTES: Final = 1 << 30


class HandedOnError(ToldError):
    """A file that one job made for another is missing, or can't be used; the message says what, where and the remedy."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardResult:
    """What one shard came to."""

    plan: str
    """The id of the plan that it is a part of."""
    shard: Shard
    is_dry_run: bool
    summary: RunSummary


def write_plan(plan: Plan, file: Path) -> None:
    """Raises OSError."""
    _write(plan, file)


def read_plan(file: Path) -> Plan:
    """Raises HandedOnError."""
    plan = _read(file, Plan, remedy="Make it with `rebuild-bot plan`, or name it with --plan")
    repos = [repo for part in plan.shards for repo in part]
    if not 1 <= len(plan.shards) <= MAX_SHARDS or len(repos) != len(set(repos)):
        raise HandedOnError(f"{file}: it is no plan: a repo stands in it twice, or no shard does. Make it anew with `rebuild-bot plan`.")
    return plan


def write_result(result: ShardResult, file: Path) -> None:
    """Without what nobody needs who joins the results: texts of pull requests, contents of files, candidates. Raises OSError."""
    _write(replace(result, summary=_shortened(result.summary)), file)


def read_result(file: Path) -> ShardResult:
    """Raises HandedOnError."""
    return _read(file, ShardResult, remedy="Run the job of the shard again")


def _shortened(summary: RunSummary) -> RunSummary:
    sent = tuple(
        replace(
            one,
            proposal=replace(one.proposal, body="", changes=()),
            pull_request=None if one.pull_request is None else replace(one.pull_request, body=""),
        )
        for one in summary.sent
    )
    closed = tuple(replace(one, pull_request=replace(one.pull_request, body="")) for one in summary.closed)
    return replace(summary, sent=sent, closed=closed, apps=tuple(map(_without_candidates, summary.apps)))


def _without_candidates(entry: AppDecisions) -> AppDecisions:
    def shortened(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
        return tuple(replace(decision, candidates=decision.remarks) for decision in decisions)

    return replace(entry, decisions=shortened(entry.decisions), migrations=shortened(entry.migrations))


def _write(value: Plan | ShardResult, file: Path) -> None:
    document = {"made_by": f"rebuild-bot {bot.__version__}", type(value).__name__: _converter().unstructure(value)}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _read(file: Path, kind: type[_T], *, remedy: str) -> _T:
    try:
        if file.stat().st_size > _MAX_FILE_BYTES:
            raise HandedOnError(f"{file}: it is larger than a job makes it. {remedy}.")
        document = json.loads(file.read_text(encoding="utf-8"))
        return _converter().structure(document[kind.__name__], kind)
    except FileNotFoundError as error:
        raise HandedOnError(f"{file}: it is not there. {remedy}.") from error
    except OSError as error:
        raise HandedOnError(f"{file}: it can't be read: {error.strerror or error}. {remedy}.") from error
    except (ValueError, LookupError, TypeError, RecursionError, BaseValidationError) as error:
        raise HandedOnError(f"{file}: it is not what this version of rebuild-bot makes. {remedy}.") from error


@cache
def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True, unstruct_collection_overrides={AbstractSet: sorted})
    for kind in (PurePosixPath, PurePath):
        converter.register_structure_hook(kind, lambda value, to: to(_text(value)))
        converter.register_unstructure_hook(kind, str)
    converter.register_unstructure_hook(datetime, lambda value: value.isoformat())
    converter.register_structure_hook(datetime, lambda value, _: datetime.fromisoformat(_text(value)))
    converter.register_unstructure_hook(date, lambda value: value.isoformat())
    converter.register_structure_hook(date, lambda value, _: date.fromisoformat(_text(value)))
    converter.register_unstructure_hook(timedelta, lambda value: value.total_seconds())
    converter.register_structure_hook(timedelta, lambda value, _: timedelta(seconds=value))
    # A commit stands where a digest may stand; its text tells them apart.
    for either in (Digest, Digest | str, Digest | str | None, Digest | None):
        converter.register_structure_hook(either, lambda value, _: _digest_or_commit(value))
    configure_tagged_union(Verdict, converter)
    return converter


def _text(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _digest_or_commit(value: Any) -> str | None:  # noqa: ANN401
    if value is None:
        return None
    text = _text(value)
    try:
        return Digest(text)
    except InvalidReferenceError:
        return text
