"""Which images are in use, from the files of a fleet to the ledger and back."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from bot.ledger.ledger import Ledger
from bot.model.use import KnownFrom
from tests.end_to_end.conftest import rebuild_bot

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


STATUS = b"Package: liblzma5\nSource: xz-utils\nVersion: 5.6.1-1\n\nPackage: bash\nVersion: 5.2-1\n"


@pytest.fixture
def asked(shop):
    shop.registry.push_image("docker.io/library/python", "3.12.4-slim", layers=[{"var/lib/dpkg/status": STATUS}])
    assert shop.run("inspect", "python:3.12.4-slim").returncode == 0
    shop.run("run")
    return shop


def test_the_command_names_app_owner_image_version_and_since_and_what_was_never_opened(asked):
    result = asked.run("who-has", "xz-utils@>=5.6.0,<5.6.2")
    told = json.loads(asked.run("who-has", "pkg:deb/xz-utils", "--format", "json").stdout)
    shown = asked.run("who-has", "bash@5.2", "--format", "markdown").stdout
    before = asked.run("who-has", "bash", "--on", "2026-03-29")

    lines, said = result.stdout.splitlines(), " ".join(result.stderr.split())
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert result.returncode == 4, "an image in use was never opened"
    assert [line.split()[0] for line in lines if "5.6.1-1" in line] == ["blog", "shop"]
    assert all(
        word in lines[-1]
        for word in ("@acme/web", "python:3.12.4-slim@", "final-stage base", "liblzma5 5.6.1-1", today, "by tag Dockerfile:1")
    )
    assert "1 image in use was never opened: registry.example.com/acme/shop:7@sha256:aaaa" in said
    assert "xz-utils@>=5.6.0,<5.6.2: found in 1 image, 2 apps; looked into 1 of 2 images in use as of the run of" in said

    assert (told["in_use"], told["opened"], [one["app"] for one in told["holders"]]) == (2, 1, ["blog", "shop"])
    assert told["holders"][1] | {"packages": [], "since": "", "last_seen": "", "digest": ""} == {
        "app": "shop",
        "repo": "acme/shop",
        "stage": "",
        "owners": ["@acme/web"],
        "image": "docker.io/library/python",
        "tag": "3.12.4-slim",
        "digest": "",
        "role": "final-stage base",
        "known": "by tag",
        "file": "Dockerfile",
        "line": 1,
        "since": "",
        "last_seen": "",
        "ended_at": None,
        "packages": [],
        "not_certain": [],
    }
    assert [(one["name"], one["source"], one["version"], one["in_range"]) for one in told["holders"][1]["packages"]] == [
        ("liblzma5", "xz-utils", "5.6.1-1", True)
    ]
    assert [(one["apps"], one["reason"]) for one in told["never_opened"]] == [(["shop"], "never opened")]

    assert shown.startswith("| App | Stage | Owner | Image | For | Package | Since | Known | Not certain |\n")
    assert "| bash 5.2-1 |" in shown
    assert "- registry.example.com/acme/shop:7" in shown

    assert before.returncode == 3
    assert "no image in use is known before" in before.stderr


def test_what_is_nowhere_is_not_found_in_so_many_images(asked):
    asked.github.commit_files("acme/shop", {"deploy/prod/values.yaml": "replicas: 1\n"}, message="by hand")
    asked.run("run")

    result = asked.run("who-has", "log4j-core")

    assert (result.returncode, result.stdout) == (0, "")
    assert "log4j-core: not found; looked into 1 of 1 image in use as of the run of" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(("bash",), 3, "no image in use is known: `rebuild-bot run` records them", id="a ledger without uses"),
        pytest.param(("bash", "--on", "2126-03-29"), 2, "has not come yet", id="a day to come"),
        pytest.param(("bash", "--on", "yesterday"), 2, "is no day", id="no day"),
        pytest.param(("bash@~5",), 2, "no limit", id="no range"),
        pytest.param(("",), 2, "no package", id="no package"),
    ],
)
def test_what_can_not_be_answered_is_said(tmp_path, arguments, code, words):
    result = rebuild_bot("who-has", *arguments, folder=tmp_path)

    assert (result.returncode, words in " ".join(result.stderr.replace("│", "").split())) == (code, True), result.stderr
