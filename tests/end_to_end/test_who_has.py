"""Which images are in use, from the files of a fleet to the ledger and back."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from bot.ledger.ledger import Ledger
from bot.model.use import KnownFrom

FILES = {
    "Dockerfile": "FROM python:3.12.4-slim AS run\n",
    "deploy/prod/values.yaml": "image:\n  repository: registry.example.com/acme/shop\n  tag: '7'\n  digest: sha256:" + "a" * 64 + "\n",
    "deploy/Chart.yaml": "apiVersion: v2\nname: shop\ndependencies:\n- {name: redis, version: 1.2.3, repository: 'oci://registry.example.com/charts'}\n",
    "CODEOWNERS": "* @acme/web\n",
}


@pytest.fixture
def shop(acme):
    acme.release("3.12.4-slim")
    acme.github.create_repo("acme", "shop", FILES)
    acme.github.create_repo("acme", "blog", {"Dockerfile": "FROM python:3.12.4-slim\n"})
    return acme


def uses(acme):
    """Of each use: app, stage, what it is for, image, how it is known, whether it goes on."""
    with closing(Ledger.open(f"sqlite:///{acme.folder}/ledger.sqlite3")) as ledger:
        known = ledger.uses.until(datetime.now(UTC) + timedelta(days=1))
        return [
            (
                *(one.use.place.app, one.use.place.stage, one.use.place.role),
                one.use.reference.rpartition("/")[2],
                one.use.known_from,
                one.ended_at is None,
            )
            for one in known
        ]


def test_a_run_remembers_which_images_are_in_use_and_ends_those_that_are_gone(shop):
    digest = shop.release("3.12.4-slim")
    python = f"python:3.12.4-slim@{digest}"
    shop.run("inspect", "python:3.12.4-slim")
    first = shop.run("run")
    before = uses(shop)
    shop.github.commit_files("acme/shop", {"Dockerfile": "FROM scratch\n"}, message="by hand")
    shop.run("run", "--repo", "acme/blog")
    unread = uses(shop)
    shop.run("run")

    assert first.returncode == 4, "a registry that is not there fails its own pins alone"
    assert sorted(before) == [
        ("acme/blog", "", "final-stage base", python, KnownFrom.TAGGED, True),
        ("acme/shop", "", "final-stage base", python, KnownFrom.TAGGED, True),
        ("acme/shop", "production", "image", "shop:7@sha256:" + "a" * 64, KnownFrom.PINNED, True),
    ]
    assert sorted(unread) == sorted(before), "what was not read has not ended"
    gone = ("acme/shop", "", "final-stage base", python, KnownFrom.TAGGED)
    assert sorted(uses(shop)) == sorted([*(row for row in before if row[:5] != gone), (*gone, False)])
