"""Proposals as branches in clones, and their files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Final

import structlog
from filelock import FileLock, Timeout

from bot.clients.folders.clone import BOT_EMAIL, Clone, Ref
from bot.clients.folders.fate import after_a_look
from bot.clients.folders.fleet import Fleet, Found
from bot.clients.folders.records import Record, Records, Remark, labelled
from bot.clients.folders.trees import Entry, blob_id
from bot.clients.private import private_folder
from bot.model.comment import Comment, Thread
from bot.model.failure import Failure, told
from bot.model.fleet import Repo
from bot.model.forge import BranchState, ForgeError, StaleHeadError
from bot.model.pull_request import Proposal, PullRequest, PullRequestState

log = structlog.get_logger()

_LOCK: Final = ".lock"
_PATIENCE: Final = timedelta(minutes=1)
_REGULAR: Final = frozenset({"100644", "100755"})


class Proposals:
    """As `bot.propose.forge.Forge` wants them. In a dry run nothing is written."""

    def __init__(self, folder: Path, fleet: Fleet, *, now: Callable[[], datetime], is_dry_run: bool) -> None:
        self._folder: Final = folder
        self._fleet: Final = fleet
        self._records: Final = Records(folder)
        self._now: Final = now
        self._is_dry_run: Final = is_dry_run

    def pull_requests(self, repos: Sequence[Repo], *, branch_prefix: str) -> Mapping[str, Sequence[PullRequest] | Failure]:
        found: dict[str, Sequence[PullRequest] | Failure] = {}
        for repo in repos:
            try:
                found[repo.full_name] = self._pull_requests(repo.full_name, branch_prefix)
            except ForgeError as error:
                found[repo.full_name] = Failure(where=repo.full_name, what=told(error, where=repo.full_name))
        return found

    def _pull_requests(self, name: str, branch_prefix: str) -> tuple[PullRequest, ...]:
        """What became of them meanwhile is written into their files."""
        at = self._fleet.at(name)
        pulls = []
        for record in self._records.of(at.repo.full_name):
            if not record.branch.startswith(branch_prefix):
                continue
            branch = at.clone.branch(record.branch)
            seen = after_a_look(record, at.clone, branch, self._base_head(at, record.base), self._now())
            if seen != record and not self._is_dry_run:
                with self.held():
                    self._write(at, seen)
            if not self._is_dry_run:
                self._finish_closing(at, seen, branch)
            pulls.append(self._pull_request(at, seen, branch))
        return tuple(pulls)

    def _finish_closing(self, at: Found, record: Record, branch: Ref | None) -> None:
        """A run that closed it may have been cut off before it deleted the branch."""
        if record.state is PullRequestState.CLOSED and record.closed_by and branch is not None and branch.commit == record.head:
            try:
                self._delete_branch(at, record.branch, record.head)
            except ForgeError as error:
                log.warning("branch.left", repo=record.repo, branch=record.branch, error=str(error))

    def _pull_request(self, at: Found, record: Record, branch: Ref | None) -> PullRequest:
        base_head, is_open = self._base_head(at, record.base), record.state is PullRequestState.OPEN
        head = record.head if branch is None else branch.commit
        authors = at.clone.authors(base_head, head) if is_open and branch is not None else frozenset()
        return PullRequest(
            repo=record.repo,
            number=record.number,
            url=self._records.path(record).as_uri(),
            state=record.state,
            branch=record.branch,
            base=record.base,
            title=record.title,
            body=record.body,
            head=head,
            labels=frozenset(record.labels),
            created_at=record.opened_at,
            updated_at=record.updated_at,
            merged_at=record.merged_at,
            closed_at=None if is_open else record.closed_at,
            merge_commit=record.merge_commit or None,
            author=BOT_EMAIL,
            authors=authors,
            has_conflict=is_open and branch is not None and at.clone.conflicts(base_head, head),
            closed_by=record.closed_by or None,
            labels_ever=frozenset(record.labels_ever) | frozenset(record.labels),
            node_id=f"{record.repo}#{record.number}",
            comments=len(record.remarks),
        )

    def branch(self, repo: str, branch: str, *, base: str) -> BranchState | None:
        at = self._fleet.at(repo)
        there = at.clone.branch(branch)
        if there is None:
            return None
        return BranchState(head=there.commit, authors=at.clone.authors(self._base_head(at, base), there.commit))

    def _base_head(self, at: Found, base: str) -> str:
        """The head of a base; of one that is gone, of the default branch."""
        if base == at.repo.default_branch:
            return at.repo.head
        there = at.clone.branch(base)
        return at.repo.head if there is None else there.commit

    def write(self, proposal: Proposal, *, replacing: str | None) -> PullRequest:
        """The commit, then the branch, then the file: a run that is cut off in between is taken up by the next at its branch."""
        at = self._fleet.at(proposal.repo)
        with self.held():
            modes = _modes(at.clone, proposal)
            wanted = {change.path: Entry(mode=modes[change.path], blob=blob_id(change.new)) for change in proposal.changes}
            there = at.clone.branch(proposal.branch)
            head = there.commit if there else None
            if head is None or not at.clone.is_one_commit(head, on=proposal.base_head, files=wanted):
                if head != replacing:
                    what = f"somebody moved the branch {proposal.branch} just now"
                    raise StaleHeadError(f"{proposal.repo}: {what}. Run again.", is_temporary=True)
                made = {change.path: (modes[change.path], change.new) for change in proposal.changes}
                commit = at.clone.commit(proposal.base_head, made, message=proposal.commit_message, at=self._now())
                at.clone.move(proposal.branch, commit, old=head)
                head = commit
            record = self._write(at, self._recorded(at, proposal, head))
        return self._pull_request(at, record, Ref(commit=head))

    def _recorded(self, at: Found, proposal: Proposal, head: str) -> Record:
        name, now = at.repo.full_name, self._now()
        open_ = [one for one in self._records.of(name) if one.branch == proposal.branch and one.state is PullRequestState.OPEN]
        if not open_:
            return Record(
                repo=name,
                number=self._records.next_number(name),
                state=PullRequestState.OPEN,
                branch=proposal.branch,
                base=proposal.base,
                base_head=proposal.base_head,
                head=head,
                title=proposal.title,
                body=proposal.body,
                opened_at=now,
                updated_at=now,
            )
        changed = replace(open_[0], base=proposal.base, base_head=proposal.base_head, head=head, title=proposal.title, body=proposal.body)
        return open_[0] if changed == open_[0] else replace(changed, updated_at=now)

    def edit_text(self, pull_request: PullRequest, *, title: str, body: str) -> None:
        self._change(pull_request, lambda record: replace(record, title=title, body=body))

    def put_labels(self, wanted: Sequence[tuple[PullRequest, Sequence[str]]]) -> Sequence[Failure]:
        failures = []
        for pull, labels in wanted:
            try:
                self._change(pull, lambda record, labels=labels: labelled(record, labels))  # type: ignore[misc]
            except ForgeError as error:
                failures.append(Failure(where=f"{pull.repo}#{pull.number}", what=told(error)))
        return failures

    def name_reviewers(self, pull_request: PullRequest, reviewers: Sequence[str]) -> None:
        """Write who was to be asked."""
        self._change(pull_request, lambda record: replace(record, reviewers=tuple(dict.fromkeys((*record.reviewers, *reviewers)))))

    def name_assignees(self, pull_request: PullRequest, people: Sequence[str]) -> None:
        self._change(pull_request, lambda record: replace(record, assignees=tuple(dict.fromkeys((*record.assignees, *people)))))

    def name_milestone(self, pull_request: PullRequest, title: str) -> None:
        self._change(pull_request, lambda record: replace(record, milestone=title))

    def close(self, pull_request: PullRequest, *, comment: str) -> None:
        """The file, then the branch: a branch that is gone while its file says open would be a person's no."""
        at = self._fleet.at(pull_request.repo)
        there = at.clone.branch(pull_request.branch)
        if there is not None and there.commit != pull_request.head:
            what = f"the branch {pull_request.branch} has moved since it was looked at"
            raise StaleHeadError(f"{pull_request.repo}: {what}. Run again later.", is_temporary=True)
        if there is not None and there.checked_out_at:
            what = f"the branch {pull_request.branch} is checked out in {there.checked_out_at}"
            raise ForgeError(f"{pull_request.repo}: {what}. Check another one out there.")

        def closed(record: Record) -> Record:
            if record.state is not PullRequestState.OPEN:
                return record
            remarks = (*record.remarks, Remark(at=self._now(), text=comment)) if comment else record.remarks
            # Its head is the one that was looked at: by that the next run tells what is left to be deleted.
            return replace(
                record,
                state=PullRequestState.CLOSED,
                closed_at=self._now(),
                closed_by=BOT_EMAIL,
                remarks=remarks,
                head=pull_request.head,
            )

        self._change(pull_request, closed)
        if there is not None:
            self._delete_branch(at, pull_request.branch, pull_request.head)

    def _delete_branch(self, at: Found, branch: str, head: str) -> None:
        with self.held():
            at.clone.move(branch, None, old=head)

    def remarks(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, Thread | Failure]:
        """By the file's address, what the bot itself wrote."""
        found: dict[str, Thread | Failure] = {}
        for pull in pull_requests:
            try:
                remarks = self._record(pull).remarks
            except ForgeError as error:
                found[pull.url] = Failure(where=f"{pull.repo}#{pull.number}", what=told(error))
                continue
            found[pull.url] = Thread(
                comments=tuple(
                    Comment(node_id=f"{pull.node_id}/{place}", author=BOT_EMAIL, is_by_person=False, body=one.text, written_at=one.at)
                    for place, one in enumerate(remarks)
                )
            )
        return found

    def remark(self, pull_request: PullRequest, body: str) -> None:
        """Write below the text of the file."""
        self._change(pull_request, lambda record: replace(record, remarks=(*record.remarks, Remark(at=self._now(), text=body))))

    def _record(self, pull: PullRequest) -> Record:
        name = self._fleet.at(pull.repo).repo.full_name
        found = next((record for record in self._records.of(name) if record.number == pull.number), None)
        if found is None:
            raise ForgeError(f"{pull.repo}#{pull.number}: its file is gone. Run again.", is_temporary=True)
        return found

    def _change(self, pull: PullRequest, change: Callable[[Record], Record]) -> None:
        with self.held():
            record = self._record(pull)
            changed = change(record)
            if changed != record:
                self._write(self._fleet.at(pull.repo), replace(changed, updated_at=self._now()))

    def _write(self, at: Found, record: Record) -> Record:
        return self._records.write(record, clone=at.clone.place.path)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else of the bot's writes meanwhile."""
        if self._is_dry_run:
            raise ForgeError("a dry run writes nothing.")
        try:
            private_folder(self._folder)
            lock = FileLock(self._folder / _LOCK, thread_local=False).acquire(timeout=_PATIENCE.total_seconds())
        except Timeout as error:
            raise ForgeError(f"{self._folder}: another run writes there. Run again later.", is_temporary=True) from error
        except OSError as error:
            raise ForgeError(f"{self._folder} can't be written: {error.strerror}. Let the bot write there.") from error
        with lock:
            yield


def _modes(clone: Clone, proposal: Proposal) -> dict[PurePosixPath, str]:
    """Of the changed files. Raises StaleHeadError where one at the base is not what its change was made from."""
    entries = clone.entries(proposal.base_head, [change.path for change in proposal.changes])
    for change in proposal.changes:
        entry = entries.get(change.path)
        if entry is None or entry.blob != blob_id(change.old):
            what = f"{change.path} at {proposal.base_head[:12]} is not what was read"
            raise StaleHeadError(f"{proposal.repo}: {what}. Read the repo again.")
        if entry.mode not in _REGULAR:
            raise ForgeError(f"{proposal.repo}: {change.path} is no regular file (mode {entry.mode}). Leave it out of the search.")
    return {path: entry.mode for path, entry in entries.items()}
