"""The Markdown files of proposals: one for each, in a folder for each repo, by their numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, assert_never

from bot.clients.folders.files import Fact, Facts, read_document, write_document, written
from bot.model.forge import ForgeError
from bot.model.pull_request import PullRequestState

_FILE: Final = re.compile(r"(?P<number>[0-9]{1,9})-[A-Za-z0-9._-]{1,100}\.md")
_COMMENT: Final = re.compile(r"\n<!-- rebuild-bot:comment (?P<at>[0-9T:+.-]{10,40}) -->\n")
_HINT: Final = re.compile(r"> [^\n]*\n\n")
_MAX_SLUG: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What the bot itself wrote below a proposal."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A proposal as its file says it is."""

    repo: str
    number: int
    state: PullRequestState
    branch: str
    base: str
    base_head: str
    """Commit of the base that it was made on."""
    head: str
    """Commit of the bot's."""
    title: str
    body: str
    opened_at: datetime
    updated_at: datetime
    labels: tuple[str, ...] = ()
    labels_ever: tuple[str, ...] = ()
    """Also those that people took away."""
    reviewers: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    milestone: str = ""
    merged_at: datetime | None = None
    merge_commit: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""
    """The bot's address; empty: a person."""
    remarks: tuple[Remark, ...] = ()


class Records:
    """The folder of all of them. Raises ForgeError where a file can't be read or written."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder

    def path(self, record: Record) -> Path:
        slug = re.sub(r"[^A-Za-z0-9._]+", "-", record.branch)[:_MAX_SLUG].strip("-.") or "branch"
        return self.folder(record.repo) / f"{record.number}-{slug}.md"

    def folder(self, repo: str) -> Path:
        """`repo` is a name that was checked."""
        return self._folder / repo

    def of(self, repo: str) -> list[Record]:
        """Newest first."""
        return [_read(file, repo, number) for number, file in sorted(self._files(repo), reverse=True)]

    def next_number(self, repo: str) -> int:
        return max((number for number, _ in self._files(repo)), default=0) + 1

    def _files(self, repo: str) -> list[tuple[int, Path]]:
        try:
            names = [(file, _FILE.fullmatch(file.name)) for file in self.folder(repo).iterdir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ForgeError(f"{self.folder(repo)} can't be read: {error.strerror}. Let the bot read it.") from error
        return [(int(match["number"]), file) for file, match in names if match]

    def write(self, record: Record, *, clone: Path) -> Record:
        """The same; `clone` is where its branch is."""
        facts: dict[str, Fact] = {
            "repo": record.repo,
            "number": record.number,
            "state": record.state.value,
            "branch": record.branch,
            "base": record.base,
            "base_head": record.base_head,
            "head": record.head,
            "labels": list(record.labels),
            "labels_ever": list(record.labels_ever),
            "reviewers": list(record.reviewers),
            "assignees": list(record.assignees),
            "milestone": record.milestone,
            "opened_at": written(record.opened_at),
            "updated_at": written(record.updated_at),
            "merged_at": written(record.merged_at),
            "merge_commit": record.merge_commit,
            "closed_at": written(record.closed_at),
            "closed_by": record.closed_by,
        }
        remarks = "".join(f"\n<!-- rebuild-bot:comment {written(remark.at)} -->\n{remark.text}" for remark in record.remarks)
        shown = {key: value for key, value in facts.items() if value not in ("", [])}
        write_document(self.path(record), shown, title=record.title, text=f"{_hint(record, clone)}{record.body}{remarks}")
        return record


def _hint(record: Record, clone: Path) -> str:
    """What a reader may do; one line above the body."""
    where = f"Branch `{record.branch}` in `{str(clone).replace('`', '')}`, for `{record.base}`."
    match record.state:
        case PullRequestState.OPEN:
            no = "to decline it, delete the branch or write `state: closed` above. Commands are not read here."
            what = f"`git merge {record.branch}` takes it; {no}"
        case PullRequestState.MERGED:
            what = "Merged."
        case PullRequestState.CLOSED:
            until = "until another line of versions is out or a worse hole is to be closed (holes not known: until the next release)"
            what = "Closed by the bot itself." if record.closed_by else f"Declined: not asked for again {until}."
        case _:
            assert_never(record.state)
    return f"> {where} {what}\n\n"


def _read(file: Path, repo: str, number: int) -> Record:
    document = read_document(file)
    facts = Facts(document.facts)
    try:
        state = PullRequestState(facts.text("state").lower())
        opened_at = facts.known_moment("opened_at")
        body, *remarks = _COMMENT.split(_HINT.sub("", document.text, count=1) if _HINT.match(document.text) else document.text)
        return Record(
            repo=repo,
            number=number,
            state=state,
            branch=facts.text("branch"),
            base=facts.text("base"),
            base_head=facts.commit("base_head"),
            head=facts.commit("head"),
            title=document.title,
            body=body,
            labels=facts.texts("labels"),
            labels_ever=facts.texts("labels_ever"),
            reviewers=facts.texts("reviewers"),
            assignees=facts.texts("assignees"),
            milestone=facts.text("milestone"),
            opened_at=opened_at,
            updated_at=facts.moment("updated_at") or opened_at,
            merged_at=facts.moment("merged_at"),
            merge_commit=facts.text("merge_commit"),
            closed_at=facts.moment("closed_at"),
            closed_by=facts.text("closed_by"),
            remarks=_remarks(remarks),
        )
    except ValueError as error:
        raise ForgeError(f"{file} can't be read: {error}. Mend it, or delete it together with its branch.") from error


def _remarks(parts: Sequence[str]) -> tuple[Remark, ...]:
    return tuple(Remark(at=datetime.fromisoformat(at), text=text) for at, text in zip(parts[::2], parts[1::2], strict=True))


def labelled(record: Record, labels: Sequence[str]) -> Record:
    """With more labels."""
    return replace(
        record, labels=tuple(dict.fromkeys((*record.labels, *labels))), labels_ever=tuple(dict.fromkeys((*record.labels_ever, *labels)))
    )
