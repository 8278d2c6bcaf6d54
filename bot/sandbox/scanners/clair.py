"""Clair 4 on loopback: its indexer and its matcher (see `bot.assess.servers.clair` for the sources)."""

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.model.contents import Package
from bot.model.image import Digest
from bot.sandbox.scanners.scans import Scan, ScannerSandbox

_PLACES: Final = {
    "deb": "var/lib/dpkg/status", "apk": "lib/apk/db/installed", "rpm": "sqlite:var/lib/rpm/rpmdb.sqlite", "pypi": "python:usr/lib",
}  # fmt: skip

_BY_ANY_CLOCK: Final[Any] = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
"""Who tests sets the clock."""


@dataclass(slots=True, kw_only=True)
class ClairSandbox(ScannerSandbox):
    """It indexes what it would find something in."""

    issuers: tuple[str, ...] = ("rebuild-bot",)
    update: str = '"1f4f9a5e-4c1c-4b6a-8a80-0c4b0a3b2a11"'
    updated_at: str = "2026-11-28T03:00:00Z"
    now: Callable[[], datetime] | None = None
    """By which tokens live; None: they live for ever."""
    submitted: list[Mapping[str, Any]] = field(default_factory=list)

    def routes(self) -> Iterable[BaseRoute]:
        return (
            Route("/indexer/api/v1/index_state", self._state),
            Route("/indexer/api/v1/index_report", self._index, methods=["POST"]),
            Route("/matcher/api/v1/vulnerability_report/{digest}", self._report),
            Route("/matcher/api/v1/internal/update_operation", self._updates),
        )

    def is_let_in(self, request: Request) -> bool:
        if not self.secret:
            return True
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            claims = jwt.decode(token, b64decode(self.secret.reveal()), algorithms=["HS256"], options=_BY_ANY_CLOCK)
        except jwt.InvalidTokenError:
            return False
        lives = self.now is None or claims["nbf"] <= self.now().timestamp() < claims["exp"]
        return scheme == "Bearer" and claims["iss"] in self.issuers and lives

    async def _state(self, request: Request) -> Response:
        return JSONResponse({"state": "aae368a064d7c5a433d0bf2c4f5554cc"}) if self.is_let_in(request) else Response(status_code=401)

    async def _index(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return Response(status_code=401)
        manifest = await request.json()
        self.submitted.append(manifest)
        digest = Digest(manifest["hash"])
        if not self.begin(digest):
            return _error(400, "failed to start scan: unexpected layer")
        report = {"manifest_hash": digest, "state": "IndexFinished", "success": True, "err": "", "packages": {}, "distributions": {}}
        headers = {"etag": '"state"', "location": f"/indexer/api/v1/index_report/{digest}"}
        return JSONResponse({**report, "repository": {}, "environments": {}}, status_code=201, headers=headers)

    async def _report(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return Response(status_code=401)
        digest = Digest(request.path_params["digest"])
        if digest not in self.scans:
            return _error(404, f'index report for manifest "{digest}" not found')
        if self.is_queued(digest):
            return Response(status_code=202)
        return JSONResponse(_vulnerability_report(digest, self.scans[digest]))

    async def _updates(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return Response(status_code=401)
        update = {
            "ref": self.update.strip('"'),
            "updater": "debian/updater",
            "fingerprint": "",
            "date": self.updated_at,
            "kind": "vulnerability",
        }
        return JSONResponse({"debian/updater": [update]}, headers={"etag": self.update})


def _error(status: int, message: str) -> Response:
    return JSONResponse({"code": "error", "message": message}, status_code=status)


def _vulnerability_report(digest: Digest, scan: Scan) -> Mapping[str, Any]:
    numbers = {package: str(number) for number, package in enumerate(scan.packages, start=1)}
    found = dict(enumerate(scan.findings, start=101))
    return {
        "manifest_hash": scan.told_digest or digest,
        "packages": {number: _package(package, number) for package, number in numbers.items()},
        "distributions": {"1": {"id": "1", "did": "debian", "name": "Debian GNU/Linux", "version": "12 (bookworm)", "version_id": "12"}},
        "repository": {},
        "environments": {number: [_environment(package)] for package, number in numbers.items()},
        "vulnerabilities": {
            str(number): {
                "id": str(number),
                "updater": "debian/updater",
                "name": finding.id,
                "description": finding.summary,
                "issued": "0001-01-01T00:00:00Z",
                "links": f"https://security-tracker.debian.org/tracker/{finding.id}",
                "severity": finding.severity.value,
                "normalized_severity": finding.severity.value.title(),
                "fixed_in_version": finding.fixed_in,
                "distribution": {"id": "1", "did": "debian", "version_id": "12"},
            }
            for number, finding in found.items()
        },
        "package_vulnerabilities": {
            number: [str(key) for key, finding in found.items() if finding.package == package]
            for package, number in numbers.items()
            if any(finding.package == package for finding in found.values())
        },
        "enrichments": {},
    }


def _package(package: Package, number: str) -> Mapping[str, Any]:
    source = {"id": "", "name": package.source_name or package.name, "version": package.source_version or package.version, "kind": "source"}
    told = {"id": number, "name": package.name, "version": package.version, "kind": "binary", "source": source}
    return {**told, "arch": package.architecture} if package.architecture else told


def _environment(package: Package) -> Mapping[str, Any]:
    place = _PLACES.get(package.type, f"{package.type}:")
    return {"package_db": place, "introduced_in": f"sha256:{'1' * 64}", "distribution_id": "1", "repository_ids": []}
