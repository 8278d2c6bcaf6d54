"""OSV's service: which advisories name a package, asked in batches, then each advisory once."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from threading import Lock
from typing import Final

import structlog

from bot.assess.osv.api import MOST_CHARACTERS, REPORT, OsvApi, OsvError, RefusedError, written
from bot.assess.osv.kept import Kept, List, Listed
from bot.assess.osv.query import Answer, Query, Record
from bot.clients.http import HttpClient
from bot.clients.workers import Workers
from bot.model.failure import told

log = structlog.get_logger()

PUBLIC_SERVICE: Final = "https://api.osv.dev"
_MOST_QUERIES: Final = 1000
"""In one batch: more are refused (google.github.io/osv.dev/post-v1-querybatch)."""
_MOST_BODY_BYTES: Final = 1 << 19
_MOST_PAGES: Final = 100
_MOST_ADVISORIES: Final = 50_000
"""For one question of any number of packages."""
_MOST_REFUSALS: Final = 40
"""How often a batch is split to find the query that spoils it."""
_MOST_FAILURES: Final = 5
"""After so many advisories in a row that could not be had, the others are not asked for."""
_AT_ONCE: Final = 500
"""How many new advisories are written down at the same time."""
_WORKERS: Final = 8
Progress = Callable[[str, int, int], None]


class OsvService:
    """The service at an address, and what is remembered of it. Safe to use from several threads."""

    name: Final = "OSV"

    def __init__(
        self,
        *,
        http: HttpClient,
        base_url: str = PUBLIC_SERVICE,
        kept: Kept | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        workers: int = _WORKERS,
    ) -> None:
        self._api = OsvApi(http, base_url)
        self._kept = kept or Kept(None, now=now)
        self._now = now
        self._workers = workers

    def ask(self, queries: Sequence[Query], progress: Progress = lambda *_: None) -> Answer:
        """Every query's advisories, or why they can't be had. `as_of` is when the oldest of the lists was asked for."""
        lists, failed = self._lists(tuple(dict.fromkeys(queries)), progress)
        records, not_had = self._records({listed for one in lists.values() for listed in one.told}, progress)
        answered: dict[Query, tuple[Record, ...]] = {}
        for query, one in lists.items():
            missing = next((not_had[listed] for listed in one.told if listed in not_had), None)
            if missing is None:
                answered[query] = tuple(records[listed] for listed in one.told)
            else:
                failed[query] = missing
        as_of = min((lists[query].at for query in answered), default=None)
        return Answer(records=answered, failed=failed, name=self.name, as_of=as_of)

    def _lists(self, wanted: Sequence[Query], progress: Progress) -> tuple[dict[Query, List], dict[Query, str]]:
        """Which advisories each query has, and why that is not known of the others."""
        keys = {self._key(query): query for query in wanted}
        lists = {keys[key]: one for key, one in self._kept.lists(keys).items()}
        failed = {query: reason for query in wanted if (reason := _unaskable(query))}
        batches = list(_batches(query for query in wanted if query not in lists and query not in failed))
        refusals = count(1)
        progress("packages", len(lists) + len(failed), len(wanted))
        with Workers(self._workers, "osv") as pool:
            for found, not_found in pool.map(lambda batch: self._batch(batch, refusals), batches):
                self._kept.put_lists({self._key(query): one for query, one in found.items()})
                lists |= found
                failed |= not_found
                progress("packages", len(lists) + len(failed), len(wanted))
        return {query: lists[query] for query in wanted if query in lists}, failed

    def _key(self, query: Query) -> str:
        return json.dumps([self._api.base_url, query.ecosystem, query.name, query.version])

    def _batch(self, batch: Sequence[Query], refusals: Iterator[int]) -> tuple[dict[Query, List], dict[Query, str]]:
        """Ask for a batch; where the service refuses it, its halves, till what spoils it stands alone."""
        try:
            return self._to_the_end(batch)
        except RefusedError as error:
            if len(batch) == 1 or next(refusals) > _MOST_REFUSALS:
                return {}, dict.fromkeys(batch, str(error))
        except OsvError as error:
            return {}, dict.fromkeys(batch, str(error))
        except Exception as error:
            log.exception("osv.lists_unknown", queries=len(batch))
            return {}, dict.fromkeys(batch, told(error))
        middle = len(batch) // 2
        (found, failed), (more, more_failed) = (self._batch(half, refusals) for half in (batch[:middle], batch[middle:]))
        return found | more, failed | more_failed

    def _to_the_end(self, batch: Sequence[Query]) -> tuple[dict[Query, List], dict[Query, str]]:
        """The lists of a batch, all their pages. Raises OsvError where not even the first can be had."""
        at = self._now()
        found: dict[Query, dict[Listed, None]] = {query: {} for query in batch}
        failed: dict[Query, str] = {}
        tokens: Mapping[Query, str] = dict.fromkeys(batch, "")
        pages = self._api.pages(tokens)
        for _ in range(_MOST_PAGES):
            failed |= {query: page.problem for query, page in pages.items() if page.problem}
            for query, page in pages.items():
                found[query] |= dict.fromkeys(page.listed)
            tokens = {query: page.next_token for query, page in pages.items() if page.next_token}
            if not tokens:
                return {query: List(told=tuple(found[query]), at=at) for query in batch if query not in failed}, failed
            try:
                pages = self._api.pages(tokens)
            except OsvError as error:
                failed |= dict.fromkeys(tokens, str(error))
                pages = {}
        without_end = f"{self._api.base_url}: more than {_MOST_PAGES} pages for one package, which are not read. {REPORT}"
        failed |= dict.fromkeys(tokens, without_end)
        return {query: List(told=tuple(found[query]), at=at) for query in batch if query not in failed}, failed

    def _records(self, wanted: set[Listed], progress: Progress) -> tuple[dict[Listed, Record], dict[Listed, str]]:
        """The advisories themselves, and why the others can't be had."""
        if len(wanted) > _MOST_ADVISORIES:
            return {}, dict.fromkeys(wanted, f"more than {_MOST_ADVISORIES:,} advisories, which are not read. Ask about fewer packages.")
        records = dict(self._kept.records(wanted))
        missing = sorted(wanted - records.keys())
        failed: dict[Listed, str] = {}
        progress("advisories", len(records), len(wanted))
        asking = _Asking(self._api)
        with Workers(self._workers, "osv") as pool:
            for start in range(0, len(missing), _AT_ONCE):
                some = missing[start : start + _AT_ONCE]
                news: dict[Listed, Record] = {}
                for listed, had in zip(some, pool.map(asking, some), strict=True):
                    if isinstance(had, str):
                        failed[listed] = had
                    else:
                        news[listed] = had
                    progress("advisories", len(records) + len(news) + len(failed), len(wanted))
                self._kept.put_records({listed: record for listed, record in news.items() if _is_as_new(record, listed)})
                records |= news
        return records, failed


class _Asking:
    """Asks for advisories, one a call, until too many in a row can't be had: then it is the service, and it is left alone."""

    def __init__(self, api: OsvApi) -> None:
        self._api = api
        self._lock = Lock()
        self._failures = 0

    def __call__(self, listed: Listed) -> Record | str:
        """The advisory, or why it can't be had."""
        if self._failures >= _MOST_FAILURES:
            return f"{listed.id} was not asked for, because {self._failures} advisories before it could not be had. {REPORT}"
        try:
            record = self._api.record(listed)
        except OsvError as error:
            with self._lock:
                self._failures += error.is_temporary
            return str(error)
        except Exception as error:
            log.exception("osv.advisory_unknown", id=listed.id)
            return told(error)
        with self._lock:
            self._failures = 0
        return record


def _unaskable(query: Query) -> str:
    """Why a query is none that anybody would answer; empty: it is one."""
    parts = (query.ecosystem, query.name, query.version)
    if query.ecosystem and query.name and all(len(part) <= MOST_CHARACTERS for part in parts):
        return ""
    return f"a package needs an ecosystem and a name, and neither more than {MOST_CHARACTERS} characters. Check the image's package lists."


def _batches(queries: Iterable[Query]) -> Iterator[Sequence[Query]]:
    """Runs that one request may hold; an ecosystem's queries lie together, for the service may not know one."""
    batch: list[Query] = []
    size = 0
    for query in sorted(queries, key=lambda query: query.ecosystem):
        length = len(json.dumps(written(query)))
        if batch and (len(batch) >= _MOST_QUERIES or size + length > _MOST_BODY_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(query)
        size += length
    if batch:
        yield batch


def _is_as_new(record: Record, listed: Listed) -> bool:
    """Whether a record is no older than its list says, so that it may stand for that: servers behind one address differ for a while."""
    try:
        moments = [datetime.fromisoformat(text) for text in (str(record.get("modified")), listed.modified)]
        return moments[0] >= moments[1]
    except (ValueError, TypeError):
        return False
