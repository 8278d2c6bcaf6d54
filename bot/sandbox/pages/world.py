"""The pages' source: what the sandbox's GitHub holds."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.github.git_store import GitError
from bot.sandbox.github.merging import compare
from bot.sandbox.github.state import Issue, Pull, Release, Repo, World
from bot.sandbox.pages.views import CommentView, FileView, LabelView, PullView, ReleaseView, RepoView, State, ThreadView


@dataclass(frozen=True, slots=True)
class WorldSource:
    """Reads the sandbox's state as it is at each call."""

    world: World

    def repos(self) -> list[RepoView]:
        return sorted((_repo_view(repo) for repo in self.world.repos.values()), key=lambda repo: repo.full_name.lower())

    def repo(self, full_name: str) -> RepoView | None:
        repo = self.world.repo(full_name)
        return None if repo is None else _repo_view(repo)

    def pulls(self, full_name: str) -> list[ThreadView]:
        return self._threads(full_name, lambda issue: issue.pull is not None)

    def pull(self, full_name: str, number: int) -> PullView | None:
        repo = self.world.repo(full_name)
        issue = repo and repo.issues.get(number)
        return _pull_view(repo, issue, issue.pull) if repo and issue and issue.pull else None

    def issues(self, full_name: str) -> list[ThreadView]:
        return self._threads(full_name, lambda issue: issue.pull is None)

    def issue(self, full_name: str, number: int) -> ThreadView | None:
        return next((issue for issue in self.issues(full_name) if issue.number == number), None)

    def releases(self, full_name: str) -> list[ReleaseView]:
        repo = self.world.repo(full_name)
        found = [] if repo is None else [_release(release) for release in repo.releases if not release.is_draft]
        return sorted(found, key=lambda release: release.published_at, reverse=True)

    def file(self, full_name: str, ref: str, path: str) -> str | None:
        repo = self.world.repo(full_name)
        commit = None if repo is None else repo.store.commit_id(ref)
        if repo is None or commit is None:
            return None
        try:
            entry = repo.store.entry(commit, path)
        except (GitError, ValueError):
            # A path that no tree can hold: one with `..`, a slash in front or a null byte.
            return None
        return repo.store.blob(entry.sha).decode(errors="replace") if entry and entry.kind == "blob" else None

    def _threads(self, full_name: str, is_wanted: Callable[[Issue], bool]) -> list[ThreadView]:
        repo = self.world.repo(full_name)
        found = [] if repo is None else [_thread(issue) for issue in repo.issues.values() if is_wanted(issue)]
        return sorted(found, key=lambda thread: -thread.number)


def _release(release: Release) -> ReleaseView:
    return ReleaseView(
        tag=release.tag,
        name=release.name or release.tag,
        body=release.body or "",
        published_at=release.published_at or release.created_at,
    )


def _repo_view(repo: Repo) -> RepoView:
    opened = [issue for issue in repo.issues.values() if issue.is_open]
    pulls = sum(issue.pull is not None for issue in opened)
    return RepoView(
        full_name=repo.full_name,
        description=repo.description or "",
        topics=repo.topics,
        is_archived=repo.is_archived,
        pushed_at=repo.pushed_at,
        open_pulls=pulls,
        open_issues=len(opened) - pulls,
    )


def _pull_view(repo: Repo, issue: Issue, pull: Pull) -> PullView:
    teams = (f"{repo.owner.login}/{team.slug}" for team in pull.team_reviewers)
    return PullView(
        thread=_thread(issue),
        head=pull.head,
        base=pull.base,
        reviewers=(*(account.login for account in pull.reviewers), *teams),
        files=tuple(
            FileView(path=file.path, additions=file.additions, deletions=file.deletions, hunks=file.patch)
            for file in compare(repo.store, pull, is_open=issue.is_open).files
        ),
    )


def _thread(issue: Issue) -> ThreadView:
    is_merged = issue.pull is not None and issue.pull.merged_at is not None
    closer = issue.pull.merged_by if issue.pull and is_merged else issue.closed_by
    return ThreadView(
        number=issue.number,
        title=issue.title,
        body=issue.body or "",
        state=State.OPEN if issue.is_open else State.MERGED if is_merged else State.CLOSED,
        author=issue.author.login,
        created_at=issue.created_at,
        closed_at=issue.closed_at,
        closed_by=closer.login if closer else None,
        labels=tuple(LabelView(name=label.name, color=label.color) for label in issue.labels),
        assignees=tuple(account.login for account in issue.assignees),
        comments=tuple(CommentView(author=said.author.login, at=said.created_at, body=said.body) for said in issue.comments),
    )
