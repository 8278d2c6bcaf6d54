"""Images that nobody rebuilds: built anew once, whatever goes wrong, on the sandbox's GitHub; judged by what is in the registry."""

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clients.folders.forge import FolderForge
from bot.clients.github import UNPACED, GitHubForge, Token
from bot.inspect.inspector import Inspector
from bot.ledger.ledger import Ledger
from bot.model.build import Trigger
from bot.model.rebuild import RebuildVerdict, WantedFix
from bot.model.rebuild_order import BuiltFrom, RebuildLimits, RebuildPolicy, RebuildRow, RebuildRule, RebuildStanding, RebuildWish
from bot.model.secret import Secret
from bot.pipeline.rebuild_judging import Judging
from bot.pipeline.rebuild_orders import unfinished
from bot.pipeline.rebuild_try import Rebuilding
from bot.pipeline.rebuilds import rebuild
from bot.pipeline.rebuilt import built_image
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults, LostAnswer, ServerError
from bot.sandbox.github.sandbox import BOT_TOKEN, GitHubSandbox
from bot.sandbox.server import Server
from tests.rebuilds import DEBIAN, FIX, LONG_AGO, NEW, OLD, Registry, World, running_registry

S = RebuildStanding
SHOP = "acme/shop"
WORKFLOW = """\
name: Release
run-name: ${{ inputs.key }}
on:
  workflow_dispatch: {inputs: {key: {type: string}, image: {type: string}}}
  repository_dispatch: {types: [rebuild]}
"""
DISPATCH = RebuildRule(policy=RebuildPolicy.DISPATCH, name="release.yml")
HOUR = timedelta(hours=1)


class KilledError(BaseException):
    """As nothing catches it."""


@dataclass
class Dying:
    """Something that works until its call of a number, and dies before or after it."""

    inner: object
    name: str
    before: int = 0
    after: int = 0
    calls: int = field(default=0)

    def __getattr__(self, name):
        found = getattr(self.inner, name)
        if name != self.name:
            return found

        def call(*args):
            self.calls += 1
            if self.calls == self.before:
                raise KilledError
            answer = found(*args)
            if self.calls == self.after:
                raise KilledError
            return answer

        return call


@dataclass
class Fleet:
    github: GitHubSandbox
    faults: Faults
    forge: GitHubForge
    images: World
    folder: Path
    limits: RebuildLimits = field(default_factory=RebuildLimits)
    rule: RebuildRule = DISPATCH
    ledgers: int = 0

    def wish(self, **more) -> RebuildWish:
        reference = self.images.reference("app", "1.0")
        base = self.images.sandbox.store.manifest(*self.images.at("base", "new")).digest
        published = self.images.sandbox.store.manifest(*self.images.at("app", "1.0")).digest
        one = self.images.distribution
        goal = self.images.goal(base=self.images.wanted_base())
        goal = replace(goal, packages=(WantedFix(type=one.type, name=one.wanted, fixed_in=one.fixed),))
        told = {"app": SHOP, "repo": SHOP, "default_branch": "main", "image": reference, "published": published, "base": "base:new"}
        return RebuildWish(**{**told, "base_digest": base, "goal": goal, "rule": self.rule, **more})

    def run(self, *wishes: RebuildWish, builder=None, record=lambda record: record) -> list[RebuildRow]:
        """A run of its own, with the ledger that the one before left."""
        inspect = Inspector(registry=self.images.registry.client).inspect
        with closing(Ledger.open(f"sqlite:///{self.folder}/ledger{self.ledgers}.sqlite3")) as ledger:
            by = Rebuilding(
                builder=builder or self.forge,
                record=record(ledger.rebuilds),
                judging=Judging(open=lambda reference: built_image(reference, inspect), assess=None),
                limits=self.limits,
                now=self.github.clock,
            )
            return list(rebuild(wishes or [self.wish()], by))

    def lose_ledger(self) -> None:
        self.ledgers += 1

    @property
    def builds(self) -> list:
        return self.github.repo(SHOP).runs

    def build_well(self) -> None:
        """What the workflow does: the image on the new base, under its tag; then it is over."""
        self.images.push("old", self.images.at("base", "new"), self.images.copy("1", NEW), at=NEW)
        self.end("success")

    def build_from_cache(self) -> None:
        self.images.push("old", self.images.at("base", "old"), self.images.copy("2", NEW), at=NEW)
        self.end("success")

    def end(self, conclusion: str) -> None:
        for run in self.builds:
            if run.status != "completed":
                self.github.end_run(SHOP, run.id, conclusion)

    def wait(self, hours: float) -> None:
        self.github.clock.advance(hours * HOUR)


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with running_registry() as running:
        yield running


@pytest.fixture
def fleet(tmp_path: Path, registry: Registry, request: pytest.FixtureRequest) -> Iterator[Fleet]:
    github = GitHubSandbox(tmp_path / "github", clock=Clock())
    github.create_repo("acme", "shop", {".github/workflows/release.yml": WORKFLOW})
    github.add_tag(SHOP, "v1.4.0")
    name = "fleet-" + "".join(sign if sign.isalnum() else "-" for sign in request.node.name.lower()).strip("-").replace("--", "-")
    images = World(registry=registry, name=name.rstrip("-"), distribution=DEBIAN)
    images.push("old", images.base("old", images.versions(), LONG_AGO), images.copy("1", OLD), at=OLD)
    images.base("new", images.all_fixed, FIX)
    faults = Faults(github.app)
    with (
        Server(faults) as server,
        closing(GitHubForge(f"{server.url}/api/v3", credential=Token(text=Secret(BOT_TOKEN)), pace=UNPACED)) as forge,
    ):
        yield Fleet(github=github, faults=faults, forge=forge, images=images, folder=tmp_path)


def test_it_is_built_once_and_judged_by_what_is_published(fleet):
    [asked] = fleet.run()
    [again] = fleet.run()
    wish = fleet.wish()
    fleet.build_well()
    [judged] = fleet.run(wish)
    fleet.wait(200)
    [later] = fleet.run(wish)

    assert (asked.standing, again.standing, again.said) == (S.RUNNING, S.RUNNING, "Its build is not over.")
    assert asked.url.endswith(f"/actions/runs/{fleet.builds[0].id}")
    assert (judged.standing, judged.finding.verdict) == (S.FIXED, RebuildVerdict.FIXED)
    assert judged.said.startswith("fixed: deb/libssl3 is 3.0.14-1~deb12u1")
    assert (later.standing, later.said, later.finding) == (S.FIXED, judged.said, None)
    assert [run.ref for run in fleet.builds] == ["main"]


def test_a_green_build_that_fixed_nothing_is_somebodys_at_once(fleet):
    fleet.run()
    wish = fleet.wish()
    fleet.build_from_cache()
    [judged] = fleet.run(wish)
    fleet.wait(48)
    [later] = fleet.run(wish)

    assert (judged.standing, judged.finding.verdict) == (S.NEEDS_SOMEBODY, RebuildVerdict.BASE_NOT_TAKEN)
    assert "Let the build ask for the base anew" in later.said
    assert len(fleet.builds) == 1


BOUNDARIES = [
    pytest.param({"name": "start_build", "before": 1}, None, id="before the request"),
    pytest.param({"name": "start_build", "after": 1}, None, id="after the request"),
    *(
        pytest.param(None, {"name": "record", when: number}, id=f"{when} record {number}")
        for number in range(1, 5)
        for when in ("before", "after")
    ),
]


@pytest.mark.parametrize(("builder", "record"), BOUNDARIES)
def test_a_run_that_is_killed_anywhere_starts_nothing_twice(fleet, builder, record):
    wish = fleet.wish()
    dying = Dying(None, **record) if record else None

    def recording(inner):
        if dying is None:
            return inner
        dying.inner = inner
        return dying

    for _ in range(4):
        with suppress(KilledError):
            fleet.run(wish, builder=Dying(fleet.forge, **builder) if builder else None, record=recording)
        builder = None
        fleet.wait(0.2)
        if any(run.status != "completed" for run in fleet.builds):
            fleet.build_well()
    [row] = fleet.run(wish)

    assert row.standing is S.FIXED
    assert len(fleet.builds) == 1


def test_a_ledger_that_is_lost_with_its_run_starts_nothing_twice(fleet):
    fleet.run()
    fleet.lose_ledger()
    [row] = fleet.run()

    assert (row.standing, len(fleet.builds)) == (S.RUNNING, 1)
    assert row.url.endswith(str(fleet.builds[0].id))


def test_a_lost_answer_is_looked_up(fleet):
    fleet.faults.switch_on("POST */dispatches", LostAnswer(), times=1)
    [lost] = fleet.run()
    [found] = fleet.run()

    assert (lost.standing, found.standing, len(fleet.builds)) == (S.ASKED, S.RUNNING, 1)


def test_a_request_that_never_arrived_is_made_again_in_time(fleet):
    fleet.faults.switch_on("POST */dispatches", ServerError(status=503), times=1)
    [lost] = fleet.run()
    [soon] = fleet.run()
    fleet.wait(0.2)
    [later] = fleet.run()

    assert [lost.standing, soon.standing, later.standing] == [S.ASKED, S.ASKED, S.RUNNING]
    assert (soon.said, len(fleet.builds)) == ("Its build is in no list yet.", 1)


def test_three_failed_builds_are_somebodys(fleet):
    wish = fleet.wish()
    seen = []
    for _ in range(20):
        seen += [row.standing for row in fleet.run(wish)]
        fleet.end("failure")
        fleet.wait(2)
    [row] = fleet.run(wish)

    assert len(fleet.builds) == 3
    assert (row.standing, row.said, row.attempt) == (S.NEEDS_SOMEBODY, "Its build did not end well (failure).", 3)
    assert {S.RUNNING, S.WAITS, S.NEEDS_SOMEBODY} == set(seen)


def test_tries_that_came_to_nothing_count_for_the_next_base_too(fleet):
    wish = fleet.wish()
    for _ in range(20):
        fleet.run(wish)
        fleet.end("failure")
        fleet.wait(2)
    other = replace(wish, base_digest=wish.published)
    [soon] = fleet.run(other)
    fleet.wait(24 * 8)
    [later] = fleet.run(other)

    assert (soon.standing, later.standing, len(fleet.builds)) == (S.NEEDS_SOMEBODY, S.RUNNING, 4)
    assert soon.said.startswith("3 rebuilds within a week came to nothing")


def test_an_image_that_is_not_published_is_waited_for_and_then_tried_again(fleet):
    wish = fleet.wish()
    fleet.run(wish)
    fleet.end("success")
    [soon] = fleet.run(wish)
    fleet.wait(1.5)
    [late] = fleet.run(wish)

    assert (soon.standing, late.standing) == (S.RUNNING, S.WAITS)
    assert "The tag stands at" in late.said


def test_an_image_that_can_not_be_read_is_looked_at_again_and_not_built_again(fleet):
    wish = fleet.wish()
    fleet.run(wish)
    fleet.build_well()
    taken, store = {}, fleet.images.sandbox.store
    for layer in store.manifest(*fleet.images.at("app", "1.0")).read()["layers"]:
        taken[layer["digest"]], store.blobs[layer["digest"]] = store.blobs[layer["digest"]], b"x"
    [unread] = fleet.run(wish)
    store.blobs.update(taken)
    [read] = fleet.run(wish)

    assert (unread.standing, read.standing, len(fleet.builds)) == (S.NOT_KNOWN, S.FIXED, 1)


def test_limits_let_the_rest_wait(fleet):
    fleet.limits = RebuildLimits(per_run=1, per_hour=2)
    fleet.rule = replace(DISPATCH, inputs={"key": "{key}"})
    wishes = [fleet.wish(app=f"{SHOP}/{number}") for number in range(4)]
    standings = []
    for _ in range(3):
        standings.append([row.standing for row in fleet.run(*wishes)])
        fleet.wait(0.1)
    fleet.wait(1)
    standings.append([row.standing for row in fleet.run(*wishes)])

    assert standings == [
        [S.RUNNING, S.WAITS, S.WAITS, S.WAITS],
        [S.RUNNING, S.RUNNING, S.WAITS, S.WAITS],
        [S.RUNNING, S.RUNNING, S.WAITS, S.WAITS],
        [S.RUNNING, S.RUNNING, S.RUNNING, S.WAITS],
    ]


def test_one_build_does_for_two_images_and_keys_tell_them_apart_where_it_does_not(fleet):
    other = {"app": f"{SHOP}/worker"}
    shared = fleet.run(fleet.wish(), fleet.wish(**other))
    fleet.lose_ledger()
    fleet.builds.clear()
    fleet.rule = replace(DISPATCH, inputs={"key": "{key}", "image": "{image}:{tag}"})
    apart = fleet.run(fleet.wish(), fleet.wish(**other))

    assert len({row.url for row in shared}) == 1
    assert len({row.url for row in apart}) == len(fleet.builds) == 2
    assert fleet.builds[0].inputs["image"].endswith("/app:1.0")
    assert fleet.builds[0].display_title == f"{fleet.wish().key.text}-1"


def test_of_two_lost_answers_each_finds_its_own_build(fleet):
    fleet.rule = replace(DISPATCH, inputs={"key": "{key}"})
    wishes = [fleet.wish(), fleet.wish(app=f"{SHOP}/worker")]
    fleet.faults.switch_on("POST */dispatches", LostAnswer(), times=2)
    fleet.run(*wishes)
    rows = fleet.run(*reversed(wishes))

    assert [row.url.rpartition("/")[2] for row in rows] == [str(run.id) for run in reversed(fleet.builds)]


def two_images(fleet):
    """Of one workflow that is told which, and does not tell it on."""
    fleet.rule = replace(DISPATCH, inputs={"image": "{tag}"})
    fleet.images.sandbox.tag(fleet.images.at("app", "1.0")[0], "2.0", "1.0")
    return fleet.wish(), fleet.wish(image=fleet.images.reference("app", "2.0"))


def test_a_build_that_a_try_has_is_not_taken_for_that_of_another(fleet):
    first, second = two_images(fleet)
    fleet.run(first)
    [row] = fleet.run(second)

    assert row.url.endswith(str(fleet.builds[1].id))
    assert [run.inputs["image"] for run in fleet.builds] == ["1.0", "2.0"]


def test_a_build_whose_answer_was_lost_is_left_to_whoever_asked_for_it(fleet):
    first, second = two_images(fleet)
    fleet.faults.switch_on("POST */dispatches", LostAnswer(), times=1)
    lost = fleet.run(first, second)
    found = fleet.run(second, first)

    assert [row.standing for row in lost] == [S.ASKED, S.WAITS]
    assert [row.url.rpartition("/")[2] for row in found] == [str(run.id) for run in reversed(fleet.builds)]
    assert [run.inputs["image"] for run in fleet.builds] == ["1.0", "2.0"]


@pytest.mark.parametrize(
    ("rule", "more", "ref"),
    [
        pytest.param(replace(DISPATCH, built_from=BuiltFrom.RELEASE), {"release": "v1.4.0"}, "v1.4.0", id="the newest release"),
        pytest.param(replace(DISPATCH, trigger=Trigger.REPOSITORY, name="rebuild"), {}, "main", id="an event"),
    ],
)
def test_what_is_built(fleet, rule, more, ref):
    fleet.rule = rule
    fleet.run(fleet.wish(**more))
    [row] = fleet.run(fleet.wish(**more))

    assert (row.standing, [run.ref for run in fleet.builds]) == (S.RUNNING, [ref])


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        pytest.param(RebuildRule(), "Build it again: it stands on an older base:new", id="report"),
        pytest.param(replace(DISPATCH, built_from=BuiltFrom.RELEASE), "No release of acme/shop is known", id="no release"),
    ],
)
def test_what_nobody_asks_for_is_told_without_a_request(fleet, rule, said):
    fleet.rule = rule
    [row] = fleet.run()

    assert row.standing is S.REPORTED
    assert row.said.startswith(said)
    assert fleet.faults.count() == 0


def test_a_base_that_moves_on_while_its_build_runs_starts_no_second_one(fleet):
    first = fleet.wish()
    fleet.run(first)
    [waits] = fleet.run(replace(first, base_digest=first.published))
    fleet.wait(49)
    [later] = fleet.run(replace(first, base_digest=first.published))

    assert (waits.standing, waits.said) == (S.WAITS, "Its build for the base before is not over.")
    assert (later.standing, len(fleet.builds)) == (S.RUNNING, 2)


def test_why_nothing_is_started_is_said(fleet):
    [row] = fleet.run(fleet.wish(rule=RebuildRule(), doubt="its base is only claimed"))

    assert row.said.endswith("It is not started by itself: its base is only claimed.")


def test_what_is_refused_is_told_and_asked_again_later(fleet):
    fleet.github.world.tokens[BOT_TOKEN].may_start_workflows = False
    [refused] = fleet.run()
    [same] = fleet.run()
    fleet.github.world.tokens[BOT_TOKEN].may_start_workflows = True
    fleet.wait(7)
    [later] = fleet.run()

    assert (refused.standing, same.standing, later.standing) == (S.NEEDS_SOMEBODY, S.NEEDS_SOMEBODY, S.RUNNING)
    assert "permissions" in refused.said
    assert fleet.faults.count("POST */dispatches") == 2


def test_a_folder_of_clones_says_that_it_builds_nothing(fleet, tmp_path):
    (tmp_path / "src").mkdir()
    forge = FolderForge(tmp_path / "src", branch_prefix="rebuild-bot/", now=fleet.github.clock)

    [row] = fleet.run(builder=forge)

    assert (row.standing, row.said.partition(".")[0]) == (S.NEEDS_SOMEBODY, f"{SHOP}: a folder of clones builds nothing")


def test_one_that_fails_unforeseen_stops_none_of_the_others(fleet):
    class Odd:
        def __getattr__(self, name):
            def call(order, *more):
                if order.ref == "odd":
                    raise RuntimeError(name)
                return getattr(fleet.forge, name)(order, *more)

            return call

    rows = fleet.run(fleet.wish(app="acme/odd", default_branch="odd"), fleet.wish(), builder=Odd())

    assert [row.standing for row in rows] == [S.NOT_KNOWN, S.RUNNING]


def test_what_is_not_judged_yet_is_told_to_whoever_makes_the_wishes(fleet):
    def left():
        with closing(Ledger.open(f"sqlite:///{fleet.folder}/ledger0.sqlite3")) as ledger:
            return unfinished(event for events in ledger.rebuilds.of([SHOP]).values() for event in events)

    wish = fleet.wish()
    fleet.run(wish)
    running = left()
    fleet.build_well()
    fleet.run(wish)

    assert (running, left()) == ((wish.key,), ())
