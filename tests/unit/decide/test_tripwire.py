"""Tags that are not to move and moved: alarms for those, and silence for ten thousand legal rebuilds."""

import random
from dataclasses import replace

import pytest

from bot.decide.tripwire.alarms import alarm_of, with_projects
from bot.decide.tripwire.moves import Sight, names_one_release
from bot.decide.tripwire.origin import Origin, origin, with_provenance
from bot.model.alarm import AcceptedMove, Alarm, AlarmKind, MovedTag, together
from bot.model.dependency import GIT_TAGS, GITHUB_TAGS, OCI, Dependency
from bot.model.lineage import BuiltBy
from tests.legal_tags import DAY, KINDS, START, legal, rebuilds_of, way

ACTION = Dependency(datasource=GITHUB_TAGS, name="acme/scan-action")
IMAGE = Dependency(datasource=OCI, name="ghcr.io/acme/shop")
A, B, C = (f"{letter}" * 40 for letter in "abc")


def built(*, source: str = "https://github.com/acme/shop", revision: str = "r1", version: str = "1.2.3", opened: float = 0) -> Origin:
    return Origin(source=source, revision=revision, version=version, opened_at=START + opened * DAY)


def none(_: str) -> Origin | None:
    return None


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        *[(value, True) for value in ("1.2.3", "v1.2.3", "3.12.4-slim", "release-1.2.3", "lib/v0.35.0", "1.2.3-rc.1", "1.2.3.4")],
        *[(value, False) for value in ("v4", "3.12", "latest", "3-alpine3.20.1", "nightly-1.2.3", "1.2.3-SNAPSHOT", "main", "", "9" * 999)],
    ],
)
def test_which_tags_name_one_release(value, is_one):
    assert names_one_release(value) is is_one


def test_a_release_tag_of_an_action_at_another_commit_is_an_alarm_that_stays_until_it_goes_back():
    moved = way("v1.2.3", (A, 0), (B, 50))
    alarm = alarm_of(ACTION, moved, none)

    assert alarm is not None
    assert (alarm.kind, [(tag.value, tag.last_good, tag.now) for tag in alarm.tags]) == (AlarmKind.RELEASE_TAG, [("v1.2.3", A, B)])
    assert alarm_of(ACTION, way("v1.2.3", (A, 0), (B, 50), until=900), none) is not None, "a year later it is wrong still"
    back = [Sight(value="v1.2.3", digest=A, first_seen=START, last_seen=START + 60 * DAY), moved[1]]
    back[1] = Sight(value="v1.2.3", digest=B, first_seen=START + 50 * DAY, last_seen=START + 59 * DAY)
    assert alarm_of(ACTION, back, none) is None


def test_a_tag_that_goes_on_from_a_wrong_place_is_held_against_the_last_good_one():
    alarm = alarm_of(ACTION, way("v1.2.3", (A, 0), (B, 50), (C, 51)), none)

    assert alarm is not None
    assert [(tag.last_good, tag.now) for tag in alarm.tags] == [(A, C)]


def test_many_tags_within_the_hour_are_one_alarm_and_the_floating_ones_beside_them_are_suspect():
    names = [f"0.{minor}.0" for minor in range(75)]
    sights = [sight for name in names for sight in way(name, (A, 0), (B, 50))]
    alarm = alarm_of(ACTION, [*sights, *way("v0", (A, 0), (B, 50.02)), *way("v1", (A, 0), (B, 20))], none)

    assert alarm is not None
    assert (alarm.kind, len(alarm.tags)) == (AlarmKind.MANY_TAGS, 76)
    assert "76 tags were moved within the hour" in alarm.reason
    assert alarm.tag("v1") is None


def test_a_floating_tag_that_moves_alone_is_none():
    assert alarm_of(ACTION, way("v4", (A, 0), (B, 30), (C, 60)), none) is None


@pytest.mark.parametrize(
    ("entry", "is_alarm"),
    [
        ({"at": B[:10]}, False),
        ({"at": ""}, False),
        ({"tag": "v1.*"}, False),
        ({"at": C[:10]}, True),
        ({"tag": "v2.*"}, True),
        ({"dependency": "acme/other"}, True),
    ],
    ids=str,
)
def test_what_somebody_accepts_ends_it_and_the_next_move_begins_anew(entry, is_alarm):
    accepted = AcceptedMove(**({"dependency": ACTION.name, "tag": "v1.2.3", "at": B[:10], "reason": "ours"} | entry))

    assert (alarm_of(ACTION, way("v1.2.3", (A, 0), (B, 50)), none, [accepted]) is not None) is is_alarm
    if entry == {"at": B[:10]}:
        again = alarm_of(ACTION, way("v1.2.3", (A, 0), (B, 50), (C, 60)), none, [accepted])
        assert again is not None
        assert [(tag.last_good, tag.now) for tag in again.tags] == [(B, C)]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (built(), built(), None),
        (built(), built(source="git@github.com:acme/shop.git"), None),
        (built(source="https://github.com/acme/shop.git#1f2e:slim"), built(source="https://github.com/acme/shop.git#3d4c:slim"), None),
        (built(revision=""), built(revision=""), None),
        (built(), built(revision="r2"), AlarmKind.RELEASE_TAG),
        (built(), built(revision=""), AlarmKind.RELEASE_TAG),
        (built(revision=""), built(revision="", version="6.6.6"), AlarmKind.RELEASE_TAG),
        (built(), built(source="https://github.com/mallory/shop"), AlarmKind.SOURCE),
        (built(), built(source=""), AlarmKind.SOURCE),
        (built(opened=40), built(revision="r2"), None),
        (built(source="https://github.com/base/os", version="24.04"), built(source="https://github.com/base/os", revision="r2"), None),
        (Origin(), Origin(), None),
        (None, built(), None),
        (origin(["odd"], None), origin({"org.opencontainers.image.source": 3}, None), None),
    ],
    ids=[
        "pure rebuild",
        "same repo written otherwise",
        "commit in the address",
        "same version, no revision",
        "another revision",
        "no revision any more",
        "another version",
        "another source",
        "no source any more",
        "not known for long",
        "labels of the base",
        "no labels",
        "never opened",
        "odd labels",
    ],
)
def test_the_full_version_of_an_image(old, new, kind):
    alarm = alarm_of(IMAGE, way("1.2.3", (A, 0), (B, 50)), {A: old, B: new}.get)

    assert (alarm.kind if alarm else None) is kind


def test_who_moves_versions_to_other_commits_as_a_rule_is_left_in_peace_but_not_with_another_source():
    sights = [sight for number in range(3) for sight in way(f"1.2.{number}", (f"{number}", 0), (f"{number}x", 20 + number))]
    told = {digest: built(revision=digest, version=digest[:1], opened=15) for digest in ("0", "0x", "1", "1x", "2", "2x")}
    sights += way("1.2.3", (A, 0), (B, 90))

    assert alarm_of(IMAGE, sights, (told | {A: built(), B: built(revision="r2")}).get) is None
    alarm = alarm_of(IMAGE, sights, (told | {A: built(), B: built(source="https://github.com/mallory/shop")}).get)
    assert alarm is not None
    assert alarm.kind is AlarmKind.SOURCE


def test_an_official_image_moves_its_versions_whenever_its_base_does():
    python = Dependency(datasource=OCI, name="docker.io/library/python")

    assert alarm_of(python, way("3.12.4-slim", (A, 0), (B, 50)), {A: built(), B: built(revision="r2")}.get) is None


def test_ten_thousand_legal_rebuilds_and_not_one_alarm():
    told = rebuilds_of(random.Random(11), at_least=10_000)

    assert [(each.kind, each.false) for each in told if each.false] == []
    assert [each.kind for each in told] == list(KINDS)
    assert min(each.rebuilds for each in told) > 400, told


def test_among_legal_rebuilds_each_planted_attack_is_found():
    chance, missed, planted = random.Random(12), [], 0
    for number in range(400):
        kind, dependency, sights, origins = legal(chance, number)
        if kind not in {"same revision", "version label alone", "habit"}:
            continue
        planted += 1
        bad = Sight(value="1.2.3", digest="bad", first_seen=START + 366 * DAY, last_seen=START + 367 * DAY)
        stranger = Origin(source="https://github.com/mallory/image", revision="x", version="1.2.3", opened_at=bad.first_seen)
        stolen = origins | {"bad": stranger}
        alarm = alarm_of(dependency, [*sights, bad], stolen.get)
        if alarm is None or [tag.now for tag in alarm.tags] != ["bad"]:
            missed.append((kind, number))

    assert planted > 100
    assert missed == []


def action(name, *days, datasource=GITHUB_TAGS):
    """A repository whose release tags were moved on these days."""
    dependency = Dependency(datasource=datasource, name=name)
    sights = [sight for number, day in enumerate(days) for sight in way(f"v1.0.{number}", (A, 0), (B, day))]
    found = alarm_of(dependency, sights, lambda digest: built(source=f"https://github.com/{digest}/{name.split('/')[-1]}"))
    assert found is not None
    return found


def projects(*found):
    return with_projects({one.dependency: one for one in found})


def test_repositories_of_one_project_whose_tags_move_within_the_hour_are_one_alarm():
    found = projects(*(action(f"acme/{name}", 20 + number / 48) for number, name in enumerate("abcde")))

    assert [len(group) for group in together(found.values())] == [5]
    assert {one.kind for one in found.values()} == {AlarmKind.MANY_TAGS}
    assert all(one.reason.startswith("tags of 5 repositories of github.com/acme were moved within the hour; ") for one in found.values())


@pytest.mark.parametrize(
    ("others", "groups"),
    [
        pytest.param([action("acme/b", 20)], [2], id="two of them"),
        pytest.param([action("ghcr.io/acme/shop", 20, datasource=OCI)], [2], id="an image of the same account"),
        pytest.param([action("acme/b", 20.1)], [1, 1], id="more than an hour later"),
        pytest.param([action("acme/b", 3, 20)], [2], id="one that stood wrong before"),
        pytest.param([action("mallory/b", 20), action("docker.io/acme/b", 20, datasource=OCI)], [1, 1, 1], id="other accounts"),
        pytest.param([action("https://git.example/acme/b", 20, datasource=GIT_TAGS)], [1, 1], id="another host"),
    ],
)
def test_what_is_one_alarm(others, groups):
    found = projects(action("acme/a", 20), *others)

    assert sorted((len(group) for group in together(found.values())), reverse=True) == groups
    assert {one.kind for one in found.values()} <= {AlarmKind.RELEASE_TAG, AlarmKind.SOURCE}, "two tags are not many"


def test_official_images_are_no_one_project():
    one, other = (
        Alarm(
            dependency=Dependency(datasource=OCI, name=f"docker.io/library/{name}"),
            kind=AlarmKind.SOURCE,
            reason="x",
            tags=(MovedTag(value="1.2.3", last_good=A, now=B, at=START),),
        )
        for name in "ab"
    )

    assert [len(group) for group in together([one, other])] == [1, 1]


HERE = "https://github.com/acme/shop"
NIGHTLY = f"{HERE}/.github/workflows/nightly.yml@refs/heads/main"
SIGNED = BuiltBy(where="x", builder=f"{HERE}/.github/workflows/release.yml@refs/tags/v1.2.3", source=HERE)


@pytest.mark.parametrize(
    ("labels", "old", "new", "kind"),
    [
        pytest.param(None, SIGNED, replace(SIGNED, builder=NIGHTLY), None, id="other workflow"),
        pytest.param(None, SIGNED, replace(SIGNED, builder=f"{HERE}/actions/runs/77/attempts/2"), None, id="a run"),
        pytest.param(None, SIGNED, replace(SIGNED, source="git@github.com:Acme/shop.git"), None, id="the source written otherwise"),
        pytest.param(None, SIGNED, replace(SIGNED, source=f"{HERE}@refs/heads/main"), None, id="another branch"),
        pytest.param(None, SIGNED, None, None, id="none any more"),
        pytest.param(None, None, SIGNED, None, id="none before"),
        pytest.param(None, SIGNED, replace(SIGNED, builder="https://mobyproject.org/buildkit@v1"), None, id="a builder of no account"),
        pytest.param(None, SIGNED, replace(SIGNED, builder="https://[x"), None, id="a builder that is no address"),
        pytest.param(built(), SIGNED, replace(SIGNED, source="https://github.com/mallory/shop"), AlarmKind.SOURCE, id="another source"),
        pytest.param(None, SIGNED, replace(SIGNED, source="https://github.com/mallory/shop"), AlarmKind.SOURCE, id="and no labels"),
        pytest.param(
            built(),
            SIGNED,
            replace(SIGNED, builder="https://github.com/mallory/x/.github/workflows/release.yml@refs/heads/main"),
            AlarmKind.SIGNER,
            id="another signer",
        ),
        pytest.param(
            None,
            replace(SIGNED, builder="https://gitlab.com/acme/shop/-/runners/7"),
            replace(SIGNED, builder="https://gitlab.com/mallory/shop/-/runners/7"),
            AlarmKind.SIGNER,
            id="another signer on GitLab",
        ),
    ],
)
def test_who_signs_a_version_and_from_what_is_not_to_change(labels, old, new, kind):
    told = {A: with_provenance(labels, [old] if old else []), B: with_provenance(labels, [new] if new else [])}

    alarm = alarm_of(IMAGE, way("1.2.3", (A, 0), (B, 5)), told.get)

    assert (alarm.kind if alarm else None) is kind
    assert alarm is None or ("whose signatures are not checked" in alarm.reason and "mallory" in alarm.reason)


def test_what_builders_of_one_image_say_differently_is_no_change():
    told = {A: with_provenance(None, [SIGNED, replace(SIGNED, source="https://github.com/acme/other")]), B: with_provenance(None, [SIGNED])}

    assert alarm_of(IMAGE, way("1.2.3", (A, 0), (B, 5)), told.get) is None
    assert with_provenance(None, [BuiltBy(where="x", builder="b")]) is None
