"""Sonatype IQ on loopback: applications, scans of bills of materials, their reports (see `bot.assess.servers.sonatype` for the sources)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from packageurl import PackageURL
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.model.image import Digest
from bot.sandbox.scanners.scans import Finding, Scan, ScannerSandbox

_SCORES = {"low": 2.5, "medium": 5.3, "high": 7.5, "critical": 9.8}
_CATEGORIES = {"low": "low", "medium": "moderate", "high": "severe", "critical": "critical"}


@dataclass(slots=True, kw_only=True)
class SonatypeSandbox(ScannerSandbox):
    """It finds in a bill of materials what it would find in the image that the bill is of, and knows each of its packages."""

    applications: dict[str, str] = field(default_factory=lambda: {"rebuild-bot": "4537e6fe68c24dd5ac83efd97d4fc2f4"})
    """By their public id the one inside."""
    status_url: str = "api/v2/scan/applications/{application}/status/{request}"
    data_version: str | None = "2026-11-28T06:00:00.000+0000"
    unknown: frozenset[str] = frozenset()
    """Names of packages that its data does not know."""
    submitted: list[Mapping[str, Any]] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)

    def routes(self) -> Iterable[BaseRoute]:
        return (
            Route("/api/v2/applications", self._applications),
            Route("/api/v2/scan/applications/{application}/sources/{source}", self._scan, methods=["POST"]),
            Route("/api/v2/scan/applications/{application}/status/{request}", self._status),
            Route("/api/v2/applications/{public}/reports/{report}/raw", self._raw),
        )

    async def _applications(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return Response(status_code=401)
        public = request.query_params.get("publicId", "")
        known = {public: self.applications[public]} if public in self.applications else {}
        return JSONResponse({"applications": [_application(one, inner) for one, inner in known.items()]})

    async def _scan(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return Response(status_code=401)
        application = request.path_params["application"]
        if application not in self.applications.values():
            return PlainTextResponse("No such application", status_code=404)
        bill = await request.json()
        self.submitted.append(bill)
        self.stages.append(request.query_params.get("stageId", ""))
        self.begin(Digest(bill["metadata"]["component"]["version"]))
        number = f"request{len(self.submitted) - 1}"
        return JSONResponse({"statusUrl": self.status_url.format(application=application, request=number)}, status_code=202)

    async def _status(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return Response(status_code=401)
        number = request.path_params["request"].removeprefix("request")
        digest = Digest(self.submitted[int(number)]["metadata"]["component"]["version"])
        if digest in self.scans and self.is_queued(digest):
            return Response(status_code=404)
        public = next(iter(self.applications))
        html = f"ui/links/application/{public}/report/{number}"
        counts = {"critical": 0, "severe": 0, "moderate": 0}
        told = {
            "policyAction": "None",
            "reportHtmlUrl": html,
            "reportPdfUrl": f"{html}/pdf",
            "reportDataUrl": f"api/v2/applications/{public}/reports/{number}/raw",
            "embeddableReportHtmlUrl": f"{html}/embeddable",
            "isError": False,
            "errorMessage": None,
            "componentsAffected": counts,
            "openPolicyViolations": counts,
            "grandfatheredPolicyViolations": 0,
            "legacyViolations": 0,
        }
        return JSONResponse(told)

    async def _raw(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return Response(status_code=401)
        bill = self.submitted[int(request.path_params["report"])]
        scan = self.scans.get(Digest(bill["metadata"]["component"]["version"]), Scan())
        components = [self._component(told["purl"], scan.findings) for told in bill["components"] if "purl" in told]
        summary = {"totalComponentCount": len(components), "knownComponentCount": len(components)}
        return JSONResponse(
            {"components": components, "matchSummary": summary, "globalInformation": {"dataVersionDate": self.data_version}}
        )

    def _component(self, said: str, findings: Iterable[Finding]) -> Mapping[str, Any]:
        purl = PackageURL.from_string(said)
        is_known = purl.name not in self.unknown
        issues = [_issue(finding) for finding in findings if is_known and _is_of(finding, purl)]
        return {
            "hash": None,
            "packageUrl": said,
            "displayName": f"{purl.name} {purl.version}",
            "componentIdentifier": {"format": purl.type, "coordinates": {"name": purl.name, "version": purl.version}} if is_known else None,
            "proprietary": False,
            "matchState": "exact" if is_known else "unknown",
            "pathnames": [],
            "licenseData": None,
            "securityData": {"securityIssues": issues},
            "dependencyData": None,
        }


def _application(public: str, inner: str) -> Mapping[str, Any]:
    return {"id": inner, "publicId": public, "name": public, "organizationId": "bb41", "contactUserName": None, "applicationTags": []}


def _is_of(finding: Finding, purl: PackageURL) -> bool:
    named = PackageURL.from_string(finding.package.purl)
    return (named.type, named.name, named.version) == (purl.type, purl.name, purl.version)


def _issue(finding: Finding) -> Mapping[str, Any]:
    word = finding.severity.value
    told = {
        "source": "cve" if finding.id.startswith("CVE-") else "sonatype",
        "reference": finding.id,
        "severity": _SCORES.get(word, 0.0),
        "status": "Open",
        "url": None,
        "threatCategory": _CATEGORIES.get(word, "none"),
        "cwe": "79",
        "cvssVector": None,
    }
    return {**told, "analysis": {"detail": finding.summary}} if finding.summary else told
