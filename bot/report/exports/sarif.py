"""Updates that apps of one repo have not taken, at their lines, for GitHub's code scanning (SARIF 2.1.0)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

import bot
from bot.model.exposure import Exposure
from bot.model.severity import Severity
from bot.report.board import Board
from bot.report.look import Look, Use
from bot.report.printable import printable

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_RESULTS: Final = 25_000
"""Of one run; GitHub refuses more (Docs, "SARIF support for code scanning")."""
_MOST_CHARACTERS: Final = 300
"""Of one text of others; with it 25,000 results stay far below GitHub's 10 MB after gzip."""
_LEVELS: Final = {
    Severity.CRITICAL: ("error", "9.5"),
    Severity.HIGH: ("error", "8.0"),
    Severity.MEDIUM: ("warning", "5.5"),
    Severity.LOW: ("note", "2.0"),
    Severity.UNKNOWN: ("warning", None),
}
"""The level of a result, and GitHub's `security-severity` in the middle of its word; what nobody rated has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoSarif:
    """What is uploaded for one repo."""

    repo: str
    """`owner/name`."""
    commit: str
    """What was looked at; empty: not known, and then it can't be uploaded."""
    ref: str
    document: Mapping[str, Any]
    left_out: int
    """Results beyond GitHub's limit, the least bad ones."""


def sarif_by_repo(board: Board) -> Iterator[RepoSarif]:
    """A document for each repo that was looked at, also where it has no result: then what was told before is over.

    What could not be looked up keeps the result that it had, for its exposure stays; a repo that was not looked at has no document.
    """
    looks: dict[str, list[Look]] = defaultdict(list)
    for look in board.looks:
        looks[look.app.repo].append(look)
    for repo, apps in sorted(looks.items()):
        found = [one for look in apps for one in _places(board, look)]
        found.sort(key=lambda one: (not one[0].is_exploited, -one[0].severity.rank, one[1].file, one[1].line))
        first = apps[0]
        yield RepoSarif(
            repo=repo,
            commit=first.commit,
            ref=f"refs/heads/{first.branch}" if first.branch else "",
            document=_document(found[:MOST_RESULTS], first, board, left_out=len(found[MOST_RESULTS:])),
            left_out=len(found[MOST_RESULTS:]),
        )


def _places(board: Board, look: Look) -> Iterator[tuple[Exposure, Use]]:
    uses: dict[tuple[str, str], list[Use]] = defaultdict(list)
    for use in look.uses:
        uses[use.dependency, use.value].append(use)
    for one in board.exposures_of.get(look.app.key, ()):
        for use in uses.get((one.dependency, one.old), ()):
            yield one, use


def _document(found: Sequence[tuple[Exposure, Use]], look: Look, board: Board, *, left_out: int) -> dict[str, Any]:
    used = [severity for severity in reversed(Severity) if any(one.severity is severity for one, _ in found)]
    places = Counter[tuple[str, str, str]]()
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "rebuild-bot",
                "version": bot.__version__,
                "rules": [_rule(severity) for severity in used],
            }
        },
        "automationDetails": {"id": "rebuild-bot/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, use, used, places, board.now) for one, use in found],
        "invocations": [{"executionSuccessful": True, "endTimeUtc": _utc(board.now), **_cut(left_out)}],
    }
    if look.commit and board.web_url:
        address = f"{board.web_url}/{quote(look.app.repo)}"
        run["versionControlProvenance"] = [{"repositoryUri": address, "revisionId": look.commit, "branch": look.branch}]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _cut(left_out: int) -> dict[str, Any]:
    if not left_out:
        return {}
    told = f"{left_out} results are left out: GitHub takes {MOST_RESULTS} of one run. The worst are here."
    return {"toolExecutionNotifications": [{"level": "warning", "message": {"text": told}}]}


def _rule(severity: Severity) -> dict[str, Any]:
    """One for each severity, for GitHub reads it from the rule alone."""
    level, score = _LEVELS[severity]
    return {
        "id": _rule_id(severity),
        "name": "UpdateNotTaken",
        "shortDescription": {"text": f"An update of {severity.value} severity is not taken"},
        "fullDescription": {"text": "The file names something for which a newer release is out, which the app has not taken."},
        "help": {
            "text": "Merge the pull request of the bot, or move the pin. The severity is of the worst known hole that the update closes; "
            "unknown means that nobody rated it, or that it could not be checked."
        },
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["security", "container", "dependency"],
            **({} if score is None else {"security-severity": score}),
        },
    }


def _rule_id(severity: Severity) -> str:
    return f"update-not-taken/{severity.value}"


def _result(one: Exposure, use: Use, rules: Sequence[Severity], places: Counter[tuple[str, str, str]], now: datetime) -> dict[str, Any]:
    place = (use.file, use.dependency, use.value)
    places[place] += 1
    return {
        "ruleId": _rule_id(one.severity),
        "ruleIndex": rules.index(one.severity),
        "level": _LEVELS[one.severity][0],
        "message": {"text": _message(one, now)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(use.file), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": max(use.line, 1)},
                }
            }
        ],
        # The line may move: what tells an alert from another is what stands there, and which of several of the same it is.
        "partialFingerprints": {"primaryLocationLineHash": f"{_hash(one.app.key, *place)}:{places[place]}"},
    }


def _message(one: Exposure, now: datetime) -> str:
    name = one.dependency.partition(": ")[2] or one.dependency
    due = f"; due {one.due:%Y-%m-%d}{', stale' if one.is_stale(now) else ''}" if one.due else ""
    closes = f", which {one.closes}" if one.closes else "; what it closes is not known"
    request = f" Pull request: {one.pull_request_url}" if one.pull_request_url else ""
    exploited = " A hole that it closes is known to be exploited." if one.is_exploited else ""
    entry = one.accepted
    put_off = f" Accepted until {entry.until} by {entry.by}." if entry is not None and one.is_accepted(now) else ""
    return _plain(f"{one.app.name} has not taken {name} {one.old} -> {one.new}{closes}{due}.{put_off}") + exploited + _plain(request)


def _plain(text: str) -> str:
    """On one line, without what SARIF reads as a link or a placeholder (3.11.5, 3.11.6)."""
    shown = printable(text)
    shown = shown if len(shown) <= _MOST_CHARACTERS else f"{shown[: _MOST_CHARACTERS - 1]}…"
    for sign in "\\[]":
        shown = shown.replace(sign, f"\\{sign}")
    return shown.replace("{", "{{").replace("}", "}}")


def _hash(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _utc(now: datetime) -> str:
    return f"{now:%Y-%m-%dT%H:%M:%SZ}"


def uploads(documents: Iterable[tuple[RepoSarif, str]]) -> list[dict[str, Any]]:
    """A list for who uploads them: `POST /repos/{repo}/code-scanning/sarifs` with `commit_sha` and `ref`; a file is below `data/`.

    Those with the most results come first: GitHub takes only so many an hour.
    """
    ordered = sorted(documents, key=lambda one: (-len(one[0].document["runs"][0]["results"]), one[0].repo))
    return [
        {"repo": one.repo, "commit_sha": one.commit, "ref": one.ref, "file": file, "left_out": one.left_out}
        for one, file in ordered
        if one.commit and one.ref
    ]
