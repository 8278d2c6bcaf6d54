from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath

import pytest
from proposal_samples import APP, digest, pin, update

from bot.model.dependency import GITHUB_TAGS, Dependency
from bot.model.fleet import App
from bot.model.notes import ImageFacts, Notes
from bot.model.severity import Severity
from bot.model.update import UpdateKind
from bot.propose.takers import Takers
from bot.propose.titles import MAX_TITLE_CHARACTERS, plain_title, stem, told_title
from tests.image_steps import hole, step

PART = App(name="api", repo="acme/mono", path=PurePosixPath("services/api"))
PYTHON = update()
REBUILD = update(
    pin(value="3.12-slim-bookworm", old_digest=digest("a")), value="3.12-slim-bookworm", new_digest=digest("b"), kind=UpdateKind.DIGEST
)
LATEST = replace(REBUILD, pin=replace(REBUILD.pin, value="latest"))
ACTION = replace(
    REBUILD,
    pin=replace(REBUILD.pin, value="v4", dependency=Dependency(datasource=GITHUB_TAGS, name="actions/checkout")),
)
THREE = [hole("CVE-2026-1", Severity.CRITICAL), hole("CVE-2026-2"), hole("CVE-2026-3", Severity.LOW)]
CLOSES = step(closed=THREE)
LABEL = "org.opencontainers.image.version"


def facts(*environment: str, label: str = "") -> ImageFacts:
    return ImageFacts(environment=environment, labels={LABEL: label} if label else {})


@pytest.mark.parametrize(
    ("one", "notes", "app", "expected"),
    [
        pytest.param(
            REBUILD,
            Notes(old_name="3.12.12-slim-bookworm", new_name="3.12.14-slim-bookworm", step=CLOSES),
            APP,
            "Rebuild python:3.12-slim-bookworm (3.12.12 -> 3.12.14, closes 3 holes, 1 critical)",
            id="by the names of its digests",
        ),
        pytest.param(
            REBUILD,
            Notes(old=facts("A=1", "PYTHON_VERSION=3.12.12"), new=facts("PYTHON_VERSION=3.12.14"), step=step(closed=THREE[1:])),
            PART,
            "Rebuild python:3.12-slim-bookworm in api (3.12.12 -> 3.12.14, closes 2 holes)",
            id="by its own variable",
        ),
        pytest.param(
            REBUILD,
            Notes(old=facts("PYTHON_VERSION=3.12.14"), new=facts("PYTHON_VERSION=3.12.14")),
            APP,
            "Rebuild python:3.12-slim-bookworm (still 3.12.14)",
            id="the same version",
        ),
        pytest.param(
            REBUILD,
            Notes(old=facts(label="3.12.12"), new=facts(label="3.12.14")),
            APP,
            "Rebuild python:3.12-slim-bookworm (3.12.12 -> 3.12.14)",
            id="by its label",
        ),
        pytest.param(
            REBUILD,
            Notes(old=facts(label="24.04"), new=facts(label="24.10")),
            APP,
            f"Rebuild python:3.12-slim-bookworm ({'b' * 12})",
            id="a label that its base left in it",
        ),
        pytest.param(
            LATEST,
            Notes(old=facts(label="24.04"), new=facts(label="24.10")),
            APP,
            f"Rebuild python:latest ({'b' * 12})",
            id="a label that fits no number of the tag",
        ),
        pytest.param(
            REBUILD,
            Notes(old=facts("PYTHON_VERSION=3.12.1"), new=facts("PYTHON_VERSION=3.12.2 @all closes #1")),
            APP,
            f"Rebuild python:3.12-slim-bookworm ({'b' * 12})",
            id="a version that is none",
        ),
        pytest.param(LATEST, Notes(old_name="1.2", new_name="1.3"), APP, "Rebuild python:latest (1.2 -> 1.3)", id="behind latest"),
        pytest.param(REBUILD, Notes(), APP, f"Rebuild python:3.12-slim-bookworm ({'b' * 12})", id="nothing is known"),
        pytest.param(
            ACTION, Notes(old_name="v4.2.0", new_name="v4.2.1"), APP, "Refresh actions/checkout v4 (v4.2.0 -> v4.2.1)", id="no image"
        ),
        pytest.param(PYTHON, Notes(step=CLOSES), APP, "Update python to 3.12.5-slim (closes 3 holes, 1 critical)", id="an update"),
        pytest.param(
            PYTHON,
            Notes(step=step(closed=[hole("CVE-2026-1", exploited_since=date(2026, 5, 1))], brought=[hole("CVE-2026-9")])),
            APP,
            "Update python to 3.12.5-slim (closes 1 hole, exploited, brings 1)",
            id="exploited, and one comes",
        ),
        pytest.param(PYTHON, Notes(step=step(left=THREE)), APP, "Update python to 3.12.5-slim", id="none is closed"),
        pytest.param(PYTHON, Notes(step=step(closed=THREE, data=[])), APP, "Update python to 3.12.5-slim", id="not checked"),
    ],
)
def test_a_told_title_says_what_is_known_and_no_more(one, notes, app, expected):
    told = told_title(Takers.of(app), [(one, notes)], group=None)

    assert told == expected
    assert stem(told) == stem(plain_title(Takers.of(app), [one], group=None)), "more knowledge changes only what is behind it"


def test_a_hole_that_another_image_of_the_group_keeps_does_not_count_as_closed():
    keeps = step(left=THREE[:1])

    told = told_title(Takers.of(APP), [(PYTHON, Notes(step=CLOSES)), (REBUILD, Notes(step=keeps))], group="bases")

    assert told.endswith("(closes 2 holes)")


@pytest.mark.parametrize("prefix", ["", "fix(deps): "])
def test_no_title_is_longer_than_linters_of_commits_take(prefix):
    long = update(pin(name="ghcr.io/acme/" + "x" * 90), value="1" * 90)
    notes = Notes(step=CLOSES)

    told = told_title(Takers.of(PART), [(long, notes)], group=None, prefix=prefix)

    assert len(told) <= MAX_TITLE_CHARACTERS
    assert told.startswith(prefix)
    assert told.endswith(" in api (closes 3 holes, 1 critical)")


def test_words_begin_small_behind_a_conventional_prefix():
    assert plain_title(Takers.of(APP), [PYTHON], group=None, prefix="fix(deps): ") == "fix(deps): update python to 3.12.5-slim"
    assert plain_title(Takers.of(APP), [PYTHON], group=None, prefix="[deps] ") == "[deps] Update python to 3.12.5-slim"


@pytest.mark.parametrize("value", ["v1#2", "@all", "GH-7", "a\u202eb\n\nc"])
def test_a_value_of_others_does_nothing_in_a_title(value):
    made = plain_title(Takers.of(APP), [update(value=value)], group=None)

    assert not any(bad in made for bad in ("#2", "@all", "GH-7", "\u202e", "\n"))
