"""New digests under the tags in use: together in one pull request, and build stages not by themselves."""

from datetime import timedelta

import pytest

from bot.model.pull_request import Outcome
from bot.model.turn import WaitsFor
from tests.end_to_end.conftest import Acme, run

IMAGES = ("python", "redis", "golang")
BRANCH = "rebuild-bot/shop/group-rebuilds"


def build(acme: Acme, *images: str, content: str) -> dict[str, str]:
    """The digests of new builds under the tag 1."""
    return {name: acme.registry.push_image(f"docker.io/library/{name}", "1", layers=[{name: content.encode()}]) for name in images}


def with_files(acme: Acme, files: dict[str, str]) -> dict[str, str]:
    """An app whose pins are at the first builds; by image, their digests."""
    first = build(acme, *IMAGES, content="first")
    acme.github.create_repo("acme", "shop", {path: text.format(**first) for path, text in files.items()})
    run(acme)
    acme.github.clock.advance(timedelta(days=1))
    return first


@pytest.fixture
def shop(acme: Acme) -> Acme:
    with_files(acme, {"Dockerfile": "FROM python:1@{python}\n", "compose.yaml": "services: {{cache: {{image: 'redis:1@{redis}'}}}}\n"})
    return acme


def is_open(acme: Acme) -> list[tuple[str, str]]:
    return [(pull.head, issue.title) for issue, pull in acme.github.repo("acme/shop").pulls if issue.is_open]


def test_images_that_were_built_again_share_a_pull_request_and_join_the_one_that_is_open(shop):
    build(shop, "python", content="second")
    run(shop)
    ((branch, title),) = is_open(shop)
    build(shop, "redis", content="second")
    joined = run(shop)

    assert (branch, title.partition(" (")[0]) == (BRANCH, "Rebuild python:1")
    assert [one.outcome for one in joined.sent] == [Outcome.UPDATED]
    assert is_open(shop) == [(BRANCH, "Rebuild python:1 and redis:1")]
    assert [one.outcome for one in run(shop).sent] == [Outcome.UNCHANGED]
    assert shop.writes == 0


def test_where_the_rule_wants_them_apart_each_has_its_own(shop):
    text = shop.config.read_text(encoding="utf-8")
    shop.config.write_text(text.replace("cooldown_days: 0", "cooldown_days: 0, rebuilds_together: false"), encoding="utf-8")
    build(shop, "python", "redis", content="second")
    run(shop)

    assert sorted(branch for branch, _ in is_open(shop)) == ["rebuild-bot/shop/python", "rebuild-bot/shop/redis"]
    # Back to the default: what is open stays where it is.
    shop.config.write_text(text, encoding="utf-8")
    assert [one.outcome for one in run(shop).sent] == [Outcome.UNCHANGED, Outcome.UNCHANGED]
    assert shop.writes == 0


def test_a_rebuild_that_becomes_a_version_moves_to_its_own_pull_request_and_the_empty_one_is_closed(acme):
    def push(tag: str, content: bytes) -> str:
        return acme.registry.push_image("docker.io/library/traefik", tag, layers=[{"traefik": content}])

    acme.github.create_repo("acme", "shop", {"Dockerfile": f"FROM traefik:1.0@{push('1.0', b'first')}\n"})
    run(acme)
    push("1.0", b"second")
    run(acme)
    ((rebuilds, _),) = is_open(acme)
    push("1.1", b"third")
    moved = run(acme)

    assert (rebuilds, [branch for branch, _ in is_open(acme)]) == (BRANCH, ["rebuild-bot/shop/traefik"])
    assert [one.outcome for one in moved.sent] == [Outcome.OPENED]
    assert [one.reason for one in moved.closed] == ["#2 asks for oci: docker.io/library/traefik 1.1 now."]


STAGES = {"Dockerfile": "FROM golang:1@{golang} AS build\nFROM python:1@{python}\n"}


def test_build_stages_wait_for_the_next_rebuilt_image_and_go_out_with_it(acme):
    with_files(acme, STAGES)
    build(acme, "golang", content="second")
    alone = run(acme)
    build(acme, "python", content="second")
    joined = run(acme)

    assert (alone.sent, [one.waits_for for one in alone.waiting]) == ((), [WaitsFor.COMPANY])
    assert [exposure.blocked_by.partition(":")[0] for exposure in alone.exposures] == ["waits for another update of the app"]
    assert [(one.outcome, len(one.proposal.updates)) for one in joined.sent] == [(Outcome.OPENED, 2)]


def test_build_stages_go_out_alone_at_last(acme):
    with_files(acme, STAGES)
    build(acme, "golang", content="second")
    run(acme)
    acme.github.clock.advance(timedelta(days=29))
    waits = run(acme)
    acme.github.clock.advance(timedelta(days=1, minutes=1))

    assert len(waits.waiting) == 1
    assert [one.outcome for one in run(acme).sent] == [Outcome.OPENED]


def test_what_a_build_stage_holds_runs_where_nothing_stands_below_it(acme):
    with_files(acme, {"Dockerfile": "FROM golang:1@{golang} AS build\nFROM scratch\n"})
    build(acme, "golang", content="second")

    assert [one.outcome for one in run(acme).sent] == [Outcome.OPENED]
