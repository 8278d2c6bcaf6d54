"""JFrog Xray on loopback: summaries of manifests by checksum, and the state of their scans (see `bot.assess.servers.xray`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.model.contents import Package
from bot.model.image import Digest
from bot.sandbox.scanners.scans import Finding, ScannerSandbox

_PLACE = "docker-local/team/app"
_TELLS_STATES = (3, 80, 9)
_TIME = "2026-11-28T10:20:30+03:00"


@dataclass(slots=True, kw_only=True)
class XraySandbox(ScannerSandbox):
    """One repository of Artifactory, `docker-local`, with one image under as many tags as it was scanned."""

    version: str = "3.120.1"
    """From 3.80.9 on it tells the states of scans."""
    state: str = "DONE"
    """Of a scan that is not under way."""
    asked_to_scan: list[str] = field(default_factory=list)

    def routes(self) -> Iterable[BaseRoute]:
        return (
            Route("/xray/api/v2/summary/artifact", self._summary, methods=["POST"]),
            Route("/xray/api/v1/artifact/status", self._status, methods=["POST"]),
            Route("/xray/api/v2/index", self._begin, methods=["POST"]),
        )

    async def _summary(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return _error(401, "Bad Credentials")
        artifacts, errors = [], []
        for checksum in (await request.json())["checksums"]:
            digest = Digest(f"sha256:{checksum}")
            if digest in self.scans:
                artifacts.append(self._artifact(digest))
            else:
                errors.append({"identifier": checksum, "error": "Artifact doesn't exist or not indexed/cached in Xray"})
        return JSONResponse({"artifacts": artifacts, **({"errors": errors} if errors else {})})

    def _artifact(self, digest: Digest) -> Mapping[str, Any]:
        scan = self.scans[digest]
        checksum = (scan.told_digest or digest).partition(":")[2]
        general = {
            "name": "team/app:1.2",
            "component_id": "team/app:1.2",
            "pkg_type": "Docker",
            "path": f"default/{_PLACE}/{digest}/manifest.json",
            "sha256": checksum,
        }
        licences = [{"name": "Unknown", "full_name": "Unknown license", "components": [identifier(one) for one in scan.packages]}]
        return {"general": general, "issues": [_issue(finding) for finding in scan.findings], "licenses": licences}

    async def _status(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return _error(401, "Bad Credentials")
        if tuple(map(int, self.version.split("."))) < _TELLS_STATES:
            return Response("404 page not found", status_code=404)
        asked = await request.json()
        digest = Digest(asked["path"].split("/")[-2])
        state = "SCANNING" if self.is_queued(digest) else self.state
        whole = {"status": state, "time": _TIME}
        return JSONResponse(
            {"overall": whole, "details": {"sca": whole, "contextual_analysis": {"status": "NOT_SUPPORTED", "time": _TIME}}}
        )

    async def _begin(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return _error(401, "Bad Credentials")
        place = (await request.json())["repo_path"]
        self.asked_to_scan.append(place)
        began = [self.begin(digest) for digest in list(self.would_find)]
        if not any(began):
            return _error(404, "Failed to find the artifact")
        return JSONResponse({"info": f"The artifact {place} was sent for indexing"})


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status_code=status)


def identifier(package: Package) -> str:
    """A component's, with its version."""
    match package.type:
        case "deb":
            return f"deb://debian:bookworm:{package.name}:{package.version}"
        case "apk":
            return f"alpine://3.20:{package.name}:{package.version}"
        case kind:
            return f"{kind}://{package.name.lower()}:{package.version}"


def _issue(finding: Finding) -> Mapping[str, Any]:
    component = {"component_id": identifier(finding.package), "version": finding.package.version, "pkg_type": finding.package.type.title()}
    return {
        "issue_id": f"XRAY-{finding.id.rpartition('-')[2]}",
        "summary": finding.summary,
        "issue_type": "security",
        "severity": finding.severity.value.title(),
        "provider": "JFrog",
        "cves": [{"cve": finding.id, "cwe": [], "cvss_v3": "9.8/CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "created": "2026-11-01T00:00:08.828Z",
        "impact_path": [f"default/{_PLACE}"],
        "components": [component | {"fixed_versions": [f"[{finding.fixed_in}]"] if finding.fixed_in else []}],
    }
