"""Rounds that are over: what apps took, or what ended without, and why."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from bot.ledger.history import History, UpdateKey
from bot.ledger.ledger import Ledger
from bot.model.exposure import End, Exposure, Moved, Step
from bot.model.fleet import App, Phase
from bot.track.keys import app_key
from bot.track.phase import ARCHIVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """A clock that stopped."""

    key: UpdateKey
    lived: History
    at: datetime

    @property
    def end(self) -> End:
        """What is recorded of it; else what the merge tells."""
        return self.lived.end or (End.MERGED if self.lived.merge_url else End.TAKEN)


def keys_of(exposures: Iterable[Exposure]) -> frozenset[UpdateKey]:
    """What is open, as the ledger calls it."""
    return frozenset(UpdateKey(app=app_key(one.app), dependency=one.dependency, old=one.old) for one in exposures)


def over(rounds: Mapping[UpdateKey, Sequence[History]], open_now: Collection[UpdateKey]) -> Iterator[Over]:
    """Each round that is over; the last one of what is open now is not, however far it has come."""
    for key, histories in rounds.items():
        for lived in histories[:-1] if key in open_now else histories:
            if lived.is_over:
                yield Over(key=key, lived=lived, at=lived.steps.get(Step.ENDED) or lived.steps[Step.MERGED])


def archived_apps(ledger: Ledger, repos: Collection[str]) -> list[App]:
    """The apps of archived repos that ever had a clock, as far as the ledger tells of them. Raises bot.clients.database.DatabaseError."""
    return [_archived(key) for key in sorted(ledger.events.apps_in(frozenset(repos)))]


def _archived(key: str) -> App:
    repo, _, folder = key.partition(":")
    name = folder or repo.rpartition("/")[2]
    return App(name=name, repo=repo, path=PurePosixPath(folder), phase=Phase.RETIRED, phase_reason=ARCHIVED)


def cleared(exposures: Sequence[Exposure], apps: Iterable[App], ledger: Ledger, *, since: datetime) -> list[Moved]:
    """What these apps are rid of since a time, and why, the newest first. Raises bot.clients.database.DatabaseError."""
    by_key = {app_key(app): app for app in apps}
    found = [
        Moved(
            app=by_key[one.key.app],
            dependency=one.key.dependency,
            old=one.key.old,
            new=one.lived.new,
            at=one.at,
            waited_since=one.lived.steps.get(Step.DETECTED),
            pull_request_url=one.lived.merge_url or None,
            end=one.end,
            said=one.lived.end_said,
        )
        for one in over(ledger.events.rounds_since(since), keys_of(exposures))
        if one.key.app in by_key and one.at >= since
    ]
    return sorted(found, key=lambda one: (-one.at.timestamp(), one.app.name, one.dependency, one.old))
