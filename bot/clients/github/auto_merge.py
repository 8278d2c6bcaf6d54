"""GitHub's own auto-merge: whether it can be had, and turning it on and off. Nothing here merges anything."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bot.clients.github.answers import actor_of
from bot.clients.github.connection import Connection, Write
from bot.clients.github.documents import AUTO_MERGE
from bot.clients.github.failures import refused, translated
from bot.clients.github.nodes import asked, whole
from bot.clients.github.page_size import PageSize
from bot.model.auto_merge import AutoMerge, MergeMethod
from bot.model.failure import Failure, told
from bot.model.forge import ForgeError, StaleHeadError
from bot.model.pull_request import PullRequest

_PAGE: Final = 50
_AT_ONCE: Final = 20
"""Pull requests for which it is turned on by one request."""
_READY: Final = frozenset({"CLEAN", "UNSTABLE", "HAS_HOOKS"})
"""MergeStateStatus of what GitHub would merge at once: it refuses to wait for nothing ("Pull request is in clean status")."""
_CHECKS: Final = frozenset({"REQUIRED_STATUS_CHECKS", "WORKFLOWS"})
"""RepositoryRuleType of what lets nothing in before a check is green."""
_ALLOWED: Final = {
    MergeMethod.SQUASH: "squashMergeAllowed",
    MergeMethod.MERGE: "mergeCommitAllowed",
    MergeMethod.REBASE: "rebaseMergeAllowed",
}


class AutoMerges:
    """Safe to use from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection
        self._page: Final = PageSize(_PAGE)

    def of(self, pulls: Sequence[PullRequest]) -> Iterator[tuple[PullRequest, AutoMerge | Failure]]:
        """Whether each can have it, by one request for fifty; or why that is not known. Never raises."""
        by_id = {pull.node_id: pull for pull in pulls}
        try:
            with translated("auto-merge of some pull requests"):
                answers = asked(self._connection, AUTO_MERGE, list(by_id), self._page, lambda page: {"ids": list(page)})
        except ForgeError as error:
            yield from ((pull, _failure(pull, error)) for pull in by_id.values())
            return
        for wanted, pull in by_id.items():
            try:
                with translated(f"{pull.repo}#{pull.number}: its auto-merge"):
                    found = _auto_merge_of(whole(answers.get(wanted, ())), pull)
            except ForgeError as error:
                yield pull, _failure(pull, error)
            else:
                yield pull, found

    def turn_on(self, wanted: Sequence[tuple[PullRequest, MergeMethod]]) -> Iterator[tuple[PullRequest, Failure]]:
        """For pull requests at the heads that they have here; those that GitHub refused. Never raises."""
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            writes: list[Write] = [("enablePullRequestAutoMerge", _given(pull, method)) for pull, method in some]
            try:
                with translated("auto-merge of some pull requests"):
                    refusals = self._connection.try_writes(writes)
            except ForgeError as error:
                yield from ((pull, _failure(pull, error)) for pull, _ in some)
                continue
            for (pull, _), about in zip(some, refusals, strict=True):
                if about:
                    yield pull, _failure(pull, refused(f"{pull.repo}#{pull.number}", about))

    def turn_off(self, pull: PullRequest) -> None:
        """Its call is made within `translated`."""
        self._connection.write([("disablePullRequestAutoMerge", {"pullRequestId": pull.node_id})])


def _given(pull: PullRequest, method: MergeMethod) -> Mapping[str, Any]:
    return {"pullRequestId": pull.node_id, "mergeMethod": method.value.upper(), "expectedHeadOid": pull.head}


def _auto_merge_of(node: Mapping[str, Any], pull: PullRequest) -> AutoMerge:
    """A node of `AUTO_MERGE`. Raises StaleHeadError where its branch has moved: what is there now is not what the rules let through."""
    if node["headRefOid"] != pull.head:
        raise StaleHeadError(f"{pull.repo}#{pull.number}: its branch has moved since it was looked at. Run again.", is_temporary=True)
    repo, ends = node["repository"], [end["actor"] for end in node["ends"]["nodes"] if end]
    allowed = [method for method, name in _ALLOWED.items() if repo[name] is True]
    default = MergeMethod(str(repo["viewerDefaultMergeMethod"]).lower())
    return AutoMerge(
        is_on=node["autoMergeRequest"] is not None or node["isInMergeQueue"] is True,
        is_allowed=repo["autoMergeAllowed"] is True,
        may_ask=node["viewerCanEnableAutoMerge"] is True,
        is_waited_for=node["mergeStateStatus"] not in _READY,
        method=default if default in allowed else next(iter(allowed), None),
        requires_check=_requires_check(node["baseRef"]),
        ended_by=actor_of(ends[-1]) if ends else None,
    )


def _requires_check(base: Mapping[str, Any] | None) -> bool:
    """By a classic protection or a ruleset, as who is no admin may see it."""
    protection, rules = (base or {}).get("refUpdateRule") or {}, (base or {}).get("rules") or {}
    types = {rule["type"] for rule in rules.get("nodes") or () if rule}
    return bool(protection.get("requiredStatusCheckContexts")) or bool(types & _CHECKS)


def _failure(pull: PullRequest, error: ForgeError) -> Failure:
    where = f"{pull.repo}#{pull.number}"
    return Failure(where=where, what=told(error, where=where), resumes_at=error.resumes_at)
