"""All values of one dependency against the one in use."""

import pytest

from bot.versions import SCHEMES
from bot.versions.ranking import Relation, rank


def relations(current, values, scheme="docker"):
    ranking = rank(SCHEMES[scheme].taught(values), current, values)
    return [(entry.value, entry.relation) for entry in ranking.entries]


def test_newest_first_and_others_behind():
    values = ["1.2", "latest", "1.10.0", "1.2.0", "1.3.0", "1.1.0"]

    assert relations("1.2.0", values) == [
        ("1.10.0", Relation.NEWER),
        ("1.3.0", Relation.NEWER),
        ("1.2.0", Relation.CURRENT),
        ("1.1.0", Relation.OLDER),
        ("1.2", Relation.OTHER_LINE),
        ("latest", Relation.NOT_A_VERSION),
    ]


def test_order_of_the_listing_does_not_matter():
    values = ["1.05.0", "1.5.0", "1.06.0", "1.6.0", "1.10.0"]

    assert relations("1.05.0", values) == relations("1.05.0", values[::-1])


@pytest.mark.parametrize(
    ("scheme", "current", "values", "first"),
    [
        pytest.param("docker", "1.05.0", ["1.6.0", "1.06.0"], "1.06.0", id="zero-padding-kept"),
        pytest.param("docker", "1.5.0", ["1.06.0", "1.6.0"], "1.6.0", id="no-zero-padding-kept"),
        pytest.param("semver", "v1.5.0", ["1.6.0", "v1.6.0"], "v1.6.0", id="v-kept"),
        pytest.param("semver", "1.5.0", ["v1.6.0", "1.6.0"], "1.6.0", id="no-v-kept"),
    ],
)
def test_spelling_of_the_newest(scheme, current, values, first):
    assert relations(current, values, scheme=scheme)[0][0] == first
    assert relations(current, values[::-1], scheme=scheme)[0][0] == first


@pytest.mark.parametrize(
    ("current", "value", "relation"),
    [
        ("1.2.3-abc1234", "1.2.3-def5678", Relation.NO_ORDER),
        ("1.05.0", "1.5.0", Relation.CURRENT),
    ],
)
def test_same_version_in_another_text(current, value, relation):
    assert relations(current, [value]) == [(value, relation)]


@pytest.mark.parametrize(
    ("current", "values", "strays"),
    [
        pytest.param("4.6.3", ["4.6.0", "4.6.4", "5.0.0", "14.3.9"], {"14.3.9"}, id="stray-above-all"),
        pytest.param("4.6.3", ["4.6.3", "4.6.4", "14.3.9", "20.04.1"], {"14.3.9", "20.04.1"}, id="as-many-strays"),
        pytest.param("1.2.0", ["1.2.0", "2.0.0", "10.0.0"], set(), id="two-to-ten"),
        pytest.param("14.3.9", ["4.6.0", "4.6.4", "5.0.0", "14.4.0"], set(), id="pin-is-above-it-already"),
        pytest.param("1.13.1", ["1.13.1", "17.3.0", "17.6.0", "18.1.0"], set(), id="the-new-numbering-is-in-use"),
        pytest.param("5.7.1", ["5.6.0", "5.7.1", "5.7.2", "8.0.1"], set(), id="five-to-eight"),
        pytest.param("123", ["120", "121", "123", "900"], set(), id="lone-numbers-count"),
    ],
)
def test_strays(current, values, strays):
    assert {value for value, relation in relations(current, values) if relation is Relation.STRAY} == strays
