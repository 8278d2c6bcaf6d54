"""Accounts, repos, issues and pull requests as GitHub's GraphQL API shows them: dicts, whose costly fields are functions."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from bot.sandbox.github.git_diff import FileDiff
from bot.sandbox.github.git_store import Commit
from bot.sandbox.github.graphql_git import GitNodes
from bot.sandbox.github.merging import compare
from bot.sandbox.github.paging import Info, connection
from bot.sandbox.github.rest import Call, not_resolved
from bot.sandbox.github.rest_releases import latest, published
from bot.sandbox.github.shapes import iso, node_id, node_number, repo_page
from bot.sandbox.github.state import Account, AccountKind, Comment, Issue, Label, Limit, Pull, Release, Repo

Node = dict[str, Any]


class Nodes(GitNodes):
    """For one request. Raises ApiError where something named does not exist."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)

    # Where a query begins

    def found_repo(self, owner: str, name: str) -> Repo:
        repo = self.world.repo(f"{owner}/{name}")
        if repo is None:
            raise not_resolved(f"a Repository with the name '{owner}/{name}'.")
        return repo

    def named_repo(self, owner: str, name: str) -> Node:
        return self.repo(self.found_repo(owner, name))

    def owner(self, login: str, kinds: Sequence[str]) -> Node:
        account = self.world.account(login)
        if account is None or account.kind.value not in kinds:
            what = f"an {kinds[0]}" if kinds == ("Organization",) else f"a {kinds[-1]}"
            raise not_resolved(f"{what} with the login of '{login}'.")
        return self.account(account)

    def node(self, wanted: str) -> Node:
        """By global id: repos, issues and pull requests."""
        for repo in self.world.repos.values():
            if node_number(wanted, "R") == repo.id:
                return self.repo(repo)
            for issue in repo.issues.values():
                if node_number(wanted, "PR" if issue.pull else "I") == issue.id:
                    return self.issue(repo, issue) if issue.pull is None else self.pull(repo, issue, issue.pull)
        raise not_resolved(f"a node with the global id of '{wanted}'.")

    def rate_limit(self) -> Node:
        token = self.call.token
        limit = Limit(limit=0) if token is None else token.limits["graphql"]
        used = limit.used + 1
        return {
            "cost": 1,
            "limit": limit.limit,
            "nodeCount": 0,
            "remaining": limit.limit - used,
            "used": used,
            "resetAt": iso(limit.resets_at),
        }

    # Accounts and repos

    def account(self, who: Account) -> Node:
        kinds = {AccountKind.USER: "User", AccountKind.ORGANIZATION: "Organization", AccountKind.BOT: "Bot"}
        # GraphQL knows a bot by its bare name, REST by the name with its mark.
        login = who.login.removesuffix("[bot]")

        def repositories(_info: Info, **options: Any) -> Node:  # noqa: ANN401 - the arguments of the query
            return connection("repositories", self._repos(who, options), self.repo, options)

        def repository(_info: Info, *, name: str, **_options: object) -> Node:
            return self.named_repo(who.login, name)

        return {
            "__typename": kinds[who.kind],
            "id": node_id("U", who.id),
            "databaseId": who.id,
            "login": login,
            "name": who.name,
            "url": f"{self.base}/{login}",
            "repositories": repositories,
            "repository": repository,
        }

    def as_user(self, who: Account) -> Node:
        """Where GraphQL's types have a user only, a bot is one, under its name in REST."""
        return self.account(who) | {"__typename": "User", "login": who.login}

    def _repos(self, who: Account, options: dict[str, Any]) -> list[Repo]:
        privacy, is_archived = options.get("privacy"), options.get("isArchived")
        repos = [
            repo
            for repo in self.world.repos_of(who)
            if is_archived in {None, repo.is_archived} and privacy in {None, "PRIVATE" if repo.is_private else "PUBLIC"}
        ]
        if options.get("isFork"):
            return []
        keys: dict[str, Callable[[Repo], Any]] = {
            "CREATED_AT": lambda repo: (repo.created_at, repo.id),
            "PUSHED_AT": lambda repo: (repo.pushed_at, repo.id),
            "UPDATED_AT": lambda repo: (repo.updated_at, repo.id),
            "NAME": lambda repo: repo.name.lower(),
        }
        return _ordered(repos, options.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}, keys)

    def repo(self, repo: Repo) -> Node:
        return {
            "__typename": "Repository",
            "id": node_id("R", repo.id),
            "databaseId": repo.id,
            "name": repo.name,
            "nameWithOwner": repo.full_name,
            "owner": lambda _info: self.account(repo.owner),
            "url": repo_page(self.base, repo),
            "description": repo.description,
            "createdAt": iso(repo.created_at),
            "updatedAt": iso(repo.updated_at),
            "pushedAt": iso(repo.pushed_at),
            "isArchived": repo.is_archived,
            "isDisabled": False,
            "isEmpty": lambda _info: not repo.store.branches(),
            "isFork": False,
            "isPrivate": repo.is_private,
            **self._git_fields(repo),
            **self._thread_fields(repo),
            "latestRelease": lambda _info: None if (newest := latest(repo)) is None else self.release(repo, newest),
            "releases": lambda _info, **options: connection(
                "releases", _releases(repo, options), lambda item: self.release(repo, item), options
            ),
            "repositoryTopics": lambda _info, **options: connection(
                "repositoryTopics", repo.topics, lambda name: self._topic(repo, name), options
            ),
        }

    def _git_fields(self, repo: Repo) -> Node:
        default = f"refs/heads/{repo.default_branch}"

        def refs(_info: Info, *, refPrefix: str, **options: Any) -> Node:  # noqa: ANN401, N803 - GitHub's argument
            prefix = refPrefix if refPrefix.endswith("/") else f"{refPrefix}/"
            names = [name for name in repo.store.refs() if name.startswith(prefix) and (options.get("query") or "") in name]
            is_descending = "DESC" in {options.get("direction"), (options.get("orderBy") or {}).get("direction")}
            return connection("refs", sorted(names, reverse=is_descending), lambda name: self.ref(repo, name), options)

        return {
            "defaultBranchRef": lambda _info: self.ref(repo, default),
            "ref": lambda _info, qualifiedName: self.ref(repo, qualifiedName),  # noqa: N803
            "refs": refs,
            "object": lambda _info, expression=None, oid=None: self.object(repo, expression=expression, oid=oid),
        }

    def _thread_fields(self, repo: Repo) -> Node:
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
        ordered = _ordered(chosen, options.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}, _THREAD_KEYS)
        return connection(
            field, ordered, lambda item: self.issue(repo, item) if item.pull is None else self.pull(repo, item, item.pull), options
        )

    def _topic(self, repo: Repo, name: str) -> Node:
        topic = {"__typename": "Topic", "id": f"TO_{name}", "name": name}
        return {"__typename": "RepositoryTopic", "id": f"RT_{repo.id}_{name}", "topic": topic, "url": f"{self.base}/topics/{name}"}

    # Issues and pull requests

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
            "headRef": lambda _info: self.ref(repo, f"refs/heads/{pull.head}"),
            "baseRefName": pull.base,
            "baseRefOid": pull.base_sha,
            "baseRef": lambda _info: self.ref(repo, f"refs/heads/{pull.base}"),
            "isCrossRepository": False,
            "isDraft": pull.is_draft,
            "merged": pull.merged_at is not None,
            "mergedAt": iso(pull.merged_at),
            "mergedBy": None if pull.merged_by is None else self.account(pull.merged_by),
            "mergeCommit": lambda _info: None if pull.merge_commit is None else self.commit(repo, pull.merge_commit),
            "mergeable": mergeable,
            "commits": commits,
            "files": lambda _info, **options: connection("files", files(), changed, options),
            "additions": lambda _info: sum(file.additions for file in files()),
            "deletions": lambda _info: sum(file.deletions for file in files()),
            "changedFiles": lambda _info: len(files()),
        }

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
            "comments": lambda _info, **options: connection("comments", issue.comments, lambda item: self._comment(page, item), options),
        }

    def _comment(self, page: str, comment: Comment) -> Node:
        return {
            "__typename": "IssueComment",
            "id": node_id("IC", comment.id),
            "databaseId": comment.id,
            "author": self.account(comment.author),
            "body": comment.body,
            "createdAt": iso(comment.created_at),
            "updatedAt": iso(comment.updated_at),
            "url": f"{page}#issuecomment-{comment.id}",
        }

    def release(self, repo: Repo, release: Release) -> Node:
        return {
            "__typename": "Release",
            "id": node_id("RE", release.id),
            "databaseId": release.id,
            "name": release.name,
            "tagName": release.tag,
            "description": release.body,
            "isDraft": release.is_draft,
            "isPrerelease": release.is_prerelease,
            "isLatest": release is latest(repo),
            "createdAt": iso(release.created_at),
            "publishedAt": iso(release.published_at),
            "tagCommit": lambda _info: None if (sha := repo.store.commit_id(release.tag)) is None else self.commit(repo, sha),
            "url": f"{repo_page(self.base, repo)}/releases/tag/{release.tag}",
        }


_THREAD_KEYS: Final[dict[str, Callable[[Issue], tuple[datetime | int, int]]]] = {
    "CREATED_AT": lambda issue: (issue.created_at, issue.number),
    "UPDATED_AT": lambda issue: (issue.updated_at, issue.number),
    "COMMENTS": lambda issue: (len(issue.comments), issue.number),
}


def _state(issue: Issue) -> str:
    if issue.pull is not None and issue.pull.merged_at is not None:
        return "MERGED"
    return issue.state.upper()


def _releases(repo: Repo, options: dict[str, Any]) -> list[Release]:
    keys: dict[str, Callable[[Release], Any]] = {
        "CREATED_AT": lambda release: (release.created_at, release.id),
        "NAME": lambda release: release.name or "",
    }
    order = options.get("orderBy")
    return published(repo) if order is None else _ordered(published(repo), order, keys)


def _ordered(items: Sequence[Any], order: dict[str, str], keys: dict[str, Callable[[Any], Any]]) -> list[Any]:
    return sorted(items, key=keys[order["field"]], reverse=order["direction"] == "DESC")
