"""A published image that nobody rebuilds, and no build is to be started: one small pull request, whose merge makes the app build."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clients.github import GitHubForge
from bot.model.exposure import Step
from bot.model.pull_request import Outcome
from bot.model.rebuild import WantedFix
from bot.model.rebuild_order import RebuildStanding as S
from bot.pipeline.rebuild_judging import Judging
from bot.propose.proposer import Proposer
from bot.report.summary import step_summary
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.sandbox.registry import Layer
from bot.settings import load
from bot.wiring import fleet as fleet_wiring
from bot.wiring.fleet import Mode
from tests.end_to_end.test_rebuild_dispatch import BASE, IMAGE, SHOP, Shop, database, exposure


@pytest.fixture
def shop(acme):
    made = Shop(acme, "pull-request")
    made.night()
    made.release_base("3.0.14-1")
    return made


def pulls(shop):
    return [pull for pull in shop.acme.github.repo(SHOP).issues.values() if pull.pull is not None]


def standings(summary):
    return [told.standing for told in summary.rebuilds]


def test_its_merge_builds_the_app_and_ends_the_chain(shop):
    asked = shop.night()
    [sent] = asked.sent
    body = shop.acme.github.issue(SHOP, sent.pull_request.number).body
    again = shop.night(1)
    shop.acme.github.merge_pull_request(SHOP, sent.pull_request.number, by="ada")
    merged = shop.night(1)
    shop.publish()
    judged = shop.night(1)

    assert (sent.outcome, sent.proposal.branch) == (Outcome.OPENED, "rebuild-bot/shop/published_images")
    assert [each for summary in (again, merged, judged) for each in summary.sent] == []
    assert [standings(one) for one in (asked, again, merged, judged)] == [[S.PROPOSED], [S.PROPOSED], [S.RUNNING], [S.FIXED]]
    assert shop.acme.github.read_file(SHOP, "Dockerfile").startswith(b"FROM debian:12\n# rebuilt: 20")
    assert exposure(again).unblock == f"merge {sent.pull_request.url}"
    assert "docker.io/acme/shop:1.0" in body
    assert [one for one in judged.exposures if one.waiting_for is Step.REBUILT] == []


def test_a_run_that_is_killed_after_writing_and_a_lost_ledger_open_no_second_one(shop, monkeypatch):
    write = GitHubForge.write

    def killed(self, proposal, *, replacing):
        write(self, proposal, replacing=replacing)
        raise KeyboardInterrupt

    monkeypatch.setattr(GitHubForge, "write", killed)
    interrupted = shop.night()
    monkeypatch.undo()
    (shop.acme.folder / "ledger.sqlite3").unlink()
    shop.night(1)

    assert interrupted.interruption is not None
    [pull] = pulls(shop)
    assert {label.name for label in pull.labels} == {"rebuild-bot"}


def test_it_goes_on_with_the_base_and_is_closed_once_the_image_stands_on_it(shop, monkeypatch):
    def killed(*_, **__):
        raise KeyboardInterrupt

    first = shop.night()
    shop.release_base("3.0.15-1")
    second = shop.night()
    shop.release_base("3.0.16-1")
    shop.publish()
    with monkeypatch.context() as patched:
        patched.setattr(Proposer, "close", killed)
        shop.night(1)
    closed = shop.night(1)

    assert [one.outcome for summary in (first, second) for one in summary.sent] == [Outcome.OPENED, Outcome.UPDATED]
    assert len(pulls(shop)) == 1
    assert standings(second) == [S.PROPOSED]
    [end] = closed.closed
    assert end.reason == "`docker.io/acme/shop:1.0` stands on `docker.io/library/debian:12` as these files ask for it by now."


def test_a_no_is_a_no_and_what_is_snoozed_waits(shop):
    shop.night()
    shop.acme.github.comment(SHOP, 1, "/rebuild-bot snooze 14d", by="ada")
    snoozed = shop.night(1)
    waits = shop.night(1)
    later = shop.night(24 * 15)
    shop.acme.github.close_issue(SHOP, 2, by="ada")
    declined = shop.night(1)

    assert [standings(one) for one in (snoozed, waits, later, declined)] == [[S.WAITS], [S.WAITS], [S.PROPOSED], [S.NEEDS_SOMEBODY]]
    assert waits.rebuilds[0].said.startswith("snoozed by @ada in #1")
    assert len(pulls(shop)) == 2


def test_a_dry_run_shows_it_and_writes_nothing(shop):
    shop.acme.github.clock.advance(timedelta(days=1))
    settings = load(shop.acme.config, {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN})
    summary = fleet_wiring.run(settings, now=shop.acme.github.clock, mode=Mode.DRY_RUN)

    [sent] = summary.sent
    assert sent.outcome is Outcome.DRY_RUN
    assert "stands on an older base" in sent.proposal.body
    assert (pulls(shop), standings(summary)) == ([], [S.WAITS])
    assert "Build docker.io/acme/shop:1.0 anew" in step_summary(summary)


def test_two_images_of_an_app_are_built_by_one(acme):
    shop, alpine, worker = Shop(acme, "pull-request"), ("docker.io/library/alpine", "3"), "docker.io/acme/worker"
    (acme.folder / "fleet.yaml").write_text(f"apps:\n- {{name: shop, repo: acme/shop, phase: bau, images: [{IMAGE}, {worker}]}}\n")
    acme.github.commit_files(SHOP, {"worker/Dockerfile": "FROM alpine:3\nARG CACHEBUST=7\n"}, message="Build both")
    shop.release_base("1", base=alpine)
    shop.publish(worker, base=alpine)
    shop.night()
    shop.release_base("3.0.14-1")
    shop.release_base("2", base=alpine)
    [sent] = shop.night().sent

    written = {str(change.path): change.new.decode() for change in sent.proposal.changes}
    assert written["worker/Dockerfile"] == "FROM alpine:3\nARG CACHEBUST=8\n"
    assert written["Dockerfile"].startswith("FROM debian:12\n# rebuilt: 2")
    assert sent.proposal.title == "Build 2 images of shop anew"


STEP = """\
on: push
jobs:
  build:
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: true
          tags: docker.io/acme/shop:1.0
"""
UPGRADE = "RUN apt-get update && apt-get -y upgrade"


def test_a_layer_that_came_out_of_a_cache_is_the_next_pull_request(acme, monkeypatch):
    fix = WantedFix(type="deb", name="libssl3", fixed_in="3.0.14-1")
    monkeypatch.setattr(Judging, "_goal", lambda _, wish, __: replace(wish.goal, packages=(fix,)))
    shop = Shop(acme, "pull-request")
    acme.github.commit_files(
        SHOP, {"Dockerfile": f"FROM debian:12 AS run\n{UPGRADE}\n", ".github/workflows/release.yml": STEP}, message="Build"
    )
    old = acme.github.clock()

    def publish(version, at):
        base = acme.registry.store.manifest(BASE, "12").digest
        told = {"org.opencontainers.image.base.name": BASE + ":12", "org.opencontainers.image.base.digest": base}
        layers = [
            Layer(instruction=f"{UPGRADE} # buildkit", files=database(version), created=at),
            Layer(instruction="COPY . /app # buildkit", files={"app": f"{acme.github.clock()}".encode()}),
        ]
        acme.registry.push_image(IMAGE, "1.0", layers=layers, base=(BASE, "12"), created=acme.github.clock(), labels=told, annotations=told)

    publish("3.0.11-1", old)
    shop.night()
    shop.release_base("3.0.14-1")
    shop.night()
    acme.github.merge_pull_request(SHOP, 1, by="ada")
    publish("3.0.11-1", old)
    judged = shop.night(1)
    acme.github.merge_pull_request(SHOP, 2, by="ada")
    publish("3.0.14-1", acme.github.clock())
    fixed = shop.night(1)

    [sent] = judged.sent
    assert [standings(one) for one in (judged, fixed)] == [[S.PROPOSED], [S.FIXED]]
    assert "the layer that upgrades packages came out of a cache" in sent.proposal.body
    assert "was not run: it is the old image" in sent.proposal.body
    assert b"          no-cache-filters: run\n" in acme.github.read_file(SHOP, ".github/workflows/release.yml")
    assert [told.attempt for told in fixed.rebuilds] == [2]
