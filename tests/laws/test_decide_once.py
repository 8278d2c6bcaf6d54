"""Pins that ask the same get one answer, and it is the one that each of them would have got by itself."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.decide.context import PinContext
from bot.decide.decider import Decider
from bot.decide.evidence import NoEvidence
from bot.decide.follow import values_in_use
from bot.decide.question import given_to
from bot.decide.stage_before import Span, StageBefore
from bot.ledger.ledger import Ledger
from bot.model.dependency import HELM, LONG_AGO, OCI, Dependency, Release
from bot.model.fleet import Phase
from bot.model.image import Digest
from bot.model.listing import DatasourceError, Listing, NotListedError
from bot.model.pin import OptOut, Pin, Role
from bot.model.rules import ApprovedBase, Freeze, Ignored, Match, RangeMove, Rule
from bot.model.update import ChartBump, Decision, Update, UpdateKind
from bot.pipeline.decide import decide
from bot.pipeline.parts import Parts
from bot.watch.watcher import Watcher

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
IMAGE, CHART = Dependency(datasource=OCI, name="docker.io/library/python"), Dependency(datasource=HELM, name="https://charts.example#redis")
VALUES = ("1.2.0", "1.2.1", "1.3.0", "2.0.0", "2.0.0-rc.1", "1.2", "1.2.0-slim", "latest", "~1.2.0", "odd")


def digest(number: int) -> Digest:
    return Digest(f"sha256:{number:064x}")


@st.composite
def rarely(draw: st.DrawFn, strategy: st.SearchStrategy[object]) -> object:
    return draw(strategy) if draw(st.integers(0, 5)) == 5 else None


APPS, STAGES = ("shop", "bank"), ("", "production")
PINS = st.builds(
    Pin,
    file=st.sampled_from((PurePosixPath("Dockerfile"), PurePosixPath("deploy/values.yaml"))),
    finder=st.sampled_from(("dockerfile", "helm-values")),
    dependency=st.sampled_from((IMAGE, CHART)),
    name=st.sampled_from(("python", "docker.io/library/python")),
    scheme=st.sampled_from(("docker", "docker", "semver", "semver", "no such scheme")),
    value=st.sampled_from((*VALUES, *VALUES[:4], None)),
    digest=st.none() | st.integers(0, 3).map(digest),
    role=st.sampled_from((Role.IMAGE, Role.FINAL_BASE, Role.CHART)),
    sites=st.just(()),
    line=st.integers(1, 9),
    column=st.integers(1, 9),
    platform=st.sampled_from((None, None, "linux/arm64", "linux/s390x")),
    extract_version=rarely(st.sampled_from((r"^(?P<version>\d.*)$", "no group"))),
    opt_out=rarely(st.builds(OptOut, reason=st.just("ours"))),
)
BEFORE = st.builds(
    StageBefore,
    name=st.just("qa"),
    own=st.just("production"),
    spans=st.lists(
        st.builds(Span, value=st.sampled_from(VALUES), since=st.sampled_from((None, NOW - timedelta(days=1), NOW - timedelta(days=9)))),
        max_size=2,
    ).map(tuple),
)
CONTEXTS = st.builds(
    PinContext,
    repo=st.sampled_from(("acme/shop", "acme/bank")),
    app=st.sampled_from(APPS),
    stage=st.sampled_from(STAGES),
    phase=st.sampled_from(Phase),
    before=st.none() | BEFORE,
    asked=st.just(frozenset()) | st.frozensets(st.sampled_from(VALUES), max_size=2),
)
RULES = st.builds(
    Rule,
    match=st.builds(
        Match,
        files=st.sampled_from(((), ("deploy/*",))),
        apps=st.sampled_from(((), ("shop",))),
        finders=st.sampled_from(((), ("!dockerfile",))),
        stages=st.sampled_from(((), ("production",))),
    ),
    name=st.sampled_from(("", "one", "other")),
    allow=rarely(st.frozensets(st.sampled_from(UpdateKind))),
    versions=rarely(st.just("<2")),
    ignore=st.sampled_from(((), (Ignored(versions="1.3.0", reason="broken"),))),
    cooldown=rarely(st.sampled_from((timedelta(), timedelta(days=3)))),
    prereleases=rarely(st.booleans()),
    freezes=st.sampled_from(((), (), (Freeze(starts=NOW, ends=NOW + timedelta(days=9), reason="quiet weeks"),))),
    group=rarely(st.just("bases")),
    soak=rarely(st.just(timedelta(days=2))),
    follow=st.none() | st.sampled_from((*APPS, "unknown")),
    labels=st.sampled_from(((), ("rebuild",))),
    ranges=rarely(st.sampled_from(RangeMove)),
    bump_chart=rarely(st.sampled_from(ChartBump)),
)
SEEN = st.sampled_from((None, LONG_AGO, NOW - timedelta(days=1)))


@st.composite
def listings(draw: st.DrawFn, dependency: Dependency) -> Listing:
    values = draw(st.lists(st.sampled_from(VALUES), unique=True))
    digests = rarely(st.integers(0, 3).map(digest))
    return Listing(
        dependency=dependency,
        releases=tuple(Release(dependency=dependency, value=value, digest=draw(digests), first_seen=draw(SEEN)) for value in values),  # type: ignore[arg-type]
        problem=draw(st.sampled_from((None,) * 7 + ("the place is down",))),
        lost=tuple(sorted(draw(st.sets(st.sampled_from(VALUES), max_size=2)) - set(values))),
        shrunk=draw(st.sampled_from((None,) * 7 + ("half of it is gone",))),
    )


class Place:
    """What describes: some values have a digest, some are gone, some fail."""

    name = OCI

    def releases(self, dependency: Dependency) -> list[Release]:
        raise NotImplementedError(dependency)

    def describe(self, release: Release) -> Release:
        match release.value:
            case "1.2":
                raise NotListedError("1.2 is gone")
            case "odd":
                raise DatasourceError("the place is down")
            case value:
                return replace(release, digest=release.digest or digest(VALUES.index(value) % 5 if value in VALUES else 5))


class Charts(Place):
    name = HELM


class Knows(NoEvidence):
    """Evidence by all of an update that evidence may look at."""

    def is_no_op(self, update: Update) -> bool:
        return update.release.digest == digest(2) and update.pin.platform is None

    def lost_platforms(self, update: Update) -> tuple[str, ...]:
        return ("linux/s390x",) if update.pin.platform == "linux/s390x" and update.release.value == "1.3.0" else ()


def seen_before(release: Release) -> Sequence[Release]:
    return [replace(release, digest=digest(number), first_seen=NOW - timedelta(days=9 - number)) for number in (3, 2, 1)]


ENTRIES = st.lists(st.tuples(PINS, CONTEXTS), min_size=1, max_size=12)
BASES = st.sampled_from(
    ((), (ApprovedBase(dependency="python", status="forbidden"), ApprovedBase(dependency="*redis", status="deprecated")))
)
SETTINGS = st.tuples(st.lists(RULES, max_size=4), BASES, st.booleans())


def decider_for(entries: Sequence[tuple[Pin, PinContext]], told: tuple[list[Rule], tuple[ApprovedBase, ...], bool]) -> Decider:
    rules, bases, by_cycle = told
    decider = Decider(rules, bases, evidence=Knows(), by_cycle=by_cycle)
    return decider.knowing(values_in_use((context.app, pin) for pin, context in entries))


@settings(deadline=None, max_examples=150)
@given(entries=ENTRIES, told=SETTINGS, image=listings(IMAGE), chart=listings(CHART))
def test_an_answer_is_what_the_pin_gets_by_itself(
    entries: list[tuple[Pin, PinContext]], told: tuple[list[Rule], tuple[ApprovedBase, ...], bool], image: Listing, chart: Listing
) -> None:
    decider, described = decider_for(entries, told), {IMAGE: image, CHART: chart}
    for pin, context in entries:
        about = described[pin.dependency], Place().describe, NOW
        by_itself = decider.decide(pin, about[0], context, *about[1:], digests_seen=seen_before)
        answer = decider.answer(decider.question(pin, context), *about, digests_seen=seen_before)

        assert given_to(pin, answer) == by_itself


@settings(deadline=None, max_examples=40)
@given(entries=ENTRIES, told=SETTINGS, image=listings(IMAGE), chart=listings(CHART))
def test_a_fleet_is_told_what_its_pins_are_told_one_by_one(
    entries: list[tuple[Pin, PinContext]], told: tuple[list[Rule], tuple[ApprovedBase, ...], bool], image: Listing, chart: Listing
) -> None:
    decider, known = decider_for(entries, told), {IMAGE: image, CHART: chart}

    def decided(*looks: list[tuple[Pin, PinContext]]) -> list[Decision]:
        with closing(Ledger.open("sqlite://")) as ledger:
            parts = Parts(watcher=Watcher([Place(), Charts()]), decider=decider, ledger=ledger, stage_of=lambda _: "")
            return [decision for look in looks for decision in decide(parts, look, known, now=NOW)]

    assert decided(entries) == decided(*([entry] for entry in entries))
