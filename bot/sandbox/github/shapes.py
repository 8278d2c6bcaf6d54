"""Accounts, repos, labels and releases as GitHub's REST API writes them."""

import base64
from datetime import datetime
from typing import Any, Final

from bot.sandbox.github.state import Account, AccountKind, Label, MergeMethod, Release, Repo, Team

Json = dict[str, Any]

_TEMPLATES: Final = {
    "archive": "{archive_format}{/ref}",
    "assignees": "assignees{/user}",
    "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}",
    "collaborators": "collaborators{/collaborator}",
    "comments": "comments{/number}",
    "commits": "commits{/sha}",
    "compare": "compare/{base}...{head}",
    "contents": "contents/{+path}",
    "contributors": "contributors",
    "deployments": "deployments",
    "downloads": "downloads",
    "events": "events",
    "forks": "forks",
    "git_commits": "git/commits{/sha}",
    "git_refs": "git/refs{/sha}",
    "git_tags": "git/tags{/sha}",
    "hooks": "hooks",
    "issue_comment": "issues/comments{/number}",
    "issue_events": "issues/events{/number}",
    "issues": "issues{/number}",
    "keys": "keys{/key_id}",
    "labels": "labels{/name}",
    "languages": "languages",
    "merges": "merges",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "pulls": "pulls{/number}",
    "releases": "releases{/id}",
    "stargazers": "stargazers",
    "statuses": "statuses/{sha}",
    "subscribers": "subscribers",
    "subscription": "subscription",
    "tags": "tags",
    "teams": "teams",
    "trees": "git/trees{/sha}",
}
"""The addresses below a repo's own, by the name of their key without `_url`."""


def iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, number: int) -> str:
    """Opaque to clients, and again read by `node_number`."""
    return f"{kind}_{base64.urlsafe_b64encode(str(number).encode()).decode().rstrip('=')}"


def node_number(text: str, kind: str) -> int | None:
    """The number in a node id of this kind."""
    prefix, _, encoded = text.partition("_")
    if prefix != kind:
        return None
    try:
        return int(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError:
        return None


def api(base: str) -> str:
    """The root of the REST API, as GitHub Enterprise Server lays it out."""
    return f"{base}/api/v3"


def account(base: str, who: Account) -> Json:
    """What stands wherever somebody is named."""
    address = f"{api(base)}/users/{who.login}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": node_id("U", who.id),
        "avatar_url": f"{base}/avatars/u/{who.id}",
        "gravatar_id": "",
        "url": address,
        "html_url": f"{base}/{who.login.removesuffix('[bot]')}",
        "followers_url": f"{address}/followers",
        "following_url": f"{address}/following{{/other_user}}",
        "gists_url": f"{address}/gists{{/gist_id}}",
        "starred_url": f"{address}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{address}/subscriptions",
        "organizations_url": f"{address}/orgs",
        "repos_url": f"{address}/repos",
        "events_url": f"{address}/events{{/privacy}}",
        "received_events_url": f"{address}/received_events",
        "type": who.kind.value,
        "site_admin": False,
        "user_view_type": "public",
    }


def account_page(base: str, who: Account, *, repo_count: int) -> Json:
    """What `GET /users/NAME` says."""
    return account(base, who) | {
        "name": who.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": repo_count,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": iso(who.created_at),
        "updated_at": iso(who.created_at),
    }


def organization(base: str, who: Account, *, repo_count: int) -> Json:
    address = f"{api(base)}/orgs/{who.login}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": node_id("O", who.id),
        "url": address,
        "repos_url": f"{address}/repos",
        "events_url": f"{address}/events",
        "hooks_url": f"{address}/hooks",
        "issues_url": f"{address}/issues",
        "members_url": f"{address}/members{{/member}}",
        "public_members_url": f"{address}/public_members{{/member}}",
        "avatar_url": f"{base}/avatars/u/{who.id}",
        "description": None,
        "name": who.name,
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": repo_count,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": f"{base}/{who.login}",
        "type": AccountKind.ORGANIZATION.value,
        "created_at": iso(who.created_at),
        "updated_at": iso(who.created_at),
        "archived_at": None,
    }


def team(base: str, owner: Account, item: Team) -> Json:
    address = f"{api(base)}/organizations/{owner.id}/team/{item.id}"
    return {
        "id": item.id,
        "node_id": node_id("T", item.id),
        "name": item.name,
        "slug": item.slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "push",
        "url": address,
        "html_url": f"{base}/orgs/{owner.login}/teams/{item.slug}",
        "members_url": f"{address}/members{{/member}}",
        "repositories_url": f"{address}/repos",
        "type": "organization",
        "organization_id": owner.id,
        "parent": None,
    }


def repo_address(base: str, repo: Repo) -> str:
    return f"{api(base)}/repos/{repo.full_name}"


def repo_page(base: str, repo: Repo) -> str:
    return f"{base}/{repo.full_name}"


def repo(base: str, item: Repo, *, may_write: bool) -> Json:
    """The long form, which holds all that the shorter ones do."""
    address, page = repo_address(base, item), repo_page(base, item)
    open_count = sum(issue.is_open for issue in item.issues.values())
    return {
        "id": item.id,
        "node_id": node_id("R", item.id),
        "name": item.name,
        "full_name": item.full_name,
        "private": item.is_private,
        "owner": account(base, item.owner),
        "html_url": page,
        "description": item.description,
        "fork": False,
        "url": address,
        **{f"{key}_url": f"{address}/{template}" for key, template in _TEMPLATES.items()},
        "git_url": f"{page.replace('http', 'git', 1)}.git",
        "ssh_url": f"git@localhost:{item.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "size": 1,
        "stargazers_count": 0,
        "watchers_count": 0,
        "watchers": 0,
        "forks_count": 0,
        "forks": 0,
        "open_issues_count": open_count,
        "open_issues": open_count,
        "default_branch": item.default_branch,
        "topics": list(item.topics),
        "has_issues": item.has_issues,
        "has_pull_requests": item.has_pull_requests,
        "pull_request_creation_policy": "all",
        "has_projects": True,
        "has_wiki": True,
        "has_pages": False,
        "has_downloads": True,
        "has_discussions": False,
        "archived": item.is_archived,
        "disabled": False,
        "is_template": False,
        "allow_forking": True,
        "web_commit_signoff_required": False,
        "visibility": "private" if item.is_private else "public",
        "allow_squash_merge": MergeMethod.SQUASH in item.merge_methods,
        "allow_merge_commit": MergeMethod.MERGE in item.merge_methods,
        "allow_rebase_merge": MergeMethod.REBASE in item.merge_methods,
        "allow_auto_merge": item.allows_auto_merge,
        "delete_branch_on_merge": False,
        "pushed_at": iso(item.pushed_at),
        "created_at": iso(item.created_at),
        "updated_at": iso(item.updated_at),
        "permissions": {"admin": False, "maintain": False, "push": may_write, "triage": may_write, "pull": True},
        "subscribers_count": 0,
        "network_count": 0,
    }


def label(base: str, where: Repo, item: Label) -> Json:
    return {
        "id": item.id,
        "node_id": node_id("LA", item.id),
        "url": f"{repo_address(base, where)}/labels/{item.name.replace(' ', '%20')}",
        "name": item.name,
        "description": item.description,
        "color": item.color,
        "default": False,
        "archived_at": None,
        "archived_by": None,
    }


def release(base: str, where: Repo, item: Release) -> Json:
    address, page = repo_address(base, where), repo_page(base, where)
    return {
        "url": f"{address}/releases/{item.id}",
        "html_url": f"{page}/releases/tag/{item.tag}",
        "assets_url": f"{address}/releases/{item.id}/assets",
        "upload_url": f"{address}/releases/{item.id}/assets{{?name,label}}",
        "tarball_url": f"{address}/tarball/{item.tag}",
        "zipball_url": f"{address}/zipball/{item.tag}",
        "id": item.id,
        "node_id": node_id("RE", item.id),
        "tag_name": item.tag,
        "target_commitish": item.target,
        "name": item.name,
        "body": item.body,
        "draft": item.is_draft,
        "prerelease": item.is_prerelease,
        "immutable": False,
        "created_at": iso(item.created_at),
        "updated_at": iso(item.published_at or item.created_at),
        "published_at": iso(item.published_at),
        "author": account(base, item.author),
        "assets": [],
    }
