"""Qualys Container Security on loopback: the platform's login, images and their vulnerabilities (see `bot.assess.servers.qualys`)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.model.contents import Package
from bot.model.image import Digest
from bot.sandbox.scanners.scans import Finding, ScannerSandbox

_IMAGE: Final = "/csapi/v1.3/images/{sha}"
_LEVELS: Final = {"low": 2, "medium": 3, "high": 4, "critical": 5}


@dataclass(slots=True, kw_only=True)
class QualysSandbox(ScannerSandbox):
    """It knows images by the digest of their configuration. Its secret is the password of whoever may log in."""

    image_id: Callable[[Digest], Digest] = lambda digest: digest
    """Of a manifest's image the digest of the configuration."""
    scanned_at: str = "1764320400000"
    excepted: frozenset[str] = frozenset()
    """Holes that its users made an exception for: told only to who asks for those as well."""

    def routes(self) -> Iterable[BaseRoute]:
        return (
            Route("/auth", self._log_in, methods=["POST"]),
            Route("/csapi/v1.3/images", self._images),
            Route(_IMAGE, self._image),
            Route(f"{_IMAGE}/vuln", self._vulnerabilities),
        )

    @property
    def token(self) -> str:
        return f"e30.e30.{sha256(self.secret.reveal().encode()).hexdigest()}"

    def is_let_in(self, request: Request) -> bool:
        return not self.secret or request.headers.get("authorization") == f"Bearer {self.token}"

    async def _log_in(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        if form.get("token") != ["true"] or form.get("password") != [self.secret.reveal()]:
            return _error(401, "401 UNAUTHORIZED", "Unauthorized user")
        return PlainTextResponse(self.token, status_code=201)

    async def _images(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return _error(401, "401 UNAUTHORIZED", "Unauthorized user")
        return JSONResponse({"data": [], "count": 0, "groups": {}})

    async def _image(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return _error(401, "401 UNAUTHORIZED", "Unauthorized user")
        digest = self._digest(request)
        if digest is None:
            return _error(404, "CMS-2002", "Data not available for given Image Id.")
        scan, is_scanned = self.scans[digest], not self.is_queued(digest)
        sha = request.path_params["sha"]
        record = {
            "created": "1764230400000",
            "updated": "1764320400000",
            "author": "",
            "repo": [{"registry": "registry.example.com", "repository": "shop/team/app", "tag": "1.2"}],
            "repoDigests": [{"registry": "registry.example.com", "repository": "shop/team/app", "digest": digest.removeprefix("sha256:")}],
            "label": None,
            "uuid": "5d48f83b-cddb-33ac-8fad-e8452dd116b1",
            "sha": scan.told_digest.removeprefix("sha256:") if scan.told_digest else sha,
            "imageId": sha[:12],
            "operatingSystem": "Debian GNU/Linux 12",
            "architecture": "amd64",
            "lastScanned": self.scanned_at if is_scanned else None,
            "scanStatus": "SUCCESS" if is_scanned else None,
            "scanErrorCode": None,
            "softwares": [_software(package) for package in scan.packages] if is_scanned else None,
            "vulnerabilities": list(_details(scan.findings)) if is_scanned else None,
        }
        return JSONResponse(record)

    async def _vulnerabilities(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return _error(401, "401 UNAUTHORIZED", "Unauthorized user")
        digest = self._digest(request)
        if digest is None:
            return _error(404, "CMS-2002", "Data not available for given Image Id.")
        with_excepted = request.query_params.get("applyException") == "false"
        told = [one for one in self.scans[digest].findings if with_excepted or one.id not in self.excepted]
        return JSONResponse({"details": list(_details(told)), "vulnSummary": {"confirmed": {}, "potential": {}}})

    def _digest(self, request: Request) -> Digest | None:
        """The scanned image whose configuration has the digest that is asked for."""
        asked = f"sha256:{request.path_params['sha']}"
        return next((digest for digest in self.scans if self.image_id(digest) == asked), None)


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"errorCode": code, "message": message, "timestamp": 1764320400000}, status_code=status)


def _software(package: Package, fixed_in: str = "") -> Mapping[str, Any]:
    name = f"{package.name}:{package.architecture}" if package.type == "deb" and package.architecture else package.name
    kind = "DYNAMIC" if package.type in {"deb", "rpm", "apk"} else "SCA"
    return {"name": name, "version": package.version, "scanType": kind, "packagePath": None, "fixVersion": fixed_in or None}


def _details(findings: Iterable[Finding]) -> Iterable[Mapping[str, Any]]:
    for number, finding in enumerate(findings, start=180001):
        yield _vulnerability(number, finding)


def _vulnerability(number: int, finding: Finding) -> Mapping[str, Any]:
    level = _LEVELS.get(finding.severity.value)
    return {
        "vulnerability": None,
        "result": None,
        "qid": number,
        "title": finding.summary or f"Security update for {finding.package.name}",
        "severity": level,
        "customerSeverity": level,
        "cveids": [finding.id] if finding.id.startswith("CVE-") else [],
        "typeDetected": "CONFIRMED",
        "patchAvailable": bool(finding.fixed_in),
        "category": "Debian",
        "firstFound": "1764230400000",
        "lastFound": "1764320400000",
        "published": 1764144000000,
        "risk": 50,
        "software": [_software(finding.package, finding.fixed_in)],
    }
