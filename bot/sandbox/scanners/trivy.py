"""Trivy's server on loopback: the calls of its cache and its scanner in Twirp's JSON (see `bot.assess.servers.trivy` for the sources)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from packageurl import PackageURL
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.model.image import Digest
from bot.sandbox.scanners.scans import Finding, ScannerSandbox

_STATUS_FIXED = 3
_STATUS_AFFECTED = 2
_APPLICATIONS = "lang-pkgs"


@dataclass(slots=True, kw_only=True)
class TrivySandbox(ScannerSandbox):
    """It finds in what it is handed the packages that its findings name. It has no queue: it scans while it is asked."""

    updated_at: str = "2026-11-28T18:13:06.123456789Z"
    blobs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    artifacts: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def routes(self) -> Iterable[BaseRoute]:
        cache, scanner = "/twirp/trivy.cache.v1.Cache", "/twirp/trivy.scanner.v1.Scanner"
        return (
            Route("/version", self._version),
            Route(f"{cache}/MissingBlobs", self._missing, methods=["POST"]),
            Route(f"{cache}/PutBlob", self._put_blob, methods=["POST"]),
            Route(f"{cache}/PutArtifact", self._put_artifact, methods=["POST"]),
            Route(f"{scanner}/Scan", self._scan, methods=["POST"]),
        )

    def is_let_in(self, request: Request) -> bool:
        return not self.secret or request.headers.get("trivy-token") == self.secret.reveal()

    async def _version(self, _request: Request) -> Response:
        database = {"Version": 2, "NextUpdate": self.updated_at, "UpdatedAt": self.updated_at, "DownloadedAt": self.updated_at}
        return JSONResponse({"Version": "0.65.0", "VulnerabilityDB": database})

    async def _missing(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return _denied()
        asked = await request.json()
        missing = [name for name in asked["blob_ids"] if name not in self.blobs]
        return JSONResponse({"missing_artifact": asked["artifact_id"] not in self.artifacts, "missing_blob_ids": missing})

    async def _put_blob(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return _denied()
        asked = await request.json()
        self.blobs[asked["diff_id"]] = asked["blob_info"]
        return JSONResponse({})

    async def _put_artifact(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return _denied()
        asked = await request.json()
        self.artifacts[asked["artifact_id"]] = asked["artifact_info"]
        return JSONResponse({})

    async def _scan(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return _denied()
        asked = await request.json()
        if any(name not in self.blobs for name in asked["blob_ids"]):
            return JSONResponse({"code": "internal", "msg": "failed scan: layer cache missing"}, status_code=500)
        scan = self.would_find.get(Digest(asked["artifact_id"]))
        findings = scan.findings if scan else ()
        results = [result for name in asked["blob_ids"] for result in _results(self.blobs[name], findings)]
        return JSONResponse({"os": None, "results": results, "layers": []})


def _denied() -> Response:
    return JSONResponse({"code": "unauthenticated", "msg": "invalid token"}, status_code=401)


def _results(blob: Mapping[str, Any], findings: Iterable[Finding]) -> Iterable[Mapping[str, Any]]:
    if "os" in blob:
        family, version = blob["os"]["family"], blob["os"]["name"]
        for told in blob["package_infos"]:
            yield _result(f"image ({family} {version})", "os-pkgs", family, told["packages"], findings)
    for told in blob["applications"]:
        yield _result(told["file_path"], _APPLICATIONS, told["type"], told["packages"], findings)


def _result(target: str, kind: str, type_: str, packages: Iterable[Mapping[str, Any]], findings: Iterable[Finding]) -> Mapping[str, Any]:
    listed = list(packages)
    return {
        "target": target,
        "class": kind,
        "type": type_,
        "packages": listed,
        "vulnerabilities": [_vulnerability(finding, package) for finding in findings for package in listed if _is_of(finding, package)],
        "misconfigurations": [],
        "custom_resources": [],
        "secrets": [],
        "licenses": [],
    }


def _is_of(finding: Finding, package: Mapping[str, Any]) -> bool:
    """Whether a package at its version is the one that a finding names."""
    told, named = (PackageURL.from_string(purl) for purl in (package["identifier"]["purl"], finding.package.purl))
    return (told.type, told.name, told.version) == (named.type, named.name, named.version)


def _vulnerability(finding: Finding, package: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "vulnerability_id": finding.id,
        "pkg_name": package["name"],
        "installed_version": finding.package.version,
        "fixed_version": finding.fixed_in,
        "title": finding.summary,
        "description": "",
        "severity": finding.severity.value.upper(),
        "references": [],
        "pkg_identifier": {"purl": finding.package.purl, "bom_ref": "", "uid": "1"},
        "severity_source": "nvd",
        "cvss": {"nvd": {"v2_vector": "", "v3_vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "v2_score": 0, "v3_score": 9.8}},
        "vendor_ids": [],
        "data_source": {"id": "debian", "name": "Debian Security Tracker", "url": ""},
        "pkg_path": package.get("file_path", ""),
        "status": _STATUS_FIXED if finding.fixed_in else _STATUS_AFFECTED,
    }
