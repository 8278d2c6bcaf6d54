"""OSV on loopback: its service (API version 1) and its archives, fed with the records that are handed in."""

import io
import json
import zipfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import md5
from itertools import count
from typing import Any, Final

from packageurl import PackageURL
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.sandbox.faults import Faults

Record = Mapping[str, Any]
Asked = Mapping[str, Any]

_MOST_QUERIES: Final = 1000
_INVALID_ARGUMENT: Final = 3
"""gRPC's number for a question that is wrong, as the service answers it."""
_NOT_FOUND: Final = 5


class _WrongError(Exception):
    """The question is not one that the service answers."""


class OsvSandbox:
    """The service and the archives. `app` is what a `bot.sandbox.server.Server` serves; `faults` counts its requests and breaks them.

    It matches as far as it is honest to: every record that names the package, whatever the version. A package of a release
    (`Debian:12`) has the records of that release alone.
    """

    def __init__(self, records: Iterable[Record] = (), *, max_page: int = 1000) -> None:
        """`max_page` bounds the records that one answer tells of one query."""
        self.records: Final = {str(record["id"]): record for record in records}
        self.is_endless = False
        """While it is, every list of records has one more page."""
        self._max_page = max_page
        self._endless = count(1)
        routes = [
            Route("/v1/query", self._query, methods=["POST"]),
            Route("/v1/querybatch", self._query_batch, methods=["POST"]),
            Route("/v1/vulns/{id}", self._record, methods=["GET"]),
            Route("/ecosystems.txt", self._ecosystems, methods=["GET"]),
            Route("/{ecosystem}/all.zip", self._archive, methods=["GET"]),
        ]
        self.faults = Faults(Starlette(routes=routes))
        self.app: ASGIApp = self.faults

    def put(self, *records: Record) -> None:
        """Publish records, or new versions of them: each names its own `modified`."""
        self.records.update({str(record["id"]): record for record in records})

    def archive(self, ecosystem: str) -> bytes:
        """All records of an ecosystem; the same bytes as long as they are the same records."""
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, record in sorted(self.records.items()):
                if ecosystem in _ecosystems_of(record):
                    archive.writestr(zipfile.ZipInfo(f"{name}.json"), json.dumps(record), zipfile.ZIP_DEFLATED)
        return sink.getvalue()

    async def _query(self, request: Request) -> Response:
        return await _answered(request, lambda asked: self._page(asked, told=dict))

    async def _query_batch(self, request: Request) -> Response:
        return await _answered(request, self._batch)

    def _batch(self, asked: Asked) -> Mapping[str, Any]:
        queries = asked.get("queries", [])
        if not isinstance(queries, list) or not all(isinstance(query, dict) for query in queries):
            raise _WrongError("Invalid JSON payload received.")
        if len(queries) > _MOST_QUERIES:
            raise _WrongError("Too many queries.")
        return {"results": [self._page(query, told=_in_short) for query in queries]}

    def _page(self, asked: Asked, *, told: Callable[[Record], Mapping[str, Any]]) -> Mapping[str, Any]:
        """One page of what is known of a package; nothing at all of one that nothing is known of."""
        found = [record for _, record in sorted(self.records.items()) if _names(record, asked)]
        start = _start(asked.get("page_token", ""))
        end = start + self._max_page
        page: dict[str, Any] = {"vulns": [told(record) for record in found[start:end]]} if found[start:end] else {}
        if self.is_endless or end < len(found):
            page["next_page_token"] = _token(end if not self.is_endless else next(self._endless))
        return page

    async def _record(self, request: Request) -> Response:
        record = self.records.get(request.path_params["id"])
        return _refused(404, _NOT_FOUND, "Bug not found.") if record is None else JSONResponse(record)

    async def _ecosystems(self, _request: Request) -> Response:
        known = {ecosystem for record in self.records.values() for ecosystem in _ecosystems_of(record)}
        return PlainTextResponse("".join(f"{ecosystem}\n" for ecosystem in sorted(known)))

    async def _archive(self, request: Request) -> Response:
        ecosystem = request.path_params["ecosystem"]
        if not any(ecosystem in _ecosystems_of(record) for record in self.records.values()):
            return Response("<Error><Code>NoSuchKey</Code></Error>", status_code=404, media_type="application/xml")
        body = self.archive(ecosystem)
        tag = f'"{md5(body, usedforsecurity=False).hexdigest()}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"etag": tag})
        return Response(body, media_type="application/zip", headers={"etag": tag})


async def _answered(request: Request, answer: Callable[[Asked], Mapping[str, Any]]) -> Response:
    request.state.is_write = False
    try:
        return JSONResponse(answer(_asked(await request.body())))
    except _WrongError as error:
        return _refused(400, _INVALID_ARGUMENT, str(error))


def _asked(body: bytes) -> Asked:
    try:
        asked = json.loads(body)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise _WrongError("Invalid JSON payload received.")
    return asked


def _refused(status: int, code: int, message: str) -> Response:
    return JSONResponse({"code": code, "message": message}, status_code=status)


def _in_short(record: Record) -> Mapping[str, Any]:
    return {"id": record["id"], "modified": record["modified"]}


def _names(record: Record, asked: Asked) -> bool:
    package = asked.get("package")
    if not isinstance(package, dict):
        raise _WrongError("Invalid query.")
    if "purl" in package:
        wanted = _without_version(str(package["purl"]))
        return any(wanted == _without_version(str(named["purl"])) for named in _packages(record) if "purl" in named)
    name, ecosystem = package.get("name"), package.get("ecosystem")
    if not isinstance(name, str) or not isinstance(ecosystem, str):
        raise _WrongError("Invalid query.")
    return any(named.get("name") == name and ecosystem in _forms(named.get("ecosystem", "")) for named in _packages(record))


def _without_version(text: str) -> str:
    try:
        purl = PackageURL.from_string(text)
    except ValueError as error:
        raise _WrongError("Invalid Package URL.") from error
    return str(PackageURL(type=purl.type, namespace=purl.namespace, name=purl.name))


def _packages(record: Record) -> Iterator[Mapping[str, Any]]:
    return (affected["package"] for affected in record.get("affected", ()) if "package" in affected)


def _forms(ecosystem: str) -> tuple[str, str]:
    """`Debian:12` and `Debian`: by which names a query finds it."""
    return ecosystem, ecosystem.partition(":")[0]


def _ecosystems_of(record: Record) -> frozenset[str]:
    return frozenset(_forms(package["ecosystem"])[1] for package in _packages(record))


def _token(start: int) -> str:
    return urlsafe_b64encode(str(start).encode()).decode()


def _start(token: object) -> int:
    if token == "":
        return 0
    try:
        return int(urlsafe_b64decode(str(token)))
    except ValueError as error:
        raise _WrongError("Invalid page token.") from error
