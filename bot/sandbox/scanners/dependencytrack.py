"""Dependency-Track on loopback: projects with their bill of materials, findings in pages (see `bot.assess.servers.dependencytrack`)."""

import json
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.model.image import Digest
from bot.sandbox.scanners.scans import Finding, Scan, ScannerSandbox

_IMPORTED = 1_795_900_000_000
"""In November 2026, in milliseconds."""


@dataclass(slots=True, kw_only=True)
class DependencyTrackSandbox(ScannerSandbox):
    """Version 5, with pages of findings; version 4 where `answers_findings_at_once`."""

    bills: dict[Digest, Mapping[str, Any]] = field(default_factory=dict)
    """The bills of materials that were handed over."""
    tells_analysis: bool = True
    """Whether its projects tell when they were analysed."""
    may_create: bool = True
    """Whether whoever asks may hand over a bill of materials."""
    answers_findings_at_once: bool = False

    def routes(self) -> Iterable[BaseRoute]:
        return (
            Route("/api/v1/team/self", self._team),
            Route("/api/v1/bom", self._take, methods=["PUT"]),
            Route("/api/v1/event/token/{token}", self._token),
            Route("/api/v1/project/lookup", self._project),
            Route("/api/v1/finding/project/{uuid}", self._findings),
            Route("/api/v1/component/project/{uuid}", self._components),
        )

    def is_let_in(self, request: Request) -> bool:
        return not self.secret or request.headers.get("x-api-key") == self.secret.reveal()

    async def _team(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return Response(status_code=401)
        return JSONResponse({"uuid": _uuid("team"), "name": "Automation", "permissions": []})

    async def _take(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return Response(status_code=401)
        told = await request.json()
        if not self.may_create:
            return Response("The principal does not have permission to create project.", status_code=401)
        digest = Digest(told["projectVersion"])
        self.bills[digest] = json.loads(b64decode(told["bom"], validate=True))
        self.begin(digest)
        return JSONResponse({"token": _uuid("token", digest)})

    async def _token(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return Response(status_code=401)
        digest = next((one for one in self.scans if _uuid("token", one) == request.path_params["token"]), None)
        return JSONResponse({"processing": digest is not None and self.is_queued(digest)})

    async def _project(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return Response(status_code=401)
        digest = Digest(request.query_params["version"])
        if digest not in self.scans:
            return Response("The project could not be found.", status_code=404, media_type="text/plain")
        project: dict[str, Any] = {
            "name": request.query_params["name"],
            "version": self.scans[digest].told_digest or digest,
            "uuid": _uuid("project", digest),
            "lastBomImport": _IMPORTED,
            "lastBomImportFormat": "CycloneDX 1.6",
            "active": True,
        }
        if self.tells_analysis and not self.is_queued(digest):
            project["lastVulnerabilityAnalysis"] = _IMPORTED + 60_000
        return JSONResponse(project)

    async def _findings(self, request: Request) -> Response:
        scan = self._scan(request)
        found = [] if scan is None else [_finding(finding, request.path_params["uuid"]) for finding in scan.findings]
        return self._page(request, found, is_whole=self.answers_findings_at_once)

    async def _components(self, request: Request) -> Response:
        scan = self._scan(request)
        packages = () if scan is None else scan.packages
        found = [
            {"uuid": _uuid("component", one.purl), "name": one.name, "version": one.version, "purl": one.purl, "classifier": "LIBRARY"}
            for one in packages
        ]
        return self._page(request, found)

    def _scan(self, request: Request) -> Scan | None:
        return next((scan for digest, scan in self.scans.items() if _uuid("project", digest) == request.path_params["uuid"]), None)

    def _page(self, request: Request, entries: Sequence[Mapping[str, Any]], *, is_whole: bool = False) -> Response:
        if not self.is_let_in(request):
            return Response(status_code=401)
        number, size = int(request.query_params.get("pageNumber", 1)), int(request.query_params.get("pageSize", 100))
        page = entries if is_whole else entries[(number - 1) * size : number * size]
        return JSONResponse(page, headers={"X-Total-Count": str(len(entries))})


def _uuid(*parts: str) -> str:
    return str(uuid5(NAMESPACE_URL, " ".join(parts)))


def _finding(finding: Finding, project: str) -> Mapping[str, Any]:
    package = finding.package
    component, hole = _uuid("component", package.purl), _uuid("vulnerability", finding.id)
    return {
        "component": {
            "uuid": component,
            "name": package.name,
            "version": package.version,
            "purl": package.purl,
            "project": project,
            "hasOccurrences": False,
        },
        "vulnerability": {
            "uuid": hole,
            "source": "NVD",
            "vulnId": finding.id,
            "description": finding.summary,
            "severity": finding.severity.value.upper(),
            "severityRank": 1,
            "aliases": [],
        },
        "analysis": {"isSuppressed": False},
        "attribution": {"analyzerIdentity": "INTERNAL_ANALYZER", "attributedOn": _IMPORTED},
        "matrix": f"{project}:{component}:{hole}",
    }
