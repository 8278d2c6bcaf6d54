"""What a Backstage catalogue says of apps, and what counts before and after it."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.fleet import App, Phase, Property
from bot.settings.properties import Properties
from bot.settings.sections import Phases
from bot.track.apps import apps_of
from bot.track.backstage import Component, components
from bot.track.fleet_file import FleetEntry
from tests.unit.track.test_declared import NOW, REPO

ROOT = PurePosixPath("catalog-info.yaml")
INFERRED = "last commit by a person yesterday"


def entity(name="shop", kind="Component", **spec):
    held = "".join(f"  {key}: {value}\n" for key, value in spec.items())
    return f"apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n  type: service\n{held}"


def read(text, file=ROOT):
    return list(components(file, text))


def app(*found, repo=REPO, entry=None, owners="* @acme/all\n", settings=None) -> App:
    files = {"CODEOWNERS": owners}
    fleet = () if entry is None else (entry,)
    (made,) = apps_of(
        repo,
        fleet,
        read_file=lambda path: files.get(str(path)),
        catalogue=found,
        phases=Phases(),
        properties=settings or Properties(),
        now=NOW,
    )
    return made


def test_every_component_of_every_document():
    text = "---\n".join(
        [
            "# nothing\n",
            entity(owner="group:default/payments", lifecycle="production", system="checkout"),
            entity("pay", kind="API", owner="x"),
            "just text\n",
            entity("jobs", owner="batch"),
            "apiVersion: v1\nkind: Component\nspec: {owner: x}\n",
        ]
    )

    assert read(text) == [
        Component(file=ROOT, name="shop", owner="group:default/payments", lifecycle="production", system="checkout"),
        Component(file=ROOT, name="jobs", owner="batch"),
    ]


HOSTILE = {
    "no YAML": ("a: [", 0),
    "broken behind the first": (f"{entity(owner='x')}---\na: [", 1),
    "an owner of a strange type": (entity(owner="[a, b]"), 1),
    "metadata that is a list": ("apiVersion: backstage.io/v1\nkind: Component\nmetadata: [a]\nspec: 7\n", 1),
    "nested without end": ("[" * 10_000, 0),
    "an alias that grows": ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", 0),
    "empty": ("", 0),
    "too many": ("---\n".join([entity(owner="x")] * 600), 500),
}


@pytest.mark.parametrize(("text", "count"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_catalogue_says_nothing(text, count):
    assert len(read(text)) == count


def test_texts_are_on_one_line_and_bounded():
    (found,) = read(entity(owner=f'"a\\nb {"x" * 9_000}"'))

    assert found.owner.startswith("a b x")
    assert len(found.owner) == 200


@given(st.text(alphabet="abckind:[]{}-\n &*#\"'|>", max_size=200))
def test_any_text_ends_in_an_answer(text):
    read(text)
    read(entity(owner=text or "x"))


OWNERS = {
    "a group": ("group:default/payments", ("@acme/payments",), "catalog-info.yaml: owner group:default/payments"),
    "a bare name is a group": ("payments", ("@acme/payments",), "catalog-info.yaml: owner payments"),
    "a user": ("user:ana", ("@ana",), "catalog-info.yaml: owner user:ana"),
    "something else": ("system:x", ("@acme/all",), "CODEOWNERS (catalog-info.yaml: owner system:x names no owner)"),
    "words": ("the payments team", ("@acme/all",), "CODEOWNERS (catalog-info.yaml: owner the payments team names no owner)"),
    "none": ("", ("@acme/all",), "CODEOWNERS"),
}


@pytest.mark.parametrize(("written", "owners", "reason"), OWNERS.values(), ids=OWNERS.keys())
def test_owners(written, owners, reason):
    made = app(Component(file=ROOT, name="shop", owner=written))

    assert (made.owners, made.owners_reason) == (owners, reason)


def test_the_fleet_file_and_properties_count_first():
    listed = Component(file=ROOT, name="shop", owner="payments", lifecycle="deprecated", product_owner="Cy")
    entry = FleetEntry(name="shop", repo="acme/shop", owners=("@dana",), phase=Phase.BAU, product_owner="Ana")
    values = (
        Property(name="team", values=("core",)),
        Property(name="phase", values=("active",)),
        Property(name="product-owner", values=("Bo",)),
    )
    owned = replace(REPO, properties=values)

    by_file, by_property, by_catalogue = app(listed, entry=entry), app(listed, repo=owned, settings=Properties(read=True)), app(listed)

    assert [one.owners for one in (by_file, by_property, by_catalogue)] == [("@dana",), ("@acme/core",), ("@acme/payments",)]
    assert [one.phase for one in (by_file, by_property, by_catalogue)] == [Phase.BAU, Phase.DEVELOPMENT, Phase.RETIRED]
    assert [(one.product_owner, one.product_owner_reason) for one in (by_file, by_property, by_catalogue)] == [
        ("Ana", "declared"),
        ("Bo", "property product-owner: Bo"),
        ("Cy", "catalog-info.yaml: product owner Cy"),
    ]


LIFECYCLES = {
    "that stands for a phase": ("deprecated", Phase.RETIRED, "catalog-info.yaml: lifecycle deprecated"),
    "production says nothing of it": ("production", Phase.DEVELOPMENT, INFERRED),
    "none": ("", Phase.DEVELOPMENT, INFERRED),
}


@pytest.mark.parametrize(("lifecycle", "phase", "reason"), LIFECYCLES.values(), ids=LIFECYCLES.keys())
def test_the_phase_by_the_lifecycle(lifecycle, phase, reason):
    made = app(Component(file=ROOT, name="shop", lifecycle=lifecycle))

    assert (made.phase, made.phase_reason) == (phase, reason)


def test_components_that_do_not_agree_say_nothing_and_that_is_told():
    other = Component(file=PurePosixPath("b/catalog-info.yaml"), name="b", owner="b", system="x")
    made = app(Component(file=ROOT, name="shop", owner="a", system="x"), other)

    assert made.owners == ("@acme/all",)
    assert made.owners_reason == "CODEOWNERS (b/catalog-info.yaml, catalog-info.yaml: the components do not agree on the owner)"
    assert made.system == "x"


def test_a_component_speaks_of_the_deepest_app_that_holds_its_file():
    entry = FleetEntry(name="jobs", repo="acme/shop", path=PurePosixPath("jobs"))
    found = [Component(file=ROOT, name="shop", owner="a"), Component(file=PurePosixPath("jobs/catalog-info.yaml"), name="jobs", owner="b")]

    whole, jobs = apps_of(REPO, (entry,), read_file=lambda _: None, catalogue=found, phases=Phases(), properties=Properties(), now=NOW)

    assert (whole.owners, jobs.owners) == (("@acme/a",), ("@acme/b",))


def test_a_product_owner_in_an_annotation():
    text = entity(owner="a").replace("  name: shop\n", "  name: shop\n  annotations:\n    acme.example/product-owner: Ana Silva\n")

    assert [one.product_owner for one in read(text)] == ["Ana Silva"]
