"""Two histories become one: nothing is lost, whatever the order and however often."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from bot.clients.database import DatabaseError
from bot.ledger.history import Event, UpdateKey
from bot.ledger.ledger import Ledger
from bot.ledger.merge import merge
from bot.ledger.merging.events import woven
from bot.ledger.merging.forgotten import Event as Told
from bot.ledger.uses import RepoLook
from bot.model.dependency import Dependency, Release
from bot.model.exposure import Step
from bot.model.listing import Listing
from bot.model.use import ImageUse, KnownFrom, Place
from tests.ledgers import START, answers, digest, live, opened

DAY = timedelta(days=1)
PYTHON = Dependency(datasource="oci", name="docker.io/library/python")
SEEDS = range(3)


@pytest.fixture
def new(tmp_path: Path, empty: Path) -> Iterator[Callable[..., Path]]:
    """Makes files of ledgers, each with what happened in it."""
    count = iter(range(1000))

    def make(of: Path = empty) -> Path:
        return Path(shutil.copyfile(of, tmp_path / f"{next(count)}.sqlite3"))

    return make


def moments(chance: random.Random, first_day: int, last_day: int, count: int) -> list[list[datetime]]:
    """Times of three histories, no two at the same second."""
    seconds = chance.sample(range(first_day * 86400, last_day * 86400), 3 * count)
    return [sorted(START + timedelta(seconds=second) for second in seconds[start::3]) for start in range(3)]


def forks(new: Callable[..., Path], seed: int) -> list[Path]:
    """A history and three that went on from it, each by itself."""
    chance = random.Random(seed)
    base = new()
    with opened(base) as ledger:
        live(ledger, chance, moments(chance, 0, 5, 20)[0])
    found = [base]
    for times in moments(chance, 5, 12, 12):
        fork = new(base)
        with opened(fork) as ledger:
            live(ledger, chance, times)
        found.append(fork)
    return found


def merged(into: Path, *files: Path) -> dict[str, object]:
    with opened(into) as ledger:
        for file in files:
            merge(ledger, file)
        return answers(ledger)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_merges_does_not_matter(new, seed):
    base, *others = forks(new, seed)
    a, b, c = others
    pair = new(b)
    merged(pair, c)

    told = merged(new(a), b, c)

    assert merged(new(c), a, b) == told
    assert merged(new(b), c, a) == told
    assert merged(new(a), pair) == told
    assert merged(new(base), c, b, a) == told


@pytest.mark.parametrize("seed", SEEDS)
def test_a_second_time_and_an_older_copy_change_nothing(new, seed):
    base, a, b, _ = forks(new, seed)
    with opened(new(a)) as ledger:
        before = answers(ledger)
        assert merge(ledger, base).is_empty
        assert merge(ledger, a).is_empty
        assert answers(ledger) == before
        assert not merge(ledger, b).is_empty
        both = answers(ledger)
        assert merge(ledger, b).is_empty
        assert answers(ledger) == both


@pytest.mark.parametrize("seed", SEEDS)
def test_a_newer_copy_is_taken_over_as_it_is(new, seed):
    base, a, *_ = forks(new, seed)
    with opened(a) as ledger:
        told = answers(ledger)

    assert merged(base, a) == told


@pytest.mark.parametrize("seed", SEEDS)
def test_no_first_sight_is_lost_or_made_later(new, seed):
    _, *others = forks(new, seed)

    def sights(file: Path) -> dict[tuple[str, ...], int]:
        with closing(sqlite3.connect(file)) as database:
            query = "SELECT name, value, digest, first_seen FROM sightings JOIN dependencies ON id = dependency_id"
            return {tuple(row[:3]): row[3] for row in database.execute(query)}

    into = new(others[0])
    merged(into, *others[1:])

    every = [sights(file) for file in others]
    assert sights(into) == {key: min(one[key] for one in every if key in one) for one in every for key in one}


def test_into_every_kind_of_database(ledger, new):
    _, a, b, _ = forks(new, 1)

    merge(ledger, a)
    assert not merge(ledger, b).is_empty
    assert merge(ledger, b).is_empty

    assert answers(ledger) == merged(a, b)


def listed(ledger: Ledger, day: float, *values: str) -> None:
    releases = tuple(Release(dependency=PYTHON, value=value) for value in values)
    ledger.sightings.record_listing(Listing(dependency=PYTHON, releases=releases), START + day * DAY)


def lost(ledger: Ledger) -> tuple[str, ...]:
    return ledger.sightings.with_first_seen(Listing(dependency=PYTHON)).lost


@pytest.mark.parametrize("is_newer_first", [True, False], ids=["into the newer", "into the older"])
def test_what_the_newer_list_lacks_is_not_lost_a_second_time(new, is_newer_first):
    older, newer = new(), new()
    with opened(older) as ledger:
        listed(ledger, 9.9, "3.11", "3.12")
    with opened(newer) as ledger:
        listed(ledger, 9.8, "3.11", "3.12")
        listed(ledger, 10, "3.12")
        assert lost(ledger) == ("3.12",)

    into, file = (newer, older) if is_newer_first else (older, newer)
    with opened(into) as ledger:
        merge(ledger, file)
        assert lost(ledger) == ("3.12",)


def test_a_list_is_short_only_since_the_last_one_that_either_believed(new):
    a, b = new(), new()
    with opened(a) as ledger:
        listed(ledger, 1, "3.12")
        ledger.sightings.short_since(PYTHON, START + 2 * DAY)
    with opened(b) as ledger:
        listed(ledger, 3, "3.12")

    with opened(a) as ledger:
        merge(ledger, b)
        assert ledger.sightings.short_since(PYTHON, START + 9 * DAY) == START + 9 * DAY


PLACE = Place(app="acme/shop", repo="acme/shop", stage="ci", role="image", file="Dockerfile", image="docker.io/library/python")


def used(file: Path, *days: tuple[float, bool]) -> Path:
    use = ImageUse(place=PLACE, tag="3.12", digest=digest(1), line=1, known_from=KnownFrom.PINNED)
    with opened(file) as ledger:
        for day, is_there in days:
            ledger.uses.record([RepoLook(repo="acme/shop", uses=[use] if is_there else [])], START + day * DAY)
    return file


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        pytest.param([(0, True)], [(0, True), (3, False)], [(0, 0, 3)], id="one saw the end"),
        pytest.param([(0, True), (3, False)], [(0, True), (5, True)], [(0, 5, None)], id="gone, and seen again by the other"),
        pytest.param([(0, True), (3, False)], [(5, True)], [(0, 0, 3), (5, 5, None)], id="gone, and back"),
        pytest.param([(0, True), (3, False)], [(0, True), (5, True), (6, False)], [(0, 5, 6)], id="both saw an end"),
        pytest.param([(4, True)], [(2, True), (3, True)], [(2, 3, None), (4, 4, None)], id="not seen together"),
    ],
)
def test_uses_of_two_histories(new, mine, theirs, expected):
    a, b = used(new(), *mine), used(new(), *theirs)
    told = []
    for into, file in ((new(a), b), (new(b), a)):
        with opened(into) as ledger:
            merge(ledger, file)
            days = [
                [None if at is None else (at - START) // DAY for at in (one.since, one.last_seen, one.ended_at)]
                for one in ledger.uses.until(START + 99 * DAY)
            ]
            told.append([tuple(one) for one in days])

    assert told == [expected, expected]


def happened(*days_and_steps: tuple[int, str]) -> list[Told]:
    return [Told(START + day * DAY, step, "3.13", "") for day, step in days_and_steps]


def test_a_round_that_began_before_the_last_merge_stays_behind_it():
    """A release that was out already when the app came back to the old value."""
    base = happened((0, "released"), (2, "detected"), (5, "merged"))
    mine = [*base, *happened((0, "released"), (6, "detected"))]
    theirs = [*base, *happened((0, "released"), (7, "detected"))]

    last = happened((6, "detected"), (0, "released"), (7, "detected"))
    assert woven(mine, theirs) == woven(theirs, mine) == [*base, *last]
    assert woven(mine, base) == mine


def test_equal_events_are_there_once(new):
    a, b = new(), new()
    key = UpdateKey(app="acme/shop", dependency="oci: python", old="3.11")
    for file in (a, b):
        with opened(file) as ledger:
            ledger.events.record([Event(key=key, step=Step.MERGED, at=START, new="3.12")])

    with opened(a) as ledger:
        assert merge(ledger, b).is_empty
        assert len(ledger.events.events_since(Step.MERGED, START)) == 1


SHOP = UpdateKey(app="acme/shop", dependency="oci: python", old="3.11")


def saw(file: Path, *steps: tuple[int, Step, str]) -> Path:
    """What runs of its own days recorded of one update."""
    with opened(file) as ledger:
        for day, step, url in steps:
            ledger.events.record([Event(key=SHOP, step=step, at=START + day * DAY, new="3.12", url=url)])
    return file


def test_a_proposal_that_the_other_history_knew_to_be_merged_begins_no_round_without_its_detection(new):
    a = saw(new(), (3, Step.DETECTED, ""), (7, Step.PROPOSED, "u"))
    b = saw(new(), (3, Step.DETECTED, ""), (5, Step.MERGED, ""))

    with opened(a) as ledger:
        merge(ledger, b)
        both = ledger.events.histories([SHOP.app])[SHOP]
        ledger.events.record([Event(key=SHOP, step=Step.DETECTED, at=START + 9 * DAY, new="3.12")])
        again = ledger.events.histories([SHOP.app])[SHOP]

    assert (both.is_over, both.began_at) == (True, START + 3 * DAY)
    assert (again.is_over, again.began_at) == (False, START + 9 * DAY)


@pytest.mark.parametrize(
    ("urls", "days"),
    [
        pytest.param(("", ""), [10], id="seen first"),
        pytest.param(("", "u"), [11], id="with the pull request"),
        pytest.param(("u", "v"), [10, 11], id="two"),
    ],
)
def test_a_merge_that_both_saw_counts_once(new, urls, days):
    a, b = (
        saw(new(), (3, Step.DETECTED, ""), (7, Step.PROPOSED, "u"), (day, Step.MERGED, url))
        for day, url in zip((10, 11), urls, strict=True)
    )

    with opened(new(a)) as one, opened(new(b)) as other:
        merge(one, b)
        merge(other, a)
        found = [[(event.at - START).days for event in ledger.events.events_since(Step.MERGED, START)] for ledger in (one, other)]
        assert merge(one, b).is_empty

    assert found == [days, days]


def test_a_look_ends_every_use_that_two_histories_left_open(new):
    use = ImageUse(
        place=Place(app="acme/shop", repo="acme/shop", image="docker.io/library/python"), tag="3.12", known_from=KnownFrom.PINNED
    )
    a, b = new(), new()
    for file, days in ((a, (0, 3)), (b, (6, 7))):
        with opened(file) as ledger:
            for day in days:
                ledger.uses.record([RepoLook(repo="acme/shop", uses=[use])], START + day * DAY)

    with opened(a) as ledger:
        merge(ledger, b)
        ledger.uses.record([RepoLook(repo="acme/shop", uses=[])], START + 8 * DAY)
        ended = [known.ended_at for known in ledger.uses.until(START + 99 * DAY)]

    assert ended == [START + 8 * DAY] * 2


def without_table(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("DROP TABLE alembic_version")


def of_a_later_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9000'")


def with_text_for_a_time(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("INSERT INTO last_times VALUES ('run', 'yesterday')")


def with_a_row_of_nothing(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("INSERT INTO sightings VALUES (77, '3.12', '', 0, 0)")


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:9000])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(Path.unlink, "check that it is there", id="not there"),
        pytest.param(lambda file: file.write_bytes(b""), "no SQLite database", id="empty file"),
        pytest.param(lambda file: file.write_text("<html>" * 999), "no SQLite database", id="a web page"),
        pytest.param(without_table, "no ledger", id="another database"),
        pytest.param(of_a_later_version, "newer version", id="newer"),
        pytest.param(cut_off, "damaged", id="cut off"),
        pytest.param(with_text_for_a_time, "damaged", id="text for a time"),
        pytest.param(with_a_row_of_nothing, "damaged", id="a row of nothing"),
    ],
)
def test_what_is_no_good_ledger_is_refused_in_words_and_nothing_is_written(ledger, new, spoil, said):
    file = used(new(), (0, True))
    with opened(file) as spoiled:
        listed(spoiled, 1, "3.12")
    spoil(file)
    before = answers(ledger)

    with pytest.raises(DatabaseError, match=said) as refused:
        merge(ledger, file)

    assert str(refused.value).startswith(f"{file}: ")
    assert answers(ledger) == before


def test_the_file_is_only_read_and_its_write_ahead_log_too(ledger, new, tmp_path):
    file = used(new(), (0, True))
    with opened(file) as writing:
        listed(writing, 1, "3.12")
        (tmp_path / "left").mkdir()
        left = [Path(shutil.copyfile(one, tmp_path / "left" / one.name)) for one in sorted(tmp_path.glob(f"{file.name}*"))]
    before = {one.name: one.read_bytes() for one in left}
    assert before[f"{file.name}-wal"]

    merge(ledger, tmp_path / "left" / file.name)

    assert ledger.sightings.listed_at(PYTHON) == START + DAY
    assert {one.name: one.read_bytes() for one in (tmp_path / "left").iterdir()} == before


def test_a_ledger_of_an_older_version_is_brought_up_to_date_in_a_copy(ledger, new):
    file = used(new(), (0, True))
    with opened(file) as older:
        listed(older, 1, "3.12")
    engine = create_engine(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", "bot.ledger:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
    engine.dispose()
    before = file.read_bytes()

    merge(ledger, file)

    assert ledger.sightings.listed_at(PYTHON) == START + DAY
    assert file.read_bytes() == before
