"""The demo with the real bot: the whole way from a released fix to the weekly issue, over real HTTP, git and SQLite."""

import re
from collections import Counter
from datetime import date

import httpx
import pytest

from bot import settings
from bot.model.gap import GapKind
from bot.model.image import ImageReference
from bot.model.mover import Mover
from bot.model.rebuild import RebuildVerdict
from bot.sandbox.demo.days import CALENDAR, Act
from bot.sandbox.demo.organisation import Organisation
from bot.sandbox.demo.story import INSPECTED, REBUILT, end, tell
from bot.sandbox.pages.views import State
from bot.wiring import fleet, image
from bot.wiring.verify import verify


@pytest.fixture(scope="module")
def organisation(tmp_path_factory):
    with Organisation.running(tmp_path_factory.mktemp("demo") / "acme") as organisation:
        yield organisation


def settings_of(organisation):
    return settings.load(organisation.config_file, organisation.environment)


@pytest.fixture(scope="module")
def told(organisation):
    """The scenes' lines by day, and the ending."""
    loaded = settings_of(organisation)

    def run():
        return fleet.run(loaded, now=organisation.clock)

    scenes = tell(organisation, run_bot=run, report=lambda: fleet.report(loaded, now=organisation.clock))
    return {scene.at.date(): list(scene.lines) for scene in scenes}, end(organisation, run_bot=run)


def test_nothing_fails_and_every_maintainer_finds_the_pull_request(told):
    lines = [line for day in told[0].values() for line in day]

    assert [line for line in lines if "failed" in line or "finds no open pull request" in line] == []


def test_each_repo_gets_what_the_calendar_says(told):
    fates = Counter((fate.repo, fate.state) for fate in told[1].fates)
    deeds = Counter((deed.repo, State.CLOSED if deed.act is Act.DECLINE else State.MERGED) for day in CALENDAR for deed in day.deeds)

    assert {key: count for key, count in fates.items() if key[1] is not State.OPEN} == deeds
    assert {repo: count for (repo, state), count in fates.items() if state is State.OPEN} == {
        "acme/fxrates": 2,
        "acme/gitops-shop": 1,
        "acme/nightly-settlement": 1,
        "acme/orders-api": 1,
    }


def test_a_quiet_first_day_then_digests_at_once_and_versions_after_the_cooldown(told):
    first, fix, ripe, *_ = told[0].values()

    assert [line for line in first if "opened" in line] == []
    assert {line.split("#")[0].strip() for line in fix if "opened" in line} == {"opened acme/fxrates", "opened acme/nightly-settlement"}
    assert any(re.search(r"\d+ updates are held for now, the first until 9 January 2026", line) for line in fix)
    assert sum("opened" in line for line in ripe) == 11


def test_the_fix_of_an_exploited_hole_goes_out_on_its_day_and_the_others_wait(told):
    lines = told[0][date(2026, 1, 20)]
    opened = [line.split(":")[0].strip() for line in lines if "opened" in line]

    assert opened == ["opened acme/base-images#3", "opened acme/orders-api#3"]
    assert lines.count("    closes 3 holes (1 critical, 1 high, 1 medium; 1 exploited in the wild)") == len(opened)
    assert any("3 updates are held for now, the first until 23 January 2026" in line for line in lines)


def body(organisation, repo: str, number: int) -> str:
    return organisation.site.source.pull(repo, number).thread.body


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("repo", "number", "said"),
    [
        pytest.param(
            "acme/orders-api",
            3,
            "**Closes 3 holes (1 critical, 1 high, 1 medium; 1 exploited in the wild), leaves 2 (1 medium, 1 of unknown severity), "
            "brings none known; 3 packages change.**",
            id="what it closes, leaves and brings",
        ),
        pytest.param("acme/orders-api", 3, "**Why now.** It closes `CVE-2026-90101`, which is exploited in the wild.", id="why now"),
        pytest.param("acme/base-images", 1, "4 packages change, 2 of them to an older version.**", id="a downgrade"),
        pytest.param("acme/invoice-worker", 1, "; runs as root from now on.**", id="root"),
        pytest.param("acme/orders-api", 2, "Alpine Linux v3.19 is past its end", id="a system past its end"),
        pytest.param("acme/fxrates", 1, "Built again above its base; its 3 lowest layers stay", id="what was built again"),
        pytest.param("acme/nightly-settlement", 1, "Built again from its lowest layer on", id="all was built again"),
    ],
)
def test_a_pull_request_says_what_is_inside(organisation, repo, number, said):
    assert said in body(organisation, repo, number)


@pytest.mark.usefixtures("told")
def test_inspect_says_whose_turn_it_is(organisation):
    loaded = settings_of(organisation)
    found = image.inspect(ImageReference.parse(INSPECTED), loaded, now=organisation.clock())

    turns = {move.hole.id: move.mover for move in found.moves}
    assert turns["CVE-2026-90101"] is Mover.BUMP_NOW
    assert turns["CVE-2026-90201"] is Mover.WAITS_FOR_PUBLISHER
    assert turns["CVE-2026-90301"] is Mover.YOURS
    assert turns["CVE-2025-90310"] is Mover.WAITS_FOR_DISTRIBUTION
    assert found.assessment.not_checked == ()


def test_a_newer_release_updates_the_same_pull_request(told, organisation):
    pull = organisation.site.source.pull("acme/nightly-settlement", 1)
    newest = organisation.registry.store.manifest("docker.io/library/python", "3.12-slim-bookworm").digest

    assert [fate.number for fate in told[1].fates if fate.repo == "acme/nightly-settlement"] == [1]
    assert pull.files[0].hunks.count(f"+FROM python:3.12-slim-bookworm@{newest}") == 1


def test_what_was_merged_is_what_was_proposed_and_nothing_else(told, organisation):
    merged = organisation.github.read_file("acme/orders-api", "Dockerfile").decode()

    assert told
    assert merged.count("python:3.12.14-slim-bookworm") == 2
    assert [organisation.site.source.pulls(repo) for repo in ("acme/legacy-portal", "acme/platform")] == [[], []]
    assert all(
        (file.additions, file.deletions) in {(1, 1), (2, 2)}
        for repo in organisation.site.source.repos()
        for thread in organisation.site.source.pulls(repo.full_name)
        for file in organisation.site.source.pull(repo.full_name, thread.number).files
    )


def test_the_weekly_issue_names_those_that_did_not_take_it_and_no_others(told, organisation):
    _, ending = told
    issues = organisation.site.source.issues("acme/platform")
    rows = ending.issue.body.partition("## Stale")[2].partition("\n## ")[0]
    named = re.findall(r"^\| \*\*([\w-]+)\*\*", rows, re.MULTILINE)

    assert [issue.number for issue in issues] == [ending.issue.number]
    assert ending.issue.state is State.OPEN
    assert list(dict.fromkeys(named)) == [
        "nightly-settlement",
        "payments-service",
        "base-images",
        "orders-api",
        "fxrates",
        "gitops-shop",
        "storefront",
        "invoice-worker",
    ]
    assert "**critical**,\N{NO-BREAK SPACE}**exploited**,\N{NO-BREAK SPACE}6\N{NO-BREAK SPACE}holes<br>" in ending.issue.body
    assert "<br>**34\N{NO-BREAK SPACE}days**\N{NO-BREAK SPACE}late |" in ending.issue.body
    assert f"{organisation.github_url}/acme/nightly-settlement/pull/1" in ending.issue.body


@pytest.mark.usefixtures("told")
def test_the_way_behind_the_merge_is_told(organisation, told):
    rows = [line for line in told[1].issue.body.splitlines() if line.startswith(("| **orders-api**", "| **storefront**"))]
    finding = verify(*map(ImageReference.parse, REBUILT), (), (), settings_of(organisation), now=organisation.clock())
    seen = fleet.stages(settings_of(organisation), now=organisation.clock)
    gaps = {(gap.kind, gap.app, gap.stage) for gap in seen.gaps}

    assert any("/pull/3) qa: not there" in row and "to qa, staging |" in row for row in rows)
    assert not any("3.12.12-slim-bookworm" in row for row in rows)  # that fix runs everywhere
    assert any("nginx" in row and "not rebuilt: it stands on nginx:1.28.0-alpine" in row for row in rows)
    assert finding.verdict is RebuildVerdict.BASE_NOT_TAKEN
    assert (GapKind.BEHIND, "orders-api", "qa") in gaps


def test_a_second_run_writes_nothing(told):
    assert told[1].writes_of_second_run == 0


def test_everything_can_be_looked_at(told, organisation, tmp_path):
    ending = told[1]
    pages = [ending.pull_request_url, ending.issue_url, *(fate.url for fate in ending.fates), organisation.github_url]

    assert {httpx.get(page).status_code for page in pages} == {200}
    first = organisation.site.write(tmp_path)
    assert (first.parent / "acme/platform/issues" / str(ending.issue.number) / "index.html").is_file()
    assert all(organisation.github_url not in page.read_text() for page in tmp_path.rglob("*.html"))
