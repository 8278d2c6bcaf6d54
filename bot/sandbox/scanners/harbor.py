"""Harbor on loopback: artifacts with the state of their scan, and its report (see `bot.assess.servers.harbor` for the sources)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.model.image import Digest
from bot.sandbox.scanners.scans import Finding, ScannerSandbox

_REPORT: Final = "application/vnd.security.vulnerability.report; version=1.1"
_ARTIFACT: Final = "/api/v2.0/projects/{project}/repositories/{repository:path}/artifacts/{digest}"


@dataclass(slots=True, kw_only=True)
class HarborSandbox(ScannerSandbox):
    """It knows the artifacts that were scanned, and those that would find something."""

    generated_at: str = "2026-11-28T10:20:30.123456Z"

    def routes(self) -> Iterable[BaseRoute]:
        return (
            Route("/api/v2.0/users/current", self._user),
            Route(_ARTIFACT, self._artifact),
            Route(f"{_ARTIFACT}/scan", self._begin, methods=["POST"]),
            Route(f"{_ARTIFACT}/additions/vulnerabilities", self._report),
        )

    async def _user(self, request: Request) -> Response:
        """Who asks is a robot."""
        if not self.is_let_in(request):
            return _errors(401, "UNAUTHORIZED", "unauthorized")
        return _errors(412, "PRECONDITION", "get current user not available for security context: robot")

    async def _artifact(self, request: Request) -> Response:
        digest = Digest(request.path_params["digest"])
        if not self.is_let_in(request):
            return _errors(401, "UNAUTHORIZED", "unauthorized")
        if digest not in self.scans and digest not in self.would_find:
            return _errors(404, "NOT_FOUND", f"artifact {digest} not found")
        known = self.scans.get(digest)
        told = known.told_digest if known and known.told_digest else digest
        artifact: dict[str, Any] = {"id": 1, "type": "IMAGE", "digest": told, "size": 1, "project_id": 1, "repository_id": 1}
        if known is not None:
            state = "Running" if self.is_queued(digest) else "Success"
            artifact["scan_overview"] = {_REPORT: {"report_id": "r", "scan_status": state, "severity": "High", "duration": 1}}
        return JSONResponse(artifact)

    async def _begin(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return _errors(401, "UNAUTHORIZED", "unauthorized")
        if not self.begin(Digest(request.path_params["digest"])):
            return _errors(404, "NOT_FOUND", "artifact not found")
        return Response(status_code=202)

    async def _report(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return _errors(401, "UNAUTHORIZED", "unauthorized")
        known = self.scans.get(Digest(request.path_params["digest"]))
        if known is None or known.queued_answers:
            return JSONResponse({})
        report = {
            "generated_at": self.generated_at,
            "scanner": {"name": "Trivy", "vendor": "Aqua Security", "version": "v0.65.0"},
            "severity": "High",
            "vulnerabilities": [_vulnerability(finding) for finding in known.findings],
        }
        return JSONResponse({_REPORT: report})


def _errors(status: int, code: str, message: str) -> Response:
    return JSONResponse({"errors": [{"code": code, "message": message}]}, status_code=status)


def _vulnerability(finding: Finding) -> Mapping[str, Any]:
    package = finding.package
    name = "/".join(filter(None, (package.namespace if package.type in {"maven", "golang", "npm"} else "", package.name)))
    return {
        "id": finding.id,
        "package": name,
        "version": package.version,
        "fix_version": finding.fixed_in,
        "severity": finding.severity.value.title(),
        "description": finding.summary,
        "links": [f"https://avd.aquasec.com/nvd/{finding.id.lower()}"],
        "artifact_digests": [],
        "preferred_cvss": {"score_v3": 9.8, "score_v2": None, "vector_v3": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "vector_v2": ""},
        "cwe_ids": [],
        "vendor_attributes": {},
    }
