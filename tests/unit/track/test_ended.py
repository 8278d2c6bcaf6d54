"""Clocks that stop by somebody's word, and come back with it: a vendor's, or that an app is retired. Nothing ends for being absent."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ledger.history import UpdateKey
from bot.ledger.ledger import Ledger
from bot.model.exposure import Closes, End, Exposure, Moved, Step, Word
from bot.model.fleet import App, Phase
from bot.model.run import AppDecisions
from bot.model.severity import Severity
from bot.model.update import Decision, Propose
from bot.settings.sections import Stale
from bot.track.exposures import exposures
from bot.track.keys import app_key
from bot.track.over import archived_apps, cleared
from tests.unit.track.test_exposures import APP, DAY, START, pin, update

KEY = UpdateKey(app=app_key(APP), dependency="oci: docker.io/library/python", old="3.12.1")
HOLES = Closes(severity=Severity.HIGH, said="closes 2 holes (2 high)", holes=frozenset({"CVE-1", "CVE-2"}), is_whole=True)


def word(name: str, *, day: float | None = 2, said: str = "Acme says 'not affected' in acme.vex.json") -> Word:
    return Word(names=frozenset({name, f"GHSA-{name}"}), said=said, at=None if day is None else START + day * DAY)


def away(*words: Word) -> Closes:
    """What is known once statements take holes away."""
    return Closes(severity=Severity.UNKNOWN, said="closes no known hole", words=words, is_whole=True)


BOTH = away(word("CVE-1"), word("CVE-2"))


class Fleet:
    """One app, night after night."""

    def __init__(self) -> None:
        self.ledger = Ledger.open("sqlite://")

    def run(self, day: float, closes: Closes | None = None, *, app: App | None = APP, archived: Sequence[str] = ()) -> list[Exposure]:
        decisions = () if app is None or app.phase is Phase.RETIRED else (Decision(pin=pin(), verdict=Propose(update=update())),)
        apps = [] if app is None else [AppDecisions(app=app, decisions=decisions)]
        return exposures(apps, (), (), self.ledger, stale=Stale(), now=START + day * DAY, closes=lambda _: closes, archived=archived)

    def end(self) -> tuple[End | None, str]:
        past = self.ledger.events.histories([KEY.app])[KEY]
        return past.end, past.end_said


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    one = Fleet()
    yield one
    one.ledger.close()


def test_a_vendors_word_on_every_hole_ends_the_clock_and_is_kept(fleet: Fleet) -> None:
    assert len(fleet.run(1, HOLES)) == 1

    assert fleet.run(3, BOTH) == []
    assert fleet.end() == (End.VENDOR, "Acme says 'not affected' in acme.vex.json")
    assert fleet.run(4, BOTH) == []
    assert fleet.run(5, None) == []  # a look that fails takes no word back


def test_it_comes_back_with_its_old_beginning_once_the_word_is_taken_back(fleet: Fleet) -> None:
    fleet.run(1, HOLES)
    fleet.run(3, BOTH)

    (found,) = fleet.run(9, replace(HOLES, holes=frozenset({"CVE-2"})))

    assert found.steps[Step.DETECTED] == START
    assert fleet.end() == (None, "")


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(away(word("CVE-1")), id="on one of two"),
        pytest.param(away(word("CVE-1"), word("CVE-2", day=-1)), id="one said before the clock began"),
        pytest.param(away(word("CVE-1"), word("CVE-2", day=None)), id="one without a day"),
        pytest.param(replace(BOTH, is_whole=False), id="something failed"),
        pytest.param(replace(BOTH, words=()), id="the holes are just told of no more"),
        pytest.param(replace(BOTH, holes=frozenset({"CVE-3"})), id="another hole is closed"),
        pytest.param(None, id="not looked at"),
    ],
)
def test_less_than_that_ends_nothing(fleet: Fleet, told: Closes | None) -> None:
    fleet.run(1, HOLES)

    assert len(fleet.run(3, told)) == 1
    assert fleet.end() == (None, "")


def test_what_was_never_known_to_close_a_hole_is_ended_by_no_word(fleet: Fleet) -> None:
    fleet.run(1)

    assert len(fleet.run(3, BOTH)) == 1


def test_an_app_that_is_declared_retired_ends_its_clocks_and_has_them_back(fleet: Fleet) -> None:
    fleet.run(1)

    assert fleet.run(3, app=replace(APP, phase=Phase.RETIRED, phase_reason="catalog-info.yaml: lifecycle deprecated")) == []
    assert fleet.end() == (End.RETIRED, "catalog-info.yaml: lifecycle deprecated")

    (back,) = fleet.run(9)
    assert back.steps[Step.DETECTED] == START


def test_a_repo_that_is_archived_ends_its_clocks_and_one_that_was_not_seen_does_not(fleet: Fleet) -> None:
    fleet.run(1)
    fleet.run(2, app=None)
    assert fleet.end() == (None, "")

    fleet.run(3, app=None, archived=[KEY.app])
    fleet.run(4, app=None, archived=[KEY.app])

    assert fleet.end() == (End.RETIRED, "the repo is archived")
    apps = archived_apps(fleet.ledger, [APP.repo, "acme/other"])
    (told,) = cleared([], apps, fleet.ledger, since=START + 2 * DAY)
    assert isinstance(told, Moved)
    assert (told.app.name, told.end, told.said, told.at) == ("shop", End.RETIRED, "the repo is archived", START + timedelta(days=3))


def test_only_apps_of_the_archived_repo_are_its_apps(fleet: Fleet) -> None:
    for app in (APP, replace(APP, path=type(APP.path)("jobs")), replace(APP, repo="acme/shop-2")):
        fleet.run(1, app=app)

    assert fleet.ledger.events.apps_in({"acme/shop"}) == {"acme/shop", "acme/shop:jobs"}
