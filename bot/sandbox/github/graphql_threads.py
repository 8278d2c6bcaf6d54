"""Issues, pull requests, comments and labels as GitHub's GraphQL API shows them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from bot.sandbox.github.git_diff import FileDiff
from bot.sandbox.github.git_store import Commit
from bot.sandbox.github.graphql_git import GitNodes, Node
from bot.sandbox.github.graphql_reviews import review_fields
from bot.sandbox.github.merging import compare, merge_state
from bot.sandbox.github.paging import Info, connection
from bot.sandbox.github.rest import not_resolved
from bot.sandbox.github.shapes import iso, node_id, repo_page
from bot.sandbox.github.state import Account, AutoMerge, Comment, Issue, Label, Pull, Repo

REACTIONS: Final = ("THUMBS_UP", "THUMBS_DOWN", "LAUGH", "HOORAY", "CONFUSED", "HEART", "ROCKET", "EYES")


class ThreadNodes(GitNodes):
    """For one request. Repos and accounts are the subclass's."""

    def thread_fields(self, repo: Repo) -> Node:
        """The fields of a repo that lead to its issues and pull requests."""

        def pulls(_info: Info, **options: Any) -> Node:  # noqa: ANN401 - the arguments of the query
            items = [
                issue
                for issue, pull in repo.pulls
                if options.get("headRefName") in {None, pull.head} and options.get("baseRefName") in {None, pull.base}
            ]
            return self._threads(repo, "pullRequests", items, options)

        def issues(_info: Info, **options: Any) -> Node:  # noqa: ANN401 - the arguments of the query
            return self._threads(repo, "issues", [issue for issue in repo.issues.values() if issue.pull is None], options)

        def pull_request(_info: Info, *, number: int) -> Node:
            issue = repo.issues.get(number)
            if issue is None or issue.pull is None:
                raise not_resolved(f"a PullRequest with the number of {number}.")
            return self.pull(repo, issue, issue.pull)

        def issue_numbered(_info: Info, *, number: int) -> Node:
            issue = repo.issues.get(number)
            if issue is None or issue.pull is not None:
                raise not_resolved(f"an Issue with the number of {number}.")
            return self.issue(repo, issue)

        return {
            "pullRequests": pulls,
            "pullRequest": pull_request,
            "issues": issues,
            "issue": issue_numbered,
            "label": lambda _info, name: None if (found := repo.labels.get(name.lower())) is None else self.label(found),
            "labels": lambda _info, **options: connection("labels", list(repo.labels.values()), self.label, options),
        }

    def _threads(self, repo: Repo, field: str, items: Sequence[Issue], options: dict[str, Any]) -> Node:
        filters = options.get("filterBy") or {}
        states = options.get("states") or filters.get("states")
        labels = {name.lower() for name in options.get("labels") or filters.get("labels") or ()}
        creator = filters.get("createdBy")
        chosen = [
            item
            for item in items
            if (not states or _state(item) in states)
            and (not labels or labels & {label.name.lower() for label in item.labels})
            and creator in {None, item.author.login, item.author.login.removesuffix("[bot]")}
        ]
        chosen = ordered(chosen, options.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}, _THREAD_KEYS)
        return connection(
            field, chosen, lambda item: self.issue(repo, item) if item.pull is None else self.pull(repo, item, item.pull), options
        )

    def label(self, label: Label) -> Node:
        return {
            "__typename": "Label",
            "id": node_id("LA", label.id),
            "name": label.name,
            "color": label.color,
            "description": label.description,
        }

    def issue(self, repo: Repo, issue: Issue) -> Node:
        page = f"{repo_page(self.base, repo)}/issues/{issue.number}"
        return self._thread(repo, issue, page) | {"__typename": "Issue", "id": node_id("I", issue.id)}

    def pull(self, repo: Repo, issue: Issue, pull: Pull) -> Node:
        page = f"{repo_page(self.base, repo)}/pull/{issue.number}"

        def mergeable(_info: Info) -> str:
            if not issue.is_open:
                return "UNKNOWN"
            return "MERGEABLE" if compare(repo.store, pull, is_open=True).is_mergeable else "CONFLICTING"

        def files() -> tuple[FileDiff, ...]:
            return compare(repo.store, pull, is_open=issue.is_open).files

        def changed(file: FileDiff) -> Node:
            return {"path": file.path, "additions": file.additions, "deletions": file.deletions}

        def commits(_info: Info, **options: Any) -> Node:  # noqa: ANN401 - the arguments of the query
            items = tuple(reversed(repo.store.commits(pull.head_sha, without=pull.base_sha)))
            return connection("commits", items, lambda item: self._pull_commit(repo, issue, item), options)

        return self._thread(repo, issue, page) | {
            "__typename": "PullRequest",
            "id": node_id("PR", issue.id),
            "headRefName": pull.head,
            "headRefOid": pull.head_sha,
            "headRef": lambda _info: None if pull.is_from_fork else self.ref(repo, f"refs/heads/{pull.head}"),
            "baseRefName": pull.base,
            "baseRefOid": pull.base_sha,
            "baseRef": lambda _info: self.ref(repo, f"refs/heads/{pull.base}"),
            "isCrossRepository": pull.is_from_fork,
            "isDraft": pull.is_draft,
            "merged": pull.merged_at is not None,
            "mergedAt": iso(pull.merged_at),
            "mergedBy": None if pull.merged_by is None else self.account(pull.merged_by),
            "mergeCommit": lambda _info: None if pull.merge_commit is None else self.commit(repo, pull.merge_commit),
            "mergeable": mergeable,
            "mergeStateStatus": lambda _info: merge_state(repo, issue, pull),
            "isInMergeQueue": pull.is_queued,
            "autoMergeRequest": lambda _info: None if pull.auto_merge is None else self._auto_merge(pull.auto_merge),
            "viewerCanEnableAutoMerge": lambda _info: self._can_enable_auto_merge(repo, issue, pull),
            "commits": commits,
            **review_fields(repo, issue, pull),
            "timelineItems": lambda _info, **options: connection(
                "timelineItems", self._timeline(issue, pull, options), lambda item: item, options
            ),
            "files": lambda _info, **options: connection("files", files(), changed, options),
            "additions": lambda _info: sum(file.additions for file in files()),
            "deletions": lambda _info: sum(file.deletions for file in files()),
            "changedFiles": lambda _info: len(files()),
        }

    def _auto_merge(self, wished: AutoMerge) -> Node:
        return {"enabledBy": self.account(wished.by), "mergeMethod": wished.method.name}

    def _can_enable_auto_merge(self, repo: Repo, issue: Issue, pull: Pull) -> bool:
        token = self.call.token
        may = token is not None and token.may_change(repo) and repo.allows_auto_merge
        return may and pull.auto_merge is None and merge_state(repo, issue, pull) in {"BLOCKED", "DIRTY"}

    def _pull_commit(self, repo: Repo, issue: Issue, commit: Commit) -> Node:
        return {"__typename": "PullRequestCommit", "id": f"PURC_{issue.id}_{commit.sha}", "commit": self.commit(repo, commit.sha, commit)}

    def _thread(self, repo: Repo, issue: Issue, page: str) -> Node:
        return {
            "databaseId": issue.id,
            "number": issue.number,
            "url": page,
            "repository": lambda _info: self.repo(repo),
            "author": lambda _info: self.account(issue.author),
            "title": issue.title,
            "body": issue.body or "",
            "state": _state(issue),
            "closed": not issue.is_open,
            "locked": issue.is_locked,
            "createdAt": iso(issue.created_at),
            "updatedAt": iso(issue.updated_at),
            "closedAt": iso(issue.closed_at),
            "labels": lambda _info, **options: connection("labels", issue.labels, self.label, options),
            "comments": lambda _info, **options: connection(
                "comments", _comments(issue, options.get("orderBy")), lambda item: self._comment(page, item), options
            ),
        }

    def _timeline(self, issue: Issue, pull: Pull, options: dict[str, Any]) -> list[Node]:
        """The events of the kinds that are asked for, in the order of GitHub."""
        kinds = options.get("itemTypes") or ("LABELED_EVENT", "AUTO_MERGE_DISABLED_EVENT", "CLOSED_EVENT")
        ends = [self._auto_merge_end(issue, *end) for end in pull.auto_merge_ends] if "AUTO_MERGE_DISABLED_EVENT" in kinds else []
        labelled = [self._labelled(issue, label, at) for label, at in issue.labellings] if "LABELED_EVENT" in kinds else []
        return labelled + ends + ([self._closed(issue)] if issue.closed_at and "CLOSED_EVENT" in kinds else [])

    def _labelled(self, issue: Issue, label: Label, at: datetime) -> Node:
        return {
            "__typename": "LabeledEvent",
            "id": f"LE_{issue.id}_{label.id}",
            "actor": None,
            "createdAt": iso(at),
            "label": self.label(label),
        }

    def _auto_merge_end(self, issue: Issue, by: Account | None, at: datetime) -> Node:
        return {
            "__typename": "AutoMergeDisabledEvent",
            "id": f"AMDE_{issue.id}_{at.timestamp():.0f}",
            "actor": None if by is None else self.account(by),
            "createdAt": iso(at),
        }

    def _closed(self, issue: Issue) -> Node:
        return {
            "__typename": "ClosedEvent",
            "id": node_id("CE", issue.id),
            "actor": None if issue.closed_by is None else self.account(issue.closed_by),
            "createdAt": iso(issue.closed_at),
        }

    def comment(self, repo: Repo, issue: Issue, comment: Comment) -> Node:
        return self._comment(f"{repo_page(self.base, repo)}/{'issues' if issue.pull is None else 'pull'}/{issue.number}", comment)

    def _comment(self, page: str, comment: Comment) -> Node:
        return {
            "__typename": "IssueComment",
            "id": node_id("IC", comment.id),
            "databaseId": comment.id,
            "author": self.account(comment.author),
            "body": comment.body,
            "viewerDidAuthor": comment.author is self.call.viewer,
            "createdAt": iso(comment.created_at),
            "lastEditedAt": iso(comment.edited_at),
            "reactionGroups": lambda _info: self.reactions(comment),
            "updatedAt": iso(comment.updated_at),
            "url": f"{page}#issuecomment-{comment.id}",
        }

    def reactions(self, comment: Comment) -> list[Node]:
        """All kinds, also those that nobody chose."""
        return [{"content": kind, "viewerHasReacted": self.call.viewer in comment.reactions.get(kind, ())} for kind in REACTIONS]


def _comments(issue: Issue, order: dict[str, str] | None) -> list[Comment]:
    if order is None:
        return issue.comments
    return ordered(issue.comments, order, {"UPDATED_AT": lambda comment: (comment.updated_at, comment.id)})


_THREAD_KEYS: Final[dict[str, Callable[[Issue], tuple[datetime | int, int]]]] = {
    "CREATED_AT": lambda issue: (issue.created_at, issue.number),
    "UPDATED_AT": lambda issue: (issue.updated_at, issue.number),
    "COMMENTS": lambda issue: (len(issue.comments), issue.number),
}


def _state(issue: Issue) -> str:
    if issue.pull is not None and issue.pull.merged_at is not None:
        return "MERGED"
    return issue.state.upper()


def ordered(items: Sequence[Any], order: dict[str, str], keys: dict[str, Callable[[Any], Any]]) -> list[Any]:
    """As an `orderBy` of GitHub's wants it."""
    return sorted(items, key=keys[order["field"]], reverse=order["direction"] == "DESC")
