"""Blast radius and sprawl: who stands on what, directly and through images of the fleet."""

from bot.model.fleet import App
from bot.model.pin import Role
from bot.report.look import Look, Use
from bot.report.reach import reaches, unclear


def look(name, *uses, images=(), role=Role.FINAL_BASE):
    made = tuple(Use(dependency=f"oci: {dependency}", value=value, file="Dockerfile", line=1, role=role) for dependency, value in uses)
    return Look(app=App(name=name, repo=f"acme/{name}", images=images), uses=made)


def told(*looks):
    return {
        one.dependency.removeprefix("oci: "): (
            {value: [look.app.name for look in holders] for value, holders in one.values.items()},
            {key.removeprefix("acme/"): image.removeprefix("oci: ") for key, image in one.through.items()},
        )
        for one in reaches(looks)
    }


def test_an_app_counts_once_for_a_value_and_the_most_used_stands_first():
    found = told(look("a", ("python", "3.11"), ("python", "3.11")), look("b", ("python", "3.12")), look("c", ("python", "3.12")))

    assert found == {"python": ({"3.12": ["b", "c"], "3.11": ["a"]}, {})}
    assert list(found["python"][0]) == ["3.12", "3.11"]


def test_apps_stand_on_a_base_through_images_that_are_built_on_it():
    found = told(
        look("base", ("debian", "12"), images=("ghcr.io/acme/base",)),
        look("java", ("ghcr.io/acme/base", "1"), images=("ghcr.io/acme/java",)),
        look("shop", ("ghcr.io/acme/java", "21")),
    )

    assert found["debian"] == ({"12": ["base"]}, {"java": "ghcr.io/acme/base", "shop": "ghcr.io/acme/java"})


def test_what_stands_in_no_final_stage_carries_nothing_on():
    found = told(
        look("base", ("golang", "1.24"), images=("ghcr.io/acme/base",), role=Role.BUILD_BASE), look("shop", ("ghcr.io/acme/base", "1"))
    )

    assert found["golang"] == ({"1.24": ["base"]}, {})


def test_where_an_app_has_several_bases_nothing_is_guessed():
    several = look("many", ("debian", "12"), ("alpine", "3.22"), images=("ghcr.io/acme/one", "ghcr.io/acme/two"))
    found = told(several, look("shop", ("ghcr.io/acme/one", "1")))

    assert found["debian"][1] == found["alpine"][1] == {}
    assert unclear([several]) == [several]


def test_a_circle_of_images_ends():
    found = told(
        look("a", ("ghcr.io/acme/b", "1"), images=("ghcr.io/acme/a",)), look("b", ("ghcr.io/acme/a", "1"), images=("ghcr.io/acme/b",))
    )

    assert found["ghcr.io/acme/a"] == ({"1": ["b"]}, {"a": "ghcr.io/acme/b"})
