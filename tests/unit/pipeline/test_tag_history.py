"""What a tag stood at, by the ledger's sights."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from bot.ledger.ledger import Ledger
from bot.model.dependency import OCI, Dependency, Release
from bot.model.image import Digest
from bot.pipeline.tag_history import spans_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SHOP = Dependency(datasource=OCI, name="ghcr.io/acme/shop")


def digest(number):
    return Digest(f"sha256:{number:064x}")


def ago(moment):
    return None if moment is None else (NOW - moment).days


LOOKS = {
    "one after another": ([(30, 1), (20, 1), (10, 2), (9, 2), (3, 3), (0, 3)], [(1, 30, 10), (2, 10, 3), (3, 3, None)]),
    "one at one look only": ([(10, 1), (9, 2), (8, 3), (0, 3)], [(1, 10, 9), (2, 9, 8), (3, 8, None)]),
    "went back": ([(30, 1), (20, 2), (12, 2), (10, 1), (0, 1)], [(1, 30, None), (2, 20, 12)]),
    "went back and on": ([(30, 1), (20, 2), (12, 2), (10, 1), (5, 1), (3, 3), (0, 3)], [(1, 30, 5), (2, 20, 12), (3, 3, None)]),
    "nothing": ([], []),
}


@pytest.mark.parametrize(("looks", "expected"), LOOKS.values(), ids=LOOKS.keys())
def test_the_spans_of_a_tag(looks, expected):
    with closing(Ledger.open("sqlite://")) as ledger:
        ledger.sightings.seen(Release(dependency=SHOP, value="other", digest=digest(9)), NOW - timedelta(days=90))
        for days, number in looks:
            ledger.sightings.seen(Release(dependency=SHOP, value="qa", digest=digest(number)), NOW - timedelta(days=days))
        spans = spans_of(ledger.sightings.history_of(SHOP, "qa"))

    numbers = {str(digest(number)): number for number in (1, 2, 3)}
    assert [(numbers[span.digest], ago(span.since), ago(span.until)) for span in spans] == expected
