"""Behind the merge: an app is safe when what it publishes, and what runs, stands on the fix."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from bot.ledger.ledger import Ledger
from bot.ledger.sightings import Sighting
from bot.model.built import AppImages, DeployedImage, PublishedBuild
from bot.model.dependency import Dependency, Release
from bot.model.deployment import Deployment, SeenBy
from bot.model.exposure import End, Exposure, Known, Step
from bot.model.fleet import App, Phase
from bot.model.image import Digest, ImageReference
from bot.model.lineage import Claim, Confidence, FoundBase, Lineage, Way
from bot.model.pin import Pin, Role
from bot.model.pull_request import PullRequest, PullRequestState
from bot.model.run import AppDecisions
from bot.model.update import Decision, Propose, Update, UpdateKind, UpToDate
from bot.settings.sections import Stale
from bot.track.base_age import Age, BaseAges, Value
from bot.track.exposures import exposures
from bot.track.followed import BuiltSight
from bot.track.requests import Asked
from bot.track.used import Used

DAY = timedelta(days=1)
START = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
PYTHON = Dependency(datasource="oci", name="docker.io/library/python")
NODE = ImageReference.parse("node")
SHOP = ImageReference.parse("registry.acme.example/shop")
APP = App(name="shop", repo="acme/shop", phase=Phase.BAU, images=(SHOP.name,))


def digest(letter: str) -> Digest:
    return Digest(f"sha256:{letter * 64}")


def seen(tag: str, letter: str, day: float) -> Sighting:
    return Sighting(dependency=PYTHON, value=tag, digest=digest(letter), first_seen=START + day * DAY, last_seen=START + (day + 1) * DAY)


SIGHTS = (
    *(seen("3.12", letter, day) for letter, day in (("a", -30), ("b", 0), ("c", 10))),
    *(seen("3.13", letter, day) for letter, day in (("d", -20), ("e", 5))),
    seen("3.12.9", "b", 0),
)


def ages(sights: Sequence[Sighting] = SIGHTS) -> BaseAges:
    return BaseAges(sights)


@pytest.mark.parametrize(
    ("base", "than", "age"),
    [
        pytest.param("a", "3.12@bbbbbbbbbbbb", Age.OLDER, id="an earlier build of the tag"),
        pytest.param("b", "3.12@bbbbbbbbbbbb", Age.SAME, id="the same"),
        pytest.param("c", "3.12@bbbbbbbbbbbb", Age.NEWER, id="a later build of the tag"),
        pytest.param("c", "3.13@dddddddddddd", Age.OLDER, id="an earlier version, built later"),
        pytest.param("d", "3.12@cccccccccccc", Age.NEWER, id="a later version, built earlier"),
        pytest.param("e", "3.13", Age.SAME, id="a tag without a digest"),
        pytest.param("b", "3.12.8", Age.NEWER, id="by another tag that stood there"),
        pytest.param("b", "3.12.10@ffffffffffff", Age.OLDER, id="a digest that no tag was seen at, by its tag"),
        pytest.param("b", "3.12@ffffffffffff", Age.UNKNOWN, id="another build of the tag that was never seen"),
        pytest.param("b", "bookworm", Age.UNKNOWN, id="a tag of another kind"),
        pytest.param("f", "3.12@bbbbbbbbbbbb", Age.UNKNOWN, id="a base that no tag stood at"),
        pytest.param("b", "bbbbbbbbbbbb", Age.SAME, id="a digest alone"),
    ],
)
def test_bases_are_told_apart_by_digest_then_time_then_version(base, than, age):
    assert ages().age(frozenset({digest(base)}), Value.of(than)) is age


def test_what_is_made_of_the_same_layers_is_the_same_base():
    mirrored = frozenset({digest("f"), digest("b")})

    assert ages().knows(mirrored)
    assert ages().age(mirrored, Value.of("3.12@bbbbbbbbbbbb")) is Age.SAME
    assert ages().age(mirrored, Value.of("3.12@cccccccccccc")) is Age.OLDER


def lineage(image: ImageReference, letter: str, *, name: str = PYTHON.name, confidence: Confidence = Confidence.PROVED) -> Lineage:
    base = ImageReference.parse(name).at(tag="3.12", digest=digest(letter))
    claim = Claim(way=Way.LAYERS, base=base, evidence="its layers")
    return Lineage(image=image, digest=digest("9"), base=FoundBase(base=base, confidence=confidence, known_by=(claim,)))


def build(letter: str, tag: str = "1.0", **of: object) -> PublishedBuild:
    """A build on the base at a letter; the build's own digest is of the tag."""
    image = SHOP.at(tag=tag, digest=digest(tag[-1]))
    return PublishedBuild(image=image, lineage=lineage(image, letter, **of))  # type: ignore[arg-type]


def unknown(why: str = "squashed") -> PublishedBuild:
    return PublishedBuild(image=SHOP.at(tag="1.0"), lineage=Lineage(image=SHOP, digest=digest("9"), unknown=why))


def deployed(stage: str, built: PublishedBuild, *, by: SeenBy = SeenBy.INVENTORY) -> DeployedImage:
    one = Deployment(image=built.image, stage=stage, seen_by=by, where=f"cluster {stage}", as_of=START)
    return DeployedImage(deployment=one, built=built)


def pin(letter: str, *, tag: str = "3.12", role: Role = Role.FINAL_BASE, is_pinned: bool = True) -> Pin:
    return Pin(
        file=PurePosixPath("Dockerfile"),
        finder="dockerfile",
        dependency=PYTHON,
        name="python",
        scheme="docker",
        value=tag,
        digest=digest(letter) if is_pinned else None,
        role=role,
        sites=(),
        line=1,
        column=1,
    )


def update(old: str, new: str, *, role: Role = Role.FINAL_BASE) -> Update:
    release = Release(dependency=PYTHON, value="3.12", digest=digest(new), first_seen=START)
    return Update(pin=pin(old, role=role), release=release, kind=UpdateKind.DIGEST)


def request(state: PullRequestState = PullRequestState.OPEN, *, merged: float | None = None) -> PullRequest:
    return PullRequest(
        repo="acme/shop",
        number=7,
        url="https://github.example/acme/shop/pull/7",
        state=state,
        branch="rebuild-bot/python",
        base="main",
        title="",
        body="",
        head="0" * 40,
        labels=frozenset(),
        created_at=START,
        updated_at=START,
        merged_at=None if merged is None else START + merged * DAY,
    )


class Fleet:
    """One app, night after night."""

    def __init__(self, ledger: Ledger, app: App = APP) -> None:
        self.ledger, self.app = ledger, app

    def night(
        self,
        day: float,
        one: Pin | Update | None,
        *published: PublishedBuild,
        deployed: Sequence[DeployedImage] = (),
        current: str = "",
        merged: float | None = None,
        sights: Sequence[Sighting] = SIGHTS,
        is_blind: bool = False,
        beside: Pin | None = None,
        used: Used | None = None,
    ) -> list[Exposure]:
        now = START + day * DAY
        verdict = None if one is None else Propose(update=one) if isinstance(one, Update) else UpToDate(pin=one)
        decisions = () if verdict is None else (Decision(pin=one.pin if isinstance(one, Update) else one, verdict=verdict),)  # type: ignore[union-attr]
        decisions += () if beside is None else (Decision(pin=beside, verdict=UpToDate(pin=beside)),)
        state = PullRequestState.OPEN if merged is None else PullRequestState.MERGED
        known = [one for one in sights if one.first_seen <= now]
        images = AppImages(published=published, deployed=tuple(deployed))
        sight = BuiltSight(
            images_of=lambda _: images,
            ages_of=lambda _: ages(known),
            digest_of=lambda pin: Digest(pin.digest) if pin.digest else digest(current) if current else None,
            used_of=lambda _: used,
        )
        return exposures(
            [AppDecisions(app=self.app, decisions=decisions)],
            (),
            [request(state, merged=merged)],
            self.ledger,
            stale=Stale(),
            now=now,
            asked=lambda _: [Asked(app="shop", dependency=str(PYTHON), new="3.12@bbbbbbbbbbbb")],
            sight=None if is_blind else sight,
        )

    def ends(self) -> dict[str, End | None]:
        return {key.old: past.end for key, past in self.ledger.events.histories([self.app.repo]).items()}


@pytest.fixture
def fleet() -> Fleet:
    return Fleet(Ledger.open("sqlite://"))


def merged(fleet: Fleet) -> None:
    """Pull request 7, open on day 1 and merged on day 2."""
    (found,) = fleet.night(1, update("a", "b"), build("a"))
    assert (found.old, found.waiting_for, found.pull_request_number) == ("3.12@aaaaaaaaaaaa", Step.MERGED, 7)


def test_a_merge_is_not_the_end_while_the_image_stands_on_the_old_base(fleet):
    merged(fleet)

    (found,) = fleet.night(3, pin("b"), build("a"), merged=2)

    assert (found.old, found.new, found.waiting_for) == ("3.12@aaaaaaaaaaaa", "3.12@bbbbbbbbbbbb", Step.REBUILT)
    assert found.steps == {Step.DETECTED: START, Step.PROPOSED: START, Step.MERGED: START + 2 * DAY}
    assert found.built is not None
    assert found.built.has_fix is Known.NO
    assert found.blocked_by == "merged on 2026-09-03, not rebuilt: it stands on python:3.12@aaaaaaaaaaaa"
    assert found.unblock == "build and publish registry.acme.example/shop: its files name the fix"
    assert found.due is not None
    assert fleet.ends() == {"3.12@aaaaaaaaaaaa": None}


def test_it_ends_once_the_image_stands_on_the_new_base_where_no_stage_is_known(fleet):
    merged(fleet)
    fleet.night(3, pin("b"), build("a"), merged=2)

    assert fleet.night(4, pin("b"), build("b"), merged=2) == []
    assert fleet.ends() == {"3.12@aaaaaaaaaaaa": End.REBUILT}


def test_each_stage_must_have_it(fleet):
    merged(fleet)
    old, new = build("a", "1.0"), build("b", "1.1")

    (found,) = fleet.night(4, pin("b"), new, old, deployed=[deployed("qa", new), deployed("production", old)], merged=2)
    assert found.waiting_for is Step.DEPLOYED
    assert [(state.stage, state.has_fix) for state in found.stages] == [("qa", Known.YES), ("production", Known.NO)]
    assert found.steps[Step.REBUILT] == START + 4 * DAY
    assert found.blocked_by == "production: not there, it stands on python:3.12@aaaaaaaaaaaa"
    assert found.unblock == "bring registry.acme.example/shop:1.1@111111111111 to production"

    assert fleet.night(6, pin("b"), new, deployed=[deployed("qa", new), deployed("production", new)], merged=2) == []
    past = next(iter(fleet.ledger.events.histories(["acme/shop"]).values()))
    assert past.stages == {"qa": START + 4 * DAY, "production": START + 6 * DAY}
    assert past.end is End.DEPLOYED


def test_what_runs_counts_before_what_is_written_to_run(fleet):
    merged(fleet)
    old, new = build("a", "1.0"), build("b", "1.1")
    both = [deployed("production", new, by=SeenBy.MANIFEST), deployed("production", old)]

    (found,) = fleet.night(4, pin("b"), new, deployed=both, merged=2)

    assert [(state.has_fix, state.is_running) for state in found.stages] == [(Known.NO, True)]
    assert fleet.night(5, pin("b"), new, deployed=both[:1], merged=2) == []


@pytest.mark.parametrize(
    ("built", "why"),
    [
        pytest.param(unknown("squashed"), "squashed", id="no base"),
        pytest.param(PublishedBuild(image=SHOP, lineage=None, problem="denied"), "denied", id="no image"),
        pytest.param(
            build("b", confidence=Confidence.CLAIMED),
            "python:3.12@bbbbbbbbbbbb is said to be its base, and its layers do not prove that",
            id="a claim alone",
        ),
    ],
)
def test_not_known_is_neither_an_end_nor_stale(fleet, built, why):
    merged(fleet)

    (found,) = fleet.night(3, pin("b"), built, merged=2)

    assert (found.waiting_for, found.due, found.unblock) == (Step.REBUILT, None, "")
    assert found.blocked_by == f"merged on 2026-09-03, whether it is rebuilt is not known: {found.built.image}: {why}"
    assert found.built.image.startswith("registry.acme.example/shop")
    assert fleet.ends() == {"3.12@aaaaaaaaaaaa": None}


def test_a_base_that_was_published_since_has_the_fix_too(fleet):
    merged(fleet)

    assert fleet.night(12, pin("b"), build("c"), merged=2) == []


def test_an_image_on_another_base_is_not_concerned(fleet):
    merged(fleet)

    assert fleet.night(3, pin("b"), build("8", name=NODE.name), merged=2) == []


def test_on_another_image_that_may_lie_below_it_nothing_is_known(fleet):
    merged(fleet)

    (found,) = fleet.night(3, pin("b"), build("8", name=NODE.name, confidence=Confidence.AT_LEAST), merged=2)

    assert found.blocked_by.endswith("node:3.12@888888888888, and whether docker.io/library/python lies between is not known")


def test_an_app_that_publishes_nothing_is_done_with_the_merge():
    fleet = Fleet(Ledger.open("sqlite://"), App(name="shop", repo="acme/shop", phase=Phase.BAU))
    merged(fleet)

    assert fleet.night(3, pin("b"), merged=2) == []
    assert fleet.ends() == {"3.12@aaaaaaaaaaaa": End.MERGED}


def test_what_goes_away_without_a_merge_has_no_pull_request_to_thank(fleet):
    merged(fleet)

    assert fleet.night(3, pin("b", role=Role.CI_IMAGE), build("b")) == []
    assert fleet.ends() == {"3.12@aaaaaaaaaaaa": End.TAKEN}


def test_an_ingredient_must_be_built_after_the_merge(fleet):
    def dated(day: float) -> PublishedBuild:
        one = Lineage(image=SHOP, digest=digest("9"), created_at=START + day * DAY, unknown="from scratch")
        return PublishedBuild(image=SHOP.at(tag="1.0", digest=digest("9")), lineage=one)

    fleet.night(1, update("a", "b", role=Role.BUILD_BASE), dated(0))
    (found,) = fleet.night(3, pin("b", role=Role.BUILD_BASE), dated(1.5), merged=2)

    assert found.blocked_by.endswith("not rebuilt: it was built on 2026-09-02, before the merge, as its builder says")
    (found,) = fleet.night(3, pin("b", role=Role.BUILD_BASE), dated(-20_000), merged=2)
    assert "does not tell when it was built" in found.blocked_by
    assert fleet.night(4, pin("b", role=Role.BUILD_BASE), dated(2.5), merged=2) == []


@pytest.mark.parametrize(
    ("built_on", "seen_on"),
    [pytest.param(30_000, None, id="in the future"), pytest.param(2.5, 1, id="after it was seen here"), pytest.param(40, 2.2, id="both")],
)
def test_a_date_that_can_not_be_true_is_after_no_merge(fleet, built_on, seen_on):
    one = Lineage(image=SHOP, digest=digest("9"), created_at=START + built_on * DAY, unknown="from scratch")
    first_seen = None if seen_on is None else START + seen_on * DAY
    built = PublishedBuild(image=SHOP.at(tag="1.0", digest=digest("9")), lineage=one, first_seen=first_seen)
    fleet.night(1, update("a", "b", role=Role.BUILD_BASE), built)

    (found,) = fleet.night(3, pin("b", role=Role.BUILD_BASE), built, merged=2)

    assert (found.waiting_for, found.due, found.built.has_fix) == (Step.REBUILT, None, Known.UNKNOWN)
    assert "its builder says that it was built on" in found.blocked_by
    assert fleet.ends() == {"3.12@aaaaaaaaaaaa": None}


def test_a_rolling_tag_that_nobody_rebuilds_on_has_a_clock(fleet):
    rolling = pin("", is_pinned=False)
    assert fleet.night(-1, rolling, build("a"), current="a") == []

    (found,) = fleet.night(1, rolling, build("a"), current="b")
    assert (found.old, found.new, found.waiting_for) == ("3.12@aaaaaaaaaaaa", "3.12@bbbbbbbbbbbb", Step.REBUILT)
    assert found.steps == {Step.DETECTED: START}
    assert found.blocked_by == "its files name it, not rebuilt: it stands on python:3.12@aaaaaaaaaaaa"

    (found,) = fleet.night(11, rolling, build("a"), current="c")
    assert (found.old, found.new, found.steps) == ("3.12@aaaaaaaaaaaa", "3.12@cccccccccccc", {Step.DETECTED: START})

    assert fleet.night(12, rolling, build("c"), current="c") == []
    assert fleet.ends() == {"3.12@aaaaaaaaaaaa": End.REBUILT}


def test_who_goes_back_to_the_old_build_begins_anew(fleet):
    rolling = pin("", is_pinned=False)
    fleet.night(1, rolling, build("a"), current="b")
    fleet.night(2, rolling, build("b"), current="b")

    (found,) = fleet.night(5, rolling, build("a"), current="b")

    assert found.waiting_for is Step.REBUILT
    assert found.steps == {Step.DETECTED: START}


def test_production_on_an_older_build_than_the_newest_has_a_clock(fleet):
    rolling, old, new = pin("", is_pinned=False), build("a", "1.0"), build("b", "1.1")

    (found,) = fleet.night(2, rolling, new, current="b", deployed=[deployed("qa", new), deployed("production", old)])

    assert (found.old, found.waiting_for) == ("3.12@aaaaaaaaaaaa", Step.DEPLOYED)
    assert fleet.night(3, rolling, new, current="b", deployed=[deployed("production", new)]) == []


def test_one_build_has_one_clock_for_a_merge(fleet):
    merged(fleet)

    found = fleet.night(3, pin("b"), build("a"), merged=2, deployed=[deployed("production", build("a"))])

    assert [one.old for one in found] == ["3.12@aaaaaaaaaaaa"]
    assert fleet.night(4, pin("b"), build("a"), merged=2) == [*fleet.night(4, pin("b"), build("a"), merged=2)]


def test_an_image_of_another_file_is_not_held_against_a_merge():
    other = pin("f", tag="3.11")
    sights = (*SIGHTS, seen("3.11", "f", -40))
    fleet = Fleet(Ledger.open("sqlite://"), replace(APP, images=(SHOP.name, f"{SHOP.name}-worker")))
    worker = replace(build("f"), image=ImageReference.parse(f"{SHOP.name}-worker").at(tag="1.0", digest=digest("7")))
    fleet.night(1, update("a", "b"), build("a"), worker, sights=sights, beside=other)

    (found,) = fleet.night(3, pin("b"), build("a"), worker, merged=2, sights=sights, beside=other)
    assert found.built is not None
    assert found.built.image.startswith("registry.acme.example/shop:")
    (found,) = fleet.night(4, pin("b"), worker, merged=2, sights=sights, beside=other)
    assert found.blocked_by.endswith("and which of the app's files it is built from is not known")
    assert found.due is None

    assert fleet.night(5, pin("b"), build("b"), worker, merged=2, sights=sights, beside=other) == []


def test_what_was_over_with_a_merge_of_long_ago_did_not_end_today():
    fleet = Fleet(Ledger.open("sqlite://"), replace(APP, images=()))
    merged(fleet)
    fleet.night(3, pin("b"), merged=2, is_blind=True)

    fleet.night(300, pin("b"), merged=2)

    (ended,) = fleet.ledger.events.events_since(Step.ENDED, START)
    assert (ended.at, ended.why) == (START + 2 * DAY, End.MERGED)


def test_a_build_that_was_there_before_anybody_looked_is_as_old_as_its_builder_says(fleet):
    merged(fleet)
    fleet.night(3, pin("b"), merged=2, is_blind=True)
    one = build("b")
    assert one.lineage is not None
    built = replace(one, lineage=replace(one.lineage, created_at=START + 5 * DAY))

    assert fleet.night(300, pin("b"), built, merged=2) == []

    (ended,) = fleet.ledger.events.events_since(Step.ENDED, START)
    assert (ended.at, ended.why) == (START + 5 * DAY, End.REBUILT)


def test_without_sight_a_clock_rests_at_the_merge_and_goes_on_later(fleet):
    merged(fleet)

    assert fleet.night(3, pin("b"), merged=2, is_blind=True) == []
    assert fleet.ends() == {"3.12@aaaaaaaaaaaa": None}
    (found,) = fleet.night(4, pin("b"), build("a"), merged=2)
    assert found.waiting_for is Step.REBUILT


def test_a_file_that_names_two_builds_of_one_base_makes_no_clock(fleet):
    now = START + DAY
    two = [Decision(pin=one, verdict=UpToDate(pin=one)) for one in (pin("b"), pin("d", tag="3.13"))]
    sight = BuiltSight(
        images_of=lambda _: AppImages(published=(build("a"),)), ages_of=lambda _: ages(), digest_of=lambda one: Digest(one.digest)
    )

    found = exposures([AppDecisions(app=APP, decisions=tuple(two))], (), (), fleet.ledger, stale=Stale(), now=now, sight=sight)

    assert found == []
