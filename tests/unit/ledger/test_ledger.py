"""The ledger: first sights, images, and the steps of updates."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from bot.clients.database import DatabaseError
from bot.ledger.history import OF_IMAGE, Event, UpdateKey
from bot.ledger.images import ImageRecord, chain_of
from bot.ledger.ledger import Ledger
from bot.ledger.sightings import Sightings
from bot.model.dependency import LONG_AGO, Dependency, Release
from bot.model.exposure import End, Step
from bot.model.image import Digest
from bot.model.listing import Listing
from bot.model.notes import ImageFacts, PublishedImage

unhurried = hypothesis_settings(deadline=None)
"""A busy machine is no fault."""
PYTHON = Dependency(datasource="oci", name="docker.io/library/python")
DAY = timedelta(days=1)
START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


def digest(letter: str) -> Digest:
    return Digest(f"sha256:{letter * 64}")


def release(value: str, letter: str = "", published_at: datetime | None = None) -> Release:
    return Release(dependency=PYTHON, value=value, digest=digest(letter) if letter else None, published_at=published_at)


def listing(*releases: Release) -> Listing:
    return Listing(dependency=PYTHON, releases=releases)


def first_seen(ledger: Ledger, *releases: Release) -> list[datetime | None]:
    return [dated.first_seen for dated in ledger.sightings.with_first_seen(listing(*releases)).releases]


class TestFirstSeen:
    def test_a_value_that_appears_later_is_first_seen_then(self, ledger: Ledger) -> None:
        ledger.sightings.record_listing(listing(release("3.12")), START)
        ledger.sightings.record_listing(listing(release("3.12"), release("3.13")), START + DAY)
        ledger.sightings.record_listing(listing(release("3.12"), release("3.13")), START + 9 * DAY)

        assert first_seen(ledger, release("3.13")) == [START + DAY]

    def test_what_was_there_at_the_start_is_as_old_as_its_publisher_says(self, ledger: Ledger) -> None:
        ledger.sightings.record_listing(listing(release("3.11"), release("3.12")), START)

        assert first_seen(ledger, release("3.11"), release("3.12", published_at=START - 2 * DAY)) == [LONG_AGO, START - 2 * DAY]

    def test_a_publisher_can_not_make_a_later_value_older_nor_an_early_one_newer(self, ledger: Ledger) -> None:
        ledger.sightings.record_listing(listing(release("3.12")), START)
        ledger.sightings.record_listing(listing(release("3.13")), START + DAY)

        dates = first_seen(ledger, release("3.13", published_at=START - 900 * DAY), release("3.12", published_at=START + 900 * DAY))

        assert dates == [START + DAY, START]

    def test_a_value_that_nobody_saw_has_no_date(self, ledger: Ledger) -> None:
        assert first_seen(ledger, release("4.0")) == [None]
        ledger.sightings.record_listing(listing(release("3.12")), START)
        assert first_seen(ledger, release("4.0")) == [None]

    def test_a_failed_look_up_is_not_remembered(self, ledger: Ledger) -> None:
        ledger.sightings.record_listing(Listing(dependency=PYTHON, releases=(release("3.12"),), problem="timeout"), START)
        ledger.sightings.record_listing(listing(release("3.12")), START + DAY)

        assert first_seen(ledger, release("3.12")) == [LONG_AGO]

    def test_the_first_known_digest_is_as_old_as_its_value(self, ledger: Ledger) -> None:
        ledger.sightings.record_listing(listing(), START)
        ledger.sightings.record_listing(listing(release("3.12")), START + DAY)

        assert ledger.sightings.seen(release("3.12", "a"), START + 5 * DAY).first_seen == START + DAY

    def test_a_digest_that_replaces_another_is_new(self, ledger: Ledger) -> None:
        ledger.sightings.record_listing(listing(release("3.12")), START)
        ledger.sightings.seen(release("3.12", "a"), START)

        again = ledger.sightings.seen(release("3.12", "b"), START + 7 * DAY)

        assert again.first_seen == START + 7 * DAY
        assert ledger.sightings.seen(release("3.12", "b"), START + 9 * DAY).first_seen == START + 7 * DAY
        assert ledger.sightings.seen(release("3.12", "a"), START + 9 * DAY).first_seen == LONG_AGO

    def test_a_git_tag_that_moves_to_another_commit_is_new(self, ledger: Ledger) -> None:
        ledger.sightings.record_listing(listing(release("v1", "a")), START)
        ledger.sightings.record_listing(listing(release("v1", "b")), START + 3 * DAY)

        assert first_seen(ledger, release("v1", "b"), release("v1", "a")) == [START + 3 * DAY, LONG_AGO]

    def test_a_value_that_was_described_before_it_was_listed_is_no_news(self, ledger: Ledger) -> None:
        ledger.sightings.seen(release("3.12", "a"), START)
        ledger.sightings.record_listing(listing(release("3.12"), release("3.13")), START + DAY)

        assert first_seen(ledger, release("3.12"), release("3.13")) == [LONG_AGO, LONG_AGO]

    def test_dependencies_do_not_mix(self, ledger: Ledger) -> None:
        ledger.sightings.record_listing(listing(), START)
        ledger.sightings.record_listing(listing(release("1")), START + DAY)
        other = Dependency(datasource="helm", name=PYTHON.name)
        ledger.sightings.record_listing(Listing(dependency=other, releases=(Release(dependency=other, value="1"),)), START + 2 * DAY)

        assert first_seen(ledger, release("1")) == [START + DAY]

    def test_what_recording_gives_back_is_what_is_known_then(self, ledger: Ledger) -> None:
        ledger.sightings.seen(release("3.11", "b"), START)
        days = [listing(release("3.12")), listing(release("3.12"), release("3.13")), listing(release("3.11", "c"), release("3.14"))]

        for number, listed in enumerate(days):
            given = ledger.sightings.record_listing(listed, START + number * DAY)

            assert given.releases == ledger.sightings.with_first_seen(listed).releases

    @pytest.mark.parametrize(
        "left", [pytest.param((), id="none"), pytest.param(("3.12",), id="one"), pytest.param(("3.11", "3.12"), id="two")]
    )
    def test_what_a_believed_list_lacks_is_lost_once(self, ledger: Ledger, left: tuple[str, ...]) -> None:
        ledger.sightings.record_listing(listing(*map(release, ("3.11", "3.12", "3.13"))), START)
        shorter = listing(*map(release, left))
        lost = [ledger.sightings.with_first_seen(shorter).lost]

        ledger.sightings.record_listing(shorter, START + timedelta(hours=1))
        lost.append(ledger.sightings.with_first_seen(shorter).lost)

        assert lost == [tuple(value for value in ("3.11", "3.12", "3.13") if value not in left), ()]

    @pytest.mark.parametrize(
        ("days", "readings"), [pytest.param(0, 1, id="no news"), pytest.param(1, 2, id="a day later: compared, then recorded")]
    )
    def test_the_sights_of_a_list_are_read_once_for_each_transaction(
        self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, days: int, readings: int
    ) -> None:
        listed = listing(*(release(f"3.{minor}") for minor in range(20)))
        ledger.sightings.record_listing(listed, START)
        read: list[Dependency] = []
        known = Sightings._known
        monkeypatch.setattr(
            Sightings, "_known", staticmethod(lambda connection, one, **only: read.append(one) or known(connection, one, **only))
        )

        now = START + days * DAY
        if ledger.sightings.compared(listed, now)[1]:
            ledger.sightings.record_listing(listed, now)

        assert len(read) == readings


class TestSightings:
    def test_last_seen_moves_on_at_most_once_a_day(self, ledger: Ledger) -> None:
        times = []
        for hours in (0, 5, 24, 30, 49):
            ledger.sightings.seen(release("3.12", "a"), START + timedelta(hours=hours))
            times.append(ledger.sightings.history_of(PYTHON, "3.12")[0].last_seen - START)

        assert times == [timedelta(hours=hours) for hours in (0, 0, 24, 24, 49)]

    def test_the_history_of_a_tag_is_its_digests_in_order(self, ledger: Ledger) -> None:
        for day, letter in enumerate("cab"):
            ledger.sightings.seen(release("3.12", letter), START + day * DAY)

        history = ledger.sightings.history_of(PYTHON, "3.12")

        assert [sighting.digest for sighting in history] == [digest(letter) for letter in "cab"]
        assert [sighting.first_seen for sighting in history] == [START, START + DAY, START + 2 * DAY]

    @pytest.mark.parametrize(
        ("stood", "standing"),
        [
            pytest.param("abc", "cba", id="newest first"),
            pytest.param("aab", "ba", id="each once"),
            pytest.param("aba", "a", id="taken back"),
            pytest.param("abca", "a", id="several taken back"),
            pytest.param("abac", "ca", id="taken back, and mended"),
        ],
    )
    @pytest.mark.parametrize("between", [timedelta(hours=1), DAY])
    def test_the_digests_that_a_tag_may_be_put_to(self, ledger: Ledger, stood: str, standing: str, between: timedelta) -> None:
        ledger.sightings.record_listing(listing(release("3.12")), START)
        for number, letter in enumerate(stood):
            ledger.sightings.seen(release("3.12", letter), START + number * between)

        found = ledger.sightings.digests_of(PYTHON, "3.12")

        since = {letter: START + stood.index(letter) * between if stood.index(letter) else LONG_AGO for letter in standing}
        assert [(one.digest, one.first_seen) for one in found] == [(digest(letter), since[letter]) for letter in standing]

    def test_which_tags_stand_at_a_digest(self, ledger: Ledger) -> None:
        ledger.sightings.seen(release("3.12", "a"), START)
        ledger.sightings.seen(release("3.12.4", "a"), START)
        ledger.sightings.seen(release("3.11", "b"), START)

        assert {sighting.value for sighting in ledger.sightings.at(digest("a"))} == {"3.12", "3.12.4"}
        assert ledger.sightings.at("") == ()

    def test_many_values_at_once(self, ledger: Ledger) -> None:
        releases = [release(f"1.{number}") for number in range(2_500)]

        ledger.sightings.record_listing(listing(*releases), START)
        ledger.sightings.record_listing(listing(*releases, release("2.0")), START + 2 * DAY)

        assert first_seen(ledger, release("1.2499"), release("2.0")) == [LONG_AGO, START + 2 * DAY]

    def test_many_threads_at_once(self, ledger: Ledger) -> None:
        ledger.sightings.record_listing(listing(), START)
        letters = "0123456789abcdef" * 4

        with ThreadPoolExecutor(len(letters)) as pool:
            seen = list(pool.map(lambda letter: ledger.sightings.seen(release(f"1.{letter}", letter), START + DAY).first_seen, letters))

        assert set(seen) == {START + DAY}
        assert len(ledger.sightings.at(digest("a"))) == 1


class TestImages:
    IMAGE = ImageRecord(
        digest=digest("a"),
        first_seen=START,
        created_at=START - DAY,
        labels={"org.opencontainers.image.version": "3.12"},
        chains={"linux/amd64": chain_of(["sha256:1", "sha256:2"]), "linux/arm64": chain_of(["sha256:3"])},
    )

    def test_an_image_comes_back_as_it_was_recorded(self, ledger: Ledger) -> None:
        ledger.images.record(self.IMAGE)
        ledger.images.record(self.IMAGE)

        assert ledger.images.get(digest("a")) == self.IMAGE
        assert ledger.images.get(digest("b")) is None

    def test_the_base_of_an_image_is_found_by_its_first_layers(self, ledger: Ledger) -> None:
        ledger.images.record(self.IMAGE)
        built_on_it = ["sha256:1", "sha256:2", "sha256:9"]
        chains = [chain_of(built_on_it[:length]) for length in range(1, len(built_on_it) + 1)]

        assert ledger.images.digests_with_chains(chains) == {chains[1]: (digest("a"),)}


def test_the_chain_is_the_one_of_the_image_spec() -> None:
    # ChainID(L0|L1) = Digest(ChainID(L0) + " " + DiffID(L1)); computed with sha256sum.
    first = "sha256:" + "0" * 64
    second = "sha256:" + "1" * 64

    assert chain_of([]) == ""
    assert chain_of([first]) == first
    assert chain_of([first, second]) == "sha256:f94b891e05f6e37c90d87edfd5bb98a02d618a437c35f3a94b3b00e48e894631"


KEY = UpdateKey(app="acme/shop", dependency="oci: docker.io/library/python", old="3.12@aaaaaaaaaaaa")


def event(step: Step, day: int, new: str = "3.13", url: str = "") -> Event:
    return Event(key=KEY, step=step, at=START + day * DAY, new=new, url=url)


class TestSteps:
    def test_the_first_time_of_a_step_wins(self, ledger: Ledger) -> None:
        ledger.events.record([event(Step.DETECTED, 1)])
        ledger.events.record([event(Step.DETECTED, 5), event(Step.PROPOSED, 2, url="https://example.org/1")])

        history = ledger.events.histories(["acme/shop"])[KEY]

        assert history.steps == {Step.DETECTED: START + DAY, Step.PROPOSED: START + 2 * DAY}
        assert (history.new, history.url, history.is_over) == ("3.13", "https://example.org/1", False)

    def test_a_newer_release_does_not_start_the_clock_again(self, ledger: Ledger) -> None:
        ledger.events.record([event(Step.DETECTED, 1, new="3.13")])
        ledger.events.record([event(Step.DETECTED, 20, new="3.14")])

        history = ledger.events.histories(["acme/shop"])[KEY]

        assert history.steps[Step.DETECTED] == START + DAY
        assert history.new == "3.14"

    def test_who_falls_back_to_the_old_value_after_a_merge_starts_anew(self, ledger: Ledger) -> None:
        ledger.events.record([event(Step.DETECTED, 1), event(Step.MERGED, 3)])
        assert ledger.events.histories(["acme/shop"])[KEY].is_over

        ledger.events.record([event(Step.DETECTED, 9)])

        assert ledger.events.histories(["acme/shop"])[KEY].steps == {Step.DETECTED: START + 9 * DAY}

    def test_what_follows_the_merge_belongs_to_its_round(self, ledger: Ledger) -> None:
        ledger.events.record([event(Step.DETECTED, 1), event(Step.MERGED, 3), event(Step.REBUILT, 4)])
        ledger.events.record([replace(event(Step.DEPLOYED, day), stage=stage) for day, stage in ((6, "qa"), (9, "production"), (8, "qa"))])

        followed = ledger.events.histories(["acme/shop"])[KEY]
        assert (followed.is_over, followed.is_followed, followed.end) == (True, True, None)
        assert followed.stages == {"qa": START + 6 * DAY, "production": START + 9 * DAY}

        ledger.events.record([replace(event(Step.ENDED, 9), why=End.DEPLOYED)])
        ended = ledger.events.histories(["acme/shop"])[KEY]
        assert (ended.is_followed, ended.end) == (False, End.DEPLOYED)

        ledger.events.record([replace(event(Step.DETECTED, 20), why=OF_IMAGE)])
        again = ledger.events.histories(["acme/shop"])[KEY]
        assert (again.is_over, again.is_of_image, again.stages, again.end) == (False, True, {}, None)

    def test_events_are_asked_by_step_and_time(self, ledger: Ledger) -> None:
        ledger.events.record([event(Step.DETECTED, 1), event(Step.MERGED, 3, url="https://example.org/1")])

        assert ledger.events.events_since(Step.MERGED, START + 2 * DAY) == (event(Step.MERGED, 3, url="https://example.org/1"),)
        assert ledger.events.events_since(Step.MERGED, START + 4 * DAY) == ()

    def test_pull_requests_of_the_last_hour_are_counted_once(self, ledger: Ledger) -> None:
        ledger.events.record([event(Step.PROPOSED, 1, url="https://example.org/1"), event(Step.PROPOSED, 3, url="https://example.org/2")])
        ledger.events.record([event(Step.PROPOSED, 3, new="3.14", url="https://example.org/2")])

        assert ledger.events.proposed_since(START + 3 * DAY - timedelta(hours=1)) == 1

    def test_one_step_alone(self, ledger: Ledger) -> None:
        ledger.events.record_step(KEY.app, KEY.dependency, KEY.old, Step.PROPOSED, START, url="https://example.org/7")

        assert ledger.events.histories([KEY.app])[KEY].url == "https://example.org/7"
        assert ledger.events.histories(["acme/other"]) == {}


@unhurried
@given(days=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), min_size=1, max_size=12))
def test_no_order_of_events_moves_a_first_sight_back(days: list[tuple[str, int]]) -> None:
    ledger = Ledger.open("sqlite://")
    ledger.sightings.record_listing(listing(), START - DAY)
    first: dict[str, datetime] = {}
    now = START
    for letter, wait in days:
        now += timedelta(days=wait)
        seen = ledger.sightings.seen(release("1", letter), now).first_seen
        assert seen == first.setdefault(letter, now)
    ledger.close()


def test_what_a_registry_tells_of_an_image_is_kept(ledger: Ledger) -> None:
    facts = ImageFacts(digest=digest("a"), platform="linux/amd64", labels={"version": "1.2"}, diff_ids=("sha256:1", "sha256:2"))

    ledger.images.record_facts(facts, START)
    ledger.images.record_facts(replace(facts, labels={"version": "another"}), START + DAY)
    ledger.images.record_facts(ImageFacts(labels={"of": "nothing"}), START)

    known = ledger.images.get(digest("a"))
    assert known is not None
    assert (known.labels, known.first_seen, dict(known.chains)) == ({"version": "1.2"}, START, {"linux/amd64": chain_of(facts.diff_ids)})


def test_platforms_are_known_once_asked(ledger):
    index = PublishedImage(digest=digest("a"), platforms=("linux/amd64", "linux/arm64/v8"))
    ledger.images.record_published(index)
    ledger.images.record_published(PublishedImage(digest=digest("a"), platforms=()))

    assert ledger.images.platforms(digest("a")) == index.platforms
    assert ledger.images.platforms(digest("b")) is None


def test_the_latest_digest_is_the_one_seen_last_and_not_long_ago(ledger):
    ledger.sightings.seen(release("3.12", "a"), START)
    ledger.sightings.seen(release("3.12", "b"), START + 2 * DAY)
    ledger.sightings.seen(release("3.12", "a"), START + 4 * DAY)

    assert ledger.sightings.latest_digest(PYTHON, "3.12", since=START) == digest("a")
    assert ledger.sightings.latest_digest(PYTHON, "3.12", since=START + 5 * DAY) is None
    assert ledger.sightings.latest_digest(PYTHON, "3.13", since=START) is None


def test_the_latest_digests_of_many_values_are_told_at_once(ledger):
    ledger.sightings.seen(release("3.12", "a"), START)
    ledger.sightings.seen(release("3.12", "b"), START + DAY)
    ledger.sightings.seen(release("3.13", "c"), START)
    ledger.sightings.record_listing(listing(release("3.14")), START)

    assert ledger.sightings.latest_digests("oci", [PYTHON.name, "docker.io/library/redis"]) == {
        (PYTHON.name, "3.12"): digest("b"),
        (PYTHON.name, "3.13"): digest("c"),
    }
    ledger.sightings.seen(release("3.12", "a"), START + 2 * DAY)
    assert ledger.sightings.latest_digests("oci", [PYTHON.name])[PYTHON.name, "3.12"] == digest("a")
    assert ledger.sightings.latest_digests("helm", [PYTHON.name]) == {}


def test_last_times_are_kept_to_an_hour_and_never_go_back(ledger: Ledger) -> None:
    times = ledger.last_times
    assert times.of(["run"]) == {}

    times.record(["run", "scan of acme/a", "run"], START)
    times.record(["run"], START + timedelta(minutes=59))
    assert times.of(["run", "scan of acme/a", "scan of acme/b"]) == {"run": START, "scan of acme/a": START}

    times.record(["run"], START + timedelta(days=1))
    times.record(["run"], START - timedelta(days=1))
    assert times.of(["run"]) == {"run": START + timedelta(days=1)}


def test_a_list_was_read_when_it_was_believed_last(ledger: Ledger) -> None:
    assert ledger.sightings.listed_at(PYTHON) is None

    ledger.sightings.record_listing(listing(release("1")), START)
    ledger.sightings.record_listing(Listing(dependency=PYTHON, problem="no answer"), START + timedelta(days=3))

    assert ledger.sightings.listed_at(PYTHON) == START


def test_a_ledger_of_a_newer_version_is_told_with_the_remedy(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    ledger = Ledger.open(url)
    with ledger._database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0099_future'"))
    ledger.close()

    with pytest.raises(DatabaseError, match="written by a newer version"):
        Ledger.open(url)
