"""A rolling base moved, Git is current, and the published image is old: the fleet's run has it rebuilt once, and judges what came of it."""

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.cli.rows import run_json
from bot.model.exposure import Step
from bot.model.rebuild_order import RebuildStanding as S
from bot.report.json_text import json_text
from bot.report.summary import step_summary
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.sandbox.registry import Layer
from bot.settings import load
from bot.wiring import fleet as fleet_wiring
from bot.wiring.fleet import Mode
from tests.end_to_end.conftest import Acme, run

SHOP, IMAGE, BASE = "acme/shop", "docker.io/acme/shop", "docker.io/library/debian"
FLEET = "apps:\n- {name: shop, repo: acme/shop, phase: bau, images: [docker.io/acme/shop]}\n"
WORKFLOW = "name: Release\nrun-name: ${{ inputs.key }}\non: {workflow_dispatch: {inputs: {key: {type: string}}}}\n"
SYSTEM = b'ID=debian\nVERSION_ID="12"\n'


def database(version: str) -> Mapping[str, bytes]:
    told = f"Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: {version}\n\n"
    return {"etc/os-release": SYSTEM, "var/lib/dpkg/status": told.encode()}


class Shop:
    """A fleet of one app."""

    def __init__(self, acme: Acme, policy: str) -> None:
        self.acme = acme
        (acme.folder / "fleet.yaml").write_text(FLEET)
        starts = "" if policy == "pull-request" else ', workflow: release.yml, inputs: {key: "{key}"}'
        rule = f"{{policy: {policy}{starts}}}"
        acme.config.write_text(f"{acme.config.read_text()}fleet_file: fleet.yaml\nrebuild: {{images: [{rule}]}}\n")
        acme.github.create_repo("acme", "shop", {"Dockerfile": "FROM debian:12\n", ".github/workflows/release.yml": WORKFLOW})
        self.release_base("3.0.11-1")
        self.publish()

    def release_base(self, version: str, base: tuple[str, str] = (BASE, "12")) -> None:
        self.acme.registry.push_image(*base, layers=[database(version)], created=self.acme.github.clock())

    def publish(self, image: str = IMAGE, base: tuple[str, str] = (BASE, "12")) -> None:
        """As the app's workflow builds it now."""
        now, digest = self.acme.github.clock(), self.acme.registry.store.manifest(*base).digest
        told = {"org.opencontainers.image.base.name": ":".join(base), "org.opencontainers.image.base.digest": digest}
        copied = Layer(instruction="COPY . /app", files={"app": f"{now}".encode()})
        self.acme.registry.push_image(image, "1.0", layers=[copied], base=base, created=now, labels=told, annotations=told)

    def night(self, hours: float = 24):
        self.acme.github.clock.advance(timedelta(hours=hours))
        return run(self.acme)

    @property
    def builds(self):
        return self.acme.github.repo(SHOP).runs


def exposure(summary):
    [found] = [one for one in summary.exposures if one.waiting_for is Step.REBUILT]
    return found


def test_it_is_rebuilt_once_and_the_chain_ends_by_its_layers(acme):
    shop = Shop(acme, "dispatch")
    shop.night()
    shop.release_base("3.0.14-1")
    asked = shop.night()
    again = shop.night(1)
    shop.publish()
    acme.github.end_run(SHOP, shop.builds[0].id)
    judged = shop.night(1)
    later = shop.night()

    assert [told.standing for one in (asked, again, judged, later) for told in one.rebuilds] == [S.RUNNING, S.RUNNING, S.FIXED]
    assert len(shop.builds) == acme.faults.writes_to("POST */dispatches") + 1 == 1, "the last night sent nothing, and all of them one"
    stuck = exposure(again)
    assert "not rebuilt" in stuck.blocked_by
    assert "is being built since" in stuck.blocked_by
    assert "try 1 of 3" in stuck.blocked_by
    assert stuck.unblock == f"wait for the build {asked.rebuilds[0].url}"
    assert [one for one in judged.exposures if one.waiting_for is Step.REBUILT] == []
    assert "## Rebuilds of published images" in step_summary(judged)
    assert "rebuilt" in step_summary(judged)


def test_what_a_green_build_did_not_fix_is_the_apps_row(acme):
    shop = Shop(acme, "dispatch")
    shop.night()
    old = acme.registry.store.manifest(BASE, "12").digest
    shop.release_base("3.0.14-1")
    shop.night()
    acme.registry.tag(BASE, "12-old", old)
    new = acme.registry.store.manifest(BASE, "12").digest
    acme.registry.tag(BASE, "12", old)
    shop.publish()
    acme.registry.tag(BASE, "12", new)
    acme.github.end_run(SHOP, shop.builds[0].id)
    judged = shop.night(1)
    later = shop.night(48)

    assert [told.standing for one in (judged, later) for told in one.rebuilds] == [S.NEEDS_SOMEBODY] * 2
    assert exposure(later).unblock.startswith("it was built on the old base again:")
    assert len(shop.builds) == 1


@pytest.mark.parametrize("policy", ["dispatch", "report"])
def test_a_dry_run_and_a_policy_of_telling_ask_for_nothing(acme, policy):
    shop = Shop(acme, policy)
    shop.night()
    shop.release_base("3.0.14-1")
    acme.github.clock.advance(timedelta(days=1))
    if policy == "dispatch":
        settings = load(acme.config, {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN})
        summary = fleet_wiring.run(settings, now=acme.github.clock, mode=Mode.DRY_RUN)
    else:
        summary = run(acme)

    assert exposure(summary).unblock.startswith("build and publish")
    assert (shop.builds, summary.rebuilds) == ([], ())


def test_json_tells_where_it_stands(acme):
    shop = Shop(acme, "dispatch")
    shop.night()
    shop.release_base("3.0.14-1")
    told = json.loads(json_text(run_json(shop.night())))["rebuilds"]

    assert [(one["app"], one["standing"], one["attempt"], one["tries"]) for one in told] == [(SHOP, "running", 1, 3)]
    assert told[0]["url"].endswith(str(shop.builds[0].id))
