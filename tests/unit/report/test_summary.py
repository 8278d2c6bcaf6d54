"""What a run says of itself, for people and for programs."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import PurePosixPath

from inline_snapshot import snapshot

from bot.model.dependency import Dependency, Release
from bot.model.failure import Failure
from bot.model.pin import Pin, Role, Skip
from bot.model.pull_request import Closed, Outcome, Proposal, PullRequest, PullRequestState, Sent
from bot.model.run import AppDecisions, RunSummary
from bot.model.severity import Severity
from bot.model.turn import Urgency, Waiting, WaitsFor
from bot.model.update import Decision, Hold, Update, UpdateKind, UpToDate
from bot.report.export import exposures_json
from bot.report.summary import step_summary
from tests.unit.report.sample import CHECKOUT, EXPOSURES, JOBS, MOVED, NOW, SEARCH

PYTHON = Dependency(datasource="oci", name="docker.io/library/python")
PIN = Pin(
    file=PurePosixPath("Dockerfile"),
    finder="dockerfile",
    dependency=PYTHON,
    name="python",
    scheme="docker",
    value="3.12.1",
    role=Role.FINAL_BASE,
    sites=(),
    line=1,
    column=6,
)
UPDATE = Update(pin=PIN, release=Release(dependency=PYTHON, value="3.13.0"), kind=UpdateKind.MINOR)
HOLD = Hold(update=UPDATE, policy="cooldown", reason="first seen yesterday", until=NOW + timedelta(days=2))


def sent(repo: str, outcome: Outcome, number: int | None = None, note: str = "") -> Sent:
    url = f"https://github.com/{repo}/pull/{number}"
    request = PullRequest(
        repo=repo,
        number=number or 0,
        url=url,
        state=PullRequestState.OPEN,
        branch="rebuild-bot/python",
        base="main",
        title="",
        body="",
        head="0" * 40,
        labels=frozenset(),
        created_at=NOW,
        updated_at=NOW,
    )
    proposal = Proposal(
        repo=repo,
        base="main",
        base_head="0" * 40,
        branch="rebuild-bot/python",
        title="Update python to 3.12.4",
        body="",
        commit_message="",
        changes=(),
        updates=(UPDATE,),
    )
    return Sent(proposal=proposal, outcome=outcome, pull_request=request if number else None, note=note)


def waits(place: int | None, urgency: Urgency, waits_for: WaitsFor, reason: str) -> Waiting:
    return Waiting(
        repo="acme/shop",
        app="shop",
        title="Update redis to 7.4",
        updates=(UPDATE,),
        urgency=urgency,
        waits_for=waits_for,
        reason=reason,
        place=place,
    )


RUN = RunSummary(
    started_at=NOW,
    repos=3,
    apps=(
        AppDecisions(
            app=SEARCH,
            decisions=(Decision(pin=PIN, verdict=HOLD), Decision(pin=PIN, verdict=HOLD)),
            skips=(Skip(file=PurePosixPath("a.yaml"), line=1, text="x", reason="a placeholder"),),
        ),
        AppDecisions(app=JOBS, decisions=(Decision(pin=PIN, verdict=UpToDate(pin=PIN)),)),
        AppDecisions(app=CHECKOUT, decisions=()),
    ),
    sent=(
        sent("acme/search", Outcome.UNCHANGED, 31),
        sent("acme/jobs", Outcome.OPENED, 12),
        sent("acme/checkout", Outcome.FAILED, note="the base | moved"),
    ),
    exposures=(),
    failures=(Failure(where="oci: ghcr.io/acme/x", what="401 from ghcr.io.", remedy="Name its credentials under `registries`."),),
    closed=(
        Closed(
            pull_request=replace(sent("acme/search", Outcome.UNCHANGED, 30).pull_request, title="Update node to 22"),
            reason="`main` has what this asks for by now.",
            is_done=True,
        ),
    ),
    waiting=(
        waits(1, Urgency(is_exploited=True, severity=Severity.HIGH), WaitsFor.RUN, "20 go out in a run"),
        waits(None, Urgency(severity=None), WaitsFor.REPO, "5 are open in the repo"),
    ),
)


def test_the_summary_of_a_run() -> None:
    assert step_summary(RUN) == snapshot("""\
# rebuild-bot: pull requests 1 failed, 1 opened, 1 closed

| Repos | Apps | Pins | Held | Skipped | Failed | Waiting |
| --- | --- | --- | --- | --- | --- | --- |
| 3 | 3 | 3 | 2 | 1 | 1 | 2 |

## Failed

| What | Why | When | Count | Where |
| --- | --- | --- | --- | --- |
| `oci: ghcr.io/acme/x` | 401 from ghcr.io. Name its credentials under \\`registries\\`. |  | 1 |  |

## Pull requests

| Repo | Pull request | Outcome | Note |
| --- | --- | --- | --- |
| acme/checkout | Update python to 3.12.4 | failed | the base \\| moved |
| acme/jobs | [PR 12: Update python to 3.12.4](https://github.com/acme/jobs/pull/12) | opened |  |
| acme/search | [PR 31: Update python to 3.12.4](https://github.com/acme/search/pull/31) | unchanged |  |
| acme/search | [PR 30: Update node to 22](https://github.com/acme/search/pull/30) | closed | \\`main\\` has what this asks for by now. |

## Waiting

| Place | Repo | Pull request | Urgency | Waits for |
| --- | --- | --- | --- | --- |
| 1 | acme/shop | Update redis to 7.4 | closes a high hole, exploited in the wild | a later run: 20 go out in a run |
|  | acme/shop | Update redis to 7.4 | closes no known hole | its repo: 5 are open in the repo |

## Held

| What | Why | When | Count | Where |
| --- | --- | --- | --- | --- |
| `docker.io/library/python 3.13.0` | cooldown: first seen yesterday | until 2026-11-25 07:00 UTC | 2 | `acme/search: Dockerfile:1` |

## Skipped

| What | Why | When | Count | Where |
| --- | --- | --- | --- | --- |
| `x` | a placeholder |  | 1 | `acme/search: a.yaml:1` |
""")


def test_a_second_run_says_that_nothing_changed() -> None:
    quiet = replace(RUN, sent=(sent("acme/search", Outcome.UNCHANGED, 31),), failures=(), closed=(), waiting=())

    assert step_summary(quiet).startswith("# rebuild-bot: nothing to write, 1 pull request unchanged\n")


def test_an_empty_run_has_no_empty_tables() -> None:
    empty = replace(RUN, apps=(), sent=(), failures=(), closed=(), waiting=())

    assert step_summary(empty).count("##") == 0
    assert "nothing to propose" in step_summary(empty)


def test_long_tables_are_cut_and_say_so() -> None:
    many = replace(RUN, closed=(), sent=tuple(sent(f"acme/r{number:03}", Outcome.OPENED, number + 1) for number in range(130)))

    assert "*30 more rows not shown; `--format json` has all.*" in step_summary(many)


def test_every_outcome_is_told() -> None:
    every = replace(RUN, sent=tuple(sent(f"acme/{outcome.name.lower()}", outcome, 1) for outcome in Outcome))

    assert all(f"acme/{outcome.name.lower()}".replace("_", "\\_") in step_summary(every) for outcome in Outcome)


def test_the_export_has_every_exposure_with_its_clock() -> None:
    data = json.loads(json.dumps(exposures_json(EXPOSURES, MOVED, now=NOW)))

    assert data["version"] == 2
    assert [one["is_stale"] for one in data["exposures"]] == [one.is_stale(NOW) for one in EXPOSURES]
    assert data["exposures"][1] == snapshot(
        {
            "app": {
                "name": "checkout",
                "repo": "acme/checkout",
                "path": "",
                "owners": ["@acme/payments"],
                "owners_reason": "",
                "criticality": "high",
                "criticality_reason": "",
                "product_owner": "",
                "product_owner_reason": "",
                "phase": "bau",
                "phase_reason": "",
                "images": [],
                "attested_images": [],
            },
            "dependency": "oci: gcr.io/distroless/java21-debian12",
            "old": "nonroot@aaaaaaaaaaaa",
            "new": "nonroot@bbbbbbbbbbbb",
            "severity": "unknown",
            "closes": None,
            "is_exploited": False,
            "steps": {"detected": "2026-09-23T07:00:00+00:00", "proposed": "2026-09-24T07:00:00+00:00"},
            "waiting_for": "merge",
            "blocked_by": None,
            "hurdles": [],
            "unblock": None,
            "accepted": None,
            "due": "2026-10-07T07:00:00+00:00",
            "is_stale": True,
            "pull_request": "https://github.com/acme/checkout/pull/12",
            "built": None,
            "stages": [],
        }
    )
    assert data["moved"][0] == snapshot(
        {
            "app": {
                "name": "search",
                "repo": "acme/search",
                "path": "",
                "owners": ["@acme/search"],
                "owners_reason": "",
                "criticality": "medium",
                "criticality_reason": "",
                "product_owner": "",
                "product_owner_reason": "",
                "phase": "development",
                "phase_reason": "",
                "images": [],
                "attested_images": [],
            },
            "dependency": "oci: docker.io/library/python",
            "old": "3.11-slim@1111aaaa2222",
            "new": "3.12-slim@3333bbbb4444",
            "at": "2026-11-21T07:00:00+00:00",
            "waited_since": "2026-11-12T07:00:00+00:00",
            "pull_request": "https://github.com/acme/search/pull/29",
        }
    )


def test_many_that_wait_for_the_same_stand_on_one_line() -> None:
    reason = "redis 7.4 goes to 3 of 25 apps first"
    ones = [replace(waits(None, Urgency(), WaitsFor.CANARY, reason), repo=f"acme/app-{number}") for number in range(22)]
    queued = [waits(place, Urgency(), WaitsFor.RUN, "20 go out in a run") for place in (1, 2)]

    text = step_summary(replace(RUN, waiting=(*queued, *ones)))

    assert text.count(reason) == 1
    assert "| acme/app-0<br>acme/app-1<br>acme/app-2 and 19 more |" in text
    assert text.count("20 go out in a run") == 2
