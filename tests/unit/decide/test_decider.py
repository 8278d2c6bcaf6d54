"""What is decided about a pin, from its value, the listing, the rules and the time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath
from types import SimpleNamespace

import pytest

from bot.decide.decider import Decider, PinContext
from bot.decide.follow import values_in_use
from bot.model.dependency import Dependency, Release
from bot.model.fleet import Phase
from bot.model.image import Digest
from bot.model.listing import DatasourceError, Listing, NotListedError
from bot.model.pin import OptOut, Pin, Role
from bot.model.rules import ApprovedBase, Freeze, Ignored, Match, RangeMove, Rule, Window
from bot.model.update import ChartBump, Frozen, Hold, NotAllowed, Propose, Undecidable, Unknown, UpdateKind, UpToDate

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)  # A Monday.
LONG_AGO = NOW - timedelta(days=400)
CONTEXT = PinContext(repo="acme/shop", app="shop", stage="production", phase=Phase.BAU)
NGINX = Dependency(datasource="oci", name="docker.io/library/nginx")
ALL = frozenset(UpdateKind)


def digest(number):
    return Digest(f"sha256:{number:064x}")


def pin(value="1.2.0", *, dependency=NGINX, scheme="docker", role=Role.IMAGE, **more):
    name = dependency.name.rpartition("/")[2]
    return Pin(
        file=PurePosixPath("deploy/values.yaml"),
        finder="helm-values",
        dependency=dependency,
        name=name,
        scheme=scheme,
        value=value,
        role=role,
        sites=(),
        line=1,
        column=1,
        **more,
    )


def listing(*values, dependency=NGINX, problem=None):
    """Values, or (value, days since it was first seen), or (value, digest) pairs."""
    releases = []
    for entry in values:
        value, known = entry if isinstance(entry, tuple) else (entry, None)
        release = Release(dependency=dependency, value=value, first_seen=LONG_AGO)
        if isinstance(known, str):
            release = replace(release, digest=known)
        elif known is not None:
            release = replace(release, first_seen=NOW - timedelta(days=known))
        releases.append(release)
    return Listing(dependency=dependency, releases=tuple(releases), problem=problem)


class Registry:
    """Gives digests, and remembers what it was asked for."""

    def __init__(self, digests=()):
        self.digests = dict(digests)
        self.asked = []

    def describe(self, release):
        self.asked.append(release.value)
        if release.value not in self.digests:
            raise DatasourceError(f"{release.value} is gone")
        return replace(release, digest=self.digests[release.value])


def decide(the_pin, the_listing, *rules, registry=None, now=NOW, context=CONTEXT, bases=(), evidence=None, in_use=()):
    decider = Decider(rules, bases, evidence=evidence).knowing(values_in_use(in_use))
    return decider.decide(the_pin, the_listing, context, (registry or Registry()).describe, now)


def outcome(decision):
    """The verdict in one word or two: the proposed value and kind, else the name of the verdict."""
    verdict = decision.verdict
    if isinstance(verdict, Propose):
        return verdict.update.release.value, verdict.update.kind
    return type(verdict)


def verdicts(decision):
    return {candidate.value: candidate.verdict for candidate in decision.candidates}


# Values


@pytest.mark.parametrize(
    ("allow", "expected"),
    [
        ({UpdateKind.PATCH}, ("1.2.9", UpdateKind.PATCH)),
        ({UpdateKind.PATCH, UpdateKind.MINOR}, ("1.3.0", UpdateKind.MINOR)),
        ({UpdateKind.MAJOR}, ("2.0.0", UpdateKind.MAJOR)),
        ({UpdateKind.DIGEST}, NotAllowed),
        (set(), NotAllowed),
    ],
)
def test_allowed_kinds(allow, expected):
    decision = decide(pin(), listing("1.2.0", "1.2.9", "1.3.0", "2.0.0"), Rule(allow=frozenset(allow)))

    assert outcome(decision) == expected


def test_the_default_leaves_majors_and_prereleases_out():
    decision = decide(pin(), listing("1.2.0", "1.3.0", "1.4.0-rc1", "2.0.0"))

    assert outcome(decision) == ("1.3.0", UpdateKind.MINOR)
    assert verdicts(decision) == {"2.0.0": "not allowed", "1.4.0-rc1": "prerelease", "1.3.0": "chosen", "1.2.0": "current"}


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        pytest.param({"1.4.0"}, ("1.3.0", UpdateKind.MINOR), id="the newest"),
        pytest.param({"1.2.0", "1.4.0"}, ("1.4.0", UpdateKind.MINOR), id="the one in use, too"),
        pytest.param(set(), ("1.4.0", UpdateKind.MINOR), id="none"),
    ],
)
def test_a_release_that_its_publisher_marks_is_a_prerelease(marked, expected):
    there = listing("1.2.0", "1.3.0", "1.4.0")
    there = replace(there, releases=tuple(replace(release, is_prerelease=release.value in marked) for release in there.releases))

    assert outcome(decide(pin(), there)) == expected
    assert outcome(decide(pin(), there, Rule(prereleases=True))) == ("1.4.0", UpdateKind.MINOR)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param([], ChartBump.NONE, id="off by default"),
        pytest.param([Rule(bump_chart=ChartBump.MINOR), Rule()], ChartBump.MINOR, id="asked for"),
        pytest.param([Rule(bump_chart=ChartBump.MINOR), Rule(bump_chart=ChartBump.NONE)], ChartBump.NONE, id="taken back"),
    ],
)
def test_whether_the_chart_around_a_pin_is_raised(rules, expected):
    assert decide(pin(), listing("1.2.0", "1.3.0"), *rules).verdict.update.bump_chart is expected


def test_never_back():
    decision = decide(pin("1.5.0"), listing("1.3.0", "1.4.0", "1.5.0"), Rule(allow=ALL - {UpdateKind.PIN}))

    assert outcome(decision) is UpToDate


def test_a_failed_look_up_is_unknown_not_vanished():
    decision = decide(pin(), listing(problem="registry said 503"))

    assert decision.verdict == Unknown(pin=pin(), reason="registry said 503")


def registry_that_lost(*values):
    def describe(release):
        raise NotListedError(f"no such tag as {release.value}") if release.value in values else DatasourceError("503")

    return SimpleNamespace(describe=describe)


@pytest.mark.parametrize("listed", [(), ("1.1.0", "1.0.9")], ids=["empty", "shortened"])
@pytest.mark.parametrize(
    ("registry", "expected"),
    [
        pytest.param(Registry({"1.2.0": digest(2)}), Frozen, id="the value in use is there"),
        pytest.param(registry_that_lost("1.2.0"), Undecidable, id="it is gone"),
        pytest.param(registry_that_lost(), Unknown, id="nobody knows"),
    ],
)
def test_a_list_without_the_value_in_use_is_no_all_clear(listed, registry, expected):
    assert outcome(decide(pin(), listing(*listed), registry=registry)) is expected


@pytest.mark.parametrize(
    ("listed", "lost", "registry", "words"),
    [
        ((), (), registry_that_lost("1.2.0"), "1.2.0, which is in use, is not there, and nothing is listed"),
        (("3-alpine",), (), registry_that_lost("1.2.0"), "1.2.0, which is in use, is not there, and nothing newer of its line is listed"),
        (("1.1.0",), ("1.2.0",), registry_that_lost("1.2.0"), "1.2.0, which is in use, is not published any more, and nothing newer"),
        ((), (), Registry({"1.2.0": digest(2)}), "the list lacks 1.2.0, which is in use (nothing is listed); nothing is concluded"),
        (("1.1.0",), ("1.2.0",), Registry({"1.2.0": digest(2)}), "the list shrank: 1.2.0, which is in use, is not in it (1 listed"),
    ],
)
def test_only_what_was_listed_before_is_called_lost(listed, lost, registry, words):
    there = replace(listing(*listed), lost=lost)

    assert decide(pin(), there, registry=registry).verdict.reason.startswith(words)


def asking(*values):
    return PinContext(repo="acme/shop", app="shop", asked=frozenset(values))


@pytest.mark.parametrize(
    ("registry", "expected"),
    [
        pytest.param(Registry({"1.2.19": digest(2)}), Frozen, id="it is there"),
        pytest.param(registry_that_lost("1.2.19"), ("1.2.2", UpdateKind.PATCH), id="it is gone"),
        pytest.param(registry_that_lost(), Frozen, id="nobody knows"),
    ],
)
def test_nothing_goes_below_what_an_open_pull_request_asks_for_unless_that_is_gone(registry, expected):
    decision = decide(pin(), listing("1.2.0", "1.2.1", "1.2.2"), registry=registry, context=asking("1.2.19"))

    assert outcome(decision) == expected
    told = [remark.reason for remark in decision.remarks]
    assert told == ([] if expected is Frozen else ["1.2.19, which an open pull request asks for, is not published any more"])


def test_what_an_open_pull_request_asks_for_may_be_passed():
    assert outcome(decide(pin(), listing("1.2.0", "1.2.20"), context=asking("1.2.19"))) == ("1.2.20", UpdateKind.PATCH)


def test_what_an_open_pull_request_asks_for_is_not_taken_back_by_a_hold():
    rule = Rule(cooldown=timedelta(days=3))

    decision = decide(pin(), listing("1.2.0", ("1.2.1", 30), ("1.2.2", 0)), rule, context=asking("1.2.2"))

    assert (type(decision.verdict), decision.verdict.update.release.value) == (Hold, "1.2.2")


def test_what_an_open_pull_request_asks_for_may_be_refused_by_a_rule():
    decision = decide(pin(), listing("1.2.0", "1.2.1", "1.2.2"), Rule(versions="<1.2.2"), context=asking("1.2.2"))

    assert outcome(decision) == ("1.2.1", UpdateKind.PATCH)


def test_a_list_that_is_not_to_be_believed_decides_nothing():
    there = replace(listing("1.2.0", "1.3.0"), shrunk="the list lost 90 of 100 values")

    assert decide(pin(), there).verdict == Frozen(pin=pin(), reason="the list lost 90 of 100 values")


def test_all_that_is_newer_and_refused_is_told():
    decision = decide(pin(), listing("1.2.0", "1.2.1", "2.0.0", "2.1.0-rc1"), Rule(versions="<1.2.1"))

    verdict = decision.verdict
    assert (verdict.policy, verdict.update.release.value, verdict.reason) == (
        "not allowed",
        "2.0.0",
        "a major update; allowed: digest, minor, patch",
    )
    assert verdict.refused == ("2.1.0-rc1", "2.0.0", "1.2.1")


def test_a_digest_that_no_rule_lets_move_is_no_all_clear():
    registry = Registry({"1.2.0": digest(2)})
    rule = Rule(allow=frozenset({UpdateKind.MINOR}))

    behind = decide(pin(digest=digest(1)), listing("1.2.0"), rule, registry=registry)
    fresh = decide(pin(digest=digest(2)), listing("1.2.0"), rule, registry=registry)

    assert (outcome(behind), behind.verdict.reason) == (NotAllowed, "a digest update; allowed: minor")
    assert outcome(fresh) is UpToDate


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(Rule(versions="<1.4"), "1.3.0", id="range"),
        pytest.param(Rule(versions="1.3.x"), "1.3.0", id="x-range"),
        pytest.param(Rule(ignore=(Ignored(versions=">=1.4"),)), "1.3.0", id="ignored-range"),
        pytest.param(Rule(ignore=(Ignored(versions="1.4.*"),)), "1.3.0", id="ignored-pattern"),
        pytest.param(Rule(ignore=(Ignored(versions="1.4.0", until=date(2026, 11, 23)),)), "1.3.0", id="ignored-on-its-last-day"),
        pytest.param(Rule(ignore=(Ignored(versions="1.4.0", until=date(2026, 11, 22)),)), "1.4.0", id="ignored-until-yesterday"),
    ],
)
def test_ranges(rule, expected):
    decision = decide(pin(), listing("1.2.0", "1.3.0", "1.4.0"), rule)

    assert outcome(decision) == (expected, UpdateKind.MINOR)


@pytest.mark.parametrize(
    ("current", "values", "expected"),
    [
        pytest.param("3.13.0rc2", ["3.13.0rc3", "3.14.0a1"], "3.13.0rc3", id="next-of-the-same-version"),
        pytest.param("3.13.0rc2", ["3.13.0rc3", "3.13.0", "3.14.0a1"], "3.13.0", id="its-final"),
        pytest.param("2023.10.1-beta", ["2024.8.0-beta"], "2024.8.0-beta", id="nothing-else-was-ever-published"),
        pytest.param("2023.10.1-beta", ["2024.8.0-beta", "2023.9.0-slim"], "2024.8.0-beta", id="finals-of-another-line"),
        pytest.param("1.2.0-nightly.1", ["1.2.0-nightly.2", "1.3.0"], "1.2.0-nightly.2", id="stays-on-its-channel"),
    ],
)
def test_from_a_prerelease(current, values, expected):
    decision = decide(pin(current), listing(current, *values), Rule(allow=ALL - {UpdateKind.PIN}))

    assert decision.verdict.update.release.value == expected


def test_a_stream_that_has_finals_is_left_for_none_but_them():
    decision = decide(pin("2023.10.1-beta"), listing("2023.10.1-beta", "2024.8.0-beta", "2023.9.0"), Rule(allow=ALL - {UpdateKind.PIN}))

    assert outcome(decision) is NotAllowed


def test_prereleases_where_the_rule_asks_for_them():
    decision = decide(pin(), listing("1.3.0-rc1"), Rule(prereleases=True))

    assert outcome(decision) == ("1.3.0-rc1", UpdateKind.MINOR)


def test_nothing_above_what_latest_points_to():
    tags = listing(("latest", digest(3)), ("1.3.0", digest(3)), ("1.9.0", digest(9)))

    decision = decide(pin(), tags)

    assert outcome(decision) == ("1.3.0", UpdateKind.MINOR)
    assert verdicts(decision)["1.9.0"] == "above latest"


def test_latest_does_not_bind_a_pin_above_it():
    tags = listing(("latest", digest(3)), ("1.3.0", digest(3)), ("1.9.0", digest(9)))

    assert outcome(decide(pin("1.4.0"), tags)) == ("1.9.0", UpdateKind.MINOR)


def test_ubuntu_stays_on_long_term_releases():
    ubuntu = Dependency(datasource="oci", name="docker.io/library/ubuntu")

    decision = decide(
        pin("22.04", dependency=ubuntu), listing("23.10", "24.04", "24.10", dependency=ubuntu), Rule(allow=ALL - {UpdateKind.PIN})
    )

    assert outcome(decision) == ("24.04", UpdateKind.MAJOR)


# Time


def test_a_young_release_never_starves_a_ripe_one():
    decision = decide(pin(), listing(("1.5.0", 1), ("1.4.0", 2.9), ("1.3.0", 3)), Rule(cooldown=timedelta(days=3)))

    assert outcome(decision) == ("1.3.0", UpdateKind.MINOR)
    assert verdicts(decision) == {"1.5.0": "held", "1.4.0": "held", "1.3.0": "chosen"}


def test_cooldown_holds_until_the_first_ripens():
    decision = decide(pin(), listing(("1.5.0", 1), ("1.4.0", 2)), Rule(cooldown=timedelta(days=3)))

    assert isinstance(decision.verdict, Hold)
    assert decision.verdict.update.release.value == "1.4.0"
    assert decision.verdict.until == NOW + timedelta(days=1)


def test_a_release_never_seen_before_is_young_whatever_its_publisher_says():
    release = Release(dependency=NGINX, value="1.3.0", published_at=LONG_AGO)

    decision = decide(pin(), Listing(dependency=NGINX, releases=(release,)), Rule(cooldown=timedelta(days=3)))

    assert isinstance(decision.verdict, Hold)
    assert decision.verdict.until == NOW + timedelta(days=3)


def test_a_digest_waits_from_when_it_was_seen_itself():
    rule, registry = Rule(digest_cooldown=timedelta(days=2)), Registry({"1.2.0": digest(2)})

    unseen = decide(pin(digest=digest(1)), listing(("1.2.0", digest(1))), rule, registry=registry)
    known = decide(pin(digest=digest(1)), listing(("1.2.0", digest(2))), rule, registry=registry)

    assert (unseen.verdict.policy, unseen.verdict.until) == ("cooldown", NOW + timedelta(days=2))
    assert outcome(known) == ("1.2.0", UpdateKind.DIGEST)


@pytest.mark.parametrize(
    ("cooldown", "words"), [(timedelta(days=1), "1 day"), (timedelta(days=2.5), "2.5 days"), (timedelta(hours=12), "12 hours")]
)
def test_a_hold_says_since_when_and_how_long(cooldown, words):
    decision = decide(pin(), listing(("1.3.0", 0)), Rule(cooldown=cooldown))

    assert decision.verdict.reason == f"first seen 2026-11-23 12:00 UTC; releases wait {words}"


def test_a_run_over_a_fleet_tells_of_a_hundred_values_at_the_most():
    assert len(decide(pin(), listing(*(f"1.{minor}.0" for minor in range(3, 300)))).candidates) == 100


class Knows:
    """Evidence as a table."""

    def __init__(self, *, no_ops=(), older=(), lost=None):
        self._no_ops, self._older, self._lost = no_ops, older, lost or {}

    def step(self, update):  # noqa: ARG002
        return None

    def is_no_op(self, update):
        return update.release.digest in self._no_ops

    def is_older_build(self, update):
        return update.release.digest in self._older

    def lost_platforms(self, update):
        return self._lost.get(update.release.value, ())


@pytest.mark.parametrize(
    ("window", "until"),
    [
        pytest.param(Window(), None, id="always"),
        pytest.param(Window(days=frozenset({0}), from_hour=12, to_hour=13), None, id="open-from-this-hour"),
        pytest.param(Window(days=frozenset({0}), from_hour=11, to_hour=12), NOW + timedelta(days=6, hours=23), id="closed-at-this-hour"),
        pytest.param(Window(days=frozenset({1}), from_hour=9), NOW + timedelta(hours=21), id="tomorrow"),
        pytest.param(Window(from_hour=13, time_zone="Europe/Berlin"), None, id="one-hour-ahead"),
        pytest.param(Window(from_hour=18, time_zone="Asia/Kolkata"), NOW + timedelta(minutes=30), id="half-an-hour-zone"),
    ],
)
def test_windows(window, until):
    decision = decide(pin(), listing("1.3.0"), Rule(windows=(window,)))

    if until is None:
        assert outcome(decision) == ("1.3.0", UpdateKind.MINOR)
    else:
        assert (decision.verdict.policy, decision.verdict.until) == ("window", until)


def test_freeze_holds_and_says_why():
    freeze = Freeze(starts=NOW, ends=NOW + timedelta(days=2), reason="year's end")

    during = decide(pin(), listing("1.3.0"), Rule(freezes=(freeze,)))
    after = decide(pin(), listing("1.3.0"), Rule(freezes=(freeze,)), now=freeze.ends)

    assert (during.verdict.reason, during.verdict.until) == ("frozen: year's end", freeze.ends)
    assert outcome(after) == ("1.3.0", UpdateKind.MINOR)


@pytest.mark.parametrize(
    ("opt_out", "is_held"),
    [
        pytest.param(OptOut(reason="until the API moves"), True, id="for-good"),
        pytest.param(OptOut(until=date(2026, 11, 23)), True, id="last-day"),
        pytest.param(OptOut(until=date(2026, 11, 22)), False, id="over"),
    ],
)
def test_opt_out(opt_out, is_held):
    decision = decide(pin(opt_out=opt_out), listing("1.3.0"))

    assert isinstance(decision.verdict, NotAllowed) is is_held


def test_of_several_holds_the_one_that_ends_first_is_told():
    rule = Rule(cooldown=timedelta(days=3), allow=ALL - {UpdateKind.PIN})

    decision = decide(pin(), listing(("2.0.0", 0), ("1.3.0", 2)), rule)

    assert decision.verdict.update.release.value == "1.3.0"


# Approved bases, following


@pytest.mark.parametrize(
    ("status", "expected"),
    [("forbidden", NotAllowed), ("deprecated", ("1.3.0", UpdateKind.MINOR)), ("allowed", ("1.3.0", UpdateKind.MINOR))],
)
def test_approved_bases(status, expected):
    bases = (ApprovedBase(dependency="docker.io/library/*", status=status, successor="registry.example/base/nginx", reason="end of life"),)

    decision = decide(pin(), listing("1.3.0"), bases=bases)

    assert outcome(decision) == expected
    assert [remark.verdict for remark in decision.remarks] == ([] if status == "allowed" else [f"{status} base"])
    if status == "forbidden":
        assert decision.verdict.reason == "this base is forbidden (end of life): move to registry.example/base/nginx"


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [("1.4.0", ("1.4.0", UpdateKind.MINOR)), ("1.3.0", ("1.3.0", UpdateKind.MINOR)), ("1.2.0", Hold), (None, Hold)],
)
def test_follow(theirs, expected):
    in_use = [] if theirs is None else [("canary", pin("1.5.0")), ("canary", pin(theirs)), ("canary", pin(None)), ("shop", pin("9.0.0"))]

    decision = decide(pin(), listing("1.3.0", "1.4.0"), Rule(follow="canary"), in_use=in_use)

    assert outcome(decision) == expected


def test_the_version_in_use_is_refreshed_whoever_is_followed():
    registry = Registry({"1.2.0": digest(2)})

    decision = decide(pin(digest=digest(1)), listing("1.2.0"), Rule(follow="canary"), registry=registry)

    assert outcome(decision) == ("1.2.0", UpdateKind.DIGEST)


# Digests


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


# Tag and digest that do not belong together


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


# Actions, charts, tools

CHECKOUT = Dependency(datasource="github-tags", name="actions/checkout")
REDIS = Dependency(datasource="helm", name="https://charts.example.org/stable#redis")
COMMITS = ["1" * 40, "2" * 40, "3" * 40]


def test_an_action_moves_with_its_commit():
    action = pin("v4.1.0", dependency=CHECKOUT, scheme="semver", role=Role.ACTION, digest=COMMITS[0])
    tags = listing(("v4.1.0", COMMITS[0]), ("v4.2.0", COMMITS[1]), "v4", dependency=CHECKOUT)

    decision = decide(action, tags, registry=Registry({"v4.2.0": COMMITS[1]}))

    assert (outcome(decision), decision.verdict.update.release.digest) == (("v4.2.0", UpdateKind.MINOR), COMMITS[1])


def test_a_commit_without_a_version_is_read_by_its_tag():
    tags = listing(("v4.1.0", COMMITS[0]), ("v4.2.0", COMMITS[1]), "v4", dependency=CHECKOUT)
    registry = Registry({"v4.2.0": COMMITS[1]})
    bare = {"dependency": CHECKOUT, "scheme": "loose", "role": Role.GIT}

    tagged = decide(pin(None, digest=COMMITS[0], **bare), tags, registry=registry)
    between = decide(pin(None, digest=COMMITS[2], **bare), tags, registry=registry)

    assert (outcome(tagged), tagged.verdict.update.release.digest) == (("v4.2.0", UpdateKind.DIGEST), COMMITS[1])
    assert between.verdict.reason == "pinned by commit alone, and no published tag stands at that commit"


def test_the_comment_beside_a_commit_is_not_believed():
    action = pin("v4.1.0", dependency=CHECKOUT, scheme="semver", role=Role.ACTION, digest=COMMITS[1])
    tags = listing(("v4.1.0", COMMITS[0]), ("v4.2.0", COMMITS[1]), dependency=CHECKOUT)

    decision = decide(action, tags, registry=Registry({"v4.1.0": COMMITS[0]}))

    assert outcome(decision) is UpToDate
    assert decision.candidates[0].verdict == "mismatch"


def test_a_moved_release_tag_is_told_and_not_followed():
    action = pin("v4.1.0", dependency=CHECKOUT, scheme="semver", role=Role.ACTION, digest=COMMITS[2])
    tags = listing(("v4.1.0", COMMITS[0]), dependency=CHECKOUT)

    decision = decide(action, tags, registry=Registry({"v4.1.0": COMMITS[0]}))

    assert outcome(decision) is UpToDate
    assert decision.candidates[0].verdict == "moved"


def test_a_floating_action_tag_is_refreshed():
    action = pin("v4", dependency=CHECKOUT, scheme="semver", role=Role.ACTION, digest=COMMITS[0])
    tags = listing(("v4", COMMITS[1]), ("v4.2.0", COMMITS[1]), dependency=CHECKOUT)

    decision = decide(action, tags, registry=Registry({"v4": COMMITS[1]}))

    assert (outcome(decision), decision.verdict.update.release.digest) == (("v4", UpdateKind.DIGEST), COMMITS[1])


@pytest.mark.parametrize(
    ("value", "expected", "reason"),
    [
        ("^1.2", NotAllowed, "the range ^1.2 shuts out the newest version, 2.1.0; ranges: keep leaves it to its owners"),
        ("1.x", NotAllowed, "the range 1.x shuts out the newest version, 2.1.0; ranges: keep leaves it to its owners"),
        ("1.2", NotAllowed, "the range 1.2 shuts out the newest version, 2.1.0; ranges: keep leaves it to its owners"),
        (">=1", UpToDate, None),
        ("2.x.x", UpToDate, None),
        (">=5", Undecidable, "the range >=5 lets in nothing that is published; the newest version is 2.1.0"),
        ("1.2.3", NotAllowed, "a major update; allowed: digest, minor, patch"),
    ],
)
def test_ranges_of_charts_are_kept(value, expected, reason):
    chart = pin(value, dependency=REDIS, scheme="semver", role=Role.CHART)

    decision = decide(chart, listing("1.2.3", "2.1.0", "3.0.0-rc.1", dependency=REDIS))

    assert outcome(decision) is expected
    assert reason is None or decision.verdict.reason == reason


WIDEN, REPLACE = Rule(ranges=RangeMove.WIDEN), Rule(ranges=RangeMove.REPLACE)
CHARTS = ["1.2.3", "1.9.0", "2.1.0", "3.0.0-rc.1"]


def move_range(value, values, *rules, asked=()):
    context = replace(CONTEXT, asked=frozenset(asked))
    return decide(
        pin(value, dependency=REDIS, scheme="semver", role=Role.CHART), listing(*values, dependency=REDIS), *rules, context=context
    )


@pytest.mark.parametrize(
    ("value", "rule", "expected"),
    [
        pytest.param("^1.2.0", WIDEN, "^1.2.0 || ^2.1.0", id="one more alternative"),
        pytest.param("^1.2.0", REPLACE, "^2.1.0", id="in its own style"),
        pytest.param("1.x.x", REPLACE, "2.x.x", id="as precise as it was"),
        pytest.param(">=1.2 <2", WIDEN, ">=1.2 <3", id="an upper bound"),
    ],
)
def test_a_rule_moves_ranges(value, rule, expected):
    decision = move_range(value, CHARTS, rule, Rule(allow=ALL))

    assert outcome(decision) == (expected, UpdateKind.MAJOR)
    assert decision.verdict.update.range_step == ("1.9.0", "2.1.0")


@pytest.mark.parametrize(
    ("value", "values", "rules", "expected"),
    [
        pytest.param("^1.2.0", CHARTS, [], NotAllowed, id="a major step where none is allowed"),
        pytest.param("~1.2.0", CHARTS, [], ("~1.9.0", UpdateKind.MINOR), id="a smaller step, which is"),
        pytest.param("^1.2.0", [*CHARTS, "2.2.0"], [Rule(allow=ALL, versions="<2.2")], ("^2.1.0", UpdateKind.MAJOR), id="versions"),
        pytest.param(
            "^1.2.0", [*CHARTS, ("2.2.0", 1)], [Rule(allow=ALL, cooldown=timedelta(days=3))], ("^2.1.0", UpdateKind.MAJOR), id="wait"
        ),
        pytest.param("^1.2.0", ["1.2.3", ("2.2.0", 1)], [Rule(allow=ALL, cooldown=timedelta(days=3))], Hold, id="all wait"),
        pytest.param(">=5", CHARTS, [Rule(allow=ALL)], Undecidable, id="never down"),
        pytest.param(">1.0 <2", CHARTS, [Rule(allow=ALL)], (">1.0 <3", UpdateKind.MAJOR), id="what has no version of its own stays"),
        pytest.param("=1.2.3", CHARTS, [Rule(allow=ALL)], ("=2.1.0", UpdateKind.MAJOR), id="one version, written as a range"),
    ],
)
def test_a_range_moves_as_far_as_the_rules_let_it(value, values, rules, expected):
    assert outcome(move_range(value, values, REPLACE, *rules)) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([], ("^2.1.0", UpdateKind.MAJOR)),
        (["^2.0.0"], ("^2.1.0", UpdateKind.MAJOR)),
        (["^1.2.0"], ("^2.1.0", UpdateKind.MAJOR)),
        (["^3.1.0"], Frozen),
    ],
)
def test_a_range_goes_not_below_what_an_open_pull_request_asks_for(asked, expected):
    assert outcome(move_range("^1.2.0", CHARTS, REPLACE, Rule(allow=ALL), asked=asked)) == expected


def test_a_range_that_is_kept_refuses_what_it_would_become():
    assert move_range("^1.2.0", CHARTS).verdict.refused == ("2.1.0", "^1.2.0 || ^2.1.0", "^2.1.0")


@pytest.mark.parametrize(
    ("scheme", "role", "expected"),
    [
        pytest.param("semver", Role.CHART, ("1.2.1+up2.0", UpdateKind.PATCH), id="a chart's version"),
        pytest.param("docker", Role.CHART, Undecidable, id="a chart's tag"),
        pytest.param("semver", Role.TOOL, Undecidable, id="no chart"),
    ],
)
def test_a_plus_in_the_version_of_a_chart_is_an_underscore_in_its_tag(scheme, role, expected):
    chart = Dependency(datasource="oci", name="ghcr.io/acme/charts/shop")
    there = listing("1.2.0_up1.9", "1.2.1_up2.0", dependency=chart)

    decision = decide(pin("1.2.0+up1.9", dependency=chart, scheme=scheme, role=role), there)

    assert outcome(decision) == expected


def test_extract_version():
    tool = pin("1.2.0", dependency=CHECKOUT, scheme="semver", role=Role.TOOL, extract_version=r"^release-(?<version>\d.+)$")

    decision = decide(tool, listing("release-1.2.0", "release-1.3.0", "v9.9.9", "release-", "release-9\ud800", dependency=CHECKOUT))

    assert outcome(decision) == ("1.3.0", UpdateKind.MINOR)


@pytest.mark.parametrize("pattern", ["(", "v(.*)", "(?=x)(?P<version>.)", "(?P<version>" + "a" * 600 + ")", "\ud800"])
def test_a_bad_pattern_is_told(pattern):
    tool = pin("1.2.0", dependency=CHECKOUT, scheme="semver", role=Role.TOOL, extract_version=pattern)

    decision = decide(tool, listing("1.3.0", dependency=CHECKOUT))

    assert isinstance(decision.verdict, Undecidable)
    assert "extractVersion" in decision.verdict.reason


def test_a_hostile_pattern_takes_no_time():
    tool = pin("1.2.0", dependency=CHECKOUT, scheme="semver", role=Role.TOOL, extract_version=r"^(?P<version>(a+)+)$")

    assert outcome(decide(tool, listing("a" * 200 + "!", dependency=CHECKOUT))) is UpToDate


def test_an_unknown_scheme_is_told():
    decision = decide(pin(scheme="roman"), listing("1.3.0"))

    assert "no version scheme is called 'roman'" in decision.verdict.reason


# Doubt


@pytest.mark.parametrize(
    ("current", "values"),
    [
        pytest.param("1.2.3-abc1234", ["1.2.3-def5678"], id="hash-of-the-same-version"),
        pytest.param("1.2.3-abc1234", ["1.2.4-def5678", "1.2.4-aaa1111"], id="two-newest"),
        pytest.param("sha-abc1234", ["sha-def5678"], id="hashes-alone"),
    ],
)
def test_uncertain_order_is_undecidable(current, values):
    decision = decide(pin(current), listing(current, *values))

    assert outcome(decision) is Undecidable
    assert "order" in decision.verdict.reason


@pytest.mark.parametrize(("current", "other"), [("2.11a", "2.12"), ("8.8.0-alpha8.1", "8.8.3"), ("6.2.3", "2025.1.1")])
def test_another_form_above_is_no_all_clear(current, other):
    decision = decide(pin(current), listing(current, other))

    assert outcome(decision) is Undecidable
    assert decision.verdict.reason.startswith(f"{other}: above {current} by its numbers, in another form")


def test_a_stray_is_doubted_only_where_it_could_be_taken():
    tags = listing("5.0.0", "4.6.0", "4.7.0", "14.3.9")

    assert outcome(decide(pin("5.0.0"), tags, Rule(allow=ALL - {UpdateKind.PIN}))) is Undecidable
    assert outcome(decide(pin("5.0.0"), tags)) is UpToDate


# Rules


def test_later_rules_win_field_by_field_and_lists_add_up():
    one = Rule(
        name="one",
        allow=frozenset({UpdateKind.PATCH}),
        cooldown=timedelta(days=3),
        labels=("a",),
        ignore=(Ignored(versions="9"),),
        group="x",
    )
    two = Rule(name="two", match=Match(stages=("prod*",)), cooldown=timedelta(days=7), labels=("b", "a"), ignore=(Ignored(versions="8"),))
    three = Rule(name="three", match=Match(stages=("dev",)), allow=ALL)

    rule = Decider((one, two, three)).rule_for(pin(), CONTEXT)

    assert (rule.name, rule.allow, rule.cooldown, rule.group) == ("two", frozenset({UpdateKind.PATCH}), timedelta(days=7), "x")
    assert (rule.labels, [ignored.versions for ignored in rule.ignore]) == (("a", "b"), ["9", "8"])


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (Match(), True),
        (Match(dependencies=("docker.io/library/*",)), True),
        (Match(dependencies=("docker.io/library/*", "!*/nginx")), False),
        (Match(dependencies=("!*/redis",)), True),
        (Match(datasources=("helm",)), False),
        (Match(finders=("helm-*",)), True),
        (Match(roles=("image", "ci image")), True),
        (Match(files=("deploy/*.yaml",), repos=("acme/*",)), True),
        (Match(files=("deploy/*.yaml",), repos=("other/*",)), False),
        (Match(apps=("shop",), stages=("production",), phases=("bau",)), True),
        (Match(phases=("development",)), False),
    ],
    ids=repr,
)
def test_match(match, expected):
    rule = Decider((Rule(name="it", match=match),)).rule_for(pin(), CONTEXT)

    assert (rule.name == "it") is expected


@pytest.mark.parametrize(
    ("head", "verdict"),
    [pytest.param("b" * 40, Propose, id="the branch went on"), pytest.param("a" * 40, UpToDate, id="it is at its head")],
)
def test_a_commit_of_a_branch_follows_its_head(head: str, verdict: type) -> None:
    remote = Dependency(datasource="git-refs", name="https://github.com/acme/action")
    found = pin("main", dependency=remote, scheme="loose", role=Role.ACTION, digest="a" * 40)
    branches = listing(("main", head), ("v2", "c" * 40), ("3.0.0", "d" * 40), dependency=remote)

    decision = Decider([Rule(allow=ALL)]).decide(found, branches, CONTEXT, lambda release: replace(release, digest=head), NOW)

    assert isinstance(decision.verdict, verdict)
    if isinstance(decision.verdict, Propose):
        update = decision.verdict.update
        assert (update.kind, update.release.value, update.release.digest) == (UpdateKind.DIGEST, "main", head)
