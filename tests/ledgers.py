"""Histories for tests of the ledger: what runs see of a made-up fleet, and what a ledger answers of all of it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from bot.ledger.bases import BaseImage
from bot.ledger.history import Event, UpdateKey
from bot.ledger.images import ImageRecord
from bot.ledger.ledger import Ledger
from bot.ledger.step_holes import StepKey
from bot.ledger.tables import DEPENDENCIES, LAYERS
from bot.ledger.uses import RepoLook
from bot.model.base_look import BaseLook
from bot.model.base_state import BaseFix
from bot.model.contents import Contents, Layer, NotRead, Package
from bot.model.dependency import Dependency, Release
from bot.model.exposure import Closes, Step
from bot.model.image import Digest
from bot.model.lineage import BuiltBy
from bot.model.listing import Listing
from bot.model.notes import PublishedImage
from bot.model.rebuild_order import RebuildEvent, RebuildKey, RebuildStep
from bot.model.severity import Severity
from bot.model.use import AppOwners, ImageUse, KnownFrom, Place

START = datetime(2026, 1, 1, tzinfo=UTC)
FORM = "one"
VALUES = [f"3.{number}" for number in range(6)]
NAMES = ["docker.io/library/python", "docker.io/library/redis"]
REPOS = ["acme/shop", "acme/web"]
UPDATES = [UpdateKey(app=repo, dependency=f"oci: {name}", old="3.0") for repo in REPOS for name in NAMES]


def digest(number: int) -> Digest:
    return Digest(f"sha256:{number:064x}")


@contextmanager
def opened(file: Path) -> Iterator[Ledger]:
    ledger = Ledger.open(f"sqlite:///{file}")
    yield ledger
    ledger.close()


def live(ledger: Ledger, chance: random.Random, moments: list[datetime]) -> None:
    """Let something happen at each moment, as runs record it."""
    for now in moments:
        chance.choice([_list, _list, _stand, _look, _look, _open, _step, _step, _learn])(ledger, chance, now)


def answers(ledger: Ledger) -> dict[str, object]:
    """What every reader of the ledger says of the whole fleet, without the ids that each ledger has of its own."""
    sights = ledger.sightings
    lists = [Listing(dependency=one, releases=tuple(Release(dependency=one, value=value) for value in VALUES[:3])) for one in _watched()]
    names = {one.id: one.name + " " + one.version for one in ledger.contents.packages_called(["libssl3", "app"])}
    held = {image.id: image for images in ledger.contents.opened().values() for image in images}
    histories = ledger.events.histories(REPOS)
    return {
        "dated": [replace(sights.with_first_seen(one), lost=()) for one in lists],
        "lost": [sights.with_first_seen(replace(one, releases=())).lost for one in lists],
        "watched": _rows(ledger, DEPENDENCIES.c.name, DEPENDENCIES.c.watched_since, DEPENDENCIES.c.listed_at, DEPENDENCIES.c.short_since),
        "digests": [(sights.history_of(one, value), sights.digests_of(one, value)) for one in _watched() for value in VALUES],
        "at": [sights.at(digest(number)) for number in range(20)],
        "latest": sights.latest_digests("oci", NAMES),
        "images": [(ledger.images.get(digest(number)), ledger.images.platforms(digest(number))) for number in range(20)],
        "bases": [ledger.bases.of_digest(digest(number)) for number in range(20)],
        "lineages": [ledger.known_lineages.get(digest(number), "", form=FORM) for number in range(20)],
        "provenances": [ledger.provenances.get(digest(number)) for number in range(20)],
        "layers": _rows(ledger, *LAYERS.c),
        "opened": {key: {(one.digest, one.platform, one.not_read) for one in images} for key, images in ledger.contents.opened().items()},
        "carried": {(held[one.image_id].digest, names[one.package_id], one.diff_id) for one in ledger.contents.carriers(names)},
        "stacks": [ledger.contents.layers_of(digest(number)) for number in range(20)],
        "uses": sorted(ledger.uses.until(START + timedelta(days=999)), key=repr),
        "owners": ledger.uses.owners(),
        "last": ledger.last_times.of(["run", *REPOS]),
        "closes": ledger.step_holes.of([StepKey(name, "3.0", value) for name in NAMES for value in VALUES]),
        "looks": ledger.base_looks.of(digest(number) for number in range(20)),
        "fixes": dict(ledger.base_fixes.of(NAMES)),
        "rebuilds": {key: tuple(events) for key, events in ledger.rebuilds.of(REPOS).items()},
        "builds": (ledger.rebuilds.asked_since(START), ledger.rebuilds.builds_since(START)),
        "events": {step: sorted(ledger.events.events_since(step, START - timedelta(days=99)), key=repr) for step in Step},
        "histories": histories,
    }


def _watched() -> list[Dependency]:
    return [Dependency(datasource="oci", name=name) for name in NAMES]


def _rows(ledger: Ledger, *columns: object) -> list[tuple[object, ...]]:
    with ledger.database.reading() as connection:
        return sorted(map(tuple, connection.execute(select(*columns))), key=repr)


def _list(ledger: Ledger, chance: random.Random, now: datetime) -> None:
    one = chance.choice(_watched())
    if chance.random() < 0.2 and ledger.sightings.listed_at(one):
        ledger.sightings.short_since(one, now)
    else:
        releases = tuple(Release(dependency=one, value=value) for value in VALUES if chance.random() < 0.7)
        ledger.sightings.record_listing(Listing(dependency=one, releases=releases), now)


def _stand(ledger: Ledger, chance: random.Random, now: datetime) -> None:
    number = chance.randrange(20)
    ledger.sightings.seen(Release(dependency=chance.choice(_watched()), value=chance.choice(VALUES), digest=digest(number)), now)
    told = {"version": str(number)}
    ledger.images.record(ImageRecord(digest=digest(number), first_seen=now, labels=told, chains={"linux/amd64": f"sha256:{number}"}))
    ledger.images.record_published(PublishedImage(digest=digest(number), platforms=("linux/amd64",)))
    ledger.known_lineages.keep(digest(number), "", f"{number}", form=FORM, now=now)
    ledger.provenances.keep(digest(number), [BuiltBy(where="here", builder=f"{number % 3}", source=NAMES[now.day % 2])], now)
    ledger.bases.record([_base(number, NAMES[now.day % 2], now)])
    ledger.base_looks.record([BaseLook(digest=digest(number), holes={f"CVE-{now:%d}": "high"}, is_whole=bool(number % 2), at=now)])
    ledger.layers.keep(f"sha256:{number}", FORM, bytes([number]))


def _base(number: int, name: str, now: datetime) -> BaseImage:
    chain = f"sha256:{number}"
    return BaseImage(digest=digest(number), manifest=digest(number), platform="", name=name, chain=chain, layers=1, first_seen=now)


def _look(ledger: Ledger, chance: random.Random, now: datetime) -> None:
    repo = chance.choice(REPOS)
    images = [name for name in NAMES if chance.random() < 0.7] or NAMES[:1]
    uses = [_use(repo, image, chance.choice(VALUES[:2]), line=chance.randrange(1, 9)) for image in images]
    ledger.uses.record([RepoLook(repo=repo, uses=uses)], now)
    # Another team for each day: which word on owners is the newer one, the ledger knows to a day.
    ledger.uses.record_owners([AppOwners(app=repo, name=repo, owners=(f"@team-{now:%d}",))])
    ledger.last_times.record([repo, "run"], now)


def _use(repo: str, image: str, tag: str, *, line: int) -> ImageUse:
    place = Place(app=repo, repo=repo, stage="production", role="image", file="values.yaml", image=image)
    return ImageUse(place=place, tag=tag, digest="", line=line, known_from=KnownFrom.PINNED)


def _open(ledger: Ledger, chance: random.Random, now: datetime) -> None:
    number = chance.randrange(20)
    base, own = f"sha256:{number % 3:0>64}", str(digest(100 + number))
    packages = [("libssl3", f"3.{minor}", base) for minor in range(number % 5 + 2)] + [("app", str(number), own)]
    contents = Contents(
        image="team/app",
        digest=digest(number),
        index_digest=digest(40 + number % 2),
        platform="linux/amd64",
        packages=tuple(Package(type="deb", name=name, version=version, layer=layer) for name, version, layer in packages),
        layers=tuple(Layer(diff_id=diff_id, digest=digest(9), size_bytes=1) for diff_id in (base, own)),
        not_read=(NotRead(what="a database", reason="it is too large"),) * chance.randrange(2),
    )
    ledger.contents.record(contents, form=FORM, now=now)


def _step(ledger: Ledger, chance: random.Random, now: datetime) -> None:
    key, new, url = chance.choice(UPDATES), chance.choice(VALUES), f"https://github.example/{chance.randrange(9)}"
    released = START - timedelta(days=chance.randrange(9))
    begun = [Event(key=key, step=Step.RELEASED, at=released, new=new), Event(key=key, step=Step.DETECTED, at=now, new=new)]
    ledger.events.record(begun)
    if chance.random() < 0.5:
        ledger.events.record_step(key.app, key.dependency, key.old, Step.PROPOSED, now, new=new, url=url)
    if chance.random() < 0.3:
        ledger.events.record_step(key.app, key.dependency, key.old, Step.MERGED, now, new=new, url=url)


def _learn(ledger: Ledger, chance: random.Random, now: datetime) -> None:
    name = chance.choice(NAMES)
    closes = Closes(severity=chance.choice(list(Severity)), said=f"closes {chance.randrange(9)} holes")
    ledger.step_holes.record({StepKey(name, "3.0", chance.choice(VALUES)): closes}, now)
    ledger.base_fixes.record(name, [BaseFix(hole=f"CVE-{chance.randrange(3)}", fix_known_since=START, built_at=now)])
    key = RebuildKey(app=chance.choice(REPOS), image="ghcr.io/acme/app:1", base=digest(chance.randrange(2)))
    step = chance.choice(list(RebuildStep))
    build = chance.randrange(3) if step is not RebuildStep.ASKED else 0
    ledger.rebuilds.record([RebuildEvent(key=key, attempt=chance.randrange(1, 3), step=step, at=now, build=build, said=str(build))])
