"""Over made-up pairs of base and app: never a wrong base, and most of them told (`python -m tests.bench.lineage` prints the tables)."""

import pytest

from bot.model.lineage import Confidence
from tests.bench.lineage import is_unknowable
from tests.lineage_pairs import outcomes


@pytest.mark.parametrize("seed", range(4))
def test_no_base_that_is_told_is_wrong_and_most_are_told(seed):
    found = outcomes(250, seed=seed)

    assert [one for one in found if one.is_wrong and not is_unknowable(one)] == []
    standing = [one for one in found if one.pair.stands_on is not None]
    assert sum(one.lineage.base is not None for one in standing) > 0.9 * len(standing)
    assert sum(one.confidence is Confidence.PROVED for one in standing) > 0.25 * len(standing)
    assert all(one.lineage.unknown for one in found if one.lineage.base is None)
