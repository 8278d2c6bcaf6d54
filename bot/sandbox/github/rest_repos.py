"""Users, organisations, repos, topics, and what is left of the rate limit."""

from datetime import timedelta
from typing import Any

from bot.sandbox.github import shapes
from bot.sandbox.github.rest import ANONYMOUS_LIMIT, Answer, ApiError, Call, Page, Routes, not_found
from bot.sandbox.github.state import Account, AccountKind, Limit, Repo


def may_write(call: Call) -> bool:
    return call.token is not None and call.token.may_write


def _viewer(call: Call) -> Answer:
    who = call.viewer
    if who.kind is AccountKind.BOT:
        raise ApiError(403, "Resource not accessible by integration")
    counts = ("private_gists", "total_private_repos", "owned_private_repos", "disk_usage", "collaborators")
    page = shapes.account_page(call.base, who, repo_count=len(call.world.repos_of(who)))
    return Answer(data=page | dict.fromkeys(counts, 0) | {"two_factor_authentication": True})


def _account(call: Call) -> Account:
    who = call.world.account(call.path("login"))
    if who is None:
        raise not_found()
    return who


def _user(call: Call) -> Answer:
    who = _account(call)
    return Answer(data=shapes.account_page(call.base, who, repo_count=len(call.world.repos_of(who))))


def _organization(call: Call) -> Answer:
    who = _account(call)
    if who.kind is not AccountKind.ORGANIZATION:
        raise not_found()
    return Answer(data=shapes.organization(call.base, who, repo_count=len(call.world.repos_of(who))))


def _repos_of(call: Call, owner: Account) -> list[Repo]:
    """Those that who asks may see, in the order asked for."""
    repos = [repo for repo in call.world.repos_of(owner) if call.token is not None or not repo.is_private]
    return _sorted(call, repos)


def _sorted(call: Call, repos: list[Repo]) -> list[Repo]:
    # By default GitHub sorts an organisation's repos by creation, a user's by name.
    order = call.query("sort", "created" if "/orgs/" in call.request.url.path else "full_name")
    is_descending = call.query("direction", "asc" if order == "full_name" else "desc") == "desc"
    keys = {"created": "created_at", "updated": "updated_at", "pushed": "pushed_at"}
    if order in keys:
        return sorted(repos, key=lambda repo: (getattr(repo, keys[order]), repo.id), reverse=is_descending)
    return sorted(repos, key=lambda repo: repo.full_name.lower(), reverse=is_descending)


def _page(call: Call, repos: list[Repo]) -> Page:
    return Page(items=repos, shape=lambda repo: shapes.repo(call.base, repo, may_write=may_write(call)))


def _organization_repos(call: Call) -> Answer:
    owner = _account(call)
    if owner.kind is not AccountKind.ORGANIZATION:
        raise not_found()
    return Answer(data=_page(call, _repos_of(call, owner)))


def _user_repos(call: Call) -> Answer:
    return Answer(data=_page(call, _repos_of(call, _account(call))))


def _viewer_repos(call: Call) -> Answer:
    """In the sandbox every token works for every repo."""
    _ = call.viewer
    return Answer(data=_page(call, _sorted(call, list(call.world.repos.values()))))


def _installation_repos(call: Call) -> Answer:
    _ = call.viewer
    page = _page(call, sorted(call.world.repos.values(), key=lambda repo: repo.id))
    return Answer(data=Page(items=page.items, shape=page.shape, total_key=("total_count", "repositories")))


def _repo(call: Call) -> Answer:
    return Answer(data=shapes.repo(call.base, call.repo(), may_write=may_write(call)))


def _topics(call: Call) -> Answer:
    return Answer(data={"names": list(call.repo().topics)})


def _replace_topics(call: Call) -> Answer:
    repo = call.writable_repo()
    repo.topics = tuple(name.lower() for name in call.names("names"))
    return Answer(data={"names": list(repo.topics)})


def _permission(call: Call) -> Answer:
    """GitHub's four old words, and the role by its own name: who maintains may write, who triages may read."""
    _, who, repo = call.viewer, _account(call), call.repo()
    role = repo.permissions.get(who.login.lower(), "write" if who.kind is AccountKind.USER else "none")
    old = {"maintain": "write", "triage": "read"}.get(role, role)
    may = {"pull": old != "none", "triage": role in _TRIAGE, "push": old in {"write", "admin"}, "maintain": role in {"maintain", "admin"}}
    user = shapes.account(call.base, who) | {"role_name": role, "permissions": may | {"admin": role == "admin"}}
    return Answer(data={"permission": old, "role_name": role, "user": user})


def _property_values(repo: Repo) -> list[dict[str, Any]]:
    return [{"property_name": name, "value": value} for name, value in repo.properties.items()]


def _properties(call: Call) -> Answer:
    return Answer(data=_property_values(call.repo()))


def _organization_properties(call: Call) -> Answer:
    owner = _account(call)
    if owner.kind is not AccountKind.ORGANIZATION:
        raise not_found()
    token = call.token
    if token is None or not token.may_read_properties or token.installed_for not in {None, owner}:
        raise ApiError(403, "Resource not accessible by integration")

    def shape(repo: Repo) -> dict[str, Any]:
        return {
            "repository_id": repo.id,
            "repository_name": repo.name,
            "repository_full_name": repo.full_name,
            "properties": _property_values(repo),
        }

    return Answer(data=Page(items=call.world.repos_of(owner), shape=shape))


def _rate_limit(call: Call) -> Answer:
    limits = {} if call.token is None else call.token.limits
    default = Limit(limit=ANONYMOUS_LIMIT if call.token is None else call.world.requests_per_hour, resets_at=call.now + timedelta(hours=1))
    resources = {}
    for name in ("core", "search", "graphql"):
        limit = limits.get(name, default)
        reset = 0 if limit.resets_at is None else int(limit.resets_at.timestamp())
        resources[name] = {"limit": limit.limit, "used": limit.used, "remaining": limit.limit - limit.used, "reset": reset}
    return Answer(data={"resources": resources, "rate": resources["core"]})


_TRIAGE = frozenset({"triage", "write", "maintain", "admin"})

ROUTES: Routes = (
    ("GET", "/rate_limit", _rate_limit),
    ("GET", "/user", _viewer),
    ("GET", "/user/repos", _viewer_repos),
    ("GET", "/installation/repositories", _installation_repos),
    ("GET", "/users/{login}", _user),
    ("GET", "/users/{login}/repos", _user_repos),
    ("GET", "/orgs/{login}", _organization),
    ("GET", "/orgs/{login}/repos", _organization_repos),
    ("GET", "/orgs/{login}/properties/values", _organization_properties),
    ("GET", "/repos/{owner}/{repo}", _repo),
    ("GET", "/repos/{owner}/{repo}/collaborators/{login}/permission", _permission),
    ("GET", "/repos/{owner}/{repo}/properties/values", _properties),
    ("GET", "/repos/{owner}/{repo}/topics", _topics),
    ("PUT", "/repos/{owner}/{repo}/topics", _replace_topics),
)
