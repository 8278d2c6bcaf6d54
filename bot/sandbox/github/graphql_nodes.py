"""Accounts, repos and releases as GitHub's GraphQL API shows them: dicts, whose costly fields are functions."""

from collections.abc import Callable, Sequence
from typing import Any

from bot.sandbox.github.graphql_git import Node
from bot.sandbox.github.graphql_reviews import codeowners
from bot.sandbox.github.graphql_threads import ThreadNodes, ordered
from bot.sandbox.github.paging import Info, connection
from bot.sandbox.github.rest import not_resolved
from bot.sandbox.github.rest_releases import latest, published
from bot.sandbox.github.shapes import iso, node_id, node_number, repo_page
from bot.sandbox.github.state import COMPLETED, Account, AccountKind, Comment, Deployment, Issue, Limit, MergeMethod, Release, Repo


class Nodes(ThreadNodes):
    """For one request. Raises ApiError where something named does not exist."""

    # Where a query begins

    def found_repo(self, owner: str, name: str) -> Repo:
        repo = self.world.repo(f"{owner}/{name}")
        if repo is None or not self._is_shown(repo):
            raise not_resolved(f"a Repository with the name '{owner}/{name}'.")
        return repo

    def _is_shown(self, repo: Repo) -> bool:
        return self.call.token is None or self.call.token.may_see(repo)

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
        if wanted.startswith("R_"):
            return self.repo(self.repo_of_id(wanted))
        repo, issue = self.thread_of_id(wanted)
        return self.issue(repo, issue) if issue.pull is None else self.pull(repo, issue, issue.pull)

    def repo_of_id(self, wanted: str) -> Repo:
        number = node_number(wanted, "R")
        for repo in self.world.repos.values():
            if repo.id == number and self._is_shown(repo):
                return repo
        raise not_resolved(f"a node with the global id of '{wanted}'.")

    def thread_of_id(self, wanted: str) -> tuple[Repo, Issue]:
        """An issue or a pull request, and its repo."""
        kind = wanted.partition("_")[0]
        number = node_number(wanted, kind) if kind in {"I", "PR"} else 0
        for repo in self.world.repos.values():
            for issue in repo.issues.values():
                if issue.id == number:
                    return repo, issue
        raise not_resolved(f"a node with the global id of '{wanted}'.")

    def comment_of_id(self, wanted: str) -> tuple[Repo, Comment]:
        number = node_number(wanted, "IC")
        for repo in self.world.repos.values():
            for issue in repo.issues.values():
                for comment in issue.comments:
                    if comment.id == number:
                        return repo, comment
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
            if self._is_shown(repo)
            and is_archived in {None, repo.is_archived}
            and privacy in {None, "PRIVATE" if repo.is_private else "PUBLIC"}
        ]
        if options.get("isFork"):
            return []
        keys: dict[str, Callable[[Repo], Any]] = {
            "CREATED_AT": lambda repo: (repo.created_at, repo.id),
            "PUSHED_AT": lambda repo: (repo.pushed_at, repo.id),
            "UPDATED_AT": lambda repo: (repo.updated_at, repo.id),
            "NAME": lambda repo: repo.name.lower(),
        }
        return ordered(repos, options.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}, keys)

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
            "codeowners": lambda _info, refName=None: codeowners(repo),  # noqa: ARG005, N803 - GitHub's argument
            "autoMergeAllowed": repo.allows_auto_merge,
            **{
                f"{method.value}{'Commit' if method is MergeMethod.MERGE else 'Merge'}Allowed": method in repo.merge_methods
                for method in MergeMethod
            },
            "viewerDefaultMergeMethod": repo.merge_methods[0].name,
            **self._git_fields(repo),
            **self.thread_fields(repo),
            "environments": lambda _info, **options: connection(
                "environments", sorted({one.environment for one in repo.deployments}), lambda name: self.environment(repo, name), options
            ),
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

    def _topic(self, repo: Repo, name: str) -> Node:
        topic = {"__typename": "Topic", "id": f"TO_{name}", "name": name}
        return {"__typename": "RepositoryTopic", "id": f"RT_{repo.id}_{name}", "topic": topic, "url": f"{self.base}/topics/{name}"}

    def environment(self, repo: Repo, name: str) -> Node:
        ended = [one for one in repo.deployments if one.environment == name and one.state in COMPLETED]
        return {
            "__typename": "Environment",
            "id": f"EN_{repo.id}_{name}",
            "databaseId": None,
            "name": name,
            "latestCompletedDeployment": lambda _info: self.deployment(ended[-1]) if ended else None,
        }

    def deployment(self, deployment: Deployment) -> Node:
        at = iso(deployment.created_at)
        status = {
            "__typename": "DeploymentStatus",
            "id": node_id("DES", deployment.id),
            "createdAt": at,
            "updatedAt": at,
            "description": None,
            "environment": deployment.environment,
            "state": deployment.state,
        }
        return {
            "__typename": "Deployment",
            "id": node_id("DE", deployment.id),
            "databaseId": deployment.id,
            "commitOid": deployment.commit,
            "createdAt": at,
            "updatedAt": at,
            "description": None,
            "environment": deployment.environment,
            "latestEnvironment": deployment.environment,
            "originalEnvironment": deployment.environment,
            "latestStatus": status,
            "payload": deployment.payload,
            "state": "ACTIVE" if deployment.state == "SUCCESS" else deployment.state,
            "task": "deploy",
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


def _releases(repo: Repo, options: dict[str, Any]) -> list[Release]:
    keys: dict[str, Callable[[Release], Any]] = {
        "CREATED_AT": lambda release: (release.created_at, release.id),
        "NAME": lambda release: release.name or "",
    }
    order = options.get("orderBy")
    return published(repo) if order is None else ordered(published(repo), order, keys)
