"""The sandbox's GitHub as the demo and the tests hold it: the app to serve, and what people do on it by hand."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette

from bot.sandbox.clock import Clock
from bot.sandbox.github.gate import Gate
from bot.sandbox.github.git_store import Change, GitStore, Signature, require_git
from bot.sandbox.github.merging import add_pull, close, follow, merge, merge_what_is_ready, person
from bot.sandbox.github.rest_attestations import bundle_of
from bot.sandbox.github.rest_pulls import set_base
from bot.sandbox.github.routes import application
from bot.sandbox.github.state import (
    Account,
    AccountKind,
    App,
    Artifact,
    Attestation,
    AutoMerge,
    Comment,
    Deployment,
    Issue,
    MergeMethod,
    Milestone,
    Pull,
    Record,
    Release,
    Repo,
    Team,
    Token,
    WorkflowRun,
    World,
)

BOT_LOGIN: Final = "rebuild-bot[bot]"
BOT_TOKEN: Final = "sandbox-token"  # noqa: S105 - worth nothing: it opens the sandbox alone
"""A token of the bot's; every sandbox takes it."""


class GitHubSandbox:
    """Accounts come into being by being named: owners as organisations, people as users. Repos are named `owner/name`.

    All times are the clock's, those of commits too. Safe to use while the app is being served.
    Raises GitError where git is missing or older than 2.38, which a real merge in a bare repository needs.
    """

    def __init__(self, root: Path, *, clock: Clock, requests_per_hour: int = 5000) -> None:
        require_git()
        self.clock: Final = clock
        self.world: Final = World(requests_per_hour=requests_per_hour)
        self._root: Final = root
        self._lock: Final = RLock()
        gate = Gate(self.world, clock, self._lock)
        self.app: Final[Starlette] = application(gate, self._lock)
        self.add_token(BOT_TOKEN, BOT_LOGIN)

    # Accounts

    def organization(self, login: str, *, teams: Iterable[str] = ()) -> Account:
        account = self._account(login, AccountKind.ORGANIZATION)
        for slug in teams:
            account.teams.setdefault(slug, Team(id=self.world.next_id(), slug=slug, name=slug))
        return account

    def user(self, login: str, *, name: str = "") -> Account:
        """A person, or by the ending `[bot]` a bot."""
        return self._account(login, AccountKind.BOT if login.endswith("[bot]") else AccountKind.USER, name)

    def _account(self, login: str, kind: AccountKind, name: str = "") -> Account:
        with self._lock:
            known = self.world.account(login)
            if known is None:
                known = Account(id=self.world.next_id(), login=login, kind=kind, name=name or login, created_at=self.clock())
                self.world.accounts[login.lower()] = known
            return known

    def add_token(self, text: str, login: str, *, may_write: bool = True) -> str:
        """The token, which is from now on good for whom `login` names."""
        self.world.tokens[text] = Token(account=self.user(login), may_write=may_write)
        return text

    def add_app(self, app_id: int, *, slug: str, installed_for: Iterable[str]) -> str:
        """The private key (PEM) of a new GitHub App, installed for these organisations."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        accounts = [self.organization(login) for login in installed_for]
        bot = self.user(f"{slug}[bot]")
        self.world.apps[str(app_id)] = App(
            id=app_id,
            slug=slug,
            public_key=public.decode(),
            bot=bot,
            owner=accounts[0] if accounts else bot,
            created_at=self.clock(),
            installations={self.world.next_id(): account for account in accounts},
        )
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return private.decode()

    # Repos

    def create_repo(
        self,
        owner: str,
        name: str,
        files: Mapping[str, bytes | str],
        *,
        topics: Iterable[str] = (),
        properties: Mapping[str, str | list[str] | None] | None = None,
        default_branch: str = "main",
        description: str | None = None,
        author: str | None = None,
        is_archived: bool = False,
        is_private: bool = False,
        created_at: datetime | None = None,
    ) -> Repo:
        """A repo, made at `created_at` or now, with these files as its first commit; none: it stays empty. Raises ValueError: it exists."""
        with self._lock:
            account = self.world.account(owner) or self.organization(owner)
            if self.world.repo(f"{owner}/{name}") is not None:
                raise ValueError(f"{owner}/{name} exists already; name another, or use commit_files()")
            now = created_at or self.clock()
            repo = Repo(
                id=self.world.next_id(),
                owner=account,
                name=name,
                store=GitStore.create(self._root / owner / f"{name}.git", default_branch=default_branch),
                default_branch=default_branch,
                description=description,
                topics=tuple(topics),
                properties=dict(properties or {}),
                is_private=is_private,
                created_at=now,
                updated_at=now,
                pushed_at=now,
            )
            self.world.repos[repo.full_name.lower()] = repo
            if files:
                self.commit_files(repo.full_name, files, message="Initial commit", author=author, at=now)
            repo.is_archived = is_archived
            return repo

    def repo(self, full_name: str) -> Repo:
        """Raises KeyError."""
        return self.world.repos[full_name.lower()]

    def commit_files(
        self,
        full_name: str,
        files: Mapping[str, bytes | str | None],
        *,
        message: str,
        author: str | None = None,
        branch: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """The new head of the branch, or of the default one. None removes a file; a new branch starts at the default one's head."""
        with self._lock:
            repo = self.repo(full_name)
            branch, now = branch or repo.default_branch, at or self.clock()
            me = person(self.user(author or f"{repo.owner.login}-developer"), now)
            changes = [Change(path=path, content=text.encode() if isinstance(text, str) else text) for path, text in files.items()]
            parent = repo.store.head(branch)
            if parent is None and (start := repo.store.head(repo.default_branch)) is not None:
                repo.store.update_ref(f"refs/heads/{branch}", start)
                parent = start
            head = repo.store.commit_changes(branch, changes, Signature(message=message, author=me, committer=me), parent=parent)
            follow(repo, now)
            return head

    def read_file(self, full_name: str, path: str, *, ref: str | None = None) -> bytes | None:
        """None: no such file there."""
        with self._lock:
            repo = self.repo(full_name)
            commit = repo.store.commit_id(ref or repo.default_branch)
            entry = None if commit is None else repo.store.entry(commit, path)
            return None if entry is None or entry.kind != "blob" else repo.store.blob(entry.sha)

    def add_tag(self, full_name: str, tag: str, *, ref: str | None = None) -> None:
        """A light tag at a branch or commit, else at the default branch's head. Raises ValueError: no such commit."""
        with self._lock:
            repo = self.repo(full_name)
            commit = repo.store.commit_id(ref or repo.default_branch)
            if commit is None:
                raise ValueError(f"{full_name} has no commit {ref or repo.default_branch}; commit something first")
            repo.store.update_ref(f"refs/tags/{tag}", commit)

    def add_release(
        self,
        full_name: str,
        tag: str,
        *,
        body: str = "",
        name: str | None = None,
        author: str | None = None,
        is_prerelease: bool = False,
        published_at: datetime | None = None,
    ) -> Release:
        """Published now unless told otherwise; the tag is made where it is missing and the repo has a commit."""
        with self._lock:
            repo, at = self.repo(full_name), published_at or self.clock()
            if tag not in repo.store.tags() and repo.store.head(repo.default_branch) is not None:
                self.add_tag(full_name, tag)
            release = Release(
                id=self.world.next_id(),
                tag=tag,
                target=repo.default_branch,
                name=name or tag,
                body=body,
                is_draft=False,
                is_prerelease=is_prerelease,
                author=self.user(author or f"{repo.owner.login}-developer"),
                created_at=at,
                published_at=at,
            )
            repo.releases.append(release)
            return release

    def record_deployment(self, owner: str, cluster: str, environment: str, digest: str, name: str) -> Record:
        """What another program tells linked artifacts: a digest runs there now."""
        with self._lock:
            now = self.clock()
            made = Record(
                id=self.world.next_id(),
                digest=digest,
                logical_environment=environment,
                physical_environment="",
                cluster=cluster,
                deployment_name=name,
                status="deployed",
                tags={},
                created_at=now,
                updated_at=now,
            )
            self.world.records.setdefault(owner.lower(), []).append(made)
            return made

    def attest(
        self,
        full_name: str,
        digest: str,
        predicate: Mapping[str, Any] | None,
        *,
        name: str = "",
        kind: str = "provenance",
        predicate_type: str = "https://slsa.dev/provenance/v1",
    ) -> None:
        """A workflow of the repo says how the artifact at a digest was made; of None GitHub tells where the bundle lies alone."""
        with self._lock:
            repo = self.repo(full_name)
            bundle = None if predicate is None else bundle_of(name or full_name, digest, predicate, predicate_type)
            made = Attestation(repo_id=repo.id, digest=digest, predicate_type=kind, bundle=bundle)
            self.world.attestations.setdefault(repo.owner.login.lower(), []).append(made)

    def upload(self, full_name: str, name: str, data: bytes, *, run: int, is_of_fork: bool = False) -> Artifact:
        """A run uploads an archive."""
        with self._lock:
            repo = self.repo(full_name)
            found = next(one for one in repo.runs if one.id == run)
            made = Artifact(id=self.world.next_id(), name=name, run=found, data=data, created_at=self.clock(), is_of_fork=is_of_fork)
            repo.artifacts.append(made)
            return made

    def deploy(self, full_name: str, environment: str, *, commit: str | None = None, state: str = "SUCCESS", payload: str = "") -> str:
        """A deployment of a commit, else of the default branch's head, that is in this state now; the commit."""
        with self._lock:
            repo = self.repo(full_name)
            deployed = commit or repo.store.head(repo.default_branch) or ""
            made = Deployment(
                id=self.world.next_id(),
                environment=environment,
                commit=deployed,
                state=state,
                payload=payload,
                created_at=self.clock(),
            )
            repo.deployments.append(made)
            return deployed

    def end_run(self, full_name: str, run: int, conclusion: str = "success") -> WorkflowRun:
        """A run of a workflow is over. Raises KeyError: there is none of that number."""
        with self._lock:
            found = next((one for one in self.repo(full_name).runs if one.id == run), None)
            if found is None:
                raise KeyError(f"{full_name} has no run {run}")
            found.status, found.conclusion, found.updated_at = "completed", conclusion, self.clock()
            return found

    def add_milestone(self, full_name: str, title: str, *, is_open: bool = True) -> int:
        """Its number."""
        with self._lock:
            repo = self.repo(full_name)
            made = Milestone(
                id=self.world.next_id(),
                number=len(repo.milestones) + 1,
                title=title,
                creator=repo.owner,
                created_at=self.clock(),
                is_open=is_open,
            )
            repo.milestones.append(made)
            return made.number

    def archive(self, full_name: str) -> None:
        self.repo(full_name).is_archived = True

    # What people do with issues and pull requests

    def issue(self, full_name: str, number: int) -> Issue:
        """An issue or pull request. Raises KeyError."""
        return self.repo(full_name).issues[number]

    def _pull(self, full_name: str, number: int) -> tuple[Repo, Issue, Pull]:
        repo = self.repo(full_name)
        issue = repo.issues[number]
        if issue.pull is None:
            raise KeyError(f"{full_name}#{number} is an issue, no pull request")
        return repo, issue, issue.pull

    def merge_pull_request(self, full_name: str, number: int, *, by: str, method: MergeMethod = MergeMethod.MERGE) -> str:
        """The commit that the base then stands at. Raises NotMergeableError."""
        with self._lock:
            repo, issue, pull = self._pull(full_name, number)
            return merge(repo, issue, pull, method=method, by=self.user(by), now=self.clock())

    def set_check(self, full_name: str, number: int, state: str, *, name: str = "build") -> None:
        """What a check says of the newest commit of a pull request: one of `CHECK_STATES`."""
        with self._lock:
            repo, _, pull = self._pull(full_name, number)
            repo.checks.setdefault(pull.head_sha, {})[name] = state
            merge_what_is_ready(repo, self.clock())

    def review(self, full_name: str, number: int, word: str, *, by: str) -> None:
        """What somebody says of a pull request: `APPROVED` or `CHANGES_REQUESTED`. Who answered is asked no more."""
        with self._lock:
            _, issue, pull = self._pull(full_name, number)
            who, issue.updated_at = self.user(by), self.clock()
            pull.reviews[who] = word
            pull.reviewers = [one for one in pull.reviewers if one is not who]

    def protect(
        self,
        full_name: str,
        *checks: str,
        allows_auto_merge: bool = True,
        methods: Iterable[MergeMethod] = MergeMethod,
        has_ruleset: bool = False,
    ) -> None:
        """What the default branch requires from now on, by a ruleset or a classic protection, and how pull requests may be merged."""
        with self._lock:
            repo = self.repo(full_name)
            repo.required_checks, repo.allows_auto_merge, repo.merge_methods = frozenset(checks), allows_auto_merge, tuple(methods)
            repo.has_ruleset = has_ruleset

    def wish_auto_merge(self, full_name: str, number: int, *, by: str) -> None:
        """As a person turns it on."""
        with self._lock:
            repo, issue, pull = self._pull(full_name, number)
            pull.auto_merge, issue.updated_at = AutoMerge(by=self.user(by), method=repo.merge_methods[0]), self.clock()

    def stop_auto_merge(self, full_name: str, number: int, *, by: str) -> None:
        """As a person turns it off."""
        with self._lock:
            _, issue, pull = self._pull(full_name, number)
            pull.auto_merge, issue.updated_at = None, self.clock()
            pull.auto_merge_ends.append((self.user(by), issue.updated_at))

    def open_pull_request_from_fork(
        self, full_name: str, branch: str, files: Mapping[str, str], *, by: str, title: str, body: str
    ) -> Issue:
        """One against the default branch, from a branch of a fork."""
        with self._lock:
            repo, who, now = self.repo(full_name), self.user(by), self.clock()
            base = repo.store.head(repo.default_branch)
            if base is None:
                raise KeyError(f"{full_name} has no commit")
            me, theirs = person(who, now), f"fork-of-{who.login}"
            repo.store.update_ref(f"refs/heads/{theirs}", base)
            changes = [Change(path=path, content=text.encode()) for path, text in files.items()]
            head = repo.store.commit_changes(theirs, changes, Signature(message=title, author=me, committer=me), parent=base)
            repo.store.delete_ref(f"refs/heads/{theirs}")
            pull = Pull(head=branch, base=repo.default_branch, head_sha=head, base_sha=base, base_seen=base, is_from_fork=True)
            return add_pull(self.world, repo, pull, title=title, body=body, by=who, now=now)

    def set_base(self, full_name: str, number: int, branch: str) -> None:
        """Against another branch, as people choose it above a pull request."""
        with self._lock:
            repo, issue, pull = self._pull(full_name, number)
            set_base(repo, pull, branch)
            issue.updated_at = self.clock()

    def set_default_branch(self, full_name: str, branch: str) -> None:
        """A branch that exists; open pull requests keep their bases."""
        self.repo(full_name).default_branch = branch

    def rename_branch(self, full_name: str, old: str, new: str) -> None:
        """As GitHub renames one: whatever stood on it, the default branch and the bases of open pull requests too, goes by the new name."""
        with self._lock:
            repo = self.repo(full_name)
            head = repo.store.head(old)
            if head is None:
                raise KeyError(f"{full_name} has no branch {old}")
            repo.store.update_ref(f"refs/heads/{new}", head)
            for issue, pull in repo.pulls:
                if issue.is_open and pull.base == old:
                    pull.base = new
            if repo.default_branch == old:
                repo.default_branch = new
            repo.store.delete_ref(f"refs/heads/{old}")
            follow(repo, self.clock())

    def rename_repo(self, full_name: str, new: str) -> None:
        """To another `owner/name`; the old name leads there no more."""
        with self._lock:
            repo = self.world.repos.pop(full_name.lower())
            owner, _, repo.name = new.partition("/")
            repo.owner = self.world.account(owner) or self.organization(owner)
            self.world.repos[new.lower()] = repo

    def close_issue(self, full_name: str, number: int, *, by: str) -> None:
        """An issue or a pull request."""
        with self._lock:
            close(self.issue(full_name, number), self.clock(), self.user(by))

    def reopen(self, full_name: str, number: int) -> None:
        """As people do below a pull request whose branch is still there."""
        with self._lock:
            issue = self.issue(full_name, number)
            issue.closed_at, issue.closed_by, issue.updated_at = None, None, self.clock()

    def restore_branch(self, full_name: str, branch: str, head: str) -> None:
        """As the button below a closed pull request does."""
        with self._lock:
            self.repo(full_name).store.update_ref(f"refs/heads/{branch}", head)

    def delete_branch(self, full_name: str, branch: str) -> None:
        """As people do after a merge; an open pull request from it is closed by that."""
        with self._lock:
            repo = self.repo(full_name)
            repo.store.delete_ref(f"refs/heads/{branch}")
            follow(repo, self.clock())

    def comment(self, full_name: str, number: int, body: str, *, by: str) -> Comment:
        with self._lock:
            issue, now = self.issue(full_name, number), self.clock()
            comment = Comment(id=self.world.next_id(), author=self.user(by), body=body, created_at=now, updated_at=now)
            issue.comments.append(comment)
            issue.updated_at = now
            return comment

    def edit_comment(self, full_name: str, number: int, comment_id: int, body: str) -> None:
        """As whoever wrote it. Raises KeyError: there is no such comment."""
        with self._lock:
            issue, now = self.issue(full_name, number), self.clock()
            comment = {comment.id: comment for comment in issue.comments}[comment_id]
            comment.body, comment.updated_at, comment.edited_at, issue.updated_at = body, now, now, now

    def set_permission(self, full_name: str, login: str, permission: str) -> None:
        """What a person may do in a repo, in the words of `Repo.permissions`."""
        self.repo(full_name).permissions[self.user(login).login.lower()] = permission
