"""What the sandbox's GitHub knows besides git: accounts, repos, issues, pull requests, releases. Mutable, in memory."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any, Final

from bot.sandbox.github.git_store import GitStore


class AccountKind(StrEnum):
    """GitHub's own words."""

    USER = "User"
    ORGANIZATION = "Organization"
    BOT = "Bot"


@dataclass(slots=True, kw_only=True, eq=False)
class Account:
    id: int
    login: str
    kind: AccountKind
    name: str
    created_at: datetime
    teams: dict[str, "Team"] = field(default_factory=dict)

    @property
    def email(self) -> str:
        """The address that GitHub writes into the commits of who keeps theirs private."""
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(slots=True, kw_only=True, eq=False)
class Team:
    id: int
    slug: str
    name: str


@dataclass(slots=True, kw_only=True, eq=False)
class Label:
    id: int
    name: str
    color: str
    description: str | None


@dataclass(slots=True, kw_only=True, eq=False)
class Milestone:
    id: int
    number: int
    title: str
    creator: Account
    created_at: datetime
    is_open: bool = True


@dataclass(slots=True, kw_only=True, eq=False)
class Comment:
    id: int
    author: Account
    body: str
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None = None
    reactions: dict[str, list[Account]] = field(default_factory=dict)
    """By GraphQL's name of the reaction; each person once."""


class MergeMethod(StrEnum):
    """GitHub's own words."""

    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


@dataclass(slots=True, kw_only=True, eq=False)
class AutoMerge:
    """A wish that a pull request be merged once all that its base requires is there."""

    by: Account
    method: MergeMethod


@dataclass(slots=True, kw_only=True, eq=False)
class Pull:
    """What a pull request has beyond an issue. Head and base are followed by `bot.sandbox.github.follow`."""

    head: str
    """The branch, in the repo itself or in the fork."""
    base: str
    head_sha: str
    base_sha: str
    """The base's head when the head last moved, as on GitHub: not where the base stands now."""
    base_seen: str
    """Where the base stood when it was last followed."""
    is_draft: bool = False
    is_from_fork: bool = False
    """Its branch is in another repo, which the sandbox does not keep: its commits lie here."""
    merged_at: datetime | None = None
    merged_by: Account | None = None
    merge_commit: str | None = None
    auto_merge: AutoMerge | None = None
    is_queued: bool = False
    """In the merge queue of its base, which takes the wish for an auto-merge away."""
    auto_merge_ends: list[tuple[Account | None, datetime]] = field(default_factory=list)
    """Each time that it was turned off: by whom, and when."""
    reviewers: list[Account] = field(default_factory=list)
    team_reviewers: list[Team] = field(default_factory=list)
    reviews: dict[Account, str] = field(default_factory=dict)
    """The last word of each: `APPROVED` or `CHANGES_REQUESTED`."""


@dataclass(slots=True, kw_only=True, eq=False)
class Issue:
    """An issue, or with `pull` a pull request: GitHub numbers both together."""

    id: int
    number: int
    author: Account
    title: str
    body: str | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    closed_by: Account | None = None
    state_reason: str | None = None
    is_locked: bool = False
    labels: list[Label] = field(default_factory=list)
    labellings: list[tuple[Label, datetime]] = field(default_factory=list)
    """Each label that was ever put on it, and when: they stay when the label is taken away."""
    assignees: list[Account] = field(default_factory=list)
    milestone: Milestone | None = None
    comments: list[Comment] = field(default_factory=list)
    pull: Pull | None = None
    parent: "Issue | None" = None
    sub_issues: "list[Issue]" = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def state(self) -> str:
        return "open" if self.is_open else "closed"


@dataclass(slots=True, kw_only=True, eq=False)
class Release:
    id: int
    tag: str
    target: str
    name: str | None
    body: str | None
    is_draft: bool
    is_prerelease: bool
    author: Account
    created_at: datetime
    published_at: datetime | None


@dataclass(slots=True, kw_only=True, eq=False)
class Deployment:
    """One to an environment, with its newest status."""

    id: int
    environment: str
    commit: str
    state: str
    """Of the status, in the words of GraphQL's `DeploymentStatusState`."""
    payload: str
    created_at: datetime


COMPLETED: Final = frozenset({"SUCCESS", "FAILURE", "ERROR", "INACTIVE"})
"""States in which a deployment has ended."""


@dataclass(slots=True, kw_only=True, eq=False)
class Record:
    """A deployment record of an organisation's linked artifacts."""

    id: int
    digest: str
    logical_environment: str
    physical_environment: str
    cluster: str
    deployment_name: str
    status: str
    tags: dict[str, str]
    created_at: datetime
    updated_at: datetime

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What one of them takes the place of another by."""
        return self.logical_environment, self.physical_environment, self.cluster, self.deployment_name


@dataclass(slots=True, kw_only=True, eq=False)
class StorageRecord:
    """A storage record of an organisation's linked artifacts."""

    id: int
    name: str
    digest: str
    registry_url: str
    repository: str | None
    artifact_url: str | None
    status: str
    created_at: datetime
    updated_at: datetime

    @property
    def place(self) -> tuple[str, str, str, str | None]:
        """What one of them takes the place of another by."""
        return self.name, self.digest, self.registry_url, self.repository


@dataclass(slots=True, kw_only=True, eq=False)
class Attestation:
    """What GitHub keeps of how an artifact was made."""

    repo_id: int
    digest: str
    predicate_type: str
    """In a word: `provenance`, `sbom`, `release`, or as it was written."""
    bundle: dict[str, Any] | None
    """None: only its address is told."""


@dataclass(slots=True, kw_only=True, eq=False)
class WorkflowRun:
    """What a workflow was started for. It ends when somebody ends it."""

    id: int
    number: int
    path: str
    name: str
    event: str
    ref: str
    head_sha: str
    actor: Account
    created_at: datetime
    updated_at: datetime
    display_title: str
    inputs: dict[str, str]
    status: str = "queued"
    """`queued`, `in_progress` or `completed`."""
    conclusion: str | None = None
    """`success`, `failure`, `cancelled`, ..., once it is completed."""


@dataclass(kw_only=True)
class Artifact:
    """What a run uploaded."""

    id: int
    name: str
    run: WorkflowRun
    data: bytes
    """The zip archive."""
    created_at: datetime
    is_expired: bool = False
    is_of_fork: bool = False


class RunDetails(StrEnum):
    """What is made of `return_run_details`, which GitHub Enterprise Server up to 3.19 does not know."""

    TOLD = "told"
    IGNORED = "ignored"
    REFUSED = "refused"


CHECK_STATES: Final = ("FAILURE", "ERROR", "EXPECTED", "PENDING", "SUCCESS")
"""GraphQL's words for what a check run or a status says; of several the first one counts."""


@dataclass(slots=True, kw_only=True, eq=False)
class Repo:
    id: int
    owner: Account
    name: str
    store: GitStore
    default_branch: str
    created_at: datetime
    updated_at: datetime
    pushed_at: datetime
    description: str | None = None
    topics: tuple[str, ...] = ()
    properties: dict[str, str | list[str] | None] = field(default_factory=dict)
    """Custom ones; None: not set."""
    is_private: bool = False
    is_archived: bool = False
    labels: dict[str, Label] = field(default_factory=dict)
    """By lower-case name: GitHub's labels differ in more than case."""
    issues: dict[int, Issue] = field(default_factory=dict)
    """By number, pull requests too."""
    milestones: list[Milestone] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    checks: dict[str, dict[str, str]] = field(default_factory=dict)
    """By commit and name: one of `CHECK_STATES`."""
    statuses: set[str] = field(default_factory=set)
    """Names of checks that are commit statuses, and no check runs."""
    unknown_owners: tuple[str, ...] = ()
    """What its CODEOWNERS names and nobody is."""
    required_approvals: int = 0
    """That the protection of the default branch asks for."""
    required_checks: frozenset[str] = frozenset()
    """What the protection of the default branch asks for before a merge."""
    has_ruleset: bool = False
    """Whether that is a ruleset, and no classic protection."""
    merge_methods: tuple[MergeMethod, ...] = tuple(MergeMethod)
    """Those that are allowed; the first is the default."""
    allows_auto_merge: bool = False
    kept_from_making: tuple[str, ...] = ()
    """Patterns over branches that nobody may make: a ruleset with "Restrict creations"."""
    allows_drafts: bool = True
    """Private repos of some plans do not."""
    has_issues: bool = True
    has_pull_requests: bool = True
    workflow_ids: dict[str, int] = field(default_factory=dict)
    """By the path of the file, as far as they were met."""
    runs: list[WorkflowRun] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    permissions: dict[str, str] = field(default_factory=dict)
    """By lower-case login: `admin`, `maintain`, `write`, `triage`, `read` or `none`; of people who are not named here: `write`."""

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    @property
    def pulls(self) -> list[tuple[Issue, Pull]]:
        return [(issue, issue.pull) for issue in self.issues.values() if issue.pull is not None]


@dataclass(slots=True, kw_only=True, eq=False)
class Limit:
    """A budget of requests an hour."""

    limit: int
    used: int = 0
    resets_at: datetime | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Token:
    """A credential, and whose it is."""

    account: Account
    may_write: bool = True
    installed_for: Account | None = None
    """Of an App's token: the owner whose repos alone it may change, and see where they are private."""
    scopes: tuple[str, ...] | None = None
    """Of a classic token, in a header of each answer; None: it is none."""
    may_read_properties: bool = True
    """The custom properties of an organisation's repos."""
    may_not_change: set[str] = field(default_factory=set)
    """Repos, by their full names in small letters, that it may only read."""
    may_read_records: bool = True
    """Of linked artifacts; on a GitHub that has none of them nobody may."""
    may_read_attestations: bool = True
    may_read_checks: bool = True
    """Of an App: the permissions checks and commit statuses, both."""
    may_start_workflows: bool = True
    """Of an App: the permission actions, to write."""
    limits: dict[str, Limit] = field(default_factory=dict)

    def may_see(self, repo: "Repo") -> bool:
        return not repo.is_private or self._is_for(repo)

    def may_change(self, repo: "Repo") -> bool:
        return self.may_write and self._is_for(repo) and repo.full_name.lower() not in self.may_not_change

    def _is_for(self, repo: "Repo") -> bool:
        return self.installed_for is None or repo.owner is self.installed_for


APP_PERMISSIONS: Final = {"contents": "write", "issues": "write", "metadata": "read", "pull_requests": "write"}


@dataclass(slots=True, kw_only=True, eq=False)
class App:
    """A GitHub App. It signs its requests with a private key, whose public half the sandbox keeps."""

    id: int
    slug: str
    public_key: str
    bot: Account
    owner: Account
    created_at: datetime
    installations: dict[int, Account] = field(default_factory=dict)
    """The account that each is for, by number."""
    permissions: dict[str, str] = field(default_factory=lambda: dict(APP_PERMISSIONS))
    """Of every installation; told, and not acted upon."""
    is_suspended: bool = False
    is_of_all_repos: bool = True


FIRST_ID: Final = 1000


@dataclass(slots=True, kw_only=True, eq=False)
class World:
    """Everything, by the names that people use, in lower case: GitHub's names differ in more than case."""

    requests_per_hour: int = 5000
    """Of each token, for REST and for GraphQL."""
    token_lifetime: timedelta = timedelta(hours=1)
    """Of an App's tokens."""
    artifact_storage: str = "http://127.0.0.1:9"
    """Where the archives of artifacts lie: another host than GitHub's own."""
    run_details: RunDetails = RunDetails.TOLD
    accounts: dict[str, Account] = field(default_factory=dict)
    repos: dict[str, Repo] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    records: dict[str, list[Record]] = field(default_factory=dict)
    """By the organisation's login in small letters."""
    storage_records: dict[str, list[StorageRecord]] = field(default_factory=dict)
    """By the organisation's login in small letters."""
    attestations: dict[str, list[Attestation]] = field(default_factory=dict)
    """By the owner's login in small letters."""
    has_attestations: bool = True
    """Enterprise Server has none."""
    apps: dict[str, App] = field(default_factory=dict)
    """By their number as text: the issuer in an App's assertion."""
    ids: "count[int]" = field(default_factory=lambda: count(FIRST_ID))

    def next_id(self) -> int:
        return next(self.ids)

    def account(self, login: str) -> Account | None:
        return self.accounts.get(login.lower())

    def repo(self, full_name: str) -> Repo | None:
        return self.repos.get(full_name.lower())

    def repos_of(self, owner: Account) -> list[Repo]:
        return sorted((repo for repo in self.repos.values() if repo.owner is owner), key=lambda repo: repo.name.lower())
