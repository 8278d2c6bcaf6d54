"""Pull requests."""

from typing import Any

from bot.sandbox.github import shapes, shapes_git, shapes_issues
from bot.sandbox.github.git_diff import diff
from bot.sandbox.github.git_merge import merged_tree
from bot.sandbox.github.git_store import EMPTY_TREE, Signature
from bot.sandbox.github.merging import NotMergeableError, add_pull, compare, follow, merge, person
from bot.sandbox.github.rest import Answer, ApiError, Call, Page, Routes, check_text, invalid, refused
from bot.sandbox.github.rest_issues import edit_text, set_state, sort_key
from bot.sandbox.github.rest_repos import may_write
from bot.sandbox.github.state import AccountKind, Issue, MergeMethod, Pull, Repo

_NOT_COLLABORATOR = (
    "Reviews may only be requested from collaborators. "
    "One or more of the users or teams you specified is not a collaborator of the {} repository."
)


def _list(call: Call) -> Answer:
    repo = call.repo()
    state, head, base = call.query("state", "open"), call.query("head"), call.query("base")
    # A head without its owner is no filter at all.
    branch = head.partition(":")[2] if ":" in head else None
    items = [
        (issue, pull)
        for issue, pull in repo.pulls
        if state in {"all", issue.state}
        and (branch is None or (head.lower() == f"{repo.owner.login}:{pull.head}".lower() and not pull.is_from_fork))
        and (not base or pull.base == base)
    ]
    order = call.query("sort", "created")
    is_descending = call.query("direction", "desc" if order == "created" else "asc") == "desc"
    items.sort(key=lambda item: sort_key(item[0], order), reverse=is_descending)
    return Answer(data=Page(items=items, shape=lambda item: shapes_issues.pull(call.base, repo, *item, may_write=may_write(call))))


def _whole(call: Call, repo: Repo, issue: Issue, pull: Pull) -> dict[str, Any]:
    comparison = compare(repo.store, pull, is_open=issue.is_open)
    return shapes_issues.whole_pull(call.base, repo, issue, pull, comparison, may_write=may_write(call))


def _get(call: Call) -> Answer:
    repo = call.repo()
    return Answer(data=_whole(call, repo, *call.pull(repo)))


def _create(call: Call) -> Answer:
    repo = call.writable_repo()
    title, base = call.need("PullRequest", "title"), call.need("PullRequest", "base")
    owner, _, branch = call.need("PullRequest", "head").rpartition(":")
    body = call.text("body")
    check_text("PullRequest", title=title, body=body)
    if owner and owner.lower() != repo.owner.login.lower():
        raise invalid("PullRequest", "head")
    issue, pull = open_pull(call, repo, title=title, body=body, head=branch, base=base, is_draft=bool(call.body.get("draft")))
    data = _whole(call, repo, issue, pull)
    return Answer(status=201, data=data, headers={"location": data["url"]})


def open_pull(call: Call, repo: Repo, *, title: str, body: str | None, head: str, base: str, is_draft: bool) -> tuple[Issue, Pull]:
    """The new pull request. Raises ApiError where GitHub would refuse it."""
    if not repo.has_pull_requests:
        # GitHub documents the setting, and not these words.
        raise refused("PullRequest", "Pull requests are disabled for this repository.")
    head_sha, base_sha = repo.store.head(head), repo.store.head(base)
    if head_sha is None:
        raise invalid("PullRequest", "head")
    if base_sha is None:
        raise invalid("PullRequest", "base")
    if any(issue.is_open and not pull.is_from_fork and (pull.head, pull.base) == (head, base) for issue, pull in repo.pulls):
        raise refused("PullRequest", f"A pull request already exists for {repo.owner.login}:{head}.")
    if repo.store.is_ancestor(head_sha, base_sha):
        raise refused("PullRequest", f"No commits between {base} and {head}")
    if is_draft and not repo.allows_drafts:
        raise refused("PullRequest", "Draft pull requests are not supported in this repository.")
    pull = Pull(head=head, base=base, head_sha=head_sha, base_sha=base_sha, base_seen=base_sha, is_draft=is_draft)
    return add_pull(call.world, repo, pull, title=title, body=body, by=call.viewer, now=call.now), pull


def _edit(call: Call) -> Answer:
    repo = call.writable_repo()
    issue, pull = call.pull(repo)
    edit_text(call, issue, "PullRequest")
    set_base(repo, pull, call.text("base"))
    state = call.text("state")
    if state == "open" and not issue.is_open:
        _check_reopen(repo, issue, pull)
    set_state(call, issue, state, "PullRequest")
    return Answer(data=_whole(call, repo, issue, pull))


def set_base(repo: Repo, pull: Pull, base: str | None) -> None:
    """Against another branch; None leaves it. Raises ApiError."""
    if base is not None and base != pull.base:
        base_sha = repo.store.head(base)
        if base_sha is None:
            raise invalid("PullRequest", "base")
        pull.base, pull.base_sha, pull.base_seen = base, base_sha, base_sha


def _check_reopen(repo: Repo, issue: Issue, pull: Pull) -> None:
    head = repo.store.head(pull.head)
    if pull.merged_at is not None:
        raise refused("PullRequest", "state cannot be changed. The pull request cannot be reopened.")
    if head is None:
        raise refused("PullRequest", f"state cannot be changed. The {pull.head} branch has been deleted.")
    if not repo.store.is_ancestor(pull.head_sha, head):
        raise refused("PullRequest", f"state cannot be changed. The {pull.head} branch was force-pushed or recreated.")
    base = repo.store.head(pull.base)
    if base is None or repo.store.is_ancestor(head, base):
        raise refused("PullRequest", f"state cannot be changed. There are no new commits on the {pull.head} branch.")
    if any(other is not issue and other.is_open and theirs.head == pull.head and theirs.base == pull.base for other, theirs in repo.pulls):
        raise refused("PullRequest", f"A pull request already exists for {repo.owner.login}:{pull.head}.")
    pull.head_sha, pull.base_seen = head, base


def _merged(call: Call) -> Answer:
    _, pull = call.pull(call.repo())
    if pull.merged_at is None:
        raise ApiError(404, "Not Found")
    return Answer(status=204)


def _merge(call: Call) -> Answer:
    repo = call.writable_repo()
    issue, pull = call.pull(repo)
    expected = call.text("sha")
    if expected is not None and expected != pull.head_sha:
        raise ApiError(409, "Head branch was modified. Review and try the merge again.")
    name = call.text("merge_method", "merge")
    if name not in set(MergeMethod):
        raise ApiError(422, "Invalid merge method")
    title, text = call.text("commit_title"), call.text("commit_message")
    message = None if title is None and text is None else f"{title or f'{issue.title} (#{issue.number})'}\n\n{text or ''}".rstrip()
    try:
        sha = merge(repo, issue, pull, method=MergeMethod(name), by=call.viewer, now=call.now, message=message)
    except NotMergeableError as error:
        raise ApiError(405, str(error)) from error
    return Answer(data={"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


def _update_branch(call: Call) -> Answer:
    repo = call.writable_repo()
    issue, pull = call.pull(repo)
    base = repo.store.head(pull.base)
    if call.text("expected_head_sha", pull.head_sha) != pull.head_sha:
        raise ApiError(422, "expected head sha didn't match current head ref.")
    if base is None or repo.store.is_ancestor(base, pull.head_sha):
        raise ApiError(422, "There are no new commits on the base branch.")
    tree = merged_tree(repo.store, pull.head_sha, base)
    if tree is None:
        raise ApiError(422, "merge conflict between base and head")
    me = person(call.viewer, call.now)
    signature = Signature(message=f"Merge branch '{pull.base}' into {pull.head}", author=me, committer=me)
    merged = repo.store.write_commit(tree, [pull.head_sha, base], signature)
    repo.store.update_ref(f"refs/heads/{pull.head}", merged, old=pull.head_sha)
    follow(repo, call.now)
    url = f"{shapes.repo_address(call.base, repo)}/pulls/{issue.number}"
    return Answer(status=202, data={"message": "Updating pull request branch.", "url": url})


def _files(call: Call) -> Answer:
    repo = call.repo()
    _, pull = call.pull(repo)
    fork = repo.store.merge_base(pull.base_sha, pull.head_sha)
    files = diff(repo.store, fork or EMPTY_TREE, pull.head_sha)
    return Answer(data=Page(items=files, shape=lambda file: shapes_git.changed_file(call.base, repo, pull.head_sha, file)))


def _commits(call: Call) -> Answer:
    repo = call.repo()
    _, pull = call.pull(repo)
    commits = tuple(reversed(repo.store.commits(pull.head_sha, without=pull.base_sha)))
    return Answer(data=Page(items=commits, shape=lambda item: shapes_git.commit(call.base, call.world, repo, item)))


def _reviewers(call: Call) -> Answer:
    repo = call.repo()
    _, pull = call.pull(repo)
    users = [shapes.account(call.base, who) for who in pull.reviewers]
    return Answer(data={"users": users, "teams": [shapes.team(call.base, repo.owner, team) for team in pull.team_reviewers]})


def _request_reviewers(call: Call) -> Answer:
    repo = call.writable_repo()
    issue, pull = call.pull(repo)
    users = [call.world.account(login) for login in call.names("reviewers")]
    teams = [repo.owner.teams.get(slug) for slug in call.names("team_reviewers")]
    people = [user for user in users if user is not None and user.kind is AccountKind.USER]
    known_teams = [team for team in teams if team is not None]
    if issue.author in users:
        raise ApiError(422, "Review cannot be requested from pull request author.")
    if len(people) < len(users) or len(known_teams) < len(teams):
        raise ApiError(422, _NOT_COLLABORATOR.format(repo.full_name))
    pull.reviewers += [user for user in people if user not in pull.reviewers]
    pull.team_reviewers += [team for team in known_teams if team not in pull.team_reviewers]
    issue.updated_at = call.now
    return Answer(status=201, data=shapes_issues.pull(call.base, repo, issue, pull, may_write=True))


def _withdraw_reviewers(call: Call) -> Answer:
    repo = call.writable_repo()
    issue, pull = call.pull(repo)
    logins, slugs = {name.lower() for name in call.names("reviewers")}, set(call.names("team_reviewers"))
    pull.reviewers = [user for user in pull.reviewers if user.login.lower() not in logins]
    pull.team_reviewers = [team for team in pull.team_reviewers if team.slug not in slugs]
    issue.updated_at = call.now
    return Answer(data=shapes_issues.pull(call.base, repo, issue, pull, may_write=True))


def _nothing(call: Call) -> Answer:
    """Reviews and review comments: the sandbox's people write none."""
    call.pull(call.repo())
    return Answer(data=[])


_ROOT = "/repos/{owner}/{repo}/pulls"
ROUTES: Routes = (
    ("GET", _ROOT, _list),
    ("POST", _ROOT, _create),
    ("GET", f"{_ROOT}/{{number}}", _get),
    ("PATCH", f"{_ROOT}/{{number}}", _edit),
    ("GET", f"{_ROOT}/{{number}}/merge", _merged),
    ("PUT", f"{_ROOT}/{{number}}/merge", _merge),
    ("PUT", f"{_ROOT}/{{number}}/update-branch", _update_branch),
    ("GET", f"{_ROOT}/{{number}}/files", _files),
    ("GET", f"{_ROOT}/{{number}}/commits", _commits),
    ("GET", f"{_ROOT}/{{number}}/reviews", _nothing),
    ("GET", f"{_ROOT}/{{number}}/comments", _nothing),
    ("GET", f"{_ROOT}/{{number}}/requested_reviewers", _reviewers),
    ("POST", f"{_ROOT}/{{number}}/requested_reviewers", _request_reviewers),
    ("DELETE", f"{_ROOT}/{{number}}/requested_reviewers", _withdraw_reviewers),
)
