"""Quay on loopback: what its Clair knows of a manifest (see `bot.assess.servers.quay` for the sources)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.model.image import Digest
from bot.sandbox.scanners.scans import Finding, ScannerSandbox


@dataclass(slots=True, kw_only=True)
class QuaySandbox(ScannerSandbox):
    """It scans by itself what is pushed to it."""

    def routes(self) -> Iterable[BaseRoute]:
        security = "/api/v1/repository/{repository:path}/manifest/{digest}/security"
        return (Route(security, self._security), Route("/api/v1/user/", self._user))

    async def _user(self, request: Request) -> Response:
        """Of a token that must not read who it is of."""
        if not self.is_let_in(request):
            return _problem(401, "invalid_token", "Requires authentication")
        return _problem(403, "insufficient_scope", "Unauthorized")

    async def _security(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return _problem(401, "invalid_token", "Requires authentication")
        digest = Digest(request.path_params["digest"])
        if digest not in self.scans:
            return _problem(404, "not_found", "Not Found")
        if self.is_queued(digest):
            return JSONResponse({"status": "queued", "data": None})
        scan = self.scans[digest]
        features = [
            {
                "Name": package.name,
                "VersionFormat": "",
                "NamespaceName": "",
                "AddedBy": f"sha256:{'1' * 64}",
                "Version": package.version,
                "BaseScores": [],
                "CVEIds": [],
                "Vulnerabilities": [_vulnerability(finding) for finding in scan.findings if finding.package == package],
            }
            for package in scan.packages
        ]
        layer = {"Name": digest, "ParentName": "", "NamespaceName": "", "IndexedByVersion": 4, "Features": features}
        return JSONResponse({"status": "scanned", "data": {"Layer": layer}})


def _problem(status: int, kind: str, title: str) -> Response:
    return JSONResponse({"status": status, "error_type": kind, "title": title, "detail": title, "type": kind}, status_code=status)


def _vulnerability(finding: Finding) -> Mapping[str, Any]:
    return {
        "Severity": finding.severity.value.title(),
        "NamespaceName": "debian/updater",
        "Link": f"https://security-tracker.debian.org/tracker/{finding.id}",
        "FixedBy": finding.fixed_in,
        "Description": finding.summary,
        "Name": finding.id,
        "Metadata": {"UpdatedBy": "debian/updater", "RepoName": None, "NVD": {"CVSSv3": {"Vectors": "", "Score": ""}}},
    }
