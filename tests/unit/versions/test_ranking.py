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


@pytest.mark.parametrize(
    ("current", "values", "relation"),
    [
        pytest.param("2.11a", ["2.12"], Relation.OTHER_FORM, id="a letter"),
        pytest.param("2.11", ["2.12a"], Relation.OTHER_FORM, id="a letter of a higher version"),
        pytest.param("2.11a", ["2.11"], Relation.OTHER_LINE, id="a letter of the same version"),
        pytest.param("2.11", ["2.11a"], Relation.OTHER_LINE, id="what it counts is not told"),
        pytest.param("2.11a-alpine", ["2.12"], Relation.OTHER_LINE, id="a letter, and another variant"),
        pytest.param(
            "2.11a", ["2.12", "2.11", "2.10c", "2.9"], Relation.OTHER_FORM, id="letters that may be an alpha, a beta, a candidate"
        ),
        pytest.param("2.11a", ["2.12", "2.11", "2.10d", "2.9"], Relation.NEWER, id="letters that count patches"),
        pytest.param("2.11a", ["2.12", "2.10d", "2.9"], Relation.OTHER_FORM, id="letters of versions that are never without"),
        pytest.param("8.8.0-alpha8.1", ["8.8.3"], Relation.OTHER_FORM, id="a prerelease of parts"),
        pytest.param("8.8.0-alpha8.1", ["8.8.0"], Relation.OTHER_FORM, id="its own final"),
        pytest.param("8.8.0-alpha8.1", ["8.7.9"], Relation.OTHER_LINE, id="a final below it"),
        pytest.param("8.8.0-alpha8.1", ["8.8.3", "8.8.0-alpha8"], Relation.NEWER, id="the same prerelease without its part"),
        pytest.param("8.8.0-alpha8.1", ["8.8.0-alpha9", "8.8.0-alpha8"], Relation.NEWER, id="the next prerelease"),
        pytest.param("8.8.0-alpha8.1", ["8.8.3", "8.8.0-alpha7"], Relation.OTHER_FORM, id="another prerelease without parts"),
        pytest.param("8.7.0", ["8.8.0-alpha8.1"], Relation.OTHER_LINE, id="from a final to a prerelease"),
        pytest.param("6.2.3", ["2025.1.1"], Relation.OTHER_FORM, id="a year"),
        pytest.param("6.2.3", ["2025.1"], Relation.OTHER_LINE, id="a year, and another precision"),
        pytest.param("6.2.3-slim", ["2025.1.1-rc1-slim"], Relation.OTHER_LINE, id="a prerelease of a year"),
        pytest.param("2025.1.1", ["6.2.3"], Relation.OTHER_LINE, id="back from years"),
        pytest.param("5.15-20230912.113936", ["6.1-20230912.113936"], Relation.OTHER_LINE, id="another version that is built again"),
    ],
)
def test_other_forms_of_one_numbering_are_undecided_unless_the_repository_tells(current, values, relation):
    assert dict(relations(current, [current, *values]))[values[0]] is relation
