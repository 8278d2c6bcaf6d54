"""Checks by name, reviews and what rules want of them, as GitHub's GraphQL API shows them."""

from typing import Any, Final

from bot.sandbox.github.paging import Info, connection
from bot.sandbox.github.shapes import node_id
from bot.sandbox.github.state import Account, AccountKind, Issue, Pull, Repo, Team

Node = dict[str, Any]

_RUNS: Final = {
    "SUCCESS": ("COMPLETED", "SUCCESS"),
    "FAILURE": ("COMPLETED", "FAILURE"),
    "ERROR": ("COMPLETED", "TIMED_OUT"),
    "PENDING": ("IN_PROGRESS", None),
    "EXPECTED": ("QUEUED", None),
}
"""What a check run says that makes the whole what one of `CHECK_STATES` is."""


def contexts(base: str, repo: Repo, sha: str, options: dict[str, Any]) -> Node:
    """All that was reported of a commit: commit statuses where `statuses` of the repo names them, else check runs."""
    found = repo.checks.get(sha, {})

    def shown(name: str) -> Node:
        page = f"{base}/{repo.full_name}/runs/{sorted(found).index(name)}"
        if name in repo.statuses:
            return {"__typename": "StatusContext", "id": f"SC_{sha}_{name}", "context": name, "state": found[name], "targetUrl": page}
        status, conclusion = _RUNS[found[name]]
        run = {"__typename": "CheckRun", "id": f"CR_{sha}_{name}", "name": name, "status": status, "conclusion": conclusion}
        return run | {"permalink": page, "detailsUrl": page}

    return connection("contexts", list(found), shown, options)


def review_fields(repo: Repo, issue: Issue, pull: Pull) -> Node:
    """The fields of a pull request that tell of its reviews."""

    def requests(_info: Info, **options: Any) -> Node:  # noqa: ANN401 - the arguments of the query
        return connection("reviewRequests", [*pull.reviewers, *pull.team_reviewers], lambda who: _request(repo, issue, who), options)

    def reviews(_info: Info, **options: Any) -> Node:  # noqa: ANN401 - the arguments of the query
        return connection("latestOpinionatedReviews", list(pull.reviews.items()), lambda said: _review(issue, *said), options)

    return {"reviewRequests": requests, "latestOpinionatedReviews": reviews, "reviewDecision": _decision(repo, pull)}


def _decision(repo: Repo, pull: Pull) -> str | None:
    """None: no rule wants a review."""
    if not repo.required_approvals or pull.base != repo.default_branch:
        return None
    words = list(pull.reviews.values())
    if "CHANGES_REQUESTED" in words:
        return "CHANGES_REQUESTED"
    return "APPROVED" if words.count("APPROVED") >= repo.required_approvals else "REVIEW_REQUIRED"


def _request(repo: Repo, issue: Issue, who: Account | Team) -> Node:
    if isinstance(who, Team):
        slug = f"{repo.owner.login}/{who.slug}"
        reviewer = {"__typename": "Team", "id": node_id("T", who.id), "combinedSlug": slug, "name": who.name, "slug": who.slug}
    else:
        reviewer = _account(who)
    return {"__typename": "ReviewRequest", "id": f"RRQ_{issue.id}_{who.id}", "asCodeOwner": False, "requestedReviewer": reviewer}


def _review(issue: Issue, who: Account, state: str) -> Node:
    return {"__typename": "PullRequestReview", "id": f"PRR_{issue.id}_{who.id}", "author": _account(who), "state": state}


def _account(who: Account) -> Node:
    kind = "Bot" if who.kind is AccountKind.BOT else "User"
    return {"__typename": kind, "id": node_id("U", who.id), "login": who.login.removesuffix("[bot]")}


def codeowners(repo: Repo) -> Node | None:
    """The faults of its CODEOWNERS; None: it has none."""
    if not repo.unknown_owners:
        return None
    faults = []
    for number, owner in enumerate(repo.unknown_owners, start=1):
        message = f"Unknown owner on line {number}: make sure {owner} exists and has write access to the repository"
        place = {"column": 3, "line": number, "path": ".github/CODEOWNERS", "source": f"* {owner}", "suggestion": None}
        faults.append({"kind": "Unknown owner", "message": message, **place})
    return {"errors": faults}
