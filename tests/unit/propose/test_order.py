"""Who builds on whom, and who waits for whose new build."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from proposal_samples import pin, update

from bot.model.fleet import App
from bot.model.pin import Role
from bot.model.run import AppDecisions
from bot.model.update import Decision, Propose, UpToDate
from bot.propose.order import FleetOrder

NOW = datetime(2026, 5, 9, tzinfo=UTC)
DEBIAN = "docker.io/library/debian"


def app(name: str, *images: str) -> App:
    return App(name=name, repo=f"acme/{name}", images=tuple(f"ghcr.io/acme/{image}" for image in images))


def image(name: str, role: Role = Role.FINAL_BASE):
    return replace(pin(name=name if "." in name else f"ghcr.io/acme/{name}", value="1"), role=role)


def behind(of: App, *names: str, role: Role = Role.FINAL_BASE) -> AppDecisions:
    return decided(of, *(Decision(pin=image(name, role), verdict=Propose(update=update(image(name, role), value="2"))) for name in names))


def current(of: App, *names: str) -> AppDecisions:
    return decided(of, *(Decision(pin=image(name), verdict=UpToDate(pin=image(name))) for name in names))


def decided(of: App, *decisions: Decision) -> AppDecisions:
    return AppDecisions(app=of, decisions=decisions)


def awaited(order: FleetOrder, of: App, name: str, *, seen: datetime | None = NOW, merged: datetime | None = None):
    wanted = update(image(name), value="2")
    wanted = replace(wanted, release=replace(wanted.release, first_seen=seen))
    return order.awaited(of, wanted, merged_at=lambda _: merged)


BASE, SHOP = app("base", "base"), app("shop", "shop")


def test_an_app_waits_for_the_base_that_has_not_taken_its_own_update():
    order = FleetOrder.of([behind(BASE, DEBIAN), behind(SHOP, "base")])

    assert awaited(order, SHOP, "base") == "base (acme/base), which publishes it, takes debian 2 first"
    assert order.built_on_by(BASE) == 1
    assert order.built_on_by(SHOP) == 0


@pytest.mark.parametrize(
    ("apps", "name"),
    [
        pytest.param([current(BASE, DEBIAN), behind(SHOP, "base")], "base", id="the base has taken it"),
        pytest.param([behind(BASE, DEBIAN), behind(SHOP, DEBIAN)], DEBIAN, id="an image of nobody here"),
        pytest.param([behind(BASE, DEBIAN, role=Role.CI_IMAGE), behind(SHOP, "base")], "base", id="what does not reach its image"),
        pytest.param([behind(BASE, DEBIAN), behind(app("twin", "base"), DEBIAN), behind(SHOP, "base")], "base", id="two claim the image"),
    ],
)
def test_nobody_waits_for_what_is_not_known_to_come(apps, name):
    assert awaited(FleetOrder.of(apps), SHOP, name) is None


def test_a_merged_base_is_awaited_until_a_release_was_seen_after_it():
    order = FleetOrder.of([current(BASE, DEBIAN), behind(SHOP, "base")])

    assert awaited(order, SHOP, "base", seen=NOW - timedelta(days=1), merged=NOW) == (
        "base (acme/base) took its own update on 2026-05-09, and publishes it anew"
    )
    assert awaited(order, SHOP, "base", seen=NOW + timedelta(hours=1), merged=NOW) is None
    assert awaited(order, SHOP, "base", seen=None, merged=NOW) is None


def test_apps_that_build_on_each_other_do_not_wait_and_are_named():
    one, two, free = app("one", "one"), app("two", "two"), app("free")
    order = FleetOrder.of([behind(one, "two"), behind(two, "one"), behind(free, "one")])

    assert [sorted(circle.apps) for circle in order.circles] == [["one", "two"]]
    assert awaited(order, one, "two") is None
    assert awaited(order, free, "one") is not None


def test_a_manifest_that_runs_an_image_does_not_wait_for_its_next_build():
    order = FleetOrder.of([behind(BASE, DEBIAN), behind(SHOP, "base", role=Role.IMAGE)])
    wanted = update(image("base", Role.IMAGE), value="2")

    assert order.awaited(SHOP, wanted, merged_at=lambda _: None) is None


def test_an_app_does_not_wait_for_itself():
    order = FleetOrder.of([behind(BASE, "base", DEBIAN)])

    assert not order.circles
    assert awaited(order, BASE, "base") is None
