"""Updates that apps of one repo have not taken, or taken and not built or deployed, at their lines, for code scanning (SARIF 2.1.0)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, assert_never
from urllib.parse import quote

import bot
from bot.model.exposure import Exposure, Step
from bot.model.pin import Role
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


class _Kind(StrEnum):
    """What a rule is about."""

    NOT_TAKEN = "update-not-taken"
    NOT_RUNNING = "update-not-running"
    """The files name it, and an image that is published or deployed does not have it, or nobody knows whether."""


_BASES: Final = frozenset({Role.FINAL_BASE, Role.ONBUILD_BASE})
_BEHIND_MERGE: Final = frozenset({Step.REBUILT, Step.DEPLOYED})
_TOLD: Final = {
    _Kind.NOT_TAKEN: (
        "UpdateNotTaken",
        "is not taken",
        "The file names something for which a newer release is out, which the app has not taken.",
        "Merge the pull request of the bot, or move the pin.",
    ),
    _Kind.NOT_RUNNING: (
        "UpdateNotRunning",
        "waits for a build or a deployment",
        "The file names the update, and an image that the app publishes or runs is not known to have it.",
        "Build and publish the app from this file, and deploy the image; the message says where it is missing.",
    ),
}
_Found = tuple["_Kind", Exposure, Use]


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
        found.sort(key=lambda one: (not one[1].is_exploited, -one[1].severity.rank, one[2].file, one[2].line))
        first = apps[0]
        yield RepoSarif(
            repo=repo,
            commit=first.commit,
            ref=f"refs/heads/{first.branch}" if first.branch else "",
            document=_document(found[:MOST_RESULTS], first, board, left_out=len(found[MOST_RESULTS:])),
            left_out=len(found[MOST_RESULTS:]),
        )


def _places(board: Board, look: Look) -> Iterator[_Found]:
    uses: dict[str, list[Use]] = defaultdict(list)
    for use in look.uses:
        uses[use.dependency].append(use)
    for one in board.exposures_of.get(look.app.key, ()):
        mine = uses.get(one.dependency, ())
        if one.waiting_for in _BEHIND_MERGE:
            yield from ((_Kind.NOT_RUNNING, one, use) for use in _naming(one, mine))
        else:
            yield from ((_Kind.NOT_TAKEN, one, use) for use in mine if use.value == one.old)


def _naming(one: Exposure, uses: Sequence[Use]) -> Sequence[Use]:
    """Where the files name what waits: exactly, else by its tag, else whatever they name of it; of these the bases, where there are any."""
    tag = one.new.partition("@")[0]
    exact, tagged = [use for use in uses if use.value == one.new], [use for use in uses if tag and use.value.partition("@")[0] == tag]
    found = exact or tagged or list(uses)
    return [use for use in found if use.role in _BASES] or found


def _document(found: Sequence[_Found], look: Look, board: Board, *, left_out: int) -> dict[str, Any]:
    seen = {(kind, one.severity) for kind, one, _ in found}
    used = [(kind, severity) for kind in _Kind for severity in reversed(Severity) if (kind, severity) in seen]
    places = Counter[tuple[str, ...]]()
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "rebuild-bot",
                "version": bot.__version__,
                "rules": [_rule(*rule) for rule in used],
            }
        },
        "automationDetails": {"id": "rebuild-bot/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, used, places, board.now) for one in found],
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


def _rule(kind: _Kind, severity: Severity) -> dict[str, Any]:
    """One for each severity, for GitHub reads it from the rule alone."""
    level, score = _LEVELS[severity]
    name, short, full, todo = _TOLD[kind]
    return {
        "id": _rule_id(kind, severity),
        "name": name,
        "shortDescription": {"text": f"An update of {severity.value} severity {short}"},
        "fullDescription": {"text": full},
        "help": {
            "text": f"{todo} The severity is of the worst known hole that the update closes; "
            "unknown means that nobody rated it, or that it could not be checked."
        },
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["security", "container", "dependency"],
            **({} if score is None else {"security-severity": score}),
        },
    }


def _rule_id(kind: _Kind, severity: Severity) -> str:
    return f"{kind.value}/{severity.value}"


def _result(found: _Found, rules: Sequence[tuple[_Kind, Severity]], places: Counter[tuple[str, ...]], now: datetime) -> dict[str, Any]:
    kind, one, use = found
    # What a file names of a fix that waits behind its merge may move on, and the image lacks it still: that is told by what it stands on.
    place = (use.file, use.dependency, use.value) if kind is _Kind.NOT_TAKEN else (use.file, use.dependency, one.old, kind.value)
    places[place] += 1
    return {
        "ruleId": _rule_id(kind, one.severity),
        "ruleIndex": rules.index((kind, one.severity)),
        "level": _LEVELS[one.severity][0],
        "message": {"text": _message(kind, one, now)},
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


def _message(kind: _Kind, one: Exposure, now: datetime) -> str:
    name = one.dependency.partition(": ")[2] or one.dependency
    due = f"; due {one.due:%Y-%m-%d}{', stale' if one.is_stale(now) else ''}" if one.due else ""
    closes = f", which {one.closes}" if one.closes else "; what it closes is not known"
    request = f" Pull request: {one.pull_request_url}" if one.pull_request_url else ""
    exploited = " A hole that it closes is known to be exploited." if one.is_exploited else ""
    entry = one.accepted
    put_off = f" Accepted until {entry.until} by {entry.by}." if entry is not None and one.is_accepted(now) else ""
    match kind:
        case _Kind.NOT_TAKEN:
            said = f"{one.app.name} has not taken {name} {one.old} -> {one.new}{closes}{due}.{put_off}"
        case _Kind.NOT_RUNNING:
            what = "a build" if one.waiting_for is Step.REBUILT else "its deployment"
            said = f"{name} {one.old} -> {one.new} waits for {what} in {one.app.name}{closes}{due}.{put_off}"
        case _:
            assert_never(kind)
    where = f" {one.stuck_because}." if kind is _Kind.NOT_RUNNING and one.stuck_because else ""
    return _plain(said) + _plain(where) + exploited + _plain(request)


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
