"""What runs of an image that the fleet uses as others build it: followed where a source sees it, and told where none does."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from bot.ledger.ledger import Ledger
from bot.model.deployment import Deployment, SeenBy
from bot.model.exposure import End, Exposure, Known, Step
from bot.model.image import ImageReference
from bot.model.pin import Role
from bot.track.base_age import Value
from bot.track.deployments.same_image import Kin
from bot.track.used import Used, way_of_used
from tests.unit.track.test_followed import APP, DAY, PYTHON, START, Fleet, ages, digest, pin, update

NAME = ImageReference.parse(PYTHON.name)
NEW = Value.of("3.12@bbbbbbbbbbbb")
MINE = "acme/shop Dockerfile:1"
OTHERS = "acme/other values.yaml:7"


def runs(stage: str, letter: str, *, tag: str = "3.12", by: SeenBy = SeenBy.INVENTORY, where: str = "pods.json") -> Deployment:
    image = NAME.at(tag=tag, digest=digest(letter) if letter else None)
    return Deployment(image=image, stage=stage, seen_by=by, where=where, as_of=START)


def written(stage: str, where: str = MINE) -> Deployment:
    return runs(stage, "b", by=SeenBy.MANIFEST, where=where)


@pytest.mark.parametrize(
    ("deployments", "states"),
    [
        pytest.param([], None, id="nothing is known"),
        pytest.param([written("production")], None, id="written to run is what was merged"),
        pytest.param([runs("production", "a")], [("production", Known.NO)], id="an earlier build"),
        pytest.param([runs("production", "b")], [("production", Known.YES)], id="it"),
        pytest.param([runs("production", "c")], [("production", Known.YES)], id="a later build"),
        pytest.param([runs("production", "9")], [("production", Known.UNKNOWN)], id="a digest that no tag was seen at"),
        pytest.param([runs("production", "", tag="3.11")], [("production", Known.NO)], id="an earlier version, by its tag alone"),
        pytest.param([runs("production", "", tag="3.12")], [("production", Known.UNKNOWN)], id="the tag, which moves"),
        pytest.param([runs("qa", "b"), runs("production", "a")], [("qa", Known.YES), ("production", Known.NO)], id="two stages"),
        pytest.param(
            [runs("production", "a"), runs("production", "b")], [("production", Known.UNKNOWN)], id="both, and whose is whose nobody knows"
        ),
        pytest.param([written("production"), runs("dev", "a"), runs("production", "b")], [("production", Known.YES)], id="another's stage"),
        pytest.param([written("dev", OTHERS), runs("production", "a")], [("production", Known.NO)], id="others write another stage"),
        pytest.param([replace(runs("production", "a"), doubt="Progressing")], None, id="what is in doubt is not seen to run"),
    ],
)
def test_each_stage_is_told_by_what_is_seen_to_run(deployments: Iterable[Deployment], states: list[tuple[str, Known]] | None) -> None:
    way = way_of_used(Used(deployments=tuple(deployments)), ages(), NEW, {MINE})

    assert (None if way is None else [(one.stage, one.has_fix) for one in way.stages]) == states


def test_a_platforms_manifest_is_its_index() -> None:
    kin = Kin(platforms={digest("a"): {"linux/amd64": frozenset({digest("9")})}})
    way = way_of_used(Used(deployments=(runs("production", "9"),), kin=kin), ages(), NEW, ())

    assert way is not None
    assert [one.has_fix for one in way.stages] == [Known.NO]


@pytest.fixture
def fleet() -> Fleet:
    """One that builds nothing."""
    return Fleet(Ledger.open("sqlite://"), replace(APP, images=()))


def proposed(fleet: Fleet) -> None:
    (found,) = fleet.night(1, update("a", "b", role=Role.IMAGE))
    assert found.waiting_for is Step.MERGED


def night(fleet: Fleet, day: float, used: Used | None) -> list[Exposure]:
    return fleet.night(day, pin("b", role=Role.IMAGE), merged=2, used=used)


def test_it_goes_on_until_each_stage_runs_it(fleet: Fleet) -> None:
    proposed(fleet)

    (late,) = night(fleet, 3, Used(deployments=(runs("qa", "b"), runs("production", "a"))))
    assert (late.waiting_for, late.built, late.due) == (Step.DEPLOYED, None, START + DAY * 30)
    assert late.blocked_by == "production: not there, it runs python:3.12@aaaaaaaaaaaa, which does not have it"
    assert late.unblock == "roll out 3.12@bbbbbbbbbbbb in production: the files name it"

    assert night(fleet, 5, Used(deployments=(runs("qa", "b"), runs("production", "b")))) == []
    assert fleet.ends() == {"3.12@aaaaaaaaaaaa": End.DEPLOYED}


def test_where_two_of_it_run_it_is_not_known_and_neither_late_nor_over(fleet: Fleet) -> None:
    proposed(fleet)

    (unsure,) = night(fleet, 3, Used(deployments=(runs("production", "b"), runs("production", "a"))))

    assert (unsure.due, unsure.stages[0].has_fix) == (None, Known.UNKNOWN)
    assert "which of these is the app's is not known" in unsure.blocked_by


@pytest.mark.parametrize("deployments", [(), (runs("qa", "b"),)], ids=["nothing else tells", "another source tells of another stage"])
def test_a_source_that_can_not_be_read_ends_nothing(fleet: Fleet, deployments: tuple[Deployment, ...]) -> None:
    proposed(fleet)

    (unsure,) = night(fleet, 3, Used(deployments=deployments, problem="what runs could not all be read: prod.json: 503"))

    assert (unsure.due, unsure.blocked_by) == (
        None,
        "a stage that nothing names: not known, what runs could not all be read: prod.json: 503",
    )
    assert night(fleet, 4, Used()) == []


@pytest.mark.parametrize(
    ("used", "end"),
    [
        pytest.param(Used(), End.UNSEEN, id="nothing tells what runs"),
        pytest.param(None, End.MERGED, id="an app of the fleet builds it"),
    ],
)
def test_without_a_word_on_what_runs_it_ends_with_the_merge_and_says_so(fleet: Fleet, used: Used | None, end: End) -> None:
    proposed(fleet)

    assert night(fleet, 3, used) == []
    assert fleet.ends() == {"3.12@aaaaaaaaaaaa": end}
    assert night(fleet, 4, used) == []
