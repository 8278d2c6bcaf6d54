"""Snyk on loopback: images, the targets that they were found in, projects and their issues (see `bot.assess.servers.snyk`)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.model.image import Digest
from bot.sandbox.scanners.scans import Finding, Scan, ScannerSandbox

_TIME = "2026-11-28T10:20:30Z"
_MANAGERS = {"deb": "deb", "apk": "apk", "pypi": "pip", "npm": "npm"}
_ORGANIZATION = "/rest/orgs/{organization}"


@dataclass(slots=True, kw_only=True)
class SnykSandbox(ScannerSandbox):
    """A project for each kind of packages in an image."""

    organization: str = "f59045b3-f093-40c3-871d-a334ae30c568"
    page: int = 100
    """Entries of one page."""

    def routes(self) -> Iterable[BaseRoute]:
        refs = "/container_images/{digest}/relationships/image_target_refs"
        return (
            Route(f"{_ORGANIZATION}/container_images", self._images),
            Route(f"{_ORGANIZATION}{refs}", self._targets),
            Route(f"{_ORGANIZATION}/projects", self._projects),
            Route(f"{_ORGANIZATION}/issues", self._issues),
            Route("/v1/org/{organization}/project/{project}", self._project),
        )

    def is_let_in(self, request: Request) -> bool:
        return not self.secret or request.headers.get("authorization") == f"token {self.secret.reveal()}"

    async def _images(self, request: Request) -> Response:
        asked = request.query_params.get("image_ids", "").split(",")
        layers = [f"sha256:{'1' * 64}"]
        attributes = {"platform": "linux/amd64", "layers": layers, "names": ["registry.example.com/shop/team/app:1.2"]}
        found = [{"type": "container_image", "id": one, "attributes": attributes} for one in self.scans if one in asked]
        return self._page(request, found)

    async def _targets(self, request: Request) -> Response:
        digest = request.path_params["digest"]
        attributes = {"platform": "linux/amd64", "target_id": _uuid("target", digest), "target_reference": "1.2"}
        return self._page(request, [{"type": "image_target_reference", "id": _uuid("reference", digest), "attributes": attributes}])

    async def _projects(self, request: Request) -> Response:
        target = request.query_params.get("target_id")
        of_target = [digest for digest in self.scans if _uuid("target", digest) == target]
        found = [_described(digest, kind) for digest in of_target for kind in _kinds(self.scans[digest])]
        return self._page(request, found)

    async def _project(self, request: Request) -> Response:
        if not self.is_let_in(request):
            return JSONResponse({"code": 401, "error": "Not authorised", "message": "Not authorised"}, status_code=401)
        digest, kind = self._named(request.path_params["project"])
        if digest is None:
            return JSONResponse({"code": 404, "error": "Not found"}, status_code=404)
        now = self.scans[digest].told_digest or digest
        name = request.path_params["project"]
        return JSONResponse(
            {"id": name, "name": "app", "type": _MANAGERS[kind], "imageId": now, "imageTag": "1.2", "lastTestedDate": _TIME}
        )

    async def _issues(self, request: Request) -> Response:
        digest, kind = self._named(request.query_params.get("scan_item.id", ""))
        findings = [] if digest is None else [one for one in self.scans[digest].findings if one.package.type == kind]
        return self._page(request, [_issue(finding, request.query_params["scan_item.id"]) for finding in findings])

    def _named(self, project: str) -> tuple[Digest | None, str]:
        """Of which image a project is, and of which kind of packages."""
        known = ((digest, kind) for digest, scan in self.scans.items() for kind in _kinds(scan))
        return next(((digest, kind) for digest, kind in known if _uuid("project", digest, kind) == project), (None, ""))

    def _page(self, request: Request, entries: Sequence[Mapping[str, Any]]) -> Response:
        if not self.is_let_in(request):
            return _refused(401, "Unauthorized")
        if request.path_params["organization"] != self.organization:
            return _refused(404, "Organization not found")
        start = int(request.query_params.get("starting_after", 0))
        stop = start + self.page
        links = {"next": f"{request.url.path}?version=2024-10-15&limit=100&starting_after={stop}"} if stop < len(entries) else {}
        body = {"jsonapi": {"version": "1.0"}, "data": entries[start:stop], "links": links}
        return JSONResponse(body, media_type="application/vnd.api+json")


def _refused(status: int, detail: str) -> Response:
    body = {"jsonapi": {"version": "1.0"}, "errors": [{"status": str(status), "detail": detail}]}
    return JSONResponse(body, status_code=status, media_type="application/vnd.api+json")


def _kinds(scan: Scan) -> list[str]:
    return list(dict.fromkeys(package.type for package in scan.packages))


def _uuid(*parts: str) -> str:
    return str(uuid5(NAMESPACE_URL, " ".join(parts)))


def _described(digest: Digest, kind: str) -> Mapping[str, Any]:
    attributes = {
        "name": "app",
        "type": _MANAGERS[kind],
        "origin": "docker-hub",
        "status": "active",
        "created": _TIME,
        "read_only": False,
        "settings": {},
        "target_file": "",
        "target_reference": "1.2",
    }
    return {"type": "project", "id": _uuid("project", digest, kind), "attributes": attributes}


def _issue(finding: Finding, project: str) -> Mapping[str, Any]:
    package = finding.package
    name = f"{package.source_name}/{package.name}" if package.source_name else package.name
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    rating = {"level": "critical", "source": "NVD", "score": 9.8, "vector": vector, "version": "3.1", "modification_time": _TIME}
    snyk = {"id": f"SNYK-{package.type.upper()}-{package.name.upper()}-1", "source": "SNYK", "type": "vulnerability"}
    dependency = {"package_name": name, "package_version": package.version}
    attributes = {
        "key": snyk["id"],
        "title": finding.summary[:2048] or "A hole",
        "description": finding.summary or "A hole",
        "type": "package_vulnerability",
        "effective_severity_level": finding.severity.value,
        "created_at": _TIME,
        "updated_at": _TIME,
        "status": "open",
        "ignored": False,
        "problems": [snyk, {"id": finding.id, "source": "NVD", "type": "vulnerability"}],
        "severities": [rating],
        "coordinates": [{"state": "open", "is_fixable_upstream": bool(finding.fixed_in), "representations": [{"dependency": dependency}]}],
    }
    relationships = {"scan_item": {"data": {"id": project, "type": "project"}}}
    return {"type": "issue", "id": _uuid("issue", finding.id, name), "attributes": attributes, "relationships": relationships}
