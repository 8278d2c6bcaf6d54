"""What jobs hand on comes back as it was; what is no such file is refused in words."""

import dataclasses
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import PurePosixPath
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from bot.model import update
from bot.model.image import Digest
from bot.model.run import AppDecisions, RunSummary
from bot.model.shard import Plan, Shard
from bot.model.update import Candidate, Decision, Frozen, NotAllowed, Propose, Undecidable, Unknown, UpToDate
from bot.wiring.handed_on import HandedOnError, ShardResult, read_plan, read_result, write_plan, write_result
from tests.unit.report.sample import EXPOSURES, NOW, SEARCH
from tests.unit.report.test_summary import HOLD, PIN, RUN, UPDATE

COMMIT = "c" * 40
DIGEST = Digest(f"sha256:{'d' * 64}")
VERDICTS = (
    Propose(update=UPDATE),
    HOLD,
    NotAllowed(update=UPDATE, policy="kinds", reason="no"),
    UpToDate(pin=PIN),
    Frozen(pin=PIN, reason="short"),
    Undecidable(pin=PIN, reason="odd"),
    Unknown(pin=PIN, reason="down"),
)


PLAIN = {str: "é\n<!--", int: 7, bool: True, float: 1.5, bytes: b"", datetime: NOW, date: date(2026, 1, 2), timedelta: timedelta(days=3)}
OTHERS = {Digest: DIGEST, PurePosixPath: PurePosixPath("a/b")}


def filled(kind: Any) -> Any:
    """A value of a type with something in every field: what is lost on the way shows."""
    args = [arg for arg in get_args(kind) if arg is not type(None)]
    if kind in PLAIN | OTHERS:
        found = (PLAIN | OTHERS)[kind]
    elif dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        found = kind(**{field.name: filled(hints[field.name]) for field in dataclasses.fields(kind) if field.init})
    elif get_origin(kind) is tuple and ... not in args:
        found = tuple(map(filled, args))
    elif get_origin(kind) in {tuple, frozenset}:
        found = get_origin(kind)([filled(args[0])])
    elif get_origin(kind) in {dict, Mapping}:
        found = {filled(args[0]): filled(args[1])}
    elif args:
        found = filled(args[0])
    else:
        assert issubclass(kind, Enum), kind
        found = list(kind)[-1]
    return found


def through_a_file(summary, tmp_path):
    result = ShardResult(plan="abc", shard=Shard(number=2, of=3), is_dry_run=False, summary=summary)
    write_result(result, tmp_path / "new" / "result.json")
    return read_result(tmp_path / "new" / "result.json").summary


def test_a_run_comes_back_with_every_kind_of_verdict(tmp_path):
    decisions = tuple(Decision(pin=PIN, verdict=verdict) for verdict in VERDICTS)
    summary = replace(RUN, apps=(*RUN.apps, AppDecisions(app=SEARCH, decisions=decisions)), exposures=tuple(EXPOSURES))

    back = through_a_file(summary, tmp_path)

    assert back == summary
    assert [type(one.verdict) for one in back.apps[-1].decisions] == [type(verdict) for verdict in VERDICTS]
    assert {type(verdict) for verdict in VERDICTS} == set(get_args(update.Verdict))


def bare(decisions):
    return tuple(replace(one, candidates=()) for one in decisions)


def test_every_field_of_a_run_comes_back(tmp_path):
    summary = filled(RunSummary)
    shown = replace(
        summary,
        sent=tuple(
            replace(one, proposal=replace(one.proposal, body="", changes=()), pull_request=replace(one.pull_request, body=""))
            for one in summary.sent
        ),
        closed=tuple(replace(one, pull_request=replace(one.pull_request, body="")) for one in summary.closed),
        apps=tuple(replace(app, decisions=bare(app.decisions), migrations=bare(app.migrations)) for app in summary.apps),
    )

    assert through_a_file(summary, tmp_path) == shown


@pytest.mark.parametrize("either", [COMMIT, DIGEST, None])
def test_a_commit_stays_a_commit_and_a_digest_a_digest(tmp_path, either):
    decision = Decision(pin=replace(PIN, digest=either), verdict=UpToDate(pin=PIN))
    back = through_a_file(replace(RUN, apps=(AppDecisions(app=SEARCH, decisions=(decision,)),)), tmp_path)

    assert back.apps[0].decisions[0].pin.digest == either
    assert type(back.apps[0].decisions[0].pin.digest) is type(either)


def test_what_is_wrong_with_a_pin_is_kept_of_its_candidates(tmp_path):
    wrong, passed_over = Candidate(value="1", verdict="moved", reason="a tag"), Candidate(value="2", verdict="older", reason="it is")
    decision = Decision(pin=PIN, verdict=UpToDate(pin=PIN), candidates=(wrong, passed_over))
    back = through_a_file(replace(RUN, apps=(AppDecisions(app=SEARCH, decisions=(decision,)),)), tmp_path)

    assert back.apps[0].decisions[0].remarks == (wrong,)


def test_a_plan_comes_back(tmp_path):
    plan = Plan(id="abc", shards=(("acme/a", "acme/b"), ("acme/c",)))
    write_plan(plan, tmp_path / "plan.json")

    assert read_plan(tmp_path / "plan.json") == plan


BROKEN = {
    "empty": "",
    "no JSON": "<html>",
    "cut short": '{"made_by": "rebuild-bot 1", "Plan": {"id": "a", "sha',
    "a list": "[]",
    "another kind": '{"ShardResult": {}}',
    "a missing key": '{"Plan": {"id": "a"}}',
    "a key that nobody knows": '{"Plan": {"id": "a", "shards": [["acme/a"]], "more": 1}}',
    "no shards": '{"Plan": {"id": "a", "shards": []}}',
    "a repo twice": '{"Plan": {"id": "a", "shards": [["acme/a"], ["acme/a"]]}}',
    "nested without end": '{"Plan":' + "[" * 100_000,
    "no text at all": "\udcff",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_is_no_plan_is_refused_with_the_remedy(tmp_path, text):
    file = tmp_path / "plan.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(HandedOnError, match=r"plan\.json: it is n.*`rebuild-bot plan`"):
        read_plan(file)


def test_a_plan_that_is_missing_is_said_to_be(tmp_path):
    with pytest.raises(HandedOnError, match=r"plan\.json: it is not there\. Make it with `rebuild-bot plan`"):
        read_plan(tmp_path / "plan.json")
