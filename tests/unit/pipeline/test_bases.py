"""An image that several apps run is one image, whatever their rules say of what is newer."""

from contextlib import closing
from dataclasses import replace
from itertools import permutations
from types import SimpleNamespace

import pytest

from bot.ledger.ledger import Ledger
from bot.model.fleet import App
from bot.model.run import AppDecisions
from bot.model.update import Decision, Hold, Propose, Undecidable, UpToDate
from bot.pipeline import bases
from bot.pipeline.bases import base_states
from tests.unit.propose.proposal_samples import digest, pin, update

PIN = replace(pin(), platform=None)
NEWER = update(PIN, new_digest=digest("a"))
TAKES = Propose(update=NEWER)
WAITS = Hold(update=update(PIN, value="3.12.9-slim"), policy="cooldown", reason="seen for 2 of 7 days")
HAS = UpToDate(pin=PIN)
CANNOT = Undecidable(pin=PIN, reason="nobody answered")


def app(name, verdict):
    return AppDecisions(app=App(name=name, repo=f"acme/{name}"), decisions=(Decision(pin=PIN, verdict=verdict),), skips=())


def test_an_image_is_counted_once_where_rules_differ():
    with closing(Ledger.open("sqlite://")) as ledger:
        parts = SimpleNamespace(steps=object(), ledger=ledger, progress=lambda *_: None)
        apps = [app("billing", TAKES), app("shop", WAITS), app("web", HAS), app("mail", CANNOT), app("shop", TAKES)]

        states = base_states(parts, apps, most_new=0, now=None)

    assert [(state.value, state.apps) for state in states] == [("3.12.4-slim", ("billing", "shop", "web", "mail"))]


@pytest.mark.parametrize("number", [4, 3, 2, 1])
def test_what_the_rules_of_some_app_let_through_counts(number):
    least_strict = [CANNOT, HAS, WAITS, TAKES][:number]
    expected = {
        TAKES: NEWER.new_image,
        WAITS: WAITS.update.new_image,
        HAS: replace(NEWER.new_image, tag=PIN.value, digest=None),
        CANNOT: None,
    }

    for verdicts in permutations(least_strict):
        (one,) = bases._seen([app(f"app-{place}", verdict) for place, verdict in enumerate(verdicts)])
        assert one.newest == expected[least_strict[-1]]
        assert bool(one.held) is (least_strict[-1] is WAITS)
