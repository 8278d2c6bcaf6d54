"""What an internal repository is a copy of, and what it lacks of that."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.model.base_lag import BaseLag, SameDigest
from bot.model.catalogue import Copy, Made
from bot.model.dependency import LONG_AGO
from bot.track.copies import Sight, Stood, lag, upstream_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
HUB = Copy(internal="reg.example/hub/*", upstream="docker.io/library/*")
OURS = Copy(internal="reg.example/hub/java", upstream="docker.io/library/eclipse-temurin", made=Made.BUILT)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("reg.example/hub/python", ("docker.io/library/python", HUB)),
        ("reg.example/hub/a/b", ("docker.io/library/a/b", HUB)),
        ("reg.example/hub/java", ("docker.io/library/eclipse-temurin", OURS)),
        ("reg.example/hub/", None),
        ("reg.example/hubs/python", None),
        ("docker.io/library/python", None),
    ],
)
def test_what_is_a_copy_of_what(image, expected):
    assert upstream_of([HUB, OURS], image) == expected


def told(
    *, tag="3.12.4", here=("3.12.4",), there=None, made=Made.COPIED, upstream="docker.io/library/python", may_use=lambda _: True, **more
):
    blank = BaseLag(image="reg.example/hub/python", tag=tag, upstream=upstream, known_by="bases.copies")
    seen = {"3.12.4": LONG_AGO} if there is None else there
    return lag(blank, Sight(here=frozenset(here), there=seen, **more), made, may_use)


STOOD = [Stood(digest="sha256:1", first_seen=NOW - 9 * DAY), Stood(digest="sha256:2", first_seen=NOW - 5 * DAY)]
NEWER = {"3.12.4": LONG_AGO, "3.12.5": NOW - 20 * DAY, "3.13.0": NOW - 3 * DAY, "3.13.0-slim": NOW, "3.14": NOW, "20260101.1.1": NOW}


def test_what_upstream_has_and_the_mirror_has_not():
    found = told(there=NEWER, digest="sha256:2", history=STOOD)

    assert (found.newest, found.missing, found.days(NOW)) == ("3.12.4", ("3.13.0", "3.12.5"), 20)
    assert found.same_digest is SameDigest.YES
    assert found.is_behind


def test_newer_ones_that_the_mirror_has_are_no_lag_though_apps_are_on_older_ones():
    found = told(here=("3.12.4", "3.13.0"), there=NEWER, digest="sha256:2", history=STOOD)

    assert (found.newest, found.missing, found.is_behind) == ("3.13.0", (), False)


def test_what_the_catalogue_forbids_is_nothing_that_teams_may_use():
    found = told(here=("3.12.4", "3.13.0"), there=NEWER, may_use=lambda tag: tag != "3.13.0", digest="sha256:2", history=STOOD)

    assert (found.newest, found.missing) == ("3.12.4", ("3.13.0", "3.12.5"))


@pytest.mark.parametrize(
    ("more", "same", "days"),
    [
        pytest.param({"digest": "sha256:2", "history": STOOD}, SameDigest.YES, None, id="the same"),
        pytest.param({"digest": "sha256:1", "history": STOOD}, SameDigest.BEHIND, 5, id="the one before"),
        pytest.param({"digest": "sha256:9", "history": STOOD}, SameDigest.OTHER, None, id="never upstream's"),
        pytest.param(
            {"digest": "sha256:9", "alike": frozenset({"sha256:2"}), "history": STOOD}, SameDigest.YES, None, id="of the same layers"
        ),
        pytest.param({"history": STOOD}, SameDigest.NOT_KNOWN, None, id="the copy's is not known"),
        pytest.param({"digest": "sha256:1"}, SameDigest.NOT_KNOWN, None, id="upstream's is not known"),
    ],
)
def test_a_copy_is_the_same_by_digest(more, same, days):
    found = told(**more)

    assert (found.same_digest, found.days(NOW)) == (same, days)
    assert found.is_behind is (same is SameDigest.BEHIND)
    assert bool(found.unknown) is (same is SameDigest.NOT_KNOWN)


def test_of_an_own_build_versions_are_compared_and_no_digests():
    found = told(tag="3.12.4-acme7", here=("3.12.4-acme7",), there=NEWER, made=Made.BUILT, digest="sha256:9", history=STOOD)

    assert (found.newest, found.missing, found.same_digest) == ("3.12.4-acme7", ("3.13.0", "3.12.5"), SameDigest.NOT_ASKED)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        pytest.param({"unlisted": "python was never listed"}, "python was never listed", id="upstream was never listed"),
        pytest.param({"tag": "latest"}, "tells no version", id="no version"),
        pytest.param({"here": ()}, "no tag like 3.12.4 that may be used", id="the mirror was never listed"),
    ],
)
def test_what_can_not_be_compared_is_no_lag_of_nothing(more, why):
    found = told(**{"there": NEWER, "digest": "sha256:2", "history": STOOD} | more)

    assert why in found.unknown
    assert found.missing == ()


def test_what_was_there_before_the_bot_watched_has_no_days():
    assert told(there={"3.12.4": LONG_AGO, "3.12.5": LONG_AGO}).days(NOW) is None
