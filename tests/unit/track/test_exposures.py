"""Exposures over time: what an app has not taken, since when, and where it is stuck."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from bot.ledger.ledger import Ledger
from bot.model.dependency import LONG_AGO, Dependency, Release
from bot.model.exposure import Closes, Exposure, Step
from bot.model.fleet import App, Criticality, Phase
from bot.model.image import Digest
from bot.model.listing import Listing
from bot.model.pin import Pin, Role
from bot.model.pull_request import Outcome, Proposal, PullRequest, PullRequestState, Sent
from bot.model.run import AppDecisions
from bot.model.severity import Severity
from bot.model.update import Decision, Hold, Propose, Undecidable, Unknown, Update, UpdateKind, UpToDate, Verdict
from bot.settings.sections import Stale
from bot.track.exposures import exposures, moved
from bot.track.keys import written
from bot.track.requests import Asked

DAY = timedelta(days=1)
START = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
PYTHON = Dependency(datasource="oci", name="docker.io/library/python")
APP = App(name="shop", repo="acme/shop", criticality=Criticality.MEDIUM, phase=Phase.BAU)
ALLOWED = Stale().days_allowed.medium.unknown * DAY


def pin(value: str = "3.12.1", letter: str = "", line: int = 1) -> Pin:
    return Pin(
        file=PurePosixPath("Dockerfile"),
        finder="dockerfile",
        dependency=PYTHON,
        name="python",
        scheme="docker",
        value=value,
        digest=Digest(f"sha256:{letter * 64}") if letter else None,
        role=Role.FINAL_BASE,
        sites=(),
        line=line,
        column=1,
    )


def update(
    to: str = "3.12.4", of: Pin | None = None, *, first_seen: datetime | None = START, kind: UpdateKind = UpdateKind.PATCH
) -> Update:
    return Update(pin=of or pin(), release=Release(dependency=PYTHON, value=to, first_seen=first_seen), kind=kind)


def request(number: int = 7, state: PullRequestState = PullRequestState.OPEN, *, opened: datetime = START) -> PullRequest:
    return PullRequest(
        repo="acme/shop",
        number=number,
        url=f"https://github.com/acme/shop/pull/{number}",
        state=state,
        branch="rebuild-bot/python",
        base="main",
        title="python 3.12.4",
        body="",
        head="0" * 40,
        labels=frozenset(),
        created_at=opened,
        updated_at=opened,
    )


def sent(one: Update, outcome: Outcome = Outcome.UNCHANGED, pull_request: PullRequest | None = None, note: str = "") -> Sent:
    proposal = Proposal(
        repo="acme/shop",
        base="main",
        base_head="0" * 40,
        branch="rebuild-bot/python",
        title="",
        body="",
        commit_message="",
        changes=(),
        updates=(one,),
    )
    return Sent(proposal=proposal, outcome=outcome, pull_request=pull_request, note=note)


class Fleet:
    """One app, run after run."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def run(
        self,
        day: float,
        *verdicts: Verdict,
        app: App = APP,
        sent: Sequence[Sent] = (),
        pull_requests: Sequence[PullRequest] = (),
        stale: Stale | None = None,
        asked: Callable[[PullRequest], Iterable[Asked]] = lambda _: (),
        bot: frozenset[str] | None = None,
        closes: Closes | None = None,
    ) -> list[Exposure]:
        decisions = tuple(
            Decision(pin=verdict.pin if hasattr(verdict, "pin") else verdict.update.pin, verdict=verdict) for verdict in verdicts
        )
        apps = [AppDecisions(app=app, decisions=decisions)]
        now = START + day * DAY
        return exposures(
            apps,
            sent,
            pull_requests,
            self.ledger,
            stale=stale or Stale(),
            now=now,
            asked=asked,
            strangers=lambda pull: () if bot is None else pull.authors - bot,
            closes=lambda _: closes,
        )


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    ledger = Ledger.open("sqlite://")
    yield Fleet(ledger)
    ledger.close()


def test_an_exposure_says_what_since_when_and_until_when(fleet: Fleet) -> None:
    one = update()
    (found,) = fleet.run(3, Propose(update=one), sent=[sent(one, Outcome.OPENED, request(opened=START + 3 * DAY))])

    assert found == Exposure(
        app=APP,
        dependency="oci: docker.io/library/python",
        old="3.12.1",
        new="3.12.4",
        steps={Step.DETECTED: START, Step.PROPOSED: START + 3 * DAY},
        waiting_for=Step.MERGED,
        due=START + ALLOWED,
        pull_request_url="https://github.com/acme/shop/pull/7",
        pull_request_number=7,
    )


def test_a_newer_release_does_not_start_the_clock_again(fleet: Fleet) -> None:
    fleet.run(0, Propose(update=update("3.12.4")))

    (found,) = fleet.run(20, Propose(update=update("3.12.9", first_seen=START + 19 * DAY)))

    assert found.new == "3.12.9"
    assert found.steps[Step.DETECTED] == START
    assert found.due == START + ALLOWED


@pytest.mark.parametrize("published_at", [None, START - 400 * DAY], ids=["no date", "dated"])
def test_what_was_out_before_the_bot_began_counts_from_its_first_run(fleet: Fleet, published_at: datetime | None) -> None:
    one = update()
    known = replace(one, release=replace(one.release, published_at=published_at))
    ledger = fleet.ledger
    ledger.sightings.record_listing(Listing(dependency=PYTHON, releases=(known.release,)), START)
    (dated,) = ledger.sightings.with_first_seen(Listing(dependency=PYTHON, releases=(known.release,))).releases

    (found,) = fleet.run(2, Propose(update=replace(known, release=dated)))

    assert found.steps[Step.DETECTED] == START + 2 * DAY


def test_what_the_publisher_says_is_told_but_starts_no_clock(fleet: Fleet) -> None:
    one = update()
    published = replace(one, release=replace(one.release, published_at=START - 400 * DAY))

    (found,) = fleet.run(1, Propose(update=published))

    assert found.steps == {Step.RELEASED: START - 400 * DAY, Step.DETECTED: START}
    assert found.due == START + ALLOWED


def test_criticality_shortens_the_time(fleet: Fleet) -> None:
    (found,) = fleet.run(1, Propose(update=update()), app=replace(APP, criticality=Criticality.HIGH))

    assert found.due == START + 14 * DAY


STUCK = {
    "no proposal yet": (None, None, Step.PROPOSED, ""),
    "failed": ((Outcome.FAILED, "the base moved"), None, Step.PROPOSED, "failed: the base moved"),
    "dry run": ((Outcome.DRY_RUN, ""), None, Step.PROPOSED, ""),
    "open": ((Outcome.UNCHANGED, ""), request(), Step.MERGED, ""),
    "dry run beside an open one": ((Outcome.DRY_RUN, ""), request(), Step.MERGED, ""),
    "conflict": ((Outcome.UNCHANGED, ""), replace(request(), has_conflict=True), Step.MERGED, "conflict"),
    "declined": ((Outcome.DECLINED, ""), request(state=PullRequestState.CLOSED), Step.MERGED, "declined"),
    "closed, as a dry run sees it": ((Outcome.DRY_RUN, ""), request(state=PullRequestState.CLOSED), Step.MERGED, "declined"),
    "edited by human": ((Outcome.EDITED_BY_HUMAN, ""), request(), Step.MERGED, "edited by human"),
}


@pytest.mark.parametrize(("outcome", "pull_request", "waiting_for", "blocked_by"), STUCK.values(), ids=STUCK.keys())
def test_where_it_is_stuck(
    fleet: Fleet, outcome: tuple[Outcome, str] | None, pull_request: PullRequest | None, waiting_for: Step, blocked_by: str
) -> None:
    one = update()
    proposals = [sent(one, outcome[0], note=outcome[1])] if outcome else []

    (found,) = fleet.run(1, Propose(update=one), sent=proposals, pull_requests=[pull_request] if pull_request else [])

    assert (found.waiting_for, found.blocked_by) == (waiting_for, blocked_by)
    assert found.pull_request_number == (pull_request.number if pull_request else None)


def test_an_open_pull_request_counts_before_a_closed_one_of_its_branch(fleet: Fleet) -> None:
    one = update()
    requests = [request(9), request(12, PullRequestState.CLOSED)]

    (found,) = fleet.run(1, Propose(update=one), sent=[sent(one)], pull_requests=requests)

    assert found.pull_request_number == 9


def asks_for(new: str) -> Callable[[PullRequest], Iterable[Asked]]:
    return lambda _: [Asked(app="shop", dependency=str(PYTHON), new=new)]


BOT = frozenset({"rebuild-bot[bot]"})
REPORTED = {
    "open": (request(), "3.12.4", 7, ""),
    "open, for an older release": (request(), "3.12.2", 7, ""),
    "closed, for the same release": (request(state=PullRequestState.CLOSED), "3.12.4", 7, "declined"),
    "closed, for an older release": (request(state=PullRequestState.CLOSED), "3.12.2", None, ""),
    "merged, though the old value stands": (request(state=PullRequestState.MERGED), "3.12.4", None, ""),
    "in conflict": (replace(request(), has_conflict=True), "3.12.4", 7, "conflict"),
    "with commits of the bot": (replace(request(), authors=BOT), "3.12.4", 7, ""),
    "with commits of others": (replace(request(), authors=BOT | {"dana"}), "3.12.4", 7, "edited by human"),
    "of another app": (replace(request(), repo="acme/other"), "3.12.4", None, ""),
}


@pytest.mark.parametrize(("pull_request", "asked_for", "number", "blocked_by"), REPORTED.values(), ids=REPORTED.keys())
def test_a_report_finds_pull_requests_by_what_they_ask_for(
    fleet: Fleet, pull_request: PullRequest, asked_for: str, number: int | None, blocked_by: str
) -> None:
    (found,) = fleet.run(1, Propose(update=update()), pull_requests=[pull_request], asked=asks_for(asked_for), bot=BOT)

    assert (found.pull_request_number, found.blocked_by) == (number, blocked_by)


REMEMBERED = {
    "open": (request(), "3.12.4", 7, ""),
    "open, and a newer release is out": (request(), "3.12.9", 7, ""),
    "closed": (request(state=PullRequestState.CLOSED), "3.12.4", 7, "declined"),
    "closed, and a newer release is out": (request(state=PullRequestState.CLOSED), "3.12.9", None, ""),
}


@pytest.mark.parametrize(("now", "release", "number", "blocked_by"), REMEMBERED.values(), ids=REMEMBERED.keys())
def test_a_report_knows_the_pull_request_of_an_earlier_run(
    fleet: Fleet, now: PullRequest, release: str, number: int | None, blocked_by: str
) -> None:
    one = update()
    fleet.run(1, Propose(update=one), sent=[sent(one, Outcome.OPENED, request())])

    (found,) = fleet.run(5, Propose(update=update(release)), pull_requests=[now])

    assert (found.pull_request_number, found.blocked_by) == (number, blocked_by)


NOT_EXPOSED = {
    "up to date": UpToDate(pin=pin()),
    "not certain": Undecidable(pin=pin(), reason="stray tags"),
    "refused for good": Hold(update=update("4.0"), policy="kinds", reason="major updates are not allowed"),
    "a digest beside the same tag": Propose(update=update("3.12.1", kind=UpdateKind.PIN)),
    "never looked up": Unknown(pin=pin(), reason="timeout"),
}


@pytest.mark.parametrize("verdict", NOT_EXPOSED.values(), ids=NOT_EXPOSED.keys())
def test_what_is_no_exposure(fleet: Fleet, verdict: Verdict) -> None:
    assert fleet.run(1, verdict) == []


def test_a_hold_that_ends_by_itself_is_one(fleet: Fleet) -> None:
    held = Hold(update=update(), policy="freezes", reason="year's end", until=START + 9 * DAY)

    (found,) = fleet.run(1, held)

    assert (found.waiting_for, found.blocked_by) == (Step.PROPOSED, "held: year's end")


def test_a_stage_that_waits_for_another_is_behind_although_nobody_knows_until_when(fleet: Fleet) -> None:
    held = Hold(update=update(), policy="soak", reason="production gets 3.12.4 once qa has it; qa is on 3.12.1")

    (found,) = fleet.run(1, held)

    assert found.blocked_by == "held: production gets 3.12.4 once qa has it; qa is on 3.12.1"


def test_an_alarm_begins_no_clock_and_ends_none(fleet: Fleet) -> None:
    one = update()
    alarm = Hold(update=one, policy="tripwire", reason="the tag moved")
    assert fleet.run(1, alarm) == []
    fleet.run(2, Propose(update=one), sent=[sent(one, pull_request=request())])

    (found,) = fleet.run(5, alarm, pull_requests=[request()])

    assert (found.new, found.pull_request_number, found.blocked_by) == ("3.12.4", 7, "held: the tag moved")


def test_a_failed_look_up_keeps_what_was_known(fleet: Fleet) -> None:
    one = update()
    fleet.run(1, Propose(update=one), sent=[sent(one, pull_request=request())])

    (found,) = fleet.run(5, Unknown(pin=pin(), reason="503"), pull_requests=[request()])

    assert (found.new, found.pull_request_number, found.blocked_by) == ("3.12.4", 7, "look-up failed: 503")
    assert found.steps[Step.DETECTED] == START


def test_apps_in_other_phases_are_not_counted(fleet: Fleet) -> None:
    only_bau = Stale(phases=(Phase.BAU,))

    assert fleet.run(1, Propose(update=update()), app=replace(APP, phase=Phase.DEVELOPMENT), stale=only_bau) == []


def test_several_pins_of_one_value_are_one_exposure_the_worst_verdict_counts(fleet: Fleet) -> None:
    proposed, held = update(of=pin(line=1)), update("3.12.9", of=pin(line=9))
    hold = Hold(update=held, policy="cooldown", reason="young", until=START + 9 * DAY)

    (found,) = fleet.run(1, UpToDate(pin=pin(line=20)), hold, Propose(update=proposed))

    assert found.new == "3.12.4"


def test_two_old_values_are_two_exposures(fleet: Fleet) -> None:
    found = fleet.run(1, Propose(update=update(of=pin("3.12.1"))), Propose(update=update(of=pin("3.12.2"))))

    assert [one.old for one in found] == ["3.12.1", "3.12.2"]


class TestMoved:
    def test_a_merged_pull_request_ends_it_at_the_time_of_the_merge(self, fleet: Fleet) -> None:
        one = update()
        fleet.run(1, Propose(update=one), sent=[sent(one, pull_request=request())])
        merged = replace(request(state=PullRequestState.MERGED), merged_at=START + 8 * DAY)

        assert fleet.run(10, UpToDate(pin=pin("3.12.4")), pull_requests=[merged]) == []
        (took,) = moved([APP], fleet.ledger, since=START + 7 * DAY)

        assert (took.old, took.new, took.at, took.pull_request_url) == ("3.12.1", "3.12.4", START + 8 * DAY, request().url)
        assert took.waited_since == START

    def test_it_is_recorded_once(self, fleet: Fleet) -> None:
        fleet.run(1, Propose(update=update()))
        for day in (5, 6, 7):
            fleet.run(day, UpToDate(pin=pin("3.12.4")))

        assert [took.at for took in moved([APP], fleet.ledger, since=START)] == [START + 5 * DAY]

    def test_a_change_by_hand_ends_it_when_it_is_seen(self, fleet: Fleet) -> None:
        fleet.run(1, Propose(update=update()))
        fleet.run(4, UpToDate(pin=pin("3.12.9")))

        (took,) = moved([APP], fleet.ledger, since=START)

        assert (took.at, took.pull_request_url) == (START + 4 * DAY, None)

    def test_an_app_that_retires_has_taken_nothing(self, fleet: Fleet) -> None:
        fleet.run(1, Propose(update=update()))
        fleet.run(4, app=replace(APP, phase=Phase.RETIRED))

        assert moved([APP], fleet.ledger, since=START) == []

    def test_who_falls_back_starts_anew(self, fleet: Fleet) -> None:
        fleet.run(1, Propose(update=update()))
        fleet.run(5, UpToDate(pin=pin("3.12.4")))

        (found,) = fleet.run(20, Propose(update=update(first_seen=LONG_AGO)))

        assert found.steps[Step.DETECTED] == START + 20 * DAY

    def test_an_update_that_is_no_longer_offered_is_not_taken(self, fleet: Fleet) -> None:
        fleet.run(1, Propose(update=update()))
        fleet.run(4, UpToDate(pin=pin()))

        assert moved([APP], fleet.ledger, since=START) == []


WRITTEN = {
    "value": ("3.12", None, "3.12"),
    "both": ("3.12", Digest("sha256:" + "ab" * 32), "3.12@abababababab"),
    "digest": (None, Digest("sha256:" + "ab" * 32), "abababababab"),
    "commit": ("v4", "0123456789abcdef0123456789abcdef01234567", "v4@0123456789ab"),
    "nothing": (None, None, ""),
}


@pytest.mark.parametrize(("value", "digest", "expected"), WRITTEN.values(), ids=WRITTEN.keys())
def test_how_a_value_is_written(value: str | None, digest: str | None, expected: str) -> None:
    assert written(value, digest) == expected


CLOSES = Closes(severity=Severity.CRITICAL, said="closes 2 holes (1 critical, 1 low)")
BY_SEVERITY = Stale.model_validate({"days_allowed": {"medium": {"critical": 7, "high": 14, "medium": 30, "low": 60, "unknown": 60}}})


def test_the_due_date_follows_the_worst_hole_that_is_closed(fleet: Fleet) -> None:
    (before,) = fleet.run(0, Propose(update=update()), stale=BY_SEVERITY)
    (after,) = fleet.run(1, Propose(update=update()), stale=BY_SEVERITY, closes=CLOSES)

    assert (before.severity, before.closes, before.due) == (Severity.UNKNOWN, "", START + 60 * DAY)
    assert (after.severity, after.closes, after.due) == (Severity.CRITICAL, "closes 2 holes (1 critical, 1 low)", START + 7 * DAY)


def test_a_look_up_that_fails_makes_no_hole_harmless(fleet: Fleet) -> None:
    fleet.run(0, Propose(update=update()), stale=BY_SEVERITY, closes=CLOSES)

    (later,) = fleet.run(1, Propose(update=update()), stale=BY_SEVERITY)
    (unknown,) = fleet.run(2, Unknown(pin=update().pin, reason="no answer"), stale=BY_SEVERITY)

    assert (later.severity, later.due) == (Severity.CRITICAL, START + 7 * DAY)
    assert (unknown.severity, unknown.due) == (Severity.CRITICAL, START + 7 * DAY)


def test_what_another_update_closes_is_not_said_of_this_one(fleet: Fleet) -> None:
    fleet.run(0, Propose(update=update()), closes=CLOSES)

    (newer,) = fleet.run(1, Propose(update=update("3.12.9")))

    assert (newer.severity, newer.closes) == (Severity.UNKNOWN, "")


@pytest.mark.parametrize(
    ("listed", "within", "due"),
    [
        pytest.param(-30, 72, START + 3 * DAY, id="exploited before it could be mended: hours from the first sight"),
        pytest.param(10, 72, START + 13 * DAY, id="exploited later: hours from then"),
        pytest.param(10, "bod-22-01", START + 24 * DAY, id="two weeks"),
        pytest.param(10, None, START + ALLOWED, id="severity alone"),
        pytest.param(200, 72, START + ALLOWED, id="never later than by severity"),
        pytest.param(None, 72, START + ALLOWED, id="not exploited"),
    ],
)
def test_an_exploited_hole_has_a_clock_in_hours(fleet: Fleet, listed: int | None, within: int | str | None, due: datetime) -> None:
    since = None if listed is None else START + listed * DAY
    stale = Stale.model_validate({"exploited_within_hours": within})

    (found,) = fleet.run(
        0, Propose(update=update()), stale=stale, closes=Closes(severity=Severity.UNKNOWN, said="closes 1 hole", exploited_since=since)
    )

    assert (found.due, found.is_exploited) == (due, listed is not None)
