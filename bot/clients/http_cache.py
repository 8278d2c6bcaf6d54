"""Answers kept on disk between runs, for the requests that ask for it. The file may be deleted whenever no run is on."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, assert_never

import hishel
import httpx
import structlog

from bot.clients.private import private_file, private_folder

log = structlog.get_logger()

CACHING: Final = "bot.caching"
"""The request extension that carries how it may be cached."""
KEPT: Final = "bot.kept"
"""The response extension that is true where nobody was asked."""
_MAX_FILE_BYTES: Final = 512 << 20
_LIFE_SECONDS: Final = 90 * 24 * 3600.0
_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """Keep the answer, and ask the server each time whether it still holds (RFC 9111 section 4.3): never older than the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Keep the answer for good under a name that tells its content, whatever address it comes from: a digest.

    Whoever asks proves the content by its name. What is kept and fails the proof, `is_anew` asks for again, and takes its place.
    """

    name: str
    is_anew: bool = False


Caching = Validated | Content


class _OnlyOk(hishel.BaseFilter[hishel.Response]):
    def needs_body(self) -> bool:
        return False

    def apply(self, item: hishel.Response, body: bytes | None) -> bool:
        del body
        return item.status_code == _OK


_BY_VALIDATION: Final = hishel.SpecificationPolicy(
    cache_options=hishel.CacheOptions(shared=False, supported_methods=["GET"], allow_stale=False)
)
_BY_CONTENT: Final = hishel.FilterPolicy(response_filters=[_OnlyOk()])


class CachingTransport(httpx.BaseTransport):
    """Only requests that say so are cached: the answers of token endpoints and of HEAD must never come from a disk.

    A file that can't be used costs time, never an answer. It begins anew when it has grown too large.
    """

    def __init__(self, below: httpx.BaseTransport, path: Path) -> None:
        self._below = below
        self._opened: Final = _open(path)
        self._storage = self._opened

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        caching = request.extensions.get(CACHING)
        if self._storage is None or request.method != "GET" or not isinstance(caching, Validated | Content):
            return self._below.handle_request(request)
        try:
            return self._through_cache(request, caching, self._storage)
        except sqlite3.Error as error:
            self._give_up(error)
            return self._below.handle_request(request)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
        self._below.close()

    def _give_up(self, error: sqlite3.Error) -> None:
        """Go on without a cache: the disk is full, or somebody took the file away."""
        log.warning("http_cache.failed", error=str(error))
        self._storage = None

    def _through_cache(self, request: httpx.Request, caching: Caching, storage: hishel.SyncSqliteStorage) -> httpx.Response:
        asked: list[httpx.Response] = []

        def send(wanted: hishel.Request) -> hishel.Response:
            response = self._below.handle_request(_with_headers(request, wanted.headers))
            asked.append(response)
            return hishel.Response(
                status_code=response.status_code,
                headers=hishel.Headers(dict(response.headers)),
                stream=response.iter_raw(),
            )

        policy: hishel.CachePolicy = _BY_CONTENT
        key, headers = "", dict(request.headers)
        match caching:
            case Validated():
                policy, key, headers["cache-control"] = _BY_VALIDATION, str(request.url), "no-cache"
            case Content(name=name, is_anew=is_anew):
                key = name
                if is_anew:
                    _forget(storage, name)
            case _:
                assert_never(caching)
        internal = hishel.Request(method="GET", url=key, headers=hishel.Headers(headers))
        answer = hishel.SyncCacheProxy(send, storage, policy).handle_request(internal)
        if not isinstance(answer.stream, Iterable):
            raise TypeError("the cache answered without a body")
        pieces = _Pieces(answer.stream, closers=[response.close for response in asked], give_up=self._give_up)
        return httpx.Response(answer.status_code, headers=dict(answer.headers), stream=pieces, extensions={KEPT: not asked})


class _Pieces(httpx.SyncByteStream):
    """A body whose answers from the network are closed with it. A failing cache breaks it off like a failing network: worth another try."""

    def __init__(self, pieces: Iterable[bytes], *, closers: list[Callable[[], None]], give_up: Callable[[sqlite3.Error], None]) -> None:
        self._pieces = pieces
        self._closers = closers
        self._give_up = give_up

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._pieces
        except sqlite3.Error as error:
            self._give_up(error)
            raise httpx.ReadError("the cache on disk failed") from error

    def close(self) -> None:
        for close in self._closers:
            close()


def _with_headers(request: httpx.Request, wanted: hishel.Headers) -> httpx.Request:
    """The request with what the cache adds to it: the validators of what it has."""
    added = ((name, value) for name, value in wanted.items() if request.headers.get(name) != value)
    kept = ((name, value) for name, value in request.headers.items() if name not in wanted or request.headers.get(name) == wanted[name])
    return httpx.Request(request.method, request.url, headers=list(chain(kept, added)), extensions=request.extensions)


def _forget(storage: hishel.SyncSqliteStorage, name: str) -> None:
    # hishel stores what is kept of an address under its hash.
    for entry in storage.get_entries(hashlib.sha256(name.encode()).hexdigest()):
        storage.remove_entry(entry.id)


def _open(path: Path) -> hishel.SyncSqliteStorage | None:
    """The store in a file, emptied where it is too large or no store; None where it can't be had."""
    try:
        private_folder(path.parent)
        if path.exists() and (path.stat().st_size > _MAX_FILE_BYTES or not _is_sound(path)):
            log.warning("http_cache.begun_anew", path=str(path))
            for file in path.parent.glob(f"{path.name}*"):
                file.unlink()
        private_file(path)
        storage = hishel.SyncSqliteStorage(database_path=path, default_ttl=_LIFE_SECONDS)
        storage.get_entries("")
    except (OSError, sqlite3.Error) as error:
        log.warning("http_cache.unusable", path=str(path), error=str(error))
        return None
    return storage


def _is_sound(path: Path) -> bool:
    try:
        connection = sqlite3.connect(path)
        try:
            columns = {row[1] for row in connection.execute("PRAGMA table_info(entries)")}
        finally:
            connection.close()
    except sqlite3.Error:
        return False
    return not columns or {"cache_key", "data", "created_at", "deleted_at"} <= columns
