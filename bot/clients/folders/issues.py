"""Issues as Markdown files, in a folder of each repo."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.clients.folders.files import Fact, Facts, read_document, write_document, written
from bot.model.forge import ForgeError, Issue, IssueComment

_FILE: Final = re.compile(r"(?P<number>[0-9]{1,9})\.md")


class Issues:
    """Raises ForgeError where a file can't be read or written. Repos have names that were checked."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder

    def find(self, repo: str, marker: str) -> Issue | None:
        """The newest one that holds the marker, open before closed."""
        holding = [issue for issue in self._all(repo) if marker in issue.body]
        return max(holding, key=lambda issue: (issue.is_open, issue.number), default=None)

    def open(self, repo: str, *, title: str, body: str, labels: Iterable[str], now: datetime) -> Issue:
        number = max((issue.number for issue in self._all(repo)), default=0) + 1
        issue = Issue(
            number=number,
            url=self._path(repo, number).as_uri(),
            title=title,
            body=body,
            is_open=True,
            labels=frozenset(labels),
            updated_at=now,
            id=number,
        )
        self._write(repo, issue)
        return issue

    def edit(self, repo: str, number: int, *, title: str, body: str, is_open: bool, now: datetime) -> None:
        before = self._read(repo, self._path(repo, number))
        after = replace(before, title=title, body=body, is_open=is_open)
        if after != before:
            self._write(repo, replace(after, updated_at=now))

    def find_all(self, repo: str, marker_begins: str) -> list[Issue]:
        """Those whose text begins so."""
        return [issue for issue in self._all(repo) if issue.body.startswith(marker_begins)]

    def beneath(self, repo: str, number: int) -> list[int]:
        """Those that name it as their parent."""
        files = self._files(self._folder / repo / "issues")
        return [int(file.stem) for file in files if read_document(file).facts.get("parent") == str(number)]

    def put_beneath(self, repo: str, number: int, child: int, now: datetime) -> None:
        """One that names a parent keeps it."""
        issue = self._read(repo, self._path(repo, child))
        if not self._parent(repo, child):
            self._write(repo, replace(issue, updated_at=now), parent=str(number))

    def _parent(self, repo: str, number: int) -> str:
        """Empty: it has none."""
        path = self._path(repo, number)
        found = read_document(path).facts.get("parent") if path.exists() else None
        return found if isinstance(found, str) else ""

    def comments(self, repo: str, number: int) -> list[IssueComment]:
        """The first one first."""
        found = []
        for file in self._files(self._comments(repo, number)):
            document = read_document(file)
            found.append(IssueComment(id=int(file.stem), url=file.as_uri(), body=document.text))
        return sorted(found, key=lambda one: one.id)

    def write_comment(self, repo: str, number: int, body: str, now: datetime) -> IssueComment:
        place = max((one.id for one in self.comments(repo, number)), default=0) + 1
        file = self._comments(repo, number) / f"{place}.md"
        self._write_comment(repo, number, file, body, now)
        return IssueComment(id=place, url=file.as_uri(), body=body)

    def edit_comment(self, repo: str, number: int, comment: IssueComment, body: str, now: datetime) -> None:
        self._write_comment(repo, number, self._comments(repo, number) / f"{comment.id}.md", body, now)

    def delete_comment(self, repo: str, number: int, comment: IssueComment) -> None:
        """It is gone afterwards, whoever took it away."""
        try:
            (self._comments(repo, number) / f"{comment.id}.md").unlink(missing_ok=True)
        except OSError as error:
            raise ForgeError(f"{repo}#{number}: a comment can't be deleted: {error.strerror}. Let the bot write there.") from error

    def _write_comment(self, repo: str, number: int, file: Path, body: str, now: datetime) -> None:
        facts: dict[str, Fact] = {"repo": repo, "issue": number, "updated_at": written(now)}
        write_document(file, facts, title=f"Below issue {number}", text=body)

    def _comments(self, repo: str, number: int) -> Path:
        return self._folder / repo / "issues" / f"{number}-comments"

    def _path(self, repo: str, number: int) -> Path:
        return self._folder / repo / "issues" / f"{number}.md"

    def _all(self, repo: str) -> list[Issue]:
        return [self._read(repo, file) for file in self._files(self._folder / repo / "issues")]

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        """Those that are named by a number."""
        try:
            return [file for file in sorted(folder.iterdir()) if _FILE.fullmatch(file.name)]
        except FileNotFoundError:
            return []

    def _write(self, repo: str, issue: Issue, parent: str = "") -> None:
        facts: dict[str, Fact] = {
            "repo": repo,
            "number": issue.number,
            "state": "open" if issue.is_open else "closed",
            "labels": sorted(issue.labels),
            "updated_at": written(issue.updated_at),
        }
        if parent := parent or self._parent(repo, issue.number):
            facts["parent"] = parent
        write_document(self._path(repo, issue.number), facts, title=issue.title, text=issue.body)

    def _read(self, repo: str, file: Path) -> Issue:
        document = read_document(file)
        facts = Facts(document.facts)
        try:
            return Issue(
                number=facts.number("number"),
                url=file.as_uri(),
                title=document.title,
                body=document.text,
                is_open=facts.text("state") == "open",
                labels=frozenset(facts.texts("labels")),
                updated_at=facts.known_moment("updated_at"),
                id=facts.number("number"),
            )
        except ValueError as error:
            raise ForgeError(f"{repo}: {file} can't be read: {error}. Mend it, or delete it.") from error
