"""What a repo says of its own versions beside its releases: its changelog, and the commits between two revisions."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, Final

from bot.clients.short_memory import ShortMemory
from bot.model.dependency import GITHUB_RELEASES, Dependency
from bot.model.listing import DatasourceError, NotListedError
from bot.model.notes import ChangelogFile, CommitsBetween
from bot.watch.github import GitHubApi, owner_and_name
from bot.watch.web import JsonSource, text

_SILENT_FOR: Final = timedelta(days=1)
"""How long a repo that shows no changelog is not asked for one again."""
_MAX_FILE_BYTES: Final = 1 << 20
"""What GitHub gives within an answer (REST documentation, "Get repository content"): a larger changelog is not read."""
_MAX_ENTRIES: Final = 1_000
_SUBJECTS: Final = 10
_MAX_SUBJECT_CHARACTERS: Final = 200
_FOLDERS: Final = ("docs", "doc")
_STEMS: Final = ("changelog", "changes", "history", "news", "release_notes", "release-notes", "releasenotes", "releases")
"""The likeliest first."""
_ENDINGS: Final = (".md", ".markdown", "", ".rst", ".adoc", ".txt")
_COMMIT: Final = re.compile("[0-9a-f]{7,64}")


class TooLargeError(NotListedError):
    """The changelog is there, and not read."""


class GitHubSourceTexts:
    """Asks GitHub's repos. Safe to use from several threads."""

    def __init__(self, api: GitHubApi, *, silent: ShortMemory, now: datetime) -> None:
        """`silent` remembers which repos have no changelog."""
        self._api: Final = api
        self._silent: Final = silent
        self._now: Final = now

    def changelog(self, repo: str, ref: str | None, path: str | None) -> ChangelogFile | None:
        """The changelog of `owner/name` at a ref, else on the default branch where there is no such ref; None: it has none.

        Two requests where it lies in the root, one where its path is given, at most two more for a `docs` folder or a ref that is not
        there. Raises NotListedError where the repo is not shown, and else DatasourceError.
        """
        key = f"changelog of {self._api.base_url} {repo} {path or ''}"
        if self._silent.get(key, self._now) is not None:
            return None
        try:
            found = self._changelog(repo, ref, path)
        except TooLargeError:
            raise
        except NotListedError:
            if ref is None:
                raise
            found = self._changelog(repo, None, path)
        if found is None:
            self._silent.put(key, "", until=self._now + _SILENT_FOR)
        return found

    def commits(self, repo: str, old: str, new: str) -> CommitsBetween:
        """How far two commits of `owner/name` are apart, with the subjects of the first ones between: one request.

        Raises NotListedError where one of the two is not there, and else DatasourceError.
        """
        if not (_COMMIT.fullmatch(old) and _COMMIT.fullmatch(new)):
            raise NotListedError(f"{repo}: no commits {old[:80]!r} and {new[:80]!r}. Compare by hand.")
        source, place = self._place(repo)
        told = source.get(*place, "compare", f"{old}...{new}", query={"per_page": str(_SUBJECTS)})
        listed = told.get("commits")
        commits = [item.get("commit") for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
        lines = (message.partition("\n")[0].strip() for item in commits if isinstance(item, dict) and (message := text(item, "message")))
        return CommitsBetween(
            count=_count(told, "ahead_by"),
            missing=_count(told, "behind_by"),
            subjects=tuple(line[:_MAX_SUBJECT_CHARACTERS] for line in islice(lines, _SUBJECTS)),
        )

    def _place(self, repo: str) -> tuple[JsonSource, tuple[str, ...]]:
        owner, name = owner_and_name(Dependency(datasource=GITHUB_RELEASES, name=repo))
        return self._api.source(), ("repos", owner, name)

    def _changelog(self, repo: str, ref: str | None, path: str | None) -> ChangelogFile | None:
        source, place = self._place(repo)
        query = {} if ref is None else {"ref": ref}
        if path is not None:
            return _read(source.get(*place, "contents", *path.split("/"), query=query), path)
        root = list(islice(source.items(*place, "contents", query=query), _MAX_ENTRIES))
        chosen = _chosen(root)
        folder = next((name for name in _FOLDERS for item in root if text(item, "name") == name and text(item, "type") == "dir"), None)
        if chosen is None and folder is not None:
            inside = _chosen(list(islice(source.items(*place, "contents", folder, query=query), _MAX_ENTRIES)))
            chosen = None if inside is None else f"{folder}/{inside}"
        if chosen is None:
            return None
        return _read(source.get(*place, "contents", *chosen.split("/"), query=query), chosen)


def _chosen(items: list[dict[str, Any]]) -> str | None:
    """The name of the entry that is most likely the changelog."""
    return min(_candidates(items), default=(0, 0, None))[-1]


def _candidates(items: list[dict[str, Any]]) -> Iterator[tuple[int, int, str]]:
    for item in items:
        name = text(item, "name")
        if name is None or text(item, "type") not in {"file", "symlink"}:
            continue
        path = PurePosixPath(name.lower())
        if path.stem in _STEMS and path.suffix in _ENDINGS:
            yield _STEMS.index(path.stem), _ENDINGS.index(path.suffix), name


def _read(told: Mapping[str, Any], path: str) -> ChangelogFile | None:
    """The file in an answer; None: what is there is no file. Raises DatasourceError for one that is too large."""
    if told.get("type") != "file":
        return None
    encoded = told.get("content")
    if told.get("encoding") != "base64" or not isinstance(encoded, str):
        raise TooLargeError(f"{path} is larger than {_MAX_FILE_BYTES >> 20} MiB, which is not read. Read it where it is.")
    try:
        data = base64.b64decode(encoded)
    except (binascii.Error, ValueError) as error:
        raise DatasourceError(f"{path}: GitHub's answer is no Base64. Run again later.") from error
    return ChangelogFile(path=path, text=data[:_MAX_FILE_BYTES].decode("utf-8", errors="replace"), url=text(told, "html_url"))


def _count(told: Mapping[str, Any], name: str) -> int:
    value = told.get(name)
    return value if isinstance(value, int) and value > 0 else 0
