"""Pull requests and git: how a head follows its branch, whether it can be merged, and merging it."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.sandbox.github.git_diff import FileDiff, diff
from bot.sandbox.github.git_merge import merged_tree, rebased
from bot.sandbox.github.git_store import EMPTY_TREE, GitStore, Person, Signature
from bot.sandbox.github.state import Account, Issue, MergeMethod, Pull, Repo, World


class NotMergeableError(Exception):
    """The head conflicts with the base, or there is nothing to merge any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a pull request amounts to at this moment."""

    commit_count: int
    files: tuple[FileDiff, ...]
    is_mergeable: bool


def person(account: Account, at: datetime) -> Person:
    return Person(name=account.login if account.login.endswith("[bot]") else account.name, email=account.email, at=at)


def follow(repo: Repo, now: datetime) -> None:
    """After references have moved: every open pull request looks at its branches again, and may be over by that."""
    repo.store.forget_refs()
    repo.pushed_at = repo.updated_at = now
    for issue, pull in repo.pulls:
        if issue.is_open:
            _follow_one(repo.store, issue, pull, now)


def _follow_one(store: GitStore, issue: Issue, pull: Pull, now: datetime) -> None:
    head, base = pull.head_sha if pull.is_from_fork else store.head(pull.head), store.head(pull.base)
    if head is None or base is None:
        close(issue, now)
        return
    if (head, base) == (pull.head_sha, pull.base_seen):
        return
    has_head_moved = head != pull.head_sha
    pull.base_seen = base
    if has_head_moved:
        pull.head_sha, pull.base_sha, issue.updated_at = head, base, now
        store.update_ref(f"refs/pull/{issue.number}/head", head)
    if store.is_ancestor(head, base):
        # Nothing is left to merge. GitHub takes it for merged if the base came to hold it, and closes it if the head went back to the base.
        if not has_head_moved:
            pull.merged_at, pull.merge_commit = now, base
        close(issue, now)


def add_pull(world: World, repo: Repo, pull: Pull, *, title: str, body: str | None, by: Account, now: datetime) -> Issue:
    """The issue that a new pull request is."""
    number = max(repo.issues, default=0) + 1
    issue = Issue(id=world.next_id(), number=number, author=by, title=title, body=body, created_at=now, updated_at=now, pull=pull)
    repo.issues[number] = issue
    repo.store.update_ref(f"refs/pull/{number}/head", pull.head_sha)
    return issue


def close(issue: Issue, now: datetime, by: Account | None = None) -> None:
    issue.closed_at = issue.updated_at = now
    issue.closed_by = by


def compare(store: GitStore, pull: Pull, *, is_open: bool) -> Comparison:
    """Of an open pull request against its base as it stands now, of another one as it was."""
    base = store.head(pull.base) if is_open else None
    old = base or pull.base_sha
    fork = store.merge_base(old, pull.head_sha)
    return Comparison(
        commit_count=store.count(pull.head_sha, without=old),
        files=diff(store, fork or EMPTY_TREE, pull.head_sha),
        is_mergeable=base is not None and merged_tree(store, base, pull.head_sha) is not None,
    )


def merge_state(repo: Repo, issue: Issue, pull: Pull) -> str:
    """GraphQL's MergeStateStatus: what stands between a pull request and its merge."""
    if not issue.is_open:
        return "UNKNOWN"
    if pull.is_draft:
        return "DRAFT"
    if not compare(repo.store, pull, is_open=True).is_mergeable:
        return "DIRTY"
    checks = repo.checks.get(pull.head_sha, {})
    required = repo.required_checks if pull.base == repo.default_branch else frozenset()
    words = list(pull.reviews.values())
    wanted = repo.required_approvals if pull.base == repo.default_branch else 0
    is_refused = bool(wanted) and ("CHANGES_REQUESTED" in words or words.count("APPROVED") < wanted)
    if is_refused or any(checks.get(name) != "SUCCESS" for name in required):
        return "BLOCKED"
    return "CLEAN" if set(checks.values()) <= {"SUCCESS"} else "UNSTABLE"


def merge_what_is_ready(repo: Repo, now: datetime) -> None:
    """As GitHub does by itself, where somebody wished it and nothing is missing any more."""
    for issue, pull in repo.pulls:
        if pull.auto_merge is not None and merge_state(repo, issue, pull) in {"CLEAN", "UNSTABLE"}:
            merge(repo, issue, pull, method=pull.auto_merge.method, by=pull.auto_merge.by, now=now)


def merge(repo: Repo, issue: Issue, pull: Pull, *, method: MergeMethod, by: Account, now: datetime, message: str | None = None) -> str:
    """The commit that the base then stands at: a real three-way merge, which keeps what the base gained. Raises NotMergeableError."""
    base = repo.store.head(pull.base)
    if base is None or not issue.is_open or pull.is_draft:
        raise NotMergeableError("Pull Request is not mergeable")
    merged = _merged(repo, issue, pull, base, method=method, by=person(by, now), message=message)
    repo.store.update_ref(f"refs/heads/{pull.base}", merged, old=base)
    pull.merged_at, pull.merged_by, pull.merge_commit = now, by, merged
    pull.base_sha = base
    close(issue, now, by)
    follow(repo, now)
    return merged


def _merged(repo: Repo, issue: Issue, pull: Pull, base: str, *, method: MergeMethod, by: Person, message: str | None) -> str:
    store = repo.store
    tree = merged_tree(store, base, pull.head_sha)
    if tree is None:
        raise NotMergeableError("Pull Request is not mergeable")
    match method:
        case MergeMethod.MERGE:
            text = message or f"Merge pull request #{issue.number} from {repo.owner.login}/{pull.head}\n\n{issue.title}"
            return store.write_commit(tree, [base, pull.head_sha], Signature(message=text, author=by, committer=by))
        case MergeMethod.SQUASH:
            text = message or f"{issue.title} (#{issue.number})"
            return store.write_commit(tree, [base], Signature(message=text, author=person(issue.author, by.at), committer=by))
        case MergeMethod.REBASE:
            commits = [commit for commit in reversed(store.commits(pull.head_sha, without=base)) if len(commit.parents) == 1]
            head = rebased(store, base, commits, by)
            if head is None:
                raise NotMergeableError("This branch can't be rebased")
            return head
        case _ as unreachable:
            assert_never(unreachable)
