"""What is in use, listed or open stays whatever its age; of the rest all that is kept no longer goes, and no reader is told otherwise."""

import random
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from bot.ledger.history import LAST, Event, UpdateKey, history, rounds
from bot.ledger.last_times import RUN, scan_of
from bot.ledger.ledger import Ledger
from bot.ledger.merge import merge
from bot.ledger.step_holes import StepKey
from bot.ledger.tables import EVENTS, METADATA
from bot.ledger.tidy import is_due, rehearse, tidy
from bot.ledger.tidying.events import Recorded, outlived
from bot.ledger.uses import RepoLook
from bot.model.dependency import Dependency, Release
from bot.model.exposure import Closes, End, Step
from bot.model.keep import Keep
from bot.model.listing import Listing
from bot.model.severity import Severity
from bot.model.use import ImageUse, KnownFrom, Place
from tests.ledgers import START, answers, digest, live, opened

DAY = timedelta(days=1)
KEEP = Keep(updates=400 * DAY, passed_over=30 * DAY, uses=800 * DAY, sights=400 * DAY, contents=90 * DAY)
PYTHON = Dependency(datasource="oci", name="docker.io/library/python")
HELM = Dependency(datasource="helm", name="https://charts.example#redis")
KEY = UpdateKey(app="acme/shop", dependency=str(PYTHON), old="3.0")


def listed(ledger, day, *values, of=PYTHON):
    ledger.sightings.record_listing(
        Listing(dependency=of, releases=tuple(Release(dependency=of, value=value) for value in values)), START + day * DAY
    )


def stood(ledger, day, value, number, of=PYTHON):
    return ledger.sightings.seen(Release(dependency=of, value=value, digest=digest(number)), START + day * DAY)


def used(ledger, day, *uses, repo="acme/shop"):
    place = Place(app=repo, repo=repo, stage="production", role="image", file="values.yaml", image=PYTHON.name)
    named = [ImageUse(place=place, tag=tag, digest=at, line=1, known_from=KnownFrom.PINNED) for tag, at in uses]
    ledger.uses.record([RepoLook(repo=repo, uses=named)], START + day * DAY)


def first_seen(ledger, value, of=PYTHON):
    release = Release(dependency=of, value=value)
    seen = ledger.sightings.with_first_seen(Listing(dependency=of, releases=(release,))).releases[0].first_seen
    return None if seen is None else (seen - START) // DAY


def digests(ledger, value):
    return [int(one.digest[-4:], 16) for one in ledger.sightings.history_of(PYTHON, value)]


def tidied(ledger, day):
    return {one.table: one.deleted for one in tidy(ledger, KEEP, START + day * DAY).tables if one.deleted}


@pytest.mark.parametrize(
    ("last_list", "in_use", "of", "expected"),
    [
        pytest.param(900, "3.12", PYTHON, None, id="taken away and in no use"),
        pytest.param(900, "3.11", PYTHON, 1, id="taken away and in use"),
        pytest.param(300, "3.12", PYTHON, 1, id="the last list that lacks it is near its last sight"),
        pytest.param(900, None, PYTHON, 1, id="of an image whose uses are not known"),
        pytest.param(900, "3.12", HELM, 1, id="of another kind, whose uses are not recorded"),
    ],
)
def test_a_value_goes_only_where_its_publisher_took_it_away_long_ago_and_no_file_names_it(ledger, last_list, in_use, of, expected):
    listed(ledger, 0, "3.10", of=of)
    listed(ledger, 1, "3.10", "3.11", "3.12", of=of)
    listed(ledger, 2, "3.10", "3.12", of=of)
    listed(ledger, last_list, "3.10", "3.12", of=of)
    if in_use:
        used(ledger, 5, (in_use, ""))

    tidied(ledger, 2000)

    assert first_seen(ledger, "3.11", of) == expected
    assert first_seen(ledger, "3.12", of) == 1


def test_a_list_that_is_not_believed_takes_nothing_away(ledger):
    listed(ledger, 0, "3.10", "3.11")
    listed(ledger, 900, "3.10")
    used(ledger, 900, ("3.10", ""))
    ledger.sightings.short_since(PYTHON, START + 900 * DAY)

    assert "sightings" not in tidied(ledger, 2000)


def test_digests_that_a_tag_left_go_but_the_last_one_stays_so_that_the_next_is_new(ledger):
    listed(ledger, 0, "3.12")
    for day, number in ((0, 1), (1, 2), (500, 3)):
        stood(ledger, day, "3.12", number)
    used(ledger, 5, ("3.12", str(digest(3))))

    tidied(ledger, 3000)

    assert digests(ledger, "3.12") == [3]
    assert stood(ledger, 3000, "3.12", 4).first_seen == START + 3000 * DAY
    assert stood(ledger, 3001, "3.12", 1).first_seen == START + 3001 * DAY


def test_a_digest_in_use_stays_with_all_that_tells_whether_it_was_taken_back(ledger):
    listed(ledger, 0, "3.12")
    for day, number in ((0, 9), (1, 1), (3, 2), (5, 1), (900, 3)):
        stood(ledger, day, "3.12", number)
    used(ledger, 6, ("3.12", str(digest(2))))
    before = ledger.sightings.digests_of(PYTHON, "3.12")

    tidied(ledger, 900)

    assert digests(ledger, "3.12") == [1, 2, 3]
    assert [one for one in before if one.digest != digest(9)] == list(ledger.sightings.digests_of(PYTHON, "3.12"))


def test_a_clock_that_is_ahead_makes_nothing_old(ledger):
    used(ledger, 0, ("3.12", ""))
    used(ledger, 1)
    ledger.last_times.record([RUN], START + 2 * DAY)

    assert tidied(ledger, 9000) == {}


def test_uses_that_ended_go_and_of_the_days_before_nothing_is_known_then(ledger):
    used(ledger, 0, ("3.11", ""), repo="acme/old")
    used(ledger, 0, ("3.11", ""))
    used(ledger, 10, ("3.12", ""))
    used(ledger, 10, repo="acme/old")
    used(ledger, 1500, ("3.12", ""))

    gone = tidied(ledger, 1500)

    assert gone == {"image_uses": 2, "image_places": 1}
    assert [use.use.tag for use in ledger.uses.until(START + 2000 * DAY)] == ["3.12"]
    assert ledger.uses.recorded() == (START + 700 * DAY, START + 1500 * DAY)


def step(ledger, day, step_, new, *, url="", at=None):
    event = Event(key=KEY, step=step_, at=START + (day if at is None else at) * DAY, new=new, url=url)
    ledger.events.record([event])


def test_steps_to_passed_over_releases_go_and_the_clock_stays(ledger):
    for day, new in ((0, "3.1"), (50, "3.2"), (100, "3.3")):
        step(ledger, day, Step.RELEASED, new, at=day - 1)
        step(ledger, day, Step.DETECTED, new)
        step(ledger, day, Step.PROPOSED, new, url="https://github.example/1")
        ledger.step_holes.record({StepKey(str(PYTHON), "3.0", new): Closes(severity=Severity.HIGH, said=new)}, START + day * DAY)
    before = ledger.events.histories(["acme/shop"])

    gone = tidied(ledger, 400)

    assert gone == {"events": 3}
    assert ledger.events.histories(["acme/shop"]) == before
    assert len(ledger.step_holes.of([StepKey(str(PYTHON), "3.0", new) for new in ("3.1", "3.2", "3.3")])) == 3
    assert tidied(ledger, 400) == {}


def test_a_round_that_is_over_goes_and_one_that_began_after_it_stays(ledger):
    for day, kind in ((0, Step.DETECTED), (1, Step.MERGED), (300, Step.DETECTED)):
        step(ledger, day, kind, "3.1")
    ledger.step_holes.record({StepKey(str(PYTHON), "2.0", "3.0"): Closes(severity=Severity.HIGH, said="x")}, START)
    before = ledger.events.histories(["acme/shop"])

    assert tidied(ledger, 402) == {"events": 2, "step_holes": 1, "step_severities": 3}
    assert ledger.events.histories(["acme/shop"]) == before


def recorded(events):
    return [Recorded(id=number, step=one.step, at=one.at, new=one.new, url=one.url, stage=one.stage) for number, one in enumerate(events)]


@pytest.mark.parametrize("seed", range(200))
def test_no_clock_and_no_merge_changes_before_its_round_goes(seed):
    chance = random.Random(seed)
    kinds = [Step.RELEASED, Step.DETECTED, Step.DETECTED, Step.PROPOSED, Step.MERGED, Step.REBUILT, Step.DEPLOYED, Step.ENDED]
    events = [
        Event(
            key=KEY,
            step=(kind := chance.choice(kinds)),
            stage=chance.choice(["qa", "production"]) if kind is Step.DEPLOYED else "",
            why=End.DEPLOYED if kind is Step.ENDED else "",
            at=START + chance.randrange(max(day - 40, 0), day + 1) * DAY,
            new=chance.choice("abc"),
            url=chance.choice(["", "u", "v"]),
        )
        for day in sorted(chance.choices(range(600), k=chance.randrange(1, 25)))
    ]
    now = START + 650 * DAY

    gone = outlived(recorded(events), KEEP, now)
    left = [event for number, event in enumerate(events) if number not in gone]

    ends = [event for event in events if event.step in LAST and event.at >= now - KEEP.updates]
    assert [event for event in left if event.step in LAST and event.at >= now - KEEP.updates] == ends
    last = rounds(events)[KEY]
    is_over = any(event.step in LAST for event in last)
    if not is_over or max(event.at for event in last if event.step in LAST) >= now - KEEP.updates:
        assert history(rounds(left)[KEY]) == history(last)
    assert not outlived(recorded(left), KEEP, now)


@pytest.mark.parametrize("seed", range(6))
def test_each_update_is_looked_at_of_which_any_step_may_go(ledger, seed):
    chance = random.Random(seed)
    keys = [replace(KEY, app=f"acme/{app}", old=old) for app in range(60) for old in ("1", "2")]
    told = []
    for key in keys:
        news = chance.choice([["a"], ["", "a"], ["a", "b"], ["a", "b", "c"]])
        days = sorted(chance.choices(range(0, 600, chance.choice([5, 200])), k=chance.randrange(1, 7)))
        told += [Event(key=key, step=chance.choice(list(Step)), at=START + day * DAY, new=chance.choice(news)) for day in days]
    with ledger.database.writing() as connection:
        rows = [
            {"app": one.key.app, "dependency": one.key.dependency, "old": one.key.old, "step": one.step.value}
            | {"at": one.at, "new": one.new, "url": one.url}
            for one in told
        ]
        connection.execute(EVENTS.insert(), rows)
    now = START + 610 * DAY
    expected = sum(len(outlived(recorded([one for one in told if one.key == key]), KEEP, now)) for key in keys)

    assert tidied(ledger, 610) == {"events": expected}


def test_holes_that_rows_leave_are_given_back_however_few_they_are(new):
    file = new()
    with opened(file) as ledger:
        for app in range(400):
            key = replace(KEY, app=f"acme/{app}")
            ledger.events.record(Event(key=key, step=Step.DETECTED, at=START + day * DAY, new=f"{day}{'x' * 50}") for day in range(20))
            ledger.last_times.record([f"{app}{'x' * 3000}"], START)
    size = file.stat().st_size
    with opened(file) as ledger:
        tidy(ledger, KEEP, START + 32 * DAY)

    assert file.stat().st_size < size * 0.98


def lived(ledger, seed, days=60):
    chance = random.Random(seed)
    live(ledger, chance, [START + timedelta(seconds=second) for second in sorted(chance.sample(range(days * 86400), 60))])


def count(ledger):
    with ledger.database.reading() as connection:
        return {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in METADATA.sorted_tables}


@pytest.mark.parametrize("seed", range(3))
def test_a_rehearsal_deletes_nothing_and_counts_what_a_tidying_then_deletes(ledger, seed):
    lived(ledger, seed)
    keep, now = replace(KEEP, uses=30 * DAY, sights=30 * DAY, contents=20 * DAY, updates=30 * DAY), START + 80 * DAY
    before = count(ledger)

    told = rehearse(ledger, keep, now)
    after_rehearsal = count(ledger)
    done = tidy(ledger, keep, now)

    assert after_rehearsal == before
    assert done.deleted > 0
    # But for what it remembers of itself.
    assert [one for one in done.tables if one.table != "last_times"] == [one for one in told.tables if one.table != "last_times"]
    assert tidy(ledger, keep, now).deleted == 0


@pytest.mark.parametrize("seed", range(3))
def test_what_is_young_answers_as_before(ledger, seed):
    lived(ledger, seed)
    before = answers(ledger)

    tidy(ledger, KEEP, START + 61 * DAY)

    after = answers(ledger)
    # Passed over; and layers without an image, and what updates close that no app was ever behind with.
    changing = {"events", "layers", "closes"}
    assert {name: told for name, told in after.items() if name not in changing} == {
        name: told for name, told in before.items() if name not in changing
    }


@pytest.fixture
def new(tmp_path):
    count_ = iter(range(99))

    def make(of=None):
        file = tmp_path / f"{next(count_)}.sqlite3"
        if of is None:
            with opened(file):
                pass
        else:
            shutil.copyfile(of, file)
        return file

    return make


@pytest.mark.parametrize("seed", range(3))
def test_merges_of_tidied_and_untidied_ledgers_lose_nothing_and_keep_their_laws(new, seed):
    keep, now = replace(KEEP, uses=30 * DAY, sights=30 * DAY, contents=20 * DAY, updates=30 * DAY), START + 75 * DAY
    base = new()
    with opened(base) as ledger:
        lived(ledger, seed)
    a, b = new(base), new(base)
    for number, file in enumerate((a, b)):
        with opened(file) as ledger:
            chance = random.Random(100 * seed + number)
            live(ledger, chance, [START + timedelta(days=62 + number, seconds=second) for second in sorted(chance.sample(range(86400), 9))])
    whole = new(a)
    with opened(whole) as ledger:
        merge(ledger, b)
        expected = answers(ledger)
        tidy(ledger, keep, now)
        tidy_expected = answers(ledger)
    with opened(a) as ledger:
        assert tidy(ledger, keep, now).deleted

    one, other = new(a), new(b)
    with opened(one) as ledger:
        merge(ledger, b)
        first = answers(ledger)
        assert merge(ledger, b).is_empty
        assert merge(ledger, a).is_empty
        tidy(ledger, keep, now)
        again = answers(ledger)
    with opened(other) as ledger:
        merge(ledger, a)
        second = answers(ledger)

    assert first == second
    for name in ("dated", "lost", "watched", "latest", "owners", "fixes", "closes", "uses"):
        assert first[name] == expected[name], name
        assert again[name] == tidy_expected[name], name
    assert again["histories"] == tidy_expected["histories"]


def scan(ledger, day, repo="acme/shop"):
    ledger.last_times.record([scan_of(repo)], START + day * DAY)


def both_ways(new, one, other):
    """What becomes of the updates of one ledger merged into the other, and of the other into the one."""
    found = []
    for into, file in ((one, other), (other, one)):
        merged = new(into)
        with opened(merged) as ledger:
            merge(ledger, file)
            found.append((ledger.events.histories(["acme/shop"]), ledger.events.events_since(Step.MERGED, START)))
            assert merge(ledger, file).is_empty
            assert merge(ledger, into).is_empty
    return found


@pytest.mark.parametrize(
    ("copied_on", "scanned_later", "is_behind", "is_remembered"),
    [
        pytest.param(1, 500, False, False, id="taken after the copy, and forgotten"),
        pytest.param(1, None, False, True, id="a repo that only the copy knows"),
        pytest.param(1, 500, True, True, id="the other one is behind too, and saw it later"),
        pytest.param(120, 500, False, True, id="looked at after all that is forgotten"),
    ],
)
def test_a_round_that_an_old_copy_left_open_does_not_come_back_to_be_told_as_taken_now(
    new, copied_on, scanned_later, is_behind, is_remembered
):
    old = new()
    with opened(old) as ledger:
        step(ledger, 0, Step.DETECTED, "3.1")
        scan(ledger, copied_on)
    tidied_one = new()
    with opened(tidied_one) as ledger:
        ledger.events.record(
            Event(key=replace(KEY, old="2.0"), step=kind, at=START + day * DAY) for day, kind in ((0, Step.DETECTED), (90, Step.MERGED))
        )
        if is_behind:
            step(ledger, 2, Step.DETECTED, "3.1")
        if scanned_later is not None:
            scan(ledger, scanned_later)
        assert tidied(ledger, 500)["events"] == 2

    for histories, merges in both_ways(new, tidied_one, old):
        assert [(key, past.began_at) for key, past in histories.items()] == ([(KEY, START)] if is_remembered else [])
        assert merges == ()


def test_a_round_that_is_over_and_forgotten_does_not_come_back_into_the_one_that_began_after_it(new):
    whole = new()
    with opened(whole) as ledger:
        step(ledger, 0, Step.DETECTED, "3.1")
        step(ledger, 10, Step.MERGED, "3.1")
        scan(ledger, 100)
    tidied_one = new(whole)
    with opened(tidied_one) as ledger:
        # Of a release that was out already when the app came back to the old value.
        step(ledger, 490, Step.RELEASED, "3.2", at=2)
        step(ledger, 490, Step.DETECTED, "3.2", at=3)
        step(ledger, 495, Step.PROPOSED, "3.2", url="u")
        step(ledger, 498, Step.MERGED, "3.2")
        scan(ledger, 500)
        tidied(ledger, 500)
        expected = ledger.events.histories(["acme/shop"]), ledger.events.events_since(Step.MERGED, START)

    assert expected[0][KEY].steps[Step.RELEASED] == START + 2 * DAY
    assert both_ways(new, tidied_one, whole) == [expected, expected]


def test_of_two_ledgers_the_shorter_memory_of_uses_is_the_one_that_is_told(new):
    a, b = new(), new()
    for file in (a, b):
        with opened(file) as ledger:
            used(ledger, 0, ("3.11", ""))
            used(ledger, 10, ("3.12", ""))
    with opened(a) as ledger:
        tidy(ledger, KEEP, START + 1500 * DAY)
    with opened(b) as ledger:
        merge(ledger, a)
        assert ledger.uses.recorded()[0] == START + 700 * DAY


class KilledError(Exception):
    pass


@pytest.mark.parametrize("at", [1, 2, 4, 7])
def test_whoever_is_killed_has_done_a_part_and_the_next_does_the_rest(new, monkeypatch, at):
    file = new()
    keep, now = replace(KEEP, uses=30 * DAY, sights=30 * DAY, contents=20 * DAY, updates=30 * DAY), START + 80 * DAY
    with opened(file) as ledger:
        lived(ledger, 1)
    undisturbed = new(file)
    with opened(undisturbed) as ledger:
        tidy(ledger, keep, now)
        expected = answers(ledger)
    with opened(file) as ledger:
        real, steps = type(ledger.database).alone, iter(range(99))

        def killed(database, connection, lock):
            if next(steps) == at:
                raise KilledError
            real(database, connection, lock)

        monkeypatch.setattr(type(ledger.database), "alone", killed)
        with pytest.raises(KilledError):
            tidy(ledger, keep, now)
        monkeypatch.undo()
        assert is_due(ledger, 7 * DAY, now)
        tidy(ledger, keep, now)

        assert answers(ledger) == expected
        assert not is_due(ledger, 7 * DAY, now)
        assert is_due(ledger, 7 * DAY, now + 7 * DAY)
        assert is_due(ledger, 7 * DAY, now - 7 * DAY)


def test_a_file_shrinks_and_stays_sound(new):
    file = new()
    with opened(file) as ledger:
        for app in range(40):
            key = replace(KEY, app=f"acme/{app}")
            ledger.events.record(Event(key=key, step=Step.DETECTED, at=START + day * DAY, new=f"3.{day}{'x' * 50}") for day in range(300))
    size = file.stat().st_size
    with opened(file) as ledger:
        done = tidy(ledger, KEEP, START + 400 * DAY)
        with ledger.database.reading() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
            assert connection.execute(select(func.count()).select_from(EVENTS)).scalar_one() == 80

    assert done.size_before_bytes == size
    assert file.stat().st_size == done.size_bytes < size / 4


def test_what_is_inside_images_is_written_by_a_run_that_has_the_turn(ledger):
    with closing(Ledger.open(str_url(ledger))) as other, other.turn(longest=timedelta(0), waiting=lambda _: None):
        tidy(ledger, KEEP, START)


def str_url(ledger):
    return ledger.database._url.render_as_string(hide_password=False)
