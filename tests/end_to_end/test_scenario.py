"""Weeks of a fleet through the real code, held against what is true: no exposure missed, none invented."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.scenario.form import Build, Deploy, Merge, Outage, Release, Retire, Revive, Scenario, ScenarioError, load
from tests.scenario.generate import generate
from tests.scenario.play import Play
from tests.scenario.truth import Stuck

_SHOP = {"name": "shop", "base": "python:3.12", "stages": ["qa", "production"]}
_SMALL = {
    "format": 1,
    "days": 13,
    "bases": ["python:3.12"],
    "apps": [
        _SHOP,
        {"name": "worker", "base": "python:3.12", "pinned": False},
        {"name": "tool", "base": "python:3.12", "publishes": False},
    ],
    "events": [
        {"day": 2, "release": "python:3.12"},
        {"day": 4, "merge": "shop"},
        {"day": 5, "build": "shop", "base": "cache"},
        {"day": 6, "build": "worker"},
        {"day": 6, "merge": "tool"},
        {"day": 7, "build": "shop"},
        {"day": 8, "deploy": "shop", "stage": "qa"},
        {"day": 10, "deploy": "shop", "stage": "production"},
        {"day": 11, "deploy": "shop", "stage": "production", "build": "before"},
    ],
}


def test_no_exposure_is_missed_and_none_invented_in_a_story_that_goes_everywhere(tmp_path):
    play = Play(scenario=Scenario.model_validate(_SMALL), folder=tmp_path)

    nights = list(play.play())

    assert [(night.day, night.missed, night.invented) for night in nights if night.missed or night.invented] == []
    story = [[(lack.app, lack.waits_for.value, lack.lacking) for lack in night.true] for night in nights]
    waits_for_build = ("shop", "rebuilt", ("qa", "production"))
    assert story == [
        [],
        [],
        [("shop", "merged", ()), ("tool", "merged", ()), ("worker", "rebuilt", ())],
        [("shop", "merged", ()), ("tool", "merged", ()), ("worker", "rebuilt", ())],
        [waits_for_build, ("tool", "merged", ()), ("worker", "rebuilt", ())],
        [waits_for_build, ("tool", "merged", ()), ("worker", "rebuilt", ())],
        [waits_for_build],
        [("shop", "deployed", ("qa", "production"))],
        [("shop", "deployed", ("production",))],
        [("shop", "deployed", ("production",))],
        [],
        [("shop", "deployed", ("production",))],
        [("shop", "deployed", ("production",))],
    ]


def test_the_clocks_of_an_app_end_when_it_is_retired_and_come_back_with_it(tmp_path):
    story = {
        "format": 1,
        "days": 9,
        "bases": ["python:3.12"],
        "apps": [_SHOP, {"name": "old", "base": "python:3.12"}, {"name": "gone", "base": "python:3.12", "publishes": False}],
        "events": [
            {"day": 1, "release": "python:3.12"},
            {"day": 2, "merge": "shop"},
            {"day": 3, "retire": "shop"},
            {"day": 3, "retire": "old", "how": "archived"},
            {"day": 4, "retire": "gone"},
            {"day": 6, "revive": "shop"},
            {"day": 7, "revive": "old"},
            {"day": 7, "revive": "gone"},
        ],
    }
    nights = list(Play(scenario=Scenario.model_validate(story), folder=tmp_path).play())

    assert [(night.day, night.missed, night.invented) for night in nights if night.missed or night.invented] == []
    assert [{(lack.app, lack.waits_for.value, lack.began) for lack in night.true} for night in nights[2:]] == [
        {("shop", "rebuilt", 1), ("old", "merged", 1), ("gone", "merged", 1)},
        {("gone", "merged", 1)},
        set(),
        set(),
        {("shop", "rebuilt", 1)},
        *[{("shop", "rebuilt", 1), ("old", "merged", 1), ("gone", "merged", 1)}] * 2,
    ]


def test_no_exposure_is_missed_and_none_invented_in_weeks_made_by_chance(tmp_path):
    play = Play(scenario=generate(seed=5, apps=8, days=35), folder=tmp_path)

    nights = list(play.play())

    assert [(night.day, night.missed, night.invented) for night in nights if night.missed or night.invented] == []
    met = Counter(lack.waits_for for night in nights if night.is_quiet for lack in night.true)
    assert set(met) == set(Stuck)


def test_what_the_bot_misses_is_seen(tmp_path):
    """The comparison itself: of two scenarios that differ in one build, one's truth does not fit the other's nights."""
    kinder = {**_SMALL, "events": [{**event, "base": "files"} if event.get("base") else event for event in _SMALL["events"]]}  # type: ignore[attr-defined]
    play = Play(scenario=Scenario.model_validate(_SMALL), folder=tmp_path, told=Scenario.model_validate(kinder))

    nights = [night for night in play.play() if night.missed or night.invented]

    wrong = [(night.day, [lack.waits_for for lack in night.missed], [lack.waits_for for lack in night.invented]) for night in nights]
    not_rebuilt, gone_back = ([Stuck.DEPLOYED], [Stuck.REBUILT]), ([], [Stuck.DEPLOYED])
    assert wrong == [(5, *not_rebuilt), (6, *not_rebuilt), (11, *gone_back), (12, *gone_back)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"format": 2}, "format: Input should be 1", id="another format"),
        pytest.param({"apps": [{**_SHOP, "base": "node:22"}]}, "app shop stands on node:22, which is none of the bases", id="base"),
        pytest.param({"events": [{"day": 1, "merge": "web"}]}, "day 1: there is no app web", id="app"),
        pytest.param({"events": [{"day": 1, "deploy": "shop", "stage": "dev"}]}, "day 1: shop is not in stage dev", id="stage"),
        pytest.param({"events": [{"day": 13, "merge": "shop"}]}, "day 13 is behind the last day, 12", id="day"),
        pytest.param({"events": [{"day": 1, "build": "tool"}]}, "day 1: tool publishes no image", id="image"),
        pytest.param({"surprise": 1}, "surprise: Extra inputs are not permitted", id="key"),
    ],
)
def test_what_is_no_scenario_is_refused_with_the_reason(tmp_path, change, said):
    file = tmp_path / "my.json"
    file.write_text(Scenario.model_validate(_SMALL).model_dump_json(), encoding="utf-8")
    assert load(file).days == 13

    file.write_text(json.dumps({**_SMALL, **change}), encoding="utf-8")
    with pytest.raises(ScenarioError, match="is no scenario") as raised:
        load(file)
    assert said in str(raised.value)


def test_a_scenario_survives_its_file(tmp_path):
    made = generate(seed=3, apps=10, days=100)
    file = tmp_path / "my.json"
    file.write_text(made.model_dump_json(), encoding="utf-8")

    assert load(file) == made
    assert {type(event) for event in made.events} == {Release, Merge, Build, Deploy, Outage, Retire, Revive}


def test_a_file_that_is_none_is_told(tmp_path):
    with pytest.raises(ScenarioError, match="nowhere"):
        load(Path(tmp_path / "nowhere.yaml"))
