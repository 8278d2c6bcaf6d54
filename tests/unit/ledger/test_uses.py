"""Which image is in use where, since when, until when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.ledger.uses import RepoLook, Unread
from bot.model.use import AppOwners, ImageUse, KnownFrom, Place

START = datetime(2026, 3, 1, 6, tzinfo=UTC)
DAY = timedelta(days=1)
A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
SHOP = Place(app="acme/shop", repo="acme/shop", stage="production", role="image", file="prod/values.yaml", image="docker.io/library/python")


def use(digest=A, *, tag="3.12", place=SHOP, line=3, known_from=KnownFrom.PINNED) -> ImageUse:
    return ImageUse(place=place, tag=tag, digest=digest, line=line, known_from=known_from)


def by_tag(digest="", **more) -> ImageUse:
    return use(digest, known_from=KnownFrom.TAGGED, **more)


def look(ledger, at, *uses, unread=(), repo="acme/shop") -> None:
    ledger.uses.record([RepoLook(repo=repo, uses=uses, unread=unread)], at)


def told(ledger):
    """Digest letter, first seen, last seen and ended as days since the start."""

    def day(at):
        return None if at is None else (at - START) // DAY

    return [(one.use.digest[-1:], day(one.since), day(one.last_seen), day(one.ended_at)) for one in ledger.uses.until(START + 1000 * DAY)]


def test_a_use_begins_is_seen_again_and_ends(ledger):
    look(ledger, START, use(A))
    look(ledger, START + DAY, use(A, line=9))
    look(ledger, START + 2 * DAY, use(B))
    look(ledger, START + 3 * DAY)

    assert told(ledger) == [("a", 0, 1, 2), ("b", 2, 2, 3)]
    first = ledger.uses.until(START + DAY)[0]
    assert (first.use, len(ledger.uses.until(START + DAY))) == (use(A, line=9), 1)


def test_what_comes_back_is_a_use_of_its_own(ledger):
    for day, digest in enumerate([A, B, A]):
        look(ledger, START + day * DAY, use(digest))

    assert told(ledger) == [("a", 0, 0, 1), ("b", 1, 1, 2), ("a", 2, 2, None)]


def test_within_a_day_nothing_is_written_twice_and_a_clock_that_goes_back_changes_nothing(ledger):
    for at in (START, START + timedelta(hours=9), START - DAY):
        look(ledger, at, use(A))

    assert [one.last_seen for one in ledger.uses.until(START + DAY)] == [START]


def test_nothing_ends_in_a_repo_that_was_not_read(ledger):
    other = Place(app="acme/blog", repo="acme/blog", file="Dockerfile", image="docker.io/library/python")
    look(ledger, START, use(A))
    look(ledger, START, use(A, place=other), repo="acme/blog")
    look(ledger, START + DAY, repo="acme/blog")

    assert sorted(told(ledger), key=str) == [("a", 0, 0, 1), ("a", 0, 0, None)]


@pytest.mark.parametrize(
    ("unread", "is_kept"),
    [
        pytest.param(Unread(path="prod/values.yaml"), True, id="the file can't be read"),
        pytest.param(Unread(path="prod"), True, id="the folder can't be read"),
        pytest.param(Unread(path="prod/values.yaml", text="library/python:$VERSION"), True, id="a variable stands in its place"),
        pytest.param(Unread(path="prod/values.yaml", text="busybox:$VERSION"), False, id="another image can't be read"),
        pytest.param(Unread(path="test/values.yaml"), False, id="another file can't be read"),
        pytest.param(Unread(path="pro"), False, id="another folder can't be read"),
    ],
)
def test_what_could_not_be_read_is_not_gone(ledger, unread, is_kept):
    look(ledger, START, use(A))
    look(ledger, START + DAY, unread=[unread])

    assert told(ledger) == [("a", 0, 0, None if is_kept else 1)]


def test_what_has_given_way_to_another_is_gone_whatever_else_the_file_holds(ledger):
    look(ledger, START, use(A))
    look(ledger, START + DAY, use(B), unread=[Unread(path="prod/values.yaml", text="python:$VERSION")])

    assert told(ledger) == [("a", 0, 0, 1), ("b", 1, 1, None)]


class TestByTag:
    def test_a_tag_whose_digest_is_not_known_today_stands_where_it_stood(self, ledger):
        look(ledger, START, by_tag(A))
        look(ledger, START + DAY, by_tag(""))

        assert told(ledger) == [("a", 0, 1, None)]

    def test_a_tag_that_moves_is_another_use(self, ledger):
        look(ledger, START, by_tag(""))
        look(ledger, START + DAY, by_tag(A))
        look(ledger, START + 2 * DAY, by_tag(B))

        assert told(ledger) == [("", 0, 0, 1), ("a", 1, 1, 2), ("b", 2, 2, None)]


def test_a_pin_that_stands_twice_in_a_file_is_one_use_at_its_first_line(ledger):
    look(ledger, START, use(A, line=30), use(A, line=4), use(B, line=50))

    assert [(one.use.digest, one.use.line) for one in ledger.uses.until(START + DAY)] == [(A, 4), (B, 50)]


def test_what_stood_in_the_stages_of_an_app_is_found_by_its_name(ledger):
    chart = replace(SHOP, image="helm: https://charts.example#redis", role="chart")
    elsewhere, unstaged = replace(SHOP, app="acme/blog", repo="acme/blog"), replace(SHOP, stage="", file="Dockerfile")
    ledger.uses.record_owners([AppOwners(app="acme/shop", name="shop"), AppOwners(app="acme/blog", name="blog")])
    written = use("", tag="18.0.0", place=chart, known_from=KnownFrom.WRITTEN)
    look(ledger, START, use(A), written, use(A, place=unstaged))
    look(ledger, START, use(A, place=elsewhere), repo="acme/blog")
    look(ledger, START + DAY, use(B), written)

    found = ledger.uses.in_stages(["shop", "unknown"])
    assert {(one.app, one.known.use.tag, one.known.use.digest[-1:], one.known.ended_at is None) for one in found} == {
        ("shop", "3.12", "a", False),
        ("shop", "3.12", "b", True),
        ("shop", "18.0.0", "", True),
    }
    assert written not in [one.use for one in ledger.uses.until(START + 9 * DAY)]
    assert ledger.uses.images_by_repo()["acme/shop"] == {SHOP.image}


def test_the_time_of_the_record_is_told(ledger):
    assert ledger.uses.recorded() is None

    look(ledger, START, use(A))
    look(ledger, START + 5 * DAY, use(A), use(B))

    assert ledger.uses.recorded() == (START, START + 5 * DAY)


def test_owners_are_those_that_the_last_run_knew(ledger):
    shop, blog = AppOwners(app="acme/shop", name="shop", owners=("@acme/a",)), AppOwners(app="acme/blog", name="blog")
    ledger.uses.record_owners([shop, blog])
    moved = AppOwners(app="acme/shop", name="store", owners=("@acme/b", "@c"))
    ledger.uses.record_owners([moved])

    assert ledger.uses.owners() == {"acme/shop": moved, "acme/blog": blog}


def test_many_uses_are_recorded_in_one_go_and_hostile_names_are_no_fault(ledger):
    def place(number):
        return replace(SHOP, file=f"{number}\0\ud800" + "x" * 5000 * (number % 7))

    uses = [use(A, place=place(number)) for number in range(1200)]
    look(ledger, START, *uses)
    look(ledger, START + DAY, *uses[:600])

    known = ledger.uses.until(START + 9 * DAY)
    assert (len(known), sum(one.ended_at is None for one in known)) == (1200, 600)
