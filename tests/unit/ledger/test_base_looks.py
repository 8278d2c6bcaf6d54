"""What was found in bases, and which packages opened images hold."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.ledger.ledger import Ledger
from bot.model.base_look import BaseLook
from bot.model.contents import Contents, Layer, Package
from bot.model.image import Digest

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LOOK = BaseLook(
    digest="sha256:1", system="Debian 12", ends=date(2028, 6, 30), built_at=NOW, holes={"CVE-2026-1": "high"}, is_whole=True, at=NOW
)


@pytest.fixture
def ledger():
    with closing(Ledger.open("sqlite://")) as made:
        yield made


def test_the_last_look_counts_and_is_kept_to_a_day(ledger):
    ledger.base_looks.record([LOOK])
    later = replace(LOOK, holes={}, is_whole=False, at=NOW + timedelta(days=1, hours=3))
    ledger.base_looks.record([later])

    assert ledger.base_looks.of(["sha256:1", "sha256:2"]) == {"sha256:1": replace(later, at=NOW + timedelta(days=1))}


def test_more_holes_than_are_kept_are_not_the_whole(ledger):
    ledger.base_looks.record([replace(LOOK, holes={f"CVE-{number}": "low" for number in range(5_001)})])
    kept = ledger.base_looks.of(["sha256:1"])["sha256:1"]

    assert (len(kept.holes), kept.is_whole) == (5_000, False)


def image(number, names):
    digest, layer = Digest(f"sha256:{number:064x}"), f"sha256:{'a' * 64}"
    packages = tuple(Package(type="deb", name=name, version="1", namespace="debian", layer=layer) for name in names)
    return Contents(
        image="x", digest=digest, layers=(Layer(diff_id=layer, digest=digest, size_bytes=1),), packages=packages, created_at=NOW
    )


def test_which_packages_an_image_holds_whatever_its_layer_lost(ledger):
    names = [f"p{number}" for number in range(10)]
    for number, held in enumerate([names, names[:-1], []]):
        ledger.contents.record(image(number, held), form="1", now=NOW)
    ids = {digest: images[0].id for digest, images in ledger.contents.opened().items()}

    found = ledger.contents.packages_in(ids.values())

    told = {number: sorted(one.name for one in found.get(ids[image(number, ()).digest], ())) for number in range(3)}
    assert told == {0: names, 1: names[:-1], 2: []}
    assert ledger.contents.built()[image(0, ()).digest] == NOW
