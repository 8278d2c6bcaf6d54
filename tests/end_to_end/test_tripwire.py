"""Tags of a project that are pushed elsewhere by force, and an image from another source: alarms, until it is right again."""

import json
import subprocess
from datetime import timedelta

import pytest

from bot.model.alarm import AlarmKind
from bot.model.pull_request import Outcome
from bot.model.run import RunSummary
from bot.model.update import Hold
from bot.report.alarms import ToldAlarm, alarms
from bot.sandbox.registry import Access
from tests.end_to_end.conftest import Acme, outcomes, run

UPSTREAM, SHOP = "scan/action", "acme/shop"
TAGS = [f"0.{minor}.0" for minor in range(76)]
KEPT = "0.75.0"
"""The one tag that was left alone."""
IMAGE = "docker.io/acme/base"
SOURCE = "https://github.com/acme/base"


def git(folder, *arguments: str) -> str:
    command = ["git", "-c", "user.name=m", "-c", "user.email=m@example.com", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def fleet(acme: Acme) -> Acme:
    acme.registry.gate.access = Access.OPEN
    acme.github.create_repo("scan", "action", {"action.yml": "runs: {using: composite, steps: []}\n"})
    for tag in (*TAGS, "v0"):
        acme.github.add_tag(UPSTREAM, tag)
    digest = push(acme)
    steps = "".join(f"      - uses: {UPSTREAM}@{tag}\n" for tag in ("0.30.0", "0.74.0", KEPT, "v0"))
    workflow = f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
    files = {".github/workflows/ci.yml": workflow, "Dockerfile": f"FROM acme/base:1.2.3@{digest}\n"}
    acme.github.create_repo("acme", "shop", files)
    return acme


def push(acme: Acme, *, source: str = SOURCE, content: str = "one") -> str:
    labels = {"org.opencontainers.image.source": source, "org.opencontainers.image.revision": "a" * 40}
    return acme.registry.push_image(IMAGE, "1.2.3", labels=labels, layers=[{"base": content.encode()}])


def night(acme: Acme) -> RunSummary:
    acme.github.clock.advance(timedelta(days=1))
    summary = run(acme)
    assert not summary.failures
    return summary


def told(summary: RunSummary) -> list[ToldAlarm]:
    return alarms(summary.apps)


def changed(summary: RunSummary) -> list[Outcome]:
    return [outcome for _, outcome in outcomes(summary) if outcome is not Outcome.UNCHANGED]


def asked(acme: Acme) -> tuple[int, int]:
    return acme.faults.count(), acme.registry.faults.count()


def pushed(acme: Acme, folder) -> None:
    git(folder, "push", "-q", "--force", "--tags")
    acme.github.repo(UPSTREAM).store.forget_refs()


def steal(acme: Acme, folder) -> tuple[str, str]:
    """All tags but one go to a commit of somebody else, by a push of real git; where they were, and where they are."""
    remote = acme.github.repo(UPSTREAM).store.path
    git(folder.parent, "clone", "-q", str(remote), str(folder))
    good = git(folder, "rev-parse", "HEAD")
    git(folder, "commit", "-q", "--allow-empty", "-m", "Steal credentials")
    for tag in (*TAGS, "v0"):
        if tag != KEPT:
            git(folder, "tag", "-f", tag)
    pushed(acme, folder)
    return good, git(folder, "rev-parse", "HEAD")


def test_a_mass_re_tagging_is_one_alarm_each_night_until_the_tags_are_back(fleet, tmp_path):
    assert told(night(fleet)) == told(night(fleet)) == []
    quiet = asked(fleet)
    good, bad = steal(fleet, tmp_path / "stolen")

    (one,) = told(first := night(fleet))
    alarm = one.alarm
    assert (alarm.dependency.name, alarm.kind, len(alarm.tags)) == (UPSTREAM, AlarmKind.MANY_TAGS, 76)
    assert {(tag.last_good, tag.now) for tag in alarm.tags} == {(good, bad)}
    assert [(place.place, place.takes_it) for place in one.places] == [
        *((f"{SHOP}: .github/workflows/ci.yml:{line}", True) for line in (6, 7, 9)),
        (f"{SHOP}: .github/workflows/ci.yml:8", False),
    ]
    held = [each.verdict for app in first.apps for each in app.decisions if isinstance(each.verdict, Hold)]
    assert {verdict.policy for verdict in held} <= {"tripwire"}
    assert not any(update.pin.dependency.name == UPSTREAM for sent in first.sent for update in sent.proposal.updates)

    (again,) = told(night(fleet))
    assert again == one, "the second night tells the same"
    assert fleet.writes == 0
    assert all(now <= then for now, then in zip(asked(fleet), quiet, strict=True)), "and asks for no more than a quiet one"

    git(tmp_path / "stolen", "reset", "-q", "--hard", good)
    for tag in (*TAGS, "v0"):
        git(tmp_path / "stolen", "tag", "-f", tag)
    pushed(fleet, tmp_path / "stolen")
    assert told(night(fleet)) == []


def test_the_command_line_says_it_and_ends_with_10_where_that_is_wanted(fleet, tmp_path):
    run(fleet)
    good, bad = steal(fleet, tmp_path / "stolen")
    settings = fleet.config.read_text(encoding="utf-8")

    silent = fleet.run("run", "--format", "json")
    fleet.config.write_text(settings + "tripwire: {exit_code: true}\n", encoding="utf-8")
    loud = fleet.run("run")
    issue = fleet.run("report", "--dry-run")
    entry = f"{{dependency: {UPSTREAM}, tag: '*', at: {bad[:12]}, reason: ours}}"
    fleet.config.write_text(settings + f"tripwire: {{exit_code: true, accepted: [{entry}]}}\n", encoding="utf-8")
    accepted = fleet.run("run")

    assert (silent.returncode, loud.returncode, accepted.returncode) == (0, 10, 0), loud.stderr
    (alarm,) = json.loads(silent.stdout)["alarms"]
    assert (alarm["dependency"], alarm["kind"], len(alarm["tags"])) == (UPSTREAM, "many tags at once", 76)
    assert alarm["tags"][0] | {"at": ""} == {"tag": "0.0.0", "last_good": good, "now": bad, "at": ""}
    assert f"ALARM: {UPSTREAM}: 76 tags were moved within the hour" in " ".join(loud.stderr.split())
    assert "Alarms: tags that are not to move, and moved" in issue.stdout + issue.stderr
    assert "ALARM" not in accepted.stderr


def test_an_image_built_from_another_source_goes_nowhere_and_a_pure_rebuild_does(fleet):
    night(fleet)
    push(fleet, content="two")
    rebuilt = night(fleet)
    assert (told(rebuilt), changed(rebuilt)) == ([], [Outcome.OPENED])
    night(fleet)
    quiet = asked(fleet)
    bad = push(fleet, source="https://github.com/mallory/base", content="three")

    (one,) = told(alarmed := night(fleet))
    assert (one.alarm.kind, one.alarm.tags[0].now, one.places[0].asked) == (AlarmKind.SOURCE, bad, ("1.2.3",))
    assert changed(alarmed) == []
    (verdict,) = [each.verdict for app in alarmed.apps for each in app.decisions if isinstance(each.verdict, Hold)]
    assert verdict.policy == "tripwire"
    assert "do not merge it" in verdict.reason
    at_the_alarm = asked(fleet)[1] - quiet[1]
    assert 0 < at_the_alarm <= 6, "the new image is looked into once"

    assert told(night(fleet)) == [one]
    assert (fleet.writes, asked(fleet)[1]) == (0, quiet[1] + 2), "what attests it may have come since"
    for _ in range(3):
        night(fleet)
    assert (fleet.writes, asked(fleet)[1]) == (0, quiet[1])
