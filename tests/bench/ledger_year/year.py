"""What a fleet leaves in the ledger night by night, as rows: to go through the writers would take hours."""

import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Table

from bot.clients.database import Database
from bot.ledger.last_times import RUN
from bot.ledger.ledger import Ledger
from bot.ledger.merging.target import in_batches
from bot.ledger.tables import (
    DEPENDENCIES,
    EVENTS,
    IMAGE_INDEXES,
    IMAGE_PLACES,
    IMAGE_PLATFORMS,
    IMAGE_USES,
    IMAGES,
    SIGHTINGS,
    STEP_HOLES,
)
from bot.ledger.uses import RepoLook, _place_row
from bot.model.contents import Contents, Layer, Package
from bot.model.dependency import OCI, Dependency
from bot.model.exposure import Step
from bot.model.image import Digest
from bot.model.use import ImageUse, KnownFrom, Place

START = datetime(2025, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PINS = 10
CHANGED = 0.02
NEW_VALUE_NIGHTS = 56
REBUILD_NIGHTS = 28
LISTED = 300
PACKAGES = 40
LABELS = {f"org.opencontainers.image.{name}": f"{name} of an image that is made up" for name in ("source", "version", "revision", "title")}

Row = Mapping[str, Any]
Pin = tuple[int, int]
"""Of which repo it is, and its number there."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Stand:
    """What a pin stands on."""

    image: int
    value: str
    digest: str

    @property
    def written(self) -> str:
        return f"{self.value}@{self.digest[-12:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Repos of ten pins on images, each of which gets a new value every eight weeks and a rebuild every four."""

    repos: int
    images: int
    nights: int
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    pins: dict[Pin, Stand] = field(default_factory=dict)
    since: dict[Pin, datetime] = field(default_factory=dict)

    @property
    def last_night(self) -> datetime:
        return START + (self.nights - 1) * DAY

    def image_of(self, repo: int, pin: int) -> int:
        return (repo * 7 + pin * 41) % self.images


def live(ledger: Ledger, fleet: Fleet) -> None:
    """Let all nights pass."""
    _write(ledger.database, IMAGE_PLACES, _places(fleet))
    closes: dict[tuple[str, str, str], Row] = {}
    for night in range(fleet.nights):
        ended = list(_take(fleet, night))
        _write(ledger.database, EVENTS, _steps(fleet, night, ended, closes))
        _write(ledger.database, IMAGE_USES, (_use(fleet, pin, before, START + night * DAY) for pin, before in ended))
        fleet.since.update({pin: START + night * DAY for pin, _ in ended})
    _write(ledger.database, IMAGE_USES, (_use(fleet, pin, stand, None) for pin, stand in fleet.pins.items()))
    _write(ledger.database, STEP_HOLES, closes.values())
    _record_images(ledger, fleet)
    ledger.last_times.record([RUN, *(f"scan of {app(repo)}" for repo in range(fleet.repos))], fleet.last_night)


def looks(fleet: Fleet) -> Iterator[RepoLook]:
    """What the files name after the last night."""
    for repo in range(fleet.repos):
        stands = [(pin, fleet.pins[repo, pin]) for pin in range(PINS)]
        uses = [
            ImageUse(place=_place(fleet, repo, pin), tag=one.value, digest=Digest(one.digest), line=pin, known_from=KnownFrom.PINNED)
            for pin, one in stands
        ]
        yield RepoLook(repo=app(repo), uses=uses)


def app(repo: int) -> str:
    return f"acme/app-{repo}"


@cache
def newest(image: int, night: int) -> Stand:
    """What a repo that takes the newest of an image on a night stands on."""
    age = night + image % NEW_VALUE_NIGHTS
    value = f"1.{LISTED + age // NEW_VALUE_NIGHTS}"
    digest = hashlib.sha256(f"{image} {value} {age // REBUILD_NIGHTS}".encode()).hexdigest()
    return Stand(image=image, value=value, digest=f"sha256:{digest}")


def _take(fleet: Fleet, night: int) -> Iterator[tuple[Pin, Stand]]:
    """Some repos take the newest of all their images: the pins that move, and what they stood on."""
    for repo in fleet.chance.sample(range(fleet.repos), max(1, int(fleet.repos * CHANGED))) if night else range(fleet.repos):
        for pin in range(PINS):
            stand = newest(fleet.image_of(repo, pin), night)
            before = fleet.pins.get((repo, pin), stand)
            fleet.pins[repo, pin] = stand
            if stand != before:
                yield (repo, pin), before


def _steps(fleet: Fleet, night: int, ended: Iterable[tuple[Pin, Stand]], closes: dict[tuple[str, str, str], Row]) -> Iterator[Row]:
    now = START + night * DAY
    for (repo, _), before in ended:
        yield _step(repo, before, Step.MERGED, now, newest(before.image, night))
    fresh = {image for image in range(fleet.images) if night and newest(image, night) != newest(image, night - 1)}
    for (repo, _), stand in fleet.pins.items():
        if stand.image in fresh and stand != (after := newest(stand.image, night)):
            yield from (_step(repo, stand, step, now, after) for step in (Step.RELEASED, Step.DETECTED, Step.PROPOSED))
            key = (str(_dependency(stand.image)), stand.written, after.written)
            closes[key] = dict(zip(("dependency", "old", "new"), key, strict=True)) | {
                "severity": "high",
                "said": "closes 2 high",
                "at": now,
            }


def _step(repo: int, stand: Stand, step: Step, now: datetime, after: Stand) -> Row:
    url = f"https://github.example/{app(repo)}/pull/1" if step in {Step.PROPOSED, Step.MERGED} else ""
    known = {"app": app(repo), "dependency": str(_dependency(stand.image)), "old": stand.written}
    return known | {"step": step.value, "at": now, "new": after.written, "url": url}


def _use(fleet: Fleet, place: Pin, stand: Stand, end: datetime | None) -> Row:
    repo, pin = place
    known = {"place_id": repo * PINS + pin + 1, "tag": stand.value, "digest": stand.digest, "known_from": "pinned", "line": pin}
    seen = fleet.last_night if end is None else end - DAY
    return known | {"first_seen": fleet.since.get(place, START), "last_seen": seen, "ended_at": end}


def _places(fleet: Fleet) -> Iterator[Row]:
    for repo in range(fleet.repos):
        for pin in range(PINS):
            yield {**_place_row(_place(fleet, repo, pin)), "id": repo * PINS + pin + 1}


def _place(fleet: Fleet, repo: int, pin: int) -> Place:
    image = _dependency(fleet.image_of(repo, pin)).name
    return Place(app=app(repo), repo=app(repo), stage="production", role="image", file=f"deploy/{pin}.yaml", image=image)


def _dependency(image: int) -> Dependency:
    return Dependency(datasource=OCI, name=f"docker.io/acme/image-{image}")


def _record_images(ledger: Ledger, fleet: Fleet) -> None:
    known = {"datasource": OCI, "watched_since": START, "listed_at": fleet.last_night}
    _write(ledger.database, DEPENDENCIES, ({**known, "id": image + 1, "name": _dependency(image).name} for image in range(fleet.images)))
    _write(ledger.database, SIGHTINGS, _sights(fleet))
    first: dict[str, datetime] = {}
    for night in range(fleet.nights):
        for image in range(fleet.images):
            first.setdefault(newest(image, night).digest, START + night * DAY)
    facts = [{"digest": digest, "created_at": at, "first_seen": at, "labels": LABELS} for digest, at in first.items()]
    _write(ledger.database, IMAGES, facts)
    _write(ledger.database, IMAGE_PLATFORMS, ({"digest": one, "platform": "linux/amd64", "chain": f"{one}x"} for one in first))
    _write(ledger.database, IMAGE_INDEXES, ({"digest": one, "platforms": ["linux/amd64", "linux/arm64"]} for one in first))
    for digest, at in first.items():
        _open(ledger, digest, at)


def _sights(fleet: Fleet) -> Iterator[Row]:
    """Every image lists its values to the end, and each night its tag stands somewhere."""
    for image in range(fleet.images):
        seen: dict[tuple[str, str], tuple[datetime, datetime]] = {(f"1.{one}", ""): (START, fleet.last_night) for one in range(LISTED)}
        for night in range(fleet.nights):
            now, stand = START + night * DAY, newest(image, night)
            for sight, last in (((stand.value, ""), fleet.last_night), ((stand.value, stand.digest), now)):
                seen[sight] = (seen.get(sight, (now,))[0], last)
        for (value, digest), (since, last) in seen.items():
            yield {"dependency_id": image + 1, "value": value, "digest": digest, "first_seen": since, "last_seen": last}


def _open(ledger: Ledger, digest: str, now: datetime) -> None:
    """Through the writer, which shares what images have in common: one of 340 bases, which differ in some packages, and some of its own."""
    number = int(digest[-9:], 16)
    base, own = f"sha256:{number % 340:064x}", f"sha256:{number + 1000:064x}"
    packages = tuple(
        Package(type="deb", name=f"lib{one}", version=f"1.{one}-{number % 340 if one % 8 == 0 else 1}", layer=base)
        if one < PACKAGES - 5
        else Package(type="deb", name=f"lib{one}", version=f"2.{number}", layer=own)
        for one in range(PACKAGES)
    )
    contents = Contents(
        image="acme/image",
        digest=Digest(f"sha256:{number + 7:064x}"),
        index_digest=Digest(digest),
        platform="linux/amd64",
        packages=packages,
        layers=tuple(Layer(diff_id=diff_id, digest=Digest(digest), size_bytes=1) for diff_id in (base, own)),
        not_read=(),
    )
    for diff_id in (base, own):
        ledger.layers.keep(diff_id, "one", random.Random(diff_id).randbytes(2000))
    ledger.contents.record(contents, form="one", now=now)


def _write(database: Database, table: Table, rows: Iterable[Row]) -> None:
    with database.writing() as connection:
        for part in in_batches(rows):
            connection.execute(table.insert(), list(part))
