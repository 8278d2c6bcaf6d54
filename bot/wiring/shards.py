"""A fleet that is too large for one job: the plan, and what its shards came to as one run."""

from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from bot.clients.database import DatabaseError, file_of
from bot.clients.turn import NotOurTurnError
from bot.ledger.last_times import RUN
from bot.ledger.ledger import Ledger
from bot.ledger.merge import merge as merge_ledgers
from bot.model.failure import Failure, ToldError, told
from bot.model.fleet import Repo
from bot.model.run import RunSummary
from bot.model.shard import Plan, Shard
from bot.pipeline.divide import alone, divide, shards_for
from bot.pipeline.join import join
from bot.settings import Settings
from bot.wiring.clients import Now, utc_now
from bot.wiring.fleet import unheard
from bot.wiring.forge import github_forge
from bot.wiring.handed_on import HandedOnError, ShardResult, read_result, write_result
from bot.wiring.ledger import tidied_if_due
from bot.wiring.survey import survey

RESULT: Final = "result.json"
LEDGER: Final = "ledger.sqlite3"
"""The files in the folder that a shard leaves behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, and what is known of it."""

    plan: Plan
    alone: tuple[int, ...]
    """How many images each shard asks for that no other one does, as far as earlier runs recorded them."""
    failures: tuple[Failure, ...]
    """Repos that can't be had: no shard does them."""


def plan(settings: Settings, shards: int | None, *, now: Now = utc_now) -> Planned:
    """Divide the repos that the settings name; None: into as many shards as are good for so many. Raises ForgeError, DatabaseError."""
    moment = now()
    with closing(github_forge(settings, ())) as forge:
        found = list(survey(forge, settings, ()))
    repos = [one.full_name for one in found if isinstance(one, Repo) and not one.is_archived]
    with closing(Ledger.open(settings.ledger_url)) as ledger:
        images = ledger.uses.images_by_repo()
    divided = divide(repos, images, shards or shards_for(len(repos)))
    # Last night's division may be this night's, and what its shards left is no part of this one.
    made = replace(divided, id=f"{divided.id}-{moment:%Y%m%dT%H%M%S%fZ}")
    return Planned(plan=made, alone=tuple(alone(divided, images)), failures=tuple(one for one in found if isinstance(one, Failure)))


def prepare(folder: Path, settings: Settings) -> None:
    """Before a shard begins: its folder is there, and what an earlier run told in it is gone, so that nobody takes it for this one's.

    Raises HandedOnError where that is the folder of the ledger itself, which a copy would replace; OSError where it can't be written.
    """
    ledger = file_of(settings.ledger_url)
    if ledger is not None and ledger.resolve() == (folder / LEDGER).resolve():
        raise HandedOnError(f"{folder}: the ledger itself is there, and its copy would take its place. Name another folder with --result.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RESULT).unlink(missing_ok=True)
    # What can't be written is told now, and not after hours.
    probe = folder / f"{RESULT}.try"
    probe.touch()
    probe.unlink()


def leave(folder: Path, result: ShardResult, settings: Settings) -> tuple[Failure, ...]:
    """Put into a folder what `merge` takes: the result, and the ledger where it is a file; why that can't be done."""
    try:
        with closing(Ledger.open(settings.ledger_url)) as ledger:
            ledger.copy_to(folder / LEDGER)
        write_result(result, folder / RESULT)
    except (OSError, DatabaseError) as error:
        why = told(error) if isinstance(error, DatabaseError) else f"{error.strerror or error}."
        what = f"what the shard did can't be left there for `merge`: {why}"
        return (Failure(where=str(folder), what=what, remedy="Make room, then run the shard again."),)
    return ()


def merge(settings: Settings, plan: Plan, folders: Sequence[Path], *, now: Now = utc_now) -> RunSummary:
    """Join what the shards left in folders, or in folders of these: their ledgers into the one of the settings, and their results into one.

    What can't be used is a failure, and so is a shard that left nothing. Safe to do twice. Raises DatabaseError where the ledger of the
    settings can't be opened.
    """
    moment = now()
    results: dict[Shard, ShardResult] = {}
    failures: list[Failure] = []
    with closing(Ledger.open(settings.ledger_url)) as ledger:
        for folder in _shard_folders(folders):
            try:
                result = _of_plan(read_result(folder / RESULT), plan, folder)
                if (folder / LEDGER).exists():
                    merge_ledgers(ledger, folder / LEDGER)
            except ToldError as error:
                failures.append(Failure(where=str(folder), what=told(error, where=str(folder / RESULT))))
                continue
            twin = results.setdefault(result.shard, result)
            if twin != result:
                failures.append(_twice(result.shard, folder))
                results[result.shard] = max(twin, result, key=lambda one: one.summary.started_at)
        summary = join(plan, {shard: result.summary for shard, result in results.items()}, now=moment)
        is_whole = len(results) == len(plan.shards) and not any(result.is_dry_run for result in results.values()) and summary.is_complete
        if is_whole:
            ledger.last_times.record([RUN], summary.started_at)
            # Where another run is at work already, the next time is early enough.
            with suppress(NotOurTurnError), ledger.turn(longest=timedelta(), waiting=unheard):
                failures += tidied_if_due(ledger, settings, moment)
    return replace(summary, failures=(*failures, *summary.failures))


def _twice(shard: Shard, folder: Path) -> Failure:
    what = f"shard {shard} left another result as well; the ledgers of both are merged, and the run that began last is told of."
    return Failure(where=str(folder), what=what, remedy="Run each shard once, and name its folder alone.")


def _shard_folders(folders: Sequence[Path]) -> list[Path]:
    """Each folder that a shard left: those that are named, and those within."""
    found: list[Path] = []
    for folder in folders:
        within = sorted(file.parent for file in folder.glob(f"*/{RESULT}"))
        found += [folder] if (folder / RESULT).exists() or not within else within
    return list(dict.fromkeys(found))


def _of_plan(result: ShardResult, plan: Plan, folder: Path) -> ShardResult:
    if result.plan != plan.id or result.shard not in plan.all_shards:
        raise HandedOnError(f"{folder / RESULT}: it is a part of another plan. Merge what the shards of one plan left, with that plan.")
    return result
