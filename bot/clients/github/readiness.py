"""What stands between pull requests and their merge: many asked for at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bot.clients.github.checks import head_commit, rollup_state
from bot.clients.github.connection import Connection
from bot.clients.github.documents import READINESS
from bot.clients.github.failures import translated
from bot.clients.github.nodes import asked, whole
from bot.clients.github.page_size import PageSize
from bot.model.failure import Failure, told
from bot.model.forge import ForgeError
from bot.model.pull_request import PullRequest
from bot.model.readiness import Check, CheckState, Readiness

_PAGE: Final = 25
_NAME: Final = 100
"""Characters of one name of others."""
_GREEN: Final = frozenset({"SUCCESS", "NEUTRAL", "SKIPPED"})
"""CheckConclusionState that lets a pull request in."""
_RED: Final = frozenset({"FAILURE", "TIMED_OUT", "CANCELLED", "ACTION_REQUIRED", "STARTUP_FAILURE"})
_STATUSES: Final = {
    "SUCCESS": None,
    "FAILURE": CheckState.RED,
    "ERROR": CheckState.RED,
    "PENDING": CheckState.PENDING,
    "EXPECTED": CheckState.NOT_BEGUN,
}
"""StatusState of a commit status; None: green."""
_ORDER: Final = tuple(CheckState)


class ReadinessReader:
    """Safe to use from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection
        self._page: Final = PageSize(_PAGE)

    def of(self, pulls: Sequence[PullRequest]) -> Iterator[tuple[PullRequest, Readiness | Failure]]:
        """What is known of each, by one request for 25 of them; or why that can't be had. Never raises."""
        by_id = {pull.node_id: pull for pull in pulls}
        try:
            with translated("what some pull requests wait for"):
                answers = asked(self._connection, READINESS, list(by_id), self._page, lambda page: {"ids": list(page)})
        except ForgeError as error:
            yield from ((pull, _failure(pull, error)) for pull in by_id.values())
            return
        for wanted, pull in by_id.items():
            try:
                with translated(f"{pull.repo}#{pull.number}: what it waits for"):
                    found = _readiness_of(whole(answers.get(wanted, ())))
            except ForgeError as error:
                yield pull, _failure(pull, error)
            else:
                yield pull, found


def _readiness_of(node: Mapping[str, Any]) -> Readiness:
    """A node of `READINESS`. Raises UnreadableError: what GitHub tells of another commit, or in other words, is not known."""
    rollup = head_commit(node)["statusCheckRollup"]
    contexts: Mapping[str, Any] = {"totalCount": 0, "nodes": []} if rollup is None else rollup["contexts"]
    listed = [one for one in contexts["nodes"] if one]
    contexts_required, approvals_wanted = _wanted(node["baseRef"])
    not_green = [check for one in listed if (check := _check_of(one, contexts_required)) is not None]
    unlisted = max(int(contexts["totalCount"]) - len(listed), 0)
    begun = {_name(one) for one in listed}
    if not unlisted:
        missing = sorted(contexts_required - begun)
        not_green += [Check(name=name, state=CheckState.NOT_BEGUN, is_required=True) for name in missing]
    reviews = [one for one in (node["latestOpinionatedReviews"] or {}).get("nodes") or () if one]
    approvals = sum(one["state"] == "APPROVED" for one in reviews)
    return Readiness(
        checks=rollup_state(rollup),
        not_green=tuple(sorted(not_green, key=lambda one: (_ORDER.index(one.state), not one.is_required, one.name))),
        unlisted=unlisted,
        is_draft=node["isDraft"] is True,
        asked=tuple(who for one in node["reviewRequests"]["nodes"] if one and (who := _asked(one["requestedReviewer"]))),
        changes_wanted_by=tuple(_login(one["author"]) for one in reviews if one["state"] == "CHANGES_REQUESTED"),
        approvals=approvals,
        needs_approval=node["reviewDecision"] == "REVIEW_REQUIRED" or (node["reviewDecision"] is None and approvals < approvals_wanted),
        unknown_owners=tuple(_unknown_owners(node["repository"]["codeowners"])),
    )


def _wanted(base: Mapping[str, Any] | None) -> tuple[frozenset[str], int]:
    """The checks without which the base takes nothing, and how many approvals: by a classic protection and by rulesets, both."""
    protection, rules = (base or {}).get("refUpdateRule") or {}, (base or {}).get("rules") or {}
    parameters = [rule["parameters"] for rule in rules.get("nodes") or () if rule and rule["parameters"]]
    checks = [one["context"] for each in parameters for one in each.get("requiredStatusChecks") or ()]
    checks += [context for context in protection.get("requiredStatusCheckContexts") or () if context]
    counts = [each.get("requiredApprovingReviewCount") or 0 for each in (protection, *parameters)]
    return frozenset(name[:_NAME] for name in checks), max(counts, default=0)


def _check_of(one: Mapping[str, Any], required: frozenset[str]) -> Check | None:
    """A check run or a commit status that is not green; None: it is."""
    name = _name(one)
    if one["__typename"] == "StatusContext":
        state = _STATUSES.get(one["state"], CheckState.PENDING)
        return None if state is None else Check(name=name, state=state, url=_address(one["targetUrl"]), is_required=name in required)
    conclusion, is_done = one["conclusion"], one["status"] == "COMPLETED"
    if is_done and conclusion in _GREEN:
        return None
    is_red = is_done and conclusion in _RED
    said = str(conclusion).lower().replace("_", " ") if is_red and conclusion != "FAILURE" else ""
    state = CheckState.RED if is_red else CheckState.PENDING
    return Check(name=name, state=state, said=said, url=_address(one["permalink"]), is_required=name in required)


def _name(one: Mapping[str, Any]) -> str:
    return str(one["context"] if one["__typename"] == "StatusContext" else one["name"])[:_NAME]


def _address(url: object) -> str | None:
    return url if isinstance(url, str) and url else None


def _asked(reviewer: Mapping[str, Any] | None) -> str:
    """Empty: somebody whom the bot may not see, or who is gone."""
    if reviewer is None:
        return ""
    name = str(reviewer.get("combinedSlug") or reviewer.get("login") or "").removeprefix("@")
    return f"@{name}" if name else ""


def _login(author: Mapping[str, Any] | None) -> str:
    return f"@{author['login']}" if author else "somebody who is gone"


def _unknown_owners(codeowners: Mapping[str, Any] | None) -> Iterator[str]:
    """What GitHub calls an unknown or invalid owner, at its place in the file; the other faults keep nobody from a review."""
    for fault in (codeowners or {}).get("errors") or ():
        if "owner" not in str(fault["kind"]).lower():
            continue
        words = str(fault["source"])[max(int(fault["column"]) - 1, 0) :].split(maxsplit=1)
        yield f"{words[0][:_NAME] if words else 'an owner'} ({str(fault['path'])[:_NAME]} line {int(fault['line'])})"


def _failure(pull: PullRequest, error: ForgeError) -> Failure:
    where = f"{pull.repo}#{pull.number}"
    return Failure(where=where, what=told(error, where=where), resumes_at=error.resumes_at)
