from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import get_args

import pytest

from bot.decide.context import PinContext
from bot.decide.decider import Decider
from bot.decide.evidence import NoEvidence
from bot.decide.question import given_to
from bot.ledger.ledger import Ledger
from bot.model.dependency import LONG_AGO, OCI, Dependency, Release
from bot.model.image import Digest
from bot.model.listing import Listing
from bot.model.pin import Pin, Role
from bot.model.rules import Match, Rule
from bot.model.update import (
    Candidate,
    Decision,
    Frozen,
    Hold,
    NotAllowed,
    Propose,
    Undecidable,
    Unknown,
    Update,
    UpdateKind,
    UpToDate,
    Verdict,
)
from bot.pipeline.decide import decide
from bot.pipeline.parts import Parts
from bot.watch.watcher import Watcher

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NGINX, REDIS = (Dependency(datasource=OCI, name=f"docker.io/library/{name}") for name in ("nginx", "redis"))
NEW = Digest(f"sha256:{2:064x}")
RULES = (Rule(name="ours", match=Match(apps=("shop",)), labels=("shop",)), Rule(match=Match(stages=("test",)), prereleases=True))


def pin(dependency=NGINX, value="1.2.0", *, file="Dockerfile", line=1, **more):
    return Pin(
        file=PurePosixPath(file),
        finder="dockerfile",
        dependency=dependency,
        name=dependency.name,
        scheme="docker",
        value=value,
        digest=Digest(f"sha256:{1:064x}"),
        role=Role.FINAL_BASE,
        sites=(),
        line=line,
        column=1,
        **more,
    )


def at(app="shop", stage="", asked=()):
    return PinContext(repo=f"acme/{app}", app=app, stage=stage, asked=frozenset(asked))


class Place:
    name = OCI

    def releases(self, dependency):
        return [Release(dependency=dependency, value="1.2.3", first_seen=LONG_AGO)]

    def describe(self, release):
        return replace(release, digest=NEW)


class Counting(NoEvidence):
    """Asked once in each judgement here: one value is newer, and nothing else looks into images first."""

    def __init__(self):
        self.updates = []

    def lost_platforms(self, update):
        self.updates.append(update)
        if update.pin.platform == "broken/one":
            raise RuntimeError("odd")
        return ()


def decided(entries, *, rules=RULES):
    evidence, told = Counting(), []
    with closing(Ledger.open("sqlite://")) as ledger:
        decider, place = Decider(rules, evidence=evidence), Place()
        parts = Parts(
            watcher=Watcher([place]), decider=decider, ledger=ledger, stage_of=lambda _: "", progress=lambda *said: told.append(said)
        )
        listings = {each: Listing(dependency=each, releases=tuple(place.releases(each))) for each in (NGINX, REDIS)}
        return decide(parts, entries, listings, now=NOW), evidence.updates, told


@pytest.mark.parametrize(
    ("other", "judged"),
    [
        pytest.param((pin(), at()), 1, id="the same"),
        pytest.param((pin(file="deploy/Dockerfile", line=7), at("bank")), 1, id="another place, with a rule for labels"),
        pytest.param((pin(value="1.2.1"), at()), 2, id="another value"),
        pytest.param((replace(pin(), digest=Digest(f"sha256:{3:064x}")), at()), 2, id="another digest"),
        pytest.param((pin(REDIS), at()), 2, id="another dependency"),
        pytest.param((pin(platform="linux/arm64"), at()), 2, id="another platform"),
        pytest.param((pin(), at(stage="test")), 2, id="another rule"),
        pytest.param((pin(), at(asked=["1.2.3"])), 2, id="asked for already"),
    ],
)
def test_what_is_the_same_question_is_judged_once(other, judged):
    decisions, updates, told = decided([(pin(), at()), other, (pin(line=3), at()), other])

    assert len(updates) == judged
    assert [decision.pin for decision in decisions] == [pin(), other[0], pin(line=3), other[0]]
    assert all(decision.verdict.update.pin == decision.pin for decision in decisions)
    assert [said for said in told if said[1] == said[2]] == [("decide", 4, 4)]


def test_a_fleet_costs_as_many_judgements_as_it_has_questions():
    entries = [
        (pin(dependency, value, file=f"{number}/Dockerfile"), at(f"app-{number}", stage))
        for number in range(40)
        for dependency in (NGINX, REDIS)
        for value in ("1.2.0", "1.2.1")
        for stage in ("", "test")
    ]
    decisions, updates, _ = decided(entries)

    assert (len(decisions), len(updates)) == (320, 8)
    assert len({id(decision.candidates) for decision in decisions}) == 8, "what is said of values is kept once"
    assert [decision.pin for decision in decisions] == [pin for pin, _ in entries]


def test_a_question_that_fails_is_unknown_for_each_pin_that_asks_it_and_stops_nothing():
    broken = pin(platform="broken/one")
    decisions, updates, _ = decided([(broken, at()), (pin(), at()), (replace(broken, line=9), at())])

    assert [type(decision.verdict) for decision in decisions] == [Unknown, Propose, Unknown]
    assert [decision.verdict.pin.line for decision in decisions if isinstance(decision.verdict, Unknown)] == [1, 9]
    assert len(updates) == 2


def verdicts(the_pin):
    update = Update(pin=the_pin, release=Release(dependency=NGINX, value="1.2.3"), kind=UpdateKind.PATCH)
    return [
        Propose(update=update),
        Hold(update=update, policy="cooldown", reason="young", until=NOW),
        NotAllowed(update=update, policy="kinds", reason="no", refused=("1.2.3",)),
        UpToDate(pin=the_pin),
        Undecidable(pin=the_pin, reason="odd"),
        Frozen(pin=the_pin, reason="shrank"),
        Unknown(pin=the_pin, reason="down"),
    ]


@pytest.mark.parametrize(
    ("one", "other"), [*zip(verdicts(pin()), verdicts(pin(line=9)), strict=True)], ids=lambda each: type(each).__name__
)
def test_an_answer_is_given_to_another_pin(one, other):
    said = (Candidate(value="1.2.3", verdict="chosen", reason="newer"),)

    assert given_to(pin(line=9), Decision(pin=pin(), verdict=one, candidates=said)) == Decision(
        pin=pin(line=9), verdict=other, candidates=said
    )


def test_every_verdict_is_in_that_table():
    assert {type(verdict) for verdict in verdicts(pin())} == set(get_args(Verdict))
