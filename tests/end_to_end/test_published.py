"""What a run asks of the images that apps publish, and of which of them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.ledger.ledger import Ledger
from bot.model.dependency import LONG_AGO, Dependency, Release
from bot.model.listing import Listing
from bot.model.run import RunSummary
from bot.pipeline.built import newest_tags
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.settings import load
from bot.wiring import fleet
from tests.scenario.form import Scenario
from tests.scenario.world import World

NAMES = ("cart", "shop", "web")
SCENARIO = Scenario.model_validate(
    {
        "format": 1,
        "days": 9,
        "bases": ["python:3.12", "node:22"],
        "apps": [
            {"name": "cart", "base": "python:3.12", "pinned": False, "stages": ["production"]},
            {"name": "shop", "base": "python:3.12", "pinned": False},
            {"name": "web", "base": "node:22", "pinned": False},
        ],
        "events": [{"day": 4, "release": "node:22"}],
    }
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(scenario=SCENARIO, folder=tmp_path)
    with made.served():
        yield made


def night(world: World, day: int, *, most: int = 1000) -> tuple[RunSummary, list[str]]:
    """The run of a night, and the apps whose image's tags it listed."""
    world.begin_day(day)
    for event in SCENARIO.on(day):
        world.live(event)
    world.begin_night(day)
    text = world.config.read_text(encoding="utf-8")
    hourly = "pull_requests_per_hour: 1000"
    world.config.write_text(text.replace(hourly + "}", f"{hourly}, published_images_per_run: {most}}}"), encoding="utf-8")
    world.registry.faults.forget()
    summary = fleet.run(load(world.config, environment={"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN}), now=world.clock)
    asked = [name for name in NAMES if world.registry.faults.count(f"GET /v2/registry.acme.example/{name}/tags/list")]
    world.config.write_text(text, encoding="utf-8")
    return summary, asked


def test_a_second_night_asks_for_tags_and_for_nothing_that_a_digest_tells(world):
    first, asked = night(world, 0)
    assert (first.failures, asked) == ((), [*NAMES])

    night(world, 1)

    requests = world.registry.faults
    assert requests.count("GET /v2/registry.acme.example/*/tags/list") == 3
    assert requests.count("HEAD /v2/registry.acme.example/*") == 3
    assert requests.count("GET */blobs/*") == 0


def test_those_that_had_no_turn_the_longest_come_first_and_a_running_clock_before_all(world):
    assert [night(world, day, most=1)[1] for day in range(4)] == [["cart"], ["shop"], ["web"], ["cart"]]

    assert night(world, 4, most=1)[1] == ["shop"]
    (found, asked) = night(world, 5, most=1)
    assert (asked, [one.app.name for one in found.exposures]) == (["web"], ["web"])

    assert night(world, 6, most=1)[1] == ["web"]
    assert night(world, 7, most=2)[1] == ["cart", "web"]


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        pytest.param(["1.9.0", "1.10.0", "1.10.0-rc.1"], ["1.10.0"], id="the highest version"),
        pytest.param(["1.0", "latest", "main", "sha-1234567"], ["latest", "main", "1.0"], id="rolling ones as well"),
        pytest.param(["sha-1234567", "sha-89abcde"], ["sha-89abcde"], id="without any order the last that is listed"),
        pytest.param(["1.0", "sha-1234567!"], ["1.0", "sha-1234567"], id="what came last"),
        pytest.param([], [], id="none"),
    ],
)
def test_the_newest_builds_are_looked_for_where_they_are_likely_to_be(tags, found):
    """A `!` behind a tag: it came since the bot began to watch."""
    shop = Dependency(datasource="oci", name="registry.acme.example/shop")
    now = LONG_AGO.replace(year=2026)
    releases = tuple(
        Release(dependency=shop, value=tag.removesuffix("!"), first_seen=now if tag.endswith("!") else LONG_AGO) for tag in tags
    )

    assert newest_tags(Listing(dependency=shop, releases=releases)) == found


def test_attestations_cost_two_requests_a_night_and_what_lies_in_a_registry_is_told_once(world):
    text = world.config.read_text(encoding="utf-8")
    world.config.write_text(text.replace("track:\n", "track:\n  attestations: true\n  write_storage_records: true\n"), encoding="utf-8")
    image = "registry.acme.example/shop"
    digest = world.registry.store.manifest(image, "1.0.0").digest
    builder = "https://github.com/acme/shop/.github/workflows/build.yml@refs/heads/main"
    world.github.attest("acme/shop", digest, {"buildDefinition": {}, "runDetails": {"builder": {"id": builder}}}, name=image)
    world.faults.forget()

    summary, _ = night(world, 0)

    asked = world.faults.count
    assert (summary.failures, summary.notes) == ((), ())
    assert (asked("POST *bulk-list*"), asked("GET *attestations/repositories*")) == (1, 0)
    assert (asked("GET *storage-records"), asked("POST *storage-record")) == (3, 3)
    with closing(Ledger.open(load(world.config, environment={}).ledger_url)) as ledger:
        assert [one.builder for one in ledger.provenances.get(digest)] == [builder]
    world.faults.forget()
    night(world, 1)
    assert asked("POST *bulk-list*") == 2, "of what files name, whose digests are known by now, and of what is published"
    assert (asked("GET *storage-records"), asked("POST *storage-record")) == (0, 0)
    assert {one.name for one in world.github.world.storage_records["acme"]} == {f"registry.acme.example/{name}" for name in NAMES}
