"""Which stage is the one before a pin's own, and what it held, by the ledger and by the files of today."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from bot.decide.context import PinContext
from bot.decide.decider import Decider
from bot.ledger.ledger import Ledger
from bot.model.dependency import HELM, OCI, Dependency, Release
from bot.model.fleet import App, Phase, Repo
from bot.model.image import Digest
from bot.model.pin import Pin, Role, Skip
from bot.model.rules import Match, Rule
from bot.pipeline.parts import Parts
from bot.pipeline.scanned import Scanned
from bot.pipeline.stages_before import with_stages_before, with_stages_of_folder
from bot.pipeline.uses import record_uses
from bot.watch.watcher import Watcher

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PYTHON, CHART = (
    Dependency(datasource=OCI, name="docker.io/library/python"),
    Dependency(datasource=HELM, name="https://charts.example#redis"),
)
SOAK = Rule(match=Match(stages=("qa", "production")), soak=timedelta(days=14))


def pin(file, value="3.12.4", dependency=PYTHON, digest=None):
    return Pin(
        file=PurePosixPath(file),
        finder="kustomize",
        dependency=dependency,
        name="python",
        scheme="docker" if dependency is PYTHON else "semver",
        value=value,
        digest=digest,
        role=Role.IMAGE if dependency is PYTHON else Role.CHART,
        sites=(),
        line=1,
        column=1,
    )


def scanned(*findings, repo="acme/shop", app="shop", phase=Phase.BAU):
    return Scanned(
        repo=Repo(full_name=repo, default_branch="main", head="1" * 40, clone_url=""),
        tree=None,
        apps=(App(name=app, repo=repo, phase=phase),),
        findings=findings,
        pull_requests=(),
    )


class Fleet:
    """Looks at a fleet whose ledger remembers."""

    def __init__(self, ledger, rule):
        self.parts = Parts(
            watcher=Watcher([]),
            decider=Decider([rule]),
            ledger=ledger,
            stage_of=lambda file: file.parts[0] if file.parts[0] in {"dev", "qa", "production"} else "",
            stages=("dev", "qa", "production"),
        )

    def look(self, *entries, days_ago=0):
        """What the stage before held, by file: its name and (value, days ago from, days ago to)."""
        now = NOW - timedelta(days=days_ago)
        pins = [
            (finding, PinContext(repo=entry.repo.full_name, app=app.name, stage=self.parts.stage_of(finding.file)))
            for entry in entries
            for finding in entry.findings
            if isinstance(finding, Pin) and (app := entry.app_of(finding.file)).phase is not Phase.RETIRED
        ]
        found = with_stages_before(self.parts, entries, pins, now=now)
        record_uses(self.parts, entries, now=now)
        return {str(one.file): told(context.before) for one, context in found if context.before is not None}


def told(before):
    return (before.name, *((span.value, ago(span.since), ago(span.until)) for span in before.spans))


def ago(moment):
    return None if moment is None else (NOW - moment) / timedelta(days=1)


@pytest.fixture
def fleet():
    with closing(Ledger.open("sqlite://")) as ledger:
        yield Fleet(ledger, SOAK)


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        pytest.param([pin("dev/app.yaml"), pin("qa/app.yaml")], "qa", id="the nearest"),
        pytest.param([pin("dev/app.yaml")], "dev", id="the nearest that has it"),
        pytest.param([pin("dev/app.yaml"), pin("qa/app.yaml", dependency=CHART)], "dev", id="of the same dependency"),
        pytest.param([pin("dev/app.yaml"), pin("qa/app.yaml", "3.12.4-alpine")], "dev", id="on the same line"),
        pytest.param([pin("dev/app.yaml", "3.12-slim"), pin("qa/app.yaml", "3.12.4-alpine")], "qa", id="on other lines alone"),
        pytest.param([pin("Dockerfile")], None, id="no stage"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_the_stage_before(fleet, earlier, expected):
    found = fleet.look(scanned(*earlier, pin("production/app.yaml")))

    assert found.get("production/app.yaml", (None,))[0] == expected
    assert "dev/app.yaml" not in found


def test_what_it_held_is_known_from_look_to_look(fleet):
    production = pin("production/app.yaml")
    for days_ago, value in ((30, "3.12.4"), (20, "3.12.5"), (6, "3.12.6")):
        fleet.look(scanned(pin("qa/app.yaml", value), production), days_ago=days_ago)
    found = fleet.look(scanned(pin("qa/app.yaml", "3.12.7"), production))

    assert found["production/app.yaml"] == ("qa", ("3.12.4", 30, 20), ("3.12.5", 20, 6), ("3.12.6", 6, 0), ("3.12.7", 0, None))


def test_charts_are_remembered_as_images_are(fleet):
    production = pin("production/app.yaml", "13.0.0", CHART)
    fleet.look(scanned(pin("qa/app.yaml", "13.0.1", CHART), production), days_ago=20)
    found = fleet.look(scanned(pin("qa/app.yaml", "14.0.0", CHART), production))

    assert found["production/app.yaml"] == ("qa", ("13.0.1", 20, 0), ("14.0.0", 0, None))
    assert not fleet.parts.ledger.uses.until(NOW), "who-has is asked about images"


def test_without_a_soak_nothing_is_asked_or_remembered_of_charts():
    with closing(Ledger.open("sqlite://")) as ledger:
        entry = scanned(pin("qa/app.yaml", "13.0.1", CHART), pin("production/app.yaml", "13.0.0", CHART))

        assert Fleet(ledger, Rule()).look(entry) == {}
        assert not ledger.uses.in_stages(["shop"])


@pytest.mark.parametrize(
    "today",
    [
        pytest.param([scanned(pin("production/app.yaml"), repo="acme/live")], id="its repo was not read"),
        pytest.param(
            [
                scanned(pin("production/app.yaml"), repo="acme/live"),
                scanned(Skip(file=PurePosixPath("qa/app.yaml"), line=1, text="", reason="odd")),
            ],
            id="its file could not be read",
        ),
    ],
)
def test_what_is_not_read_stands_as_it_did(fleet, today):
    fleet.look(scanned(pin("qa/app.yaml")), scanned(pin("production/app.yaml"), repo="acme/live"), days_ago=20)

    assert fleet.look(*today) == {"production/app.yaml": ("qa", ("3.12.4", 20, None))}


@pytest.mark.parametrize(
    "today",
    [
        pytest.param(scanned(pin("Dockerfile")), id="it is gone"),
        pytest.param(scanned(pin("qa/app.yaml"), phase=Phase.RETIRED), id="its app is retired"),
        pytest.param(scanned(pin("qa/app.yaml"), app="other"), id="it is another app's now"),
    ],
)
def test_what_is_gone_is_waited_for_no_more(fleet, today):
    live = scanned(pin("production/app.yaml"), repo="acme/live")
    fleet.look(scanned(pin("qa/app.yaml")), live, days_ago=20)

    assert fleet.look(today, live) == {}


@pytest.mark.parametrize(("days", "is_waited_for"), [pytest.param(30, True, id="a month"), pytest.param(31, False, id="longer")])
def test_a_repo_that_is_not_read_any_more_is_waited_for_a_month(fleet, days, is_waited_for):
    live = scanned(pin("production/app.yaml"), repo="acme/live")
    fleet.look(scanned(pin("qa/app.yaml")), live, days_ago=days)

    assert bool(fleet.look(live)) is is_waited_for


def test_a_tag_stands_at_the_digest_that_it_was_last_seen_at(fleet):
    first = Digest(f"sha256:{1:064x}")
    entry = scanned(pin("qa/app.yaml"), pin("production/app.yaml", digest=first))
    fleet.parts.ledger.sightings.seen(Release(dependency=PYTHON, value="3.12.4", digest=first), NOW - timedelta(days=9))
    fleet.look(entry, days_ago=9)
    pins = [(finding, PinContext(repo="acme/shop", app="shop", stage=fleet.parts.stage_of(finding.file))) for finding in entry.findings]

    (span,) = with_stages_before(fleet.parts, [entry], pins, now=NOW)[1][1].before.spans
    assert (span.digest, ago(span.since)) == (str(first), 9)


def test_of_a_folder_only_what_is_there_is_known(fleet):
    contexts = [
        (one, PinContext(repo="", app="shop", stage=fleet.parts.stage_of(one.file)))
        for one in (pin("qa/app.yaml", "3.12.6"), replace(pin("production/app.yaml"), line=2))
    ]

    assert [context.before and told(context.before) for _, context in with_stages_of_folder(fleet.parts, contexts)] == [
        None,
        ("qa", ("3.12.6", None, None)),
    ]
