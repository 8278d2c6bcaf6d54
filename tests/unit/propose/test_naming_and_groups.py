from dataclasses import replace
from pathlib import PurePosixPath

import pytest
from proposal_samples import APP, digest, pin, update

from bot.model.dependency import GITHUB_TAGS, HELM, Dependency
from bot.model.fleet import App
from bot.model.rules import Grouping, Rule
from bot.model.update import UpdateKind
from bot.propose.group import REBUILDS, groups, is_shared
from bot.propose.naming import branch_name, commit_message
from bot.propose.takers import Takers
from bot.propose.titles import plain_title

PART = App(name="api", repo="acme/mono", path=PurePosixPath("services/api"))
PYTHON = update()
NEWER = update(value="3.12.6-slim")
MAJOR = update(value="4.0.0-slim", kind=UpdateKind.MAJOR)
CYCLE = update(value="3.13.1-slim", kind=UpdateKind.CYCLE)
REDIS = update(pin(name="docker.io/library/redis", value="7.2.4"), value="7.4.0", kind=UpdateKind.MINOR)
REFRESH = update(pin(value="3.12-slim", old_digest=digest("a")), value="3.12-slim", new_digest=digest("b"), kind=UpdateKind.DIGEST)
REFRESH_REDIS = update(
    pin(name="docker.io/library/redis", value="7", old_digest=digest("a")), value="7", new_digest=digest("b"), kind=UpdateKind.DIGEST
)
LIVE = replace(PYTHON, stage="production")
PINNED = update(pin(value="3.12-slim"), value="3.12-slim", new_digest=digest("b"), kind=UpdateKind.PIN)


def other(datasource: str, name: str):
    return replace(PYTHON, pin=replace(PYTHON.pin, dependency=Dependency(datasource=datasource, name=name)))


@pytest.mark.parametrize(
    ("updates", "group", "app", "expected"),
    [
        pytest.param([PYTHON], None, APP, "rebuild-bot/shop/python", id="an official image"),
        pytest.param([NEWER], None, APP, "rebuild-bot/shop/python", id="a newer release: the same branch"),
        pytest.param([REFRESH], None, APP, "rebuild-bot/shop/python", id="its rebuild: the same branch"),
        pytest.param([MAJOR], None, APP, "rebuild-bot/shop/python-major", id="a major version"),
        pytest.param([CYCLE], None, APP, "rebuild-bot/shop/python-cycle", id="another cycle"),
        pytest.param([update(pin(name="ghcr.io/acme/base"))], None, APP, "rebuild-bot/shop/ghcr-io-acme-base-d21689", id="slashes"),
        pytest.param(
            [update(pin(name="ghcr.io/acme-base"))], None, APP, "rebuild-bot/shop/ghcr-io-acme-base-d8e6cc", id="what would read the same"
        ),
        pytest.param([PYTHON, REDIS], "base images", APP, "rebuild-bot/shop/group-base-images-7c68bb", id="a group"),
        pytest.param([PYTHON], None, App(name="Shop Front", repo="a/b"), "rebuild-bot/shop-front-11258b/python", id="an app's free name"),
        pytest.param([PYTHON], None, App(name="x.lock", repo="a/b"), "rebuild-bot/x-lock-f53b53/python", id="a name that git refuses"),
        pytest.param([other(HELM, "https://charts.example.org#redis")], None, APP, "rebuild-bot/shop/redis-884220", id="a chart"),
        pytest.param([LIVE], None, APP, "rebuild-bot/shop/python-production", id="a stage of its own"),
        pytest.param([replace(MAJOR, stage="Pre Prod")], None, APP, "rebuild-bot/shop/python-pre-prod-2004e6-major", id="its free name"),
        pytest.param([LIVE, REDIS], "bases", APP, "rebuild-bot/shop/group-bases-production", id="a group in a stage"),
        pytest.param([PYTHON], "../../@{-1}", APP, "rebuild-bot/shop/group-1-1dfb07", id="a hostile group"),
    ],
)
def test_branches_are_named_for_what_they_are_about(updates, group, app, expected):
    assert branch_name(Takers.of(app), updates, group=group) == expected


@pytest.mark.parametrize(
    ("updates", "group", "app", "expected"),
    [
        pytest.param([PYTHON], None, APP, "Update python to 3.12.5-slim", id="one"),
        pytest.param([PYTHON, PYTHON], None, APP, "Update python to 3.12.5-slim", id="one in two places"),
        pytest.param([PYTHON, NEWER], None, APP, "Update python to 3.12.5-slim and 3.12.6-slim", id="two values"),
        pytest.param([PYTHON], None, PART, "Update python to 3.12.5-slim in api", id="an app that is a part of its repo"),
        pytest.param([LIVE], None, APP, "Update python to 3.12.5-slim in production", id="in a stage"),
        pytest.param([LIVE], None, PART, "Update python to 3.12.5-slim in api, production", id="a part in a stage"),
        pytest.param([CYCLE], None, PART, "Update python to another cycle: 3.13.1-slim in api", id="another cycle"),
        pytest.param([REFRESH], None, APP, f"Rebuild python:3.12-slim ({'b' * 12})", id="a rebuild"),
        pytest.param([REFRESH], None, PART, f"Rebuild python:3.12-slim in api ({'b' * 12})", id="a rebuild in a part"),
        pytest.param([REFRESH, REFRESH_REDIS], REBUILDS, APP, "Rebuild python:3.12-slim and redis:7", id="rebuilds"),
        pytest.param([REFRESH, REFRESH_REDIS], None, APP, "Rebuild python:3.12-slim and redis:7", id="rebuilds without a name"),
        pytest.param([PINNED], None, APP, f"Pin python to {'b' * 12}", id="a first digest"),
        pytest.param([PYTHON, REDIS], "base images", APP, "Update base images: python 3.12.5-slim and redis 7.4.0", id="a group"),
        pytest.param(
            [PYTHON, REDIS, NEWER, MAJOR],
            "base images",
            APP,
            "Update base images: python 3.12.5-slim, redis 7.4.0 and 2 more",
            id="a large group",
        ),
        pytest.param([other(GITHUB_TAGS, "actions/checkout")], None, APP, "Update actions/checkout to 3.12.5-slim", id="an action"),
        pytest.param(
            [update(value="9" * 128)], None, PART, f"Update python to {'9' * 75}… in api", id="a long value is cut, the app stays"
        ),
    ],
)
def test_titles_say_what_happens(updates, group, app, expected):
    assert plain_title(Takers.of(app), updates, group=group) == expected


def test_a_commit_names_every_place():
    assert commit_message("Update things", [PYTHON, REFRESH, PINNED]) == (
        "Update things\n\n"
        "Dockerfile:1 python 3.12.4-slim -> 3.12.5-slim\n"
        f"Dockerfile:1 python 3.12-slim@{'a' * 12} -> 3.12-slim@{'b' * 12}\n"
        f"Dockerfile:1 python 3.12-slim -> 3.12-slim@{'b' * 12}\n"
    )


@pytest.mark.parametrize(
    ("updates", "group_of", "expected"),
    [
        pytest.param([PYTHON, REDIS, NEWER], {}, [[PYTHON, NEWER], [REDIS]], id="one for each dependency"),
        pytest.param([PYTHON, REDIS], {"python": "base", "redis": "base"}, [[PYTHON, REDIS]], id="a group"),
        pytest.param([PYTHON, REDIS], {"python": "base"}, [[PYTHON], [REDIS]], id="a group and the rest"),
        pytest.param([PYTHON, MAJOR, REFRESH], {}, [[PYTHON], [MAJOR], [REFRESH]], id="a major version stands apart"),
        pytest.param([PYTHON, CYCLE, MAJOR], {}, [[PYTHON], [CYCLE], [MAJOR]], id="so does a step to another cycle"),
        pytest.param([REFRESH, PYTHON, REFRESH_REDIS], {}, [[REFRESH, REFRESH_REDIS], [PYTHON]], id="images that were built again"),
        pytest.param([REFRESH, REFRESH_REDIS, REDIS], {"redis": "base"}, [[REFRESH], [REFRESH_REDIS, REDIS]], id="a named group first"),
        pytest.param([PINNED, REFRESH_REDIS], {}, [[PINNED], [REFRESH_REDIS]], id="a first digest is no rebuild"),
        pytest.param([PYTHON, LIVE, NEWER], {}, [[PYTHON, NEWER], [LIVE]], id="a stage of its own"),
        pytest.param([PYTHON, LIVE, REDIS], {"python": "base", "redis": "base"}, [[PYTHON, REDIS], [LIVE]], id="in a group, too"),
        pytest.param([], {}, [], id="nothing"),
    ],
)
def test_updates_go_out_in_groups(updates, group_of, expected):
    found = groups(updates, lambda each: Rule(group=Grouping(name=group_of[each.pin.name]) if each.pin.name in group_of else None))

    assert [list(group.updates) for group in found] == expected


def test_rebuilds_stand_alone_where_a_rule_or_the_caller_says_so():
    updates = [REFRESH, REFRESH_REDIS]

    assert [group.name for group in groups(updates, lambda _: Rule(rebuilds_together=False))] == [None, None]
    alone = groups(updates, lambda _: Rule(), stands_alone=lambda update: update is REFRESH)
    assert [(group.name, group.updates) for group in alone] == [(None, (REFRESH,)), (REBUILDS, (REFRESH_REDIS,))]


BILLING = App(name="billing", repo="acme/mono", path=PurePosixPath("services/billing"))
LINT = App(name="lint", repo="acme/mono", path=PurePosixPath("tools/lint"))
WHOLE = App(name="mono", repo="acme/mono")
IN_API = update(pin(file="services/api/Dockerfile"))
IN_BILLING = update(pin(file="services/billing/deploy/Dockerfile"))
ELSEWHERE = update(pin(file="services/Dockerfile"))


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        pytest.param((), [], id="each has its own"),
        pytest.param(("services/*",), ["api", "billing"], id="a folder of apps"),
        pytest.param(("services/*/",), ["api", "billing"], id="with a slash at its end"),
        pytest.param(("services/api", "tools/*"), ["api", "lint"], id="two patterns"),
        pytest.param(("*",), ["api", "billing", "lint", "mono"], id="all of them, the repo as a whole too"),
        pytest.param((".",), ["mono"], id="the repo as a whole"),
        pytest.param(("[",), [], id="none"),
    ],
)
def test_the_apps_of_some_folders_share_a_group(paths, expected):
    rule = Rule(group=Grouping(name="runtime", paths=paths))

    assert [app.name for app in (PART, BILLING, LINT, WHOLE) if is_shared(rule, app)] == expected


def test_an_update_of_several_apps_is_that_of_the_deepest_folder():
    takers = Takers(apps=(WHOLE, PART, BILLING, LINT), is_shared=True)

    assert takers.by_app([IN_API, IN_BILLING, ELSEWHERE]) == {"api": [IN_API], "billing": [IN_BILLING], "mono": [ELSEWHERE]}
    assert takers.having([IN_BILLING, IN_API]).apps == (PART, BILLING)


@pytest.mark.parametrize(
    ("apps", "group", "updates", "expected"),
    [
        pytest.param((PART, BILLING, LINT), "runtime", [PYTHON], "Update runtime: python 3.12.5-slim in 3 apps", id="three"),
        pytest.param((PART, BILLING), "runtime", [PYTHON], "Update runtime: python 3.12.5-slim in api and billing", id="two"),
        pytest.param((WHOLE,), "runtime", [PYTHON], "Update runtime: python 3.12.5-slim in mono", id="one of them now"),
        pytest.param((PART, BILLING, LINT), "python", [PYTHON], "Update python 3.12.5-slim in 3 apps", id="named for what is in it"),
        pytest.param((PART, BILLING), "runtime", [LIVE], "Update runtime: python 3.12.5-slim in api and billing, production", id="a stage"),
    ],
)
def test_a_group_of_several_apps_says_so(apps, group, updates, expected):
    takers = Takers(apps=apps, is_shared=True)

    assert plain_title(takers, updates, group=group) == expected
    assert branch_name(takers, updates, group=group).startswith(f"rebuild-bot/several_apps/group-{group}")
