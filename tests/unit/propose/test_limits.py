"""What GitHub takes is never exceeded, and the marker is whole, however much there is in a group, and whatever it is called."""

from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proposal_samples import APP, NOTES, REPO, change, pin, update

from bot.model.dependency import HELM, Dependency
from bot.model.fleet import App
from bot.model.notes import Notes
from bot.model.rules import Grouping, Rule
from bot.model.update import Candidate, Decision, Propose
from bot.propose.answers import explained
from bot.propose.compose import MAX_BODY_CHARACTERS, compose
from bot.propose.group import Group
from bot.propose.marker import most_characters, read, targets_of
from bot.propose.portions import MAX_MARKER_CHARACTERS, portions, possible
from bot.propose.takers import Takers

ALONE = Takers.of(APP)


def nobody(_group: Group) -> bool:
    return False


def many(number: int, *, name: int = 60, value: str = "1.2.3", deprecation: str | None = None, folder: str = ""):
    return [
        update(pin(file=f"{folder}deploy/{one}.yaml", name=f"ghcr.io/acme/{one:04}-{'n' * name}"), value=value, deprecation=deprecation)
        for one in range(number)
    ]


def made(updates, *, takers=ALONE, portion="", notes=NOTES, group="all"):
    return compose(
        today=date(2026, 5, 9),
        takers=takers,
        repo=REPO,
        updates=updates,
        explain=lambda _: notes,
        changes=[change()],
        rule=Rule(group=Grouping(name=group)),
        held=[],
        portion=portion,
    ).tell()


def held_to_limits(updates, *, takers=ALONE, notes=NOTES) -> int:
    found = list(portions(Group(updates=tuple(updates), name="all"), takers, nobody))
    proposals = [made(one.updates, takers=takers, portion=one.portion, notes=notes) for one in found]
    assert sorted(id(one) for group in found for one in group.updates) == sorted(map(id, updates))
    assert len({proposal.branch for proposal in proposals}) == len(found)
    for group, proposal in zip(found, proposals, strict=True):
        written = read(proposal.body)
        assert written is not None
        assert written.targets == targets_of(group.updates)
        assert len(proposal.body) <= MAX_BODY_CHARACTERS
        assert len(proposal.title) <= 100
        assert len(proposal.branch.encode()) <= 240
        assert len(proposal.commit_message) <= 32_000
        assert ("too large for one pull request" in proposal.body) is (len(found) > 1)
    return len(found)


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        pytest.param(many(5), 1, id="five"),
        pytest.param(many(150), 1, id="150 with usual names"),
        pytest.param(many(300, name=150), 4, id="300 with long names"),
        pytest.param(many(300, deprecation="w" * 2_000), 3, id="300 of which the publisher warns at length"),
        pytest.param(many(300, folder="f" * 3_000 + "/"), 3, id="300 in deep folders"),
        pytest.param(many(700), 8, id="700"),
    ],
)
def test_a_group_of_any_size_keeps_to_the_limits(updates, expected):
    assert held_to_limits(updates) == expected


def test_a_group_over_very_many_apps_keeps_to_the_limits():
    apps = tuple(App(name=f"app-{one:04}-{'a' * 90}", repo="acme/shop", path=PurePosixPath(f"apps/{one}")) for one in range(400))
    updates = [update(pin(file=f"apps/{one}/Dockerfile")) for one in range(400)]

    assert held_to_limits(updates, takers=Takers(apps=apps, is_shared=True)) > 1


def test_one_dependency_with_very_many_tags_keeps_to_the_limits():
    updates = [update(pin(file=f"{one}.yaml", value=f"1.0-{one}"), value=f"1.1-{one}") for one in range(700)]

    assert held_to_limits(updates) > 1


def hostile_update(name: str, value: str, file: str, warning: str):
    one = update(pin(file=file or "f", value=value), value=value, deprecation=warning)
    dependency = Dependency(datasource=HELM, name=f"https://charts.example.org#{name}")
    return replace(one, pin=replace(one.pin, dependency=dependency), release=replace(one.release, dependency=dependency))


ODD = st.text(alphabet=st.sampled_from('a🦀é\0\u202e|`<-!@#1/*>\n\\"'), min_size=1, max_size=40)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.builds(hostile_update, ODD, ODD, ODD, ODD), min_size=1, max_size=12), st.integers(1, 40))
def test_hostile_names_of_any_length_keep_to_the_limits(few, times):
    updates = [
        replace(
            one, pin=replace(one.pin, dependency=replace(one.pin.dependency, name=f"{one.pin.dependency.name * (times % 7 + 1)}{number}"))
        )
        for number in range(times)
        for one in few
    ]

    held_to_limits(updates, notes=Notes())


def test_the_marker_is_never_longer_than_foretold():
    updates = many(300, name=150)

    for number in (1, 10, 300):
        body = made(updates[:number], notes=Notes()).body if number < 100 else ""
        foretold = most_characters({APP.name: updates[:number]}, is_shared=False)
        assert len(body) - len(body.partition("<!-- rebuild-bot")[0]) <= foretold
    assert most_characters({APP.name: updates}, is_shared=False) > MAX_MARKER_CHARACTERS


def test_newer_releases_leave_everything_in_its_portion():
    old, new = (
        list(portions(Group(updates=tuple(many(600, value=value)), name="all"), ALONE, nobody)) for value in ("1.2.3", "1.10.31-r2")
    )

    assert [(one.portion, [each.pin for each in one.updates]) for one in old] == [
        (one.portion, [each.pin for each in one.updates]) for one in new
    ]


def test_what_is_merged_leaves_the_other_portions_as_they_are():
    updates = many(600)
    before = {one.portion: one.updates for one in portions(Group(updates=tuple(updates), name="all"), ALONE, nobody)}

    after = {one.portion: one.updates for one in portions(Group(updates=tuple(updates[:-1]), name="all"), ALONE, nobody)}

    assert before.keys() == after.keys()
    assert sum(before[portion] != after[portion] for portion in before) == 1


def test_a_group_at_the_border_does_not_go_to_and_fro():
    larger, smaller, small = (Group(updates=tuple(many(number)), name="all") for number in (220, 140, 100))

    def is_divided(group: Group) -> bool:
        return len(group.portion) == 1

    assert [one.portion for one in portions(larger, ALONE, nobody)] == ["0", "1"]
    assert [one.portion for one in portions(smaller, ALONE, nobody)] == [""]
    assert [one.portion for one in portions(smaller, ALONE, is_divided)] == ["0", "1"]
    assert [one.portion for one in portions(small, ALONE, is_divided)] == [""]


def test_where_an_update_can_be_holds_where_it_is():
    for group in portions(Group(updates=tuple(many(700)), name="all"), ALONE, nobody):
        assert all(group.portion in possible(one, ALONE) for one in group.updates)


def test_no_group_is_called_as_a_portion_of_another():
    one = many(1)

    names = {made(one, group=group, portion=portion).branch for group, portion in (("x", "0"), ("x_0", ""), ("x-0", ""), ("x", ""))}

    assert len(names) == 4


@pytest.mark.parametrize("number", [1, 3, 30])
def test_an_explanation_ends_whatever_there_is_to_say(number):
    candidate = Candidate(value="1" * 128, verdict="passed over", reason="\\" * 2_000)
    one = update()

    text = explained([Decision(pin=one.pin, verdict=Propose(update=one), candidates=(candidate,) * 20)] * number)

    assert 0 < len(text) <= 21_000


def test_an_explanation_tells_how_many_places_are_left_out():
    one = update()

    assert explained([Decision(pin=one.pin, verdict=Propose(update=one))] * 13).endswith("\n\nand 3 more places")
