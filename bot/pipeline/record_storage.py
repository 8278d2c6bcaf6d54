"""Record: tell an organisation's linked artifacts where the images lie that its repos publish, where that is asked for.

A record names no repo and is had by its digest alone, so that nothing can be learnt from those of others; they are read only so that what
is there is not written again. Only what stood in a registry in this very run is told.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from bot.clients.short_memory import ShortMemory
from bot.model.built import PublishedBuild
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.model.image import ImageReference
from bot.model.storage import Kept, NewStorage, StorageRecord
from bot.pipeline.attempt import attempt

log = structlog.get_logger()

_STAYS: Final = timedelta(days=90)
"""So long nobody asks again whether a record is there."""
_SHA256: Final = "sha256:"
_MAX_NAME: Final = 256
_MAX_REPOSITORY: Final = 128
_REMEDY: Final = "The App needs the organisation's permission artifact metadata: write; else set track.write_storage_records to false."

RecordsOf = Callable[[str, str], Sequence[StorageRecord] | None]
"""Of an organisation and a digest; None: GitHub does not know the question, or nothing of the digest. Raises ForgeError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageWrites:
    """What records are written by."""

    records_of: RecordsOf
    write: Callable[[str, NewStorage], None]
    """Raises ForgeError."""
    memory: ShortMemory
    """Of what is there; losing it costs asking again."""
    most: int
    """So many digests are asked for in a run."""


def record_storage(writes: StorageWrites | None, published: Iterable[tuple[App, PublishedBuild]], now: datetime) -> list[Failure]:
    """Write what is not there yet, each digest once; what could not be. Of an owner that refuses once nothing more is asked."""
    if writes is None:
        return []
    failures: dict[str, Failure] = {}
    asked = 0
    for owner, record in dict.fromkeys(_wanted(published)):
        key = f"{owner} {record.registry_url} {record.repository}@{record.digest}".lower()
        if owner in failures or writes.memory.get(key, now) is not None:
            continue
        if asked >= writes.most:
            log.info("storage.later", reason="no more digests are asked for in this run", most=writes.most)
            break
        asked += 1
        told = attempt(f"linked artifacts of {owner}", partial(_recorded, writes, owner, record))
        if isinstance(told, Failure):
            failures[owner] = Failure(where=told.where, what=told.what, remedy=_REMEDY, resumes_at=told.resumes_at)
        else:
            writes.memory.put(key, "there", until=now + _STAYS)
    return list(failures.values())


def _recorded(writes: StorageWrites, owner: str, record: NewStorage) -> None:
    known = writes.records_of(owner, record.digest) or ()
    if any(one.kept is Kept.ACTIVE and _is_of_place(one, record) for one in known):
        return
    writes.write(owner, record)
    log.info("storage.recorded", owner=owner, image=record.name, digest=record.digest)


def _wanted(published: Iterable[tuple[App, PublishedBuild]]) -> Iterator[tuple[str, NewStorage]]:
    for app, built in published:
        owner, _, repo = app.repo.partition("/")
        record = None if built.problem else _record(built.image, repo)
        if owner and record is not None:
            yield owner, record


def _record(image: ImageReference, repo: str) -> NewStorage | None:
    """None: it has no digest, or GitHub takes no name of its length."""
    if image.digest is None or not image.digest.startswith(_SHA256) or not repo:
        return None
    if len(image.name) > _MAX_NAME or len(image.repository) > _MAX_REPOSITORY:
        return None
    return NewStorage(
        name=image.name,
        digest=str(image.digest),
        tag=image.tag or "",
        registry_url=f"https://{image.registry}",
        repository=image.repository,
        repo=repo,
    )


def _is_of_place(one: StorageRecord, record: NewStorage) -> bool:
    """One that names no repository speaks of its registry. An image that is promoted by a copy lies in several of them."""
    has_repository = one.repository.lower() in {"", record.repository.lower()}
    return has_repository and _host(one.registry_url) == _host(record.registry_url)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].lower()
