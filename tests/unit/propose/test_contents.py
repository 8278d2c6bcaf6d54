"""What a pull request says of the inside of images."""

from dataclasses import replace
from datetime import date

import pytest
from proposal_samples import digest, pin, update

from bot.model.comparison import ImageStep
from bot.model.contents import Configuration, NotRead, Package
from bot.model.notes import Notes
from bot.model.severity import Severity
from bot.model.update import UpdateKind
from bot.propose.contents import folds, opening, pressing, step_lines
from tests.image_steps import OPENSSL, hole, image, step

TODAY = date(2026, 5, 9)
OLD_ZLIB = Package(type="deb", namespace="debian", name="zlib1g", version="1:1.3")
NEW_ZLIB = replace(OLD_ZLIB, version="1:1.2")
NEW_OPENSSL = replace(OPENSSL, version="3.0.14-1~deb12u1")
FULL = step(
    closed=[
        hole("CVE-2026-1", Severity.CRITICAL, exploited_since=date(2026, 5, 1), aliases=("DSA-1",)),
        hole("CVE-2026-2", Severity.UNKNOWN),
    ],
    left=[hole("CVE-2026-3", Severity.LOW, fixed_in="")],
    unclear=[hole("CVE-2026-4", Severity.MEDIUM)],
    not_checked=["the new image: 2 golang packages: no answer"],
    old=image(OPENSSL, OLD_ZLIB, end_of_life=date(2026, 6, 10), layers=("base", "app")),
    new=image(NEW_OPENSSL, NEW_ZLIB, end_of_life=date(2026, 6, 10), layers=("newer", "app")),
)


@pytest.mark.parametrize(
    ("closed", "said"),
    [
        pytest.param(FULL.holes.closed, "It closes `CVE-2026-1`, which is exploited in the wild.", id="exploited goes before critical"),
        pytest.param(
            [hole(f"CVE-2026-{number}", Severity.CRITICAL) for number in range(1, 7)],
            "It closes `CVE-2026-1`, `CVE-2026-2`, `CVE-2026-3`, `CVE-2026-4` and 2 more, which are critical.",
            id="many",
        ),
        pytest.param([hole("CVE-2026-1", Severity.HIGH)], "", id="neither"),
        pytest.param([hole("a`b <b>@c</b>", Severity.CRITICAL)], "It closes ``a`b <b>@c</b>``, which is critical.", id="a hostile name"),
    ],
)
def test_what_presses_is_named(closed, said):
    found = FULL if closed is FULL.holes.closed else step(closed=closed)

    assert pressing([found, found]) == said


def test_a_system_past_its_end_stands_in_the_first_sentence():
    assert opening(Notes(step=step(new=image(end_of_life=date(2026, 5, 8)))), TODAY).endswith("; its operating system is past its end")


def with_user(found: ImageStep, old: str, new: str) -> ImageStep:
    both = found.comparison
    return replace(
        found,
        comparison=replace(
            both,
            old=replace(both.old, configuration=Configuration(user=old)),
            new=replace(both.new, configuration=Configuration(user=new)),
        ),
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param(
            with_user(FULL, "app", ""),
            "Closes 2 holes (1 critical, 1 of unknown severity; 1 exploited in the wild), leaves 1 (1 low), brings none known; "
            "of 1 it is not clear; not everything could be checked; 2 packages change, 1 of them to an older version; "
            "runs as root from now on",
            id="everything",
        ),
        pytest.param(
            with_user(step(), "", ""),
            "No hole is known in either image; no package changes",
            id="nothing",
        ),
        pytest.param(
            step(data=[], old=image(OPENSSL), new=replace(image(), not_read=(NotRead(what="layer 1", reason="broken"),))),
            "Which holes it closes is not known: the two images could not be checked against the same data; "
            "which packages change could not be seen",
            id="nothing is known",
        ),
    ],
)
def test_the_sentence_that_opens_a_pull_request(found, said):
    assert opening(Notes(step=found), TODAY).replace("\\", "") == said


def lines(found, kind=UpdateKind.DIGEST, today=TODAY):
    old = pin(value="3.12-slim", old_digest=digest("a"))
    return list(step_lines(update(old, value="3.12-slim", new_digest=digest("b"), kind=kind), found, today))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(("a", "b"), ("c", "b"), "Built again from its lowest layer on: what it is built on is new", id="another base"),
        pytest.param(
            ("a", "b", "c"), ("a", "b", "d"), "Built again above its base; its 2 lowest layers stay; new: `RUN make d`", id="above"
        ),
        pytest.param(("a", "b"), ("a", "d"), "Built again above its base; its lowest layer stays; new: `RUN make d`", id="above one"),
    ],
)
def test_a_rebuild_says_what_was_built_again(old, new, said):
    assert lines(step(old=image(layers=old), new=image(layers=new)))[0] == said


def test_a_new_version_is_no_rebuild():
    assert not any("Built again" in line for line in lines(step(new=image(layers=("x",))), UpdateKind.PATCH))


def test_systems_are_named_with_their_end():
    old, new = image(end_of_life=date(2024, 6, 30)), image(end_of_life=date(2026, 6, 10))

    assert "System: Debian GNU/Linux 12 (bookworm), security updates until 2026-06-10" in lines(step(old=new, new=new))
    (both,) = (line for line in lines(step(old=old, new=new)) if line.startswith("System"))
    assert "2024-06-30 → Debian" in both


@pytest.mark.parametrize(
    ("end", "is_said"), [pytest.param(date(2026, 5, 8), True, id="yesterday"), pytest.param(date(2026, 5, 9), False, id="its last day")]
)
def test_a_system_past_its_end_is_shouted(end, is_said):
    said = [line for line in lines(step(new=image(end_of_life=end))) if line.startswith("**⚠️")]

    assert said == (
        ["**⚠️ Debian GNU/Linux 12 (bookworm) is past its end: its usual security updates ended on 2026-05-08**"] if is_said else []
    )


def test_the_tables():
    holes, packages, layers = folds(FULL, most=60)

    osv, version, fixed = "https://osv.dev/vulnerability", "`libssl3 3.0.11-1~deb12u2`", "`3.0.14-1~deb12u1`"
    assert holes.heading == "Holes (2 closed, 1 not clear, 1 left)"
    assert holes.table.splitlines() == [
        "|  | Severity | Hole | Packages | Fixed in |",
        "| --- | --- | --- | --- | --- |",
        f"| closed | critical, exploited in the wild | [`CVE-2026-1`]({osv}/CVE-2026-1) | {version} | {fixed} |",
        f"| closed | unknown | [`CVE-2026-2`]({osv}/CVE-2026-2) | {version} | {fixed} |",
        f"| not clear | medium | [`CVE-2026-4`]({osv}/CVE-2026-4) | {version} | {fixed} |",
        f"| left | low | [`CVE-2026-3`]({osv}/CVE-2026-3) | {version} | no fix known |",
    ]
    assert holes.notes == ("Not checked: the new image: 2 golang packages: no answer",)
    assert packages.heading == "Packages that change (2)"
    assert packages.table.splitlines()[2:] == [
        "| downgraded | deb | `zlib1g` | `1:1.3` | `1:1.2` |",
        "| upgraded | deb | `libssl3` | `3.0.11-1~deb12u2` | `3.0.14-1~deb12u1` |",
    ]
    assert layers.heading == "Layers (1 new, 1 gone, 1 kept)"
    assert layers.table.splitlines()[2:] == ["| gone | 1.0 MB | `RUN make base` |", "| new | 1.0 MB | `RUN make newer` |"]


def test_tables_are_cut_and_say_so():
    many = step(closed=[hole(f"CVE-2026-{number}") for number in range(9)])

    (fold,) = folds(many, most=3)

    assert fold.table.splitlines()[-1] == "| and 6 more |  |  |  |  |"
    assert [(fold.heading, fold.table) for fold in folds(many, most=0)] == []


@pytest.mark.parametrize("text", ["| a | b", "`x`", "<!-- x", "@all #1", "[x](http://e.example)", "\x1b[31m", "</details>"])
def test_names_of_others_stay_names(text):
    bad = replace(OPENSSL, name=text, version=text)
    found = step(closed=[hole(text, package=bad, fixed_in=text)], not_checked=[text], old=image(bad), new=image())

    for fold in folds(found, most=10):
        rows = fold.table.splitlines()
        assert len({row.count("|") for row in rows}) == 1
        assert "\x1b" not in fold.table
        assert not any(note.startswith("<") or "@all" in note or "<!--" in note.replace("\\<", "") for note in fold.notes)


@pytest.mark.parametrize("name", ["../../x", "QID-105962", "sonatype-2026-000001", "XRAY-94586", "SNYK-DEBIAN12-ZLIB-6008961", "CVE-"])
def test_a_name_that_has_no_page_is_no_link(name):
    (fold,) = folds(step(closed=[hole(name)]), most=10)

    assert "osv.dev" not in fold.table
    assert Notes().step is None
