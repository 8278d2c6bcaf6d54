"""Digests: refreshed, pinned, and those that do not belong to the tag beside them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.pin import Role
from bot.model.rules import ApprovedBase, Rule
from bot.model.update import NotAllowed, Undecidable, Unknown, UpdateKind, UpToDate
from tests.unit.decide.deciding import ALL, Knows, Registry, decide, digest, listing, outcome, pin, verdicts


def test_refresh_of_the_tag_in_use():
    registry = Registry({"1.2.0": digest(2)})

    decision = decide(pin(digest=digest(1)), listing("1.2.0", "1.1.0"), registry=registry)

    assert outcome(decision) == ("1.2.0", UpdateKind.DIGEST)
    assert decision.verdict.update.release.digest == digest(2)
    assert registry.asked == ["1.2.0"]


def test_a_value_update_carries_the_new_digest_and_asks_for_no_other():
    registry = Registry({"1.2.0": digest(2), "1.3.0": digest(3)})

    decision = decide(pin(digest=digest(1)), listing("1.2.0", "1.2.1", "1.3.0"), registry=registry)

    assert (outcome(decision), decision.verdict.update.release.digest) == (("1.3.0", UpdateKind.MINOR), digest(3))
    assert registry.asked == ["1.3.0"]


def test_the_refresh_goes_out_while_a_version_waits():
    registry = Registry({"1.2.0": digest(2)})

    decision = decide(
        pin(digest=digest(1)),
        listing("1.2.0", ("1.3.0", 0)),
        Rule(cooldown=timedelta(days=3), digest_cooldown=timedelta()),
        registry=registry,
    )

    assert outcome(decision) == ("1.2.0", UpdateKind.DIGEST)
    assert verdicts(decision)["1.3.0"] == "held"


@pytest.mark.parametrize("value", ["latest", "lts-alpine", "nonroot", "3"])
def test_floating_tags_move_by_digest_only(value):
    registry = Registry({value: digest(2)})

    decision = decide(pin(value, digest=digest(1)), listing(value, "4.0.1", "20240101"), registry=registry)

    assert outcome(decision) == (value, UpdateKind.DIGEST)


@pytest.mark.parametrize(
    ("the_pin", "rule", "expected"),
    [
        pytest.param(pin("1.2.0"), Rule(allow=ALL), ("1.2.0", UpdateKind.PIN), id="tag-gets-a-digest"),
        pytest.param(pin(None), Rule(allow=ALL), ("latest", UpdateKind.PIN), id="bare-name-gets-that-of-latest"),
        pytest.param(pin("latest"), Rule(allow=ALL), ("latest", UpdateKind.PIN), id="floating"),
        pytest.param(pin("1.2.0"), Rule(), UpToDate, id="not-asked-for"),
        pytest.param(pin(None), Rule(), Undecidable, id="bare-name-not-asked-for"),
        pytest.param(pin("1.2.0", role=Role.CHART, scheme="semver"), Rule(allow=ALL), UpToDate, id="a-chart-is-no-image"),
    ],
)
def test_pinning(the_pin, rule, expected):
    registry = Registry({"1.2.0": digest(1), "latest": digest(2)})

    assert outcome(decide(the_pin, listing("1.2.0"), rule, registry=registry)) == expected


def test_a_version_that_moves_where_pins_are_asked_for_gets_its_digest():
    decision = decide(pin(), listing("1.3.0"), Rule(allow=ALL), registry=Registry({"1.3.0": digest(3)}))

    assert (outcome(decision), decision.verdict.update.release.digest) == (("1.3.0", UpdateKind.MINOR), digest(3))


def test_a_pin_without_digest_gets_none_unasked():
    decision = decide(pin(), listing(("1.3.0", digest(3))))

    assert decision.verdict.update.release.digest is None


def test_a_tag_that_is_gone_leaves_an_older_one():
    registry = Registry({"1.3.0": digest(3)})

    decision = decide(pin(digest=digest(1)), listing("1.4.0", "1.3.0"), registry=registry)

    assert outcome(decision) == ("1.3.0", UpdateKind.MINOR)
    assert verdicts(decision)["1.4.0"] == "unknown"


def test_no_digest_to_be_had_is_unknown():
    decision = decide(pin(digest=digest(1)), listing("1.2.0"))

    assert decision.verdict == Unknown(pin=pin(digest=digest(1)), reason="1.2.0 is gone")


def test_no_ops_are_passed_over_unless_wanted():
    registry, evidence = Registry({"1.2.0": digest(2)}), Knows(no_ops=[digest(2)])

    passed = decide(pin(digest=digest(1)), listing("1.2.0"), registry=registry, evidence=evidence)
    wanted = decide(pin(digest=digest(1)), listing("1.2.0"), Rule(skip_no_ops=False), registry=registry, evidence=evidence)

    assert passed.verdict.reason == "the new digest holds the same content"
    assert outcome(wanted) == ("1.2.0", UpdateKind.DIGEST)


def test_a_tag_that_was_turned_back_is_told_and_not_followed():
    registry = Registry({"1.2.0": digest(2)})

    decision = decide(pin(digest=digest(1)), listing("1.2.0"), registry=registry, evidence=Knows(older=[digest(2)]))

    assert decision.verdict.reason == "1.2.0 was turned back to an image that was built earlier"


def test_a_release_that_lost_a_platform_is_passed_over():
    decision = decide(pin(), listing("1.4.0", "1.3.0"), evidence=Knows(lost={"1.4.0": ("linux/arm64",)}))

    assert outcome(decision) == ("1.3.0", UpdateKind.MINOR)
    assert {candidate.reason for candidate in decision.candidates} >= {"platform: no longer published for linux/arm64"}


@pytest.mark.parametrize(
    ("warned", "expected"),
    [
        pytest.param("1.2.0", ["its publisher warns: it was yanked"], id="the one in use"),
        pytest.param("1.3.0", [], id="the new one"),
    ],
)
def test_a_publishers_warning_is_told_and_holds_nothing(warned, expected):
    there = listing("1.2.0", "1.3.0")
    releases = tuple(replace(release, deprecation="it was yanked" if release.value == warned else None) for release in there.releases)

    decision = decide(pin(), replace(there, releases=releases))

    assert outcome(decision) == ("1.3.0", UpdateKind.MINOR)
    assert [remark.reason for remark in decision.remarks] == expected


def test_the_digest_of_a_newer_tag_is_believed_and_told():
    tags = listing(("1.2.0", digest(2)), ("1.3.0", digest(3)))

    decision = decide(pin("1.2.0", digest=digest(3)), tags, registry=Registry({"1.2.0": digest(2)}))

    assert outcome(decision) is UpToDate
    assert decision.candidates[0].verdict == "mismatch"


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param(listing(("1.3.0", digest(3))), id="the-tag-is-not-listed"),
        pytest.param(listing("1.2.0", ("1.3.0", digest(3))), id="the-digest-of-the-tag-is-not-known"),
    ],
)
def test_without_the_digest_of_the_tag_nothing_is_said_of_it(tags):
    decision = decide(pin("1.2.0", digest=digest(3)), tags, registry=Registry({"1.2.0": digest(2), "1.3.0": digest(3)}))

    assert outcome(decision) == ("1.3.0", UpdateKind.MINOR)
    assert "mismatch" not in {candidate.verdict for candidate in decision.candidates}


def test_a_fresh_digest_of_a_forbidden_base_is_proposed():
    bases = (ApprovedBase(dependency="docker.io/library/nginx", status="forbidden"),)

    decision = decide(pin(digest=digest(1)), listing("1.2.0", "1.3.0"), bases=bases, registry=Registry({"1.2.0": digest(2)}))

    assert outcome(decision) == ("1.2.0", UpdateKind.DIGEST)


def test_the_digest_of_an_older_tag_is_repaired():
    tags = listing(("1.1.0", digest(1)), ("1.2.0", digest(2)))

    decision = decide(pin("1.2.0", digest=digest(1)), tags, registry=Registry({"1.2.0": digest(2)}))

    assert decision.verdict.update.release.digest == digest(2)
    assert decision.verdict.update.release.value == "1.2.0"


def test_an_older_digest_of_a_floating_tag_is_no_mismatch():
    tags = listing(("1.25", digest(4)), ("1.25.3", digest(3)), ("1.25.4", digest(4)))

    decision = decide(pin("1.25", digest=digest(3)), tags, registry=Registry({"1.25": digest(4)}))

    assert outcome(decision) == ("1.25", UpdateKind.DIGEST)
    assert "mismatch" not in {candidate.verdict for candidate in decision.candidates}


def test_a_digest_alone_is_read_by_its_tag():
    tags = listing(("1.2.0", digest(2)), ("1.3.0", digest(3)))
    registry = Registry({"1.3.0": digest(3)})

    known = decide(pin(None, digest=digest(2)), tags, registry=registry)
    unknown = decide(pin(None, digest=digest(9)), tags, registry=registry)

    newest = decide(pin(None, digest=digest(3)), tags, registry=Registry({"latest": digest(7)}))

    assert (outcome(known), known.verdict.update.release.digest) == (("1.3.0", UpdateKind.DIGEST), digest(3))
    assert outcome(unknown) is Undecidable
    assert outcome(newest) is UpToDate


def test_a_digest_alone_moves_only_as_far_as_its_version_may():
    tags = listing(("1.2.0", digest(2)), ("2.0.0", digest(3)))

    assert outcome(decide(pin(None, digest=digest(2)), tags)) is NotAllowed
