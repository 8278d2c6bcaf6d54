"""The way of a fix: every step is told, and what is not known is told as that."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.exposure import Exposure, Known, StageState, Step
from bot.model.fleet import App
from bot.report.site.chain import chain
from tests.boards import NOW

DAY = timedelta(days=1)
ONE = Exposure(
    app=App(name="shop", repo="acme/shop"),
    dependency="oci: docker.io/library/python",
    old="3.11",
    new="3.12",
    steps={Step.DETECTED: NOW - 9 * DAY, Step.PROPOSED: NOW - 8 * DAY, Step.MERGED: NOW - 3 * DAY},
    waiting_for=Step.REBUILT,
)
OLD = StageState(stage="", image="shop:1@aa", has_fix=Known.NO, why="it stands on 3.11")
QA = StageState(
    stage="qa", image="shop:2@bb", has_fix=Known.YES, why="its base is 3.12", since=NOW - DAY, source="pods.json", is_running=True
)
LIVE = StageState(stage="production", image="", has_fix=Known.UNKNOWN, why="nobody tells what runs there")


def told(exposure):
    return [(link.name, link.said, link.note) for link in chain(exposure, NOW)]


def test_at_the_defaults_of_the_model_what_nobody_knows_is_not_known():
    assert told(replace(ONE, steps={Step.DETECTED: NOW}, waiting_for=Step.PROPOSED, blocked_by="held")) == [
        ("released", "not known", ""),
        ("detected", "2026-11-23", ""),
        ("proposed", "waiting", "held"),
        ("merged", "not yet", ""),
        ("rebuilt", "not known", "no image that it publishes is known"),
        ("deployed", "not known", "where its image runs is not known"),
    ]


def test_before_the_merge_the_images_that_an_app_publishes_are_not_yet_built_with_it():
    one = replace(ONE, app=replace(ONE.app, images=("ghcr.io/acme/shop",)), steps={Step.DETECTED: NOW}, waiting_for=Step.MERGED)

    assert told(one)[4:] == [("rebuilt", "not yet", ""), ("deployed", "not yet", "")]


def test_stages_stand_in_their_order_with_whose_word_it_is():
    assert told(replace(ONE, built=OLD, stages=(QA, LIVE)))[4:] == [
        ("rebuilt", "waiting", "it stands on 3.11"),
        ("qa", "2026-11-22", "its base is 3.12; seen to run by pods.json"),
        ("production", "not known", "nobody tells what runs there"),
    ]


@pytest.mark.parametrize(
    ("has_fix", "since", "said"),
    [
        pytest.param(Known.YES, NOW - DAY, "2026-11-22", id="there"),
        pytest.param(Known.YES, None, "done, the day is not known", id="there since nobody knows when"),
        pytest.param(Known.NO, None, "waiting", id="not there"),
        pytest.param(Known.UNKNOWN, None, "not known", id="nobody knows"),
    ],
)
def test_the_published_image_is_told_as_it_is_known(has_fix, since, said):
    assert told(replace(ONE, built=replace(OLD, has_fix=has_fix, since=since)))[4][1] == said


def test_the_days_between_are_counted_over_what_is_known():
    assert [link.days for link in chain(ONE, NOW)] == ["", "", "1 day", "5 days", "", ""]


def test_only_a_web_page_is_linked():
    assert chain(replace(ONE, pull_request_url="https://github.com/acme/shop/pull/1"), NOW)[2].href == "https://github.com/acme/shop/pull/1"
    assert chain(replace(ONE, pull_request_url="file:///etc/passwd"), NOW)[2].href is None
