"""Making and refreshing a mirror: each ecosystem's archive is fetched where it has changed, and its index made anew."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import structlog

from bot.assess.osv import index
from bot.assess.osv.archive import ArchiveError, records
from bot.assess.osv.index import About, IndexFileError
from bot.assess.osv.mirror import fetched_by, index_path, is_ecosystem
from bot.assess.osv.query import Record, base
from bot.clients.http import HttpClient, HttpError
from bot.clients.turn import turn_by_file
from bot.model.failure import ToldError, told
from bot.settings.fault import suggestion

log = structlog.get_logger()

DEFAULT_ECOSYSTEMS: Final = (
    "AlmaLinux",
    "Alpine",
    "Debian",
    "Go",
    "Maven",
    "PyPI",
    "Red Hat",
    "Rocky Linux",
    "RubyGems",
    "SUSE",
    "Ubuntu",
    "npm",
    "openSUSE",
)
"""Of the packages that images are opened for; not Wolfi and Chainguard, whose archives hold hundreds of thousands of records and more."""
_MOST_ARCHIVE_BYTES: Final = 4 << 30
_MOST_NAMES_BYTES: Final = 1 << 16
_MOST_TAG_CHARACTERS: Final = 1000
_LONGEST_WAIT: Final = timedelta(hours=1)
"""For another process that fetches into the same folder."""
_DRAFT: Final = ".new"
_MOST_LOST: Final = 0.05
"""Of an ecosystem's records, from one fetch to the next: those that are withdrawn stay in the archives, so that few ever go."""
_STEP: Final = 1000
"""Records between two words on how far it is."""
_MEBIBYTE: Final = 1 << 20
_UNKNOWN: Final = -1
"""How much there is to be done, where only the end will tell."""
_NOT_MODIFIED: Final = 304
_NOT_FOUND: Final = 404
Progress = Callable[[str, int, int], None]
Waiting = Callable[[str], None]
"""Told who else is fetching."""


class Outcome(StrEnum):
    """What became of one ecosystem."""

    FETCHED = "fetched"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What became of one ecosystem. Where it failed, what the mirror had of it stays."""

    ecosystem: str
    outcome: Outcome
    about: About | None = None
    problem: str = ""
    """What went wrong, with the remedy; empty: nothing."""


class _FetchError(ToldError):
    """An archive can't be had; the message says what, where and the remedy."""


class Fetcher:
    """Fetches into one folder. It may be killed at any moment: an index is there as it was before, or whole and new."""

    def __init__(
        self,
        *,
        http: HttpClient,
        base_url: str,
        folder: Path,
        accept_fewer: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`accept_fewer`: take an archive also where it lacks more of what the mirror has than ever goes by itself."""
        self._http = http
        self._accept_fewer = accept_fewer
        self._base_url = base_url.rstrip("/")
        self._folder = folder
        self._now = now

    def fetch(
        self, ecosystems: Sequence[str], progress: Progress = lambda *_: None, waiting: Waiting = lambda _: None
    ) -> Iterator[Fetched]:
        """Each ecosystem in turn, once; the failure of one stops no other.

        `waiting` is told who else is fetching into the folder. Raises NotOurTurnError where they take too long, and OSError where the
        folder can't be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        wanted = tuple(dict.fromkeys(map(base, ecosystems)))
        with turn_by_file(self._folder / ".turn", longest=_LONGEST_WAIT, waiting=waiting):
            for left in self._folder.glob(f".*{_DRAFT}*"):
                left.unlink()
            for done, ecosystem in enumerate(wanted):
                progress("fetch", done, len(wanted))
                yield self._one(ecosystem, progress)
            progress("fetch", len(wanted), len(wanted))

    def _one(self, ecosystem: str, progress: Progress) -> Fetched:
        if not is_ecosystem(ecosystem):
            problem = f"{ecosystem[:80]!r} is no name of an ecosystem. Write it like Debian or 'Rocky Linux'."
            return Fetched(ecosystem=ecosystem, outcome=Outcome.FAILED, problem=problem)
        try:
            return self._refreshed(ecosystem, progress)
        except ToldError as error:
            problem = str(error)
        except OSError as error:
            problem = f"{self._folder}: {error.strerror or 'it cannot be written'}. Check that there is room and that it may be written."
        except Exception as error:
            log.exception("mirror.not_fetched", ecosystem=ecosystem)
            problem = told(error)
        return Fetched(ecosystem=ecosystem, outcome=Outcome.FAILED, problem=problem)

    def _refreshed(self, ecosystem: str, progress: Progress) -> Fetched:
        archive = self._folder / f".{ecosystem}.zip{_DRAFT}"
        known, at = self._known(ecosystem), self._now()
        try:
            tag = self._download(ecosystem, archive, known, progress)
            if tag is not None or known is None:
                about = About(ecosystem=ecosystem, url=self._url(ecosystem), as_of=at, records=0, tag=tag or "")
                about = self._made(archive, about, progress)
                return Fetched(ecosystem=ecosystem, outcome=Outcome.FETCHED, about=about)
        finally:
            archive.unlink(missing_ok=True)
        about = replace(known, as_of=at)
        index.finish(index_path(self._folder, ecosystem), about)
        return Fetched(ecosystem=ecosystem, outcome=Outcome.UNCHANGED, about=about)

    def _refuse_loss(self, new: About) -> None:
        """Raises _FetchError where a new index has far fewer records than the one in its place: holes would be gone that nobody mended."""
        path = index_path(self._folder, new.ecosystem)
        try:
            had = index.about(path).records
        except IndexFileError:
            return
        if new.records and new.records < had * (1 - _MOST_LOST) and not self._accept_fewer:
            counts = f"it has {new.records:,} advisories of {new.ecosystem}, and the mirror has {had:,}"
            remedy = f"{fetched_by(self._folder, new.ecosystem)} --accept-fewer"
            raise _FetchError(f"GET {new.url}: {counts}; what the mirror had stays. Run again later, or take it as it is: {remedy}")

    def _known(self, ecosystem: str) -> About | None:
        """What the mirror has of an ecosystem, from where it would be fetched now."""
        try:
            about = index.about(index_path(self._folder, ecosystem))
        except IndexFileError:
            return None
        return about if about.url == self._url(ecosystem) and about.tag else None

    def _url(self, ecosystem: str) -> str:
        return f"{self._base_url}/{quote(ecosystem, safe='')}/all.zip"

    def _download(self, ecosystem: str, draft: Path, known: About | None, progress: Progress) -> str | None:
        """Fetch the archive into a file; its ETag, empty where it has none; None: it is the one that is known."""
        url = self._url(ecosystem)
        headers = {"accept-encoding": "identity", **({"if-none-match": known.tag} if known else {})}
        try:
            with _Counting(draft, lambda size: progress(f"{ecosystem}, MiB", size // _MEBIBYTE, _UNKNOWN)) as sink:
                answer = self._http.download("GET", url, sink, headers=headers, max_body_bytes=_MOST_ARCHIVE_BYTES)
        except HttpError as error:
            raise _FetchError(str(error)) from error
        if answer.status == _NOT_MODIFIED and known is not None:
            return None
        if answer.status == _NOT_FOUND:
            raise _FetchError(f"{answer}. No archive of that name{self._suggested(ecosystem)}")
        if not answer.is_success:
            raise _FetchError(f"{answer}. Check assess.archives_url in the configuration.")
        return str(answer.headers.get("etag", ""))[:_MOST_TAG_CHARACTERS]

    def _suggested(self, ecosystem: str) -> str:
        try:
            answer = self._http.request("GET", f"{self._base_url}/ecosystems.txt", max_body_bytes=_MOST_NAMES_BYTES)
        except HttpError:
            return ""
        names = {base(line.strip()) for line in answer.body.decode(errors="replace").splitlines()} if answer.is_success else set()
        return suggestion(ecosystem, filter(is_ecosystem, names))

    def _made(self, archive: Path, about: About, progress: Progress) -> About:
        """The index of an archive, put in its place; what it says of itself, with the number of its records."""
        ecosystem = about.ecosystem
        draft = self._folder / f".{ecosystem}.sqlite3{_DRAFT}"
        try:
            draft.unlink(missing_ok=True)
            count = index.build(draft, _told_of(records(archive), f"{ecosystem}, records", progress), ecosystem)
            about = replace(about, records=count)
            index.finish(draft, about)
            self._refuse_loss(about)
            if count:
                draft.replace(index_path(self._folder, ecosystem))
        except RecursionError as error:
            raise _FetchError(f"GET {about.url}: an advisory is nested too deeply; what the mirror had stays. Run again later.") from error
        except ArchiveError as error:
            raise _FetchError(f"GET {about.url}: {error}; what the mirror had stays. Run again later.") from error
        except IndexFileError as error:
            raise _FetchError(f"{self._folder}: the index {error}. Check that there is room and that it may be written.") from error
        finally:
            draft.unlink(missing_ok=True)
        if not count:
            raise _FetchError(f"GET {about.url}: no advisory of {ecosystem} is in it; what the mirror had stays. Run again later.")
        return about


class _Counting(io.BufferedWriter):
    """A file that tells how much of it is written."""

    def __init__(self, path: Path, tell: Callable[[int], None]) -> None:
        super().__init__(io.FileIO(path, "wb"))
        self._tell_size = tell

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - as the class above has it
        written = super().write(data)
        self._tell_size(self.tell())
        return written


def _told_of(archive: Iterator[tuple[Record, int]], stage: str, progress: Progress) -> Iterator[Record]:
    for done, (record, total) in enumerate(archive, 1):
        if done % _STEP == 0 or done == total:
            progress(stage, done, total)
        yield record
