"""What alarms do to decisions, and what they cost."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.ledger.ledger import Ledger
from bot.model.alarm import AcceptedMove, AlarmKind
from bot.model.dependency import OCI, Dependency, Release
from bot.model.image import Digest
from bot.model.lineage import BuiltBy
from bot.model.listing import DatasourceError
from bot.model.notes import ImageFacts
from bot.model.update import Decision, Hold, NotAllowed, Propose, Update, UpdateKind, UpToDate
from bot.pipeline.tripwire import Tripwire, with_alarms
from tests.unit.pipeline.test_decide import at, pin

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BASE = Dependency(datasource=OCI, name="ghcr.io/acme/base")
GOOD, BAD = (Digest(f"sha256:{number:064x}") for number in (1, 2))


class Registry:
    """Tells of each image that it was built from a repo of its own, but for those that it can't find."""

    def __init__(self, *lost: str) -> None:
        self.lost, self.asked = lost, []

    def facts(self, reference, platform):  # noqa: ARG002 - as a registry is asked
        self.asked.append(reference.digest)
        if reference.digest in self.lost:
            raise DatasourceError("it is gone")
        source = f"https://github.com/acme/base-{reference.digest[-1]}"
        return ImageFacts(digest=reference.digest, labels={"org.opencontainers.image.source": source})


@pytest.fixture
def ledger():
    with closing(Ledger.open("sqlite://")) as opened:
        yield opened


def stands(ledger, tag, digest, now, dependency=BASE):
    ledger.sightings.seen(Release(dependency=dependency, value=tag, digest=digest), now)


def judged(ledger, registry, *decisions, now=NOW, accepted=(), asked=(), built_by=None):
    pins = [(decision.pin, at(asked=asked)) for decision in decisions]
    return with_alarms(Tripwire(facts=registry.facts, accepted=accepted, built_by=built_by), ledger, pins, decisions, now=now)


def up_to_date(**fields):
    the_pin = replace(pin(BASE, "1.2.3"), **fields)
    return Decision(pin=the_pin, verdict=UpToDate(pin=the_pin))


@pytest.fixture
def moved(ledger):
    stands(ledger, "1.2.3", GOOD, NOW - DAY)
    stands(ledger, "1.2.3", BAD, NOW)
    return ledger


def verdicts(the_pin):
    update = Update(pin=the_pin, release=Release(dependency=BASE, value="1.2.3", digest=BAD), kind=UpdateKind.DIGEST)
    return (
        Propose(update=update),
        Hold(update=update, policy="cooldown", reason="young"),
        NotAllowed(update=update, policy="kinds", reason="no"),
    )


def test_nothing_goes_out_and_what_rules_refuse_stays_refused(moved):
    the_pin = pin(BASE, "1.2.3")
    decisions = [Decision(pin=the_pin, verdict=verdict) for verdict in verdicts(the_pin)]
    told = judged(moved, Registry(), *decisions, asked=["1.2.4"])

    assert [getattr(one.verdict, "policy", "") for one in told] == ["tripwire", "tripwire", "kinds"]
    assert "1.2.4: do not merge it" in told[0].verdict.reason
    assert all(one.alarm is not None and one.alarm.asked == ("1.2.4",) for one in told)


@pytest.mark.parametrize(
    ("fields", "takes_it"),
    [
        ({"digest": None}, True),
        ({"digest": BAD}, True),
        ({"digest": GOOD}, False),
        ({"digest": None, "value": "1.2.4"}, False),
        ({"digest": BAD, "value": None}, True),
    ],
    ids=["by tag", "at the new digest", "at the last good digest", "another tag", "by the new digest alone"],
)
def test_who_takes_what_moved(moved, fields, takes_it):
    (told,) = judged(moved, Registry(), up_to_date(**fields))

    assert (told.alarm.is_on_it, [remark.verdict for remark in told.remarks]) == (takes_it, ["alarm"] if takes_it else [])


def test_an_image_that_can_not_be_looked_into_is_no_alarm_and_stops_nothing(moved):
    (told,) = judged(moved, Registry(GOOD), up_to_date())

    assert told.alarm is None


@pytest.mark.parametrize("begin", ["", BAD, BAD[:20], BAD.removeprefix("sha256:")[:64]])
def test_a_digest_may_be_accepted_with_and_without_its_algorithm(moved, begin):
    accepted = [AcceptedMove(dependency="ghcr.io/acme/*", tag="1.2.3", at=begin, reason="ours")]

    assert judged(moved, Registry(), up_to_date(), accepted=accepted)[0].alarm is None


def test_it_asks_for_few_images_and_of_old_moves_for_none(ledger):
    for number in range(60):
        stands(ledger, f"1.{number}.0", Digest(f"sha256:{100 + number:064x}"), NOW - DAY)
        stands(ledger, f"1.{number}.0", Digest(f"sha256:{200 + number:064x}"), NOW)
    first, later = Registry(), Registry()
    judged(ledger, first, up_to_date())
    judged(ledger, later, up_to_date(), now=NOW + 4 * DAY)

    assert (len(first.asked), len(set(first.asked)), later.asked) == (20, 20, [])


def test_where_nothing_moved_decisions_are_as_they_were(ledger):
    stands(ledger, "1.2.3", GOOD, NOW)
    registry, decision = Registry(), up_to_date()

    assert judged(ledger, registry, decision) == [decision]
    assert registry.asked == []


class Signers:
    """Whose builders built which image, by the provenance beside it; what is said is kept, as the lineage keeps it."""

    def __init__(self, ledger, **accounts):
        self.ledger, self.accounts, self.asked = ledger, accounts, []

    def of(self, reference):
        self.asked.append(reference.digest)
        account = self.accounts.get("old" if reference.digest == GOOD else "new")
        if account is None:
            return ()
        if account == "lost":
            raise DatasourceError("it is gone")
        told = (BuiltBy(where="referrer", builder=f"https://github.com/{account}/base/.github/workflows/build.yml@main"),)
        self.ledger.provenances.keep(reference.digest, told, NOW)
        return told


def test_a_signer_that_changed_is_an_alarm_that_lasts_without_a_further_question(moved):
    signers, silent = Signers(moved, old="acme", new="mallory"), Registry(GOOD, BAD)

    (told,) = judged(moved, silent, up_to_date(), built_by=signers.of)
    (later,) = judged(moved, silent, up_to_date(), now=NOW + 9 * DAY, built_by=signers.of)

    assert (told.alarm.alarm.kind, later.alarm.alarm.kind) == (AlarmKind.SIGNER, AlarmKind.SIGNER)
    assert sorted(signers.asked) == [GOOD, BAD]


@pytest.mark.parametrize("new", [None, "lost", "acme"], ids=["nothing is signed", "it can't be asked", "the same"])
def test_a_signer_that_is_not_known_or_the_same_is_none(moved, new):
    (told,) = judged(moved, Registry(GOOD, BAD), up_to_date(), built_by=Signers(moved, old="acme", new=new).of)

    assert told.alarm is None


def test_what_the_ledger_heard_when_the_tag_stood_there_counts_though_it_is_gone(moved):
    moved.provenances.keep(GOOD, [BuiltBy(where="x", builder="https://github.com/acme/base/actions/runs/1")], NOW - DAY)
    signers = Signers(moved, old="lost", new="mallory")

    (told,) = judged(moved, Registry(GOOD, BAD), up_to_date(), built_by=signers.of)

    assert (told.alarm.alarm.kind, signers.asked) == (AlarmKind.SIGNER, [BAD])


def test_provenance_is_asked_of_few_images_of_full_versions_alone(ledger):
    for number in range(60):
        for tag in (f"1.{number}.0", f"1.{number}"):
            stands(ledger, tag, Digest(f"sha256:{100 + number:064x}"), NOW - DAY)
            stands(ledger, tag, Digest(f"sha256:{200 + number:064x}"), NOW)
    signers = Signers(ledger)
    judged(ledger, Registry(), up_to_date(), built_by=signers.of)

    assert (len(signers.asked), len(set(signers.asked))) == (20, 20)


def test_of_tags_of_lines_nobody_is_asked(ledger):
    stands(ledger, "1.2", GOOD, NOW - DAY)
    stands(ledger, "1.2", BAD, NOW)
    signers = Signers(ledger, old="acme", new="mallory")

    assert judged(ledger, Registry(), up_to_date(), built_by=signers.of)[0].alarm is None
    assert signers.asked == []
