"""The OCI distribution API (specification 1.1) over a store, as an ASGI app."""

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from itertools import count
from typing import Final
from urllib.parse import parse_qs, quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.clients.oci.documents import OCI_INDEX, OCI_MANIFEST
from bot.model.image import Digest, InvalidReferenceError
from bot.sandbox.registry.access import TOKEN_LIFE, Gate
from bot.sandbox.registry.limit import PullLimit
from bot.sandbox.registry.store import RefusedError, Repository, Store, StoredManifest

_RANGE: Final = re.compile(r"bytes=(\d{1,18})-(\d{0,18})")
_NAME: Final = "{name:path}"
Handler = Callable[[Request], Awaitable[Response]]


class RegistryApp:
    """Routes and their answers; all state is in the store and the gate."""

    def __init__(self, *, store: Store, gate: Gate, max_page: int, has_referrers: bool, limit: PullLimit | None) -> None:
        self._store = store
        self._gate = gate
        self._max_page = max_page
        self._has_referrers = has_referrers
        self._limit = limit
        self._uploads: dict[str, bytearray] = {}
        self._numbers = count(1)
        self.app = Starlette(
            routes=[
                Route("/token", self._token, methods=["GET"]),
                Route("/token", self._token_by_form, methods=["POST"]),
                Route("/v2/", self._guarded(self._ping), methods=["GET"]),
                Route(f"/v2/{_NAME}/tags/list", self._guarded(self._tags), methods=["GET"]),
                Route(f"/v2/{_NAME}/manifests/{{reference}}", self._guarded(self._manifest), methods=["GET"]),
                Route(f"/v2/{_NAME}/manifests/{{reference}}", self._guarded(self._put_manifest, action="push"), methods=["PUT"]),
                Route(f"/v2/{_NAME}/referrers/{{digest}}", self._guarded(self._referrers), methods=["GET"]),
                Route(f"/v2/{_NAME}/blobs/uploads/", self._guarded(self._start_upload, action="push"), methods=["POST"]),
                Route(f"/v2/{_NAME}/blobs/uploads/{{upload}}", self._guarded(self._upload_status, action="push"), methods=["GET"]),
                Route(f"/v2/{_NAME}/blobs/uploads/{{upload}}", self._guarded(self._upload_more, action="push"), methods=["PATCH"]),
                Route(f"/v2/{_NAME}/blobs/uploads/{{upload}}", self._guarded(self._end_upload, action="push"), methods=["PUT"]),
                Route(f"/v2/{_NAME}/blobs/uploads/{{upload}}", self._guarded(self._drop_upload, action="push"), methods=["DELETE"]),
                Route(f"/v2/{_NAME}/blobs/{{digest}}", self._guarded(self._blob), methods=["GET"]),
            ],
        )

    def _guarded(self, handler: Handler, *, action: str = "pull") -> Handler:
        async def answer(request: Request) -> Response:
            repository = request.path_params.get("name")
            challenge = self._gate.challenge(request, repository=repository, action=action)
            if challenge is not None:
                response = _error(RefusedError(401, "UNAUTHORIZED", "authentication required"))
                response.headers["www-authenticate"] = challenge
            else:
                try:
                    response = await handler(request)
                except RefusedError as refusal:
                    response = _error(refusal)
                except InvalidReferenceError as error:
                    response = _error(RefusedError(400, "DIGEST_INVALID", str(error)))
            response.headers["docker-distribution-api-version"] = "registry/2.0"
            for text in self._store.repositories.get(repository or "", Repository()).warnings:
                response.headers.append("warning", f'299 - "{text}"')
            return response

        return answer

    async def _token(self, request: Request) -> Response:
        user = self._gate.user(request)
        if "authorization" in request.headers and user is None:
            return _error(RefusedError(401, "UNAUTHORIZED", "incorrect username or password"))
        told = self._token_answer(user, " ".join(request.query_params.getlist("scope")).split())
        if user is not None and request.query_params.get("offline_token") == "true":
            told["refresh_token"] = self._gate.identity_token(user)
        return JSONResponse(told)

    async def _token_by_form(self, request: Request) -> Response:
        """The OAuth 2 way, which identity tokens go (distribution's "Docker Registry v2 authentication using OAuth2")."""
        form = {name: values[-1] for name, values in parse_qs((await request.body()).decode()).items()}
        user = self._gate.identity(form.get("refresh_token", ""))
        if form.get("grant_type") == "password":
            user = self._gate.user_of(form.get("username", ""), form.get("password", ""))
        if user is None:
            return _error(RefusedError(401, "UNAUTHORIZED", "incorrect credentials"))
        told = self._token_answer(user, form.get("scope", "").split())
        return JSONResponse({**told, "access_token": told["token"]})

    def _token_answer(self, user: str | None, scopes: list[str]) -> dict[str, object]:
        return {"token": self._gate.token(user, scopes), "expires_in": int(TOKEN_LIFE.total_seconds())}

    async def _ping(self, _: Request) -> Response:
        return JSONResponse({})

    async def _tags(self, request: Request) -> Response:
        name = request.path_params["name"]
        tags = sorted(self._store.known(name).tags)
        last = request.query_params.get("last")
        if last is not None:
            tags = [tag for tag in tags if tag > last]
        wanted = request.query_params.get("n", str(self._max_page))
        if not wanted.isdecimal():
            raise RefusedError(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested")
        page = tags[: min(int(wanted), self._max_page)]
        response = _conditional(request, JSONResponse({"name": name, "tags": page}))
        if 0 < len(page) < len(tags):
            response.headers["link"] = f'</v2/{name}/tags/list?last={quote(page[-1])}&n={len(page)}>; rel="next"'
        return response

    async def _manifest(self, request: Request) -> Response:
        manifest = self._store.manifest(request.path_params["name"], request.path_params["reference"])
        _negotiate(request, manifest)
        response = Response(manifest.body, media_type=manifest.media_type)
        response.headers["docker-content-digest"] = manifest.digest
        response.headers["etag"] = f'"{manifest.digest}"'
        if self._limit is None:
            return response
        if request.method == "GET" and not self._limit.take():
            response = _error(RefusedError(429, "TOOMANYREQUESTS", "You have reached your pull rate limit."))
        response.headers.update(self._limit.headers())
        return response

    async def _put_manifest(self, request: Request) -> Response:
        name, reference = request.path_params["name"], request.path_params["reference"]
        media_type = request.headers.get("content-type", "")
        manifest = self._store.add_manifest(name, reference, await request.body(), media_type)
        response = Response(status_code=201)
        response.headers["location"] = f"/v2/{name}/manifests/{manifest.digest}"
        response.headers["docker-content-digest"] = manifest.digest
        subject = manifest.read().get("subject")
        if isinstance(subject, dict) and self._has_referrers:
            response.headers["oci-subject"] = str(subject.get("digest"))
        return response

    async def _referrers(self, request: Request) -> Response:
        if not self._has_referrers:
            return Response("404 page not found\n", status_code=404, media_type="text/plain")
        artifact_type = request.query_params.get("artifactType")
        body = self._store.referrers_index(request.path_params["name"], Digest(request.path_params["digest"]), artifact_type)
        response = Response(body, media_type=OCI_INDEX)
        if artifact_type is not None:
            response.headers["oci-filters-applied"] = "artifactType"
        return response

    async def _blob(self, request: Request) -> Response:
        digest = Digest(request.path_params["digest"])
        data = self._store.blobs.get(digest)
        if data is None:
            raise RefusedError(404, "BLOB_UNKNOWN", "blob unknown to registry")
        response = _ranged(request, data)
        response.headers["docker-content-digest"] = digest
        response.headers["etag"] = f'"{digest}"'
        return response

    async def _start_upload(self, request: Request) -> Response:
        name = request.path_params["name"]
        mounted, digest = request.query_params.get("mount"), request.query_params.get("digest")
        if mounted is not None and Digest(mounted) in self._store.blobs:
            return _created_blob(name, Digest(mounted))
        if digest is not None:
            return _created_blob(name, self._store.add_blob(await request.body(), expected=digest))
        upload = str(next(self._numbers))
        self._uploads[upload] = bytearray()
        return self._upload_state(name, upload, 202)

    async def _upload_status(self, request: Request) -> Response:
        self._upload(request)
        return self._upload_state(request.path_params["name"], request.path_params["upload"], 204)

    async def _upload_more(self, request: Request) -> Response:
        self._upload(request).extend(await request.body())
        return self._upload_state(request.path_params["name"], request.path_params["upload"], 202)

    async def _end_upload(self, request: Request) -> Response:
        data = bytes(self._upload(request)) + await request.body()
        digest = self._store.add_blob(data, expected=Digest(request.query_params.get("digest", "")))
        del self._uploads[request.path_params["upload"]]
        return _created_blob(request.path_params["name"], digest)

    async def _drop_upload(self, request: Request) -> Response:
        self._upload(request)
        del self._uploads[request.path_params["upload"]]
        return Response(status_code=204)

    def _upload(self, request: Request) -> bytearray:
        try:
            return self._uploads[request.path_params["upload"]]
        except KeyError as error:
            raise RefusedError(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry") from error

    def _upload_state(self, name: str, upload: str, status: int) -> Response:
        size = len(self._uploads[upload])
        headers = {"location": f"/v2/{name}/blobs/uploads/{upload}", "docker-upload-uuid": upload, "range": f"0-{max(size - 1, 0)}"}
        return Response(status_code=status, headers=headers)


def _negotiate(request: Request, manifest: StoredManifest) -> None:
    """Refuse what the Accept header leaves out, in distribution's words: OCI types must be asked for, Docker's always come."""
    accepted = {part.partition(";")[0].strip() for header in request.headers.getlist("accept") for part in header.split(",")}
    kinds = {OCI_INDEX: "index", OCI_MANIFEST: "manifest"}
    kind = kinds.get(manifest.media_type)
    if kind is not None and not accepted & {manifest.media_type, "*/*"}:
        raise RefusedError(404, "MANIFEST_UNKNOWN", f"OCI {kind} found, but accept header does not support OCI {kind}s")


def _conditional(request: Request, response: Response) -> Response:
    """The same answer with an ETag, or 304 where the asker has it."""
    etag = f'"{sha256(bytes(response.body)).hexdigest()}"'
    if etag in request.headers.get("if-none-match", ""):
        response = Response(status_code=304)
    response.headers["etag"] = etag
    return response


def _ranged(request: Request, data: bytes) -> Response:
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None:
        return Response(data, media_type="application/octet-stream")
    start, end = int(found[1]), min(int(found[2] or len(data) - 1), len(data) - 1)
    if start > end:
        return Response(status_code=416, headers={"content-range": f"bytes */{len(data)}"})
    headers = {"content-range": f"bytes {start}-{end}/{len(data)}"}
    return Response(data[start : end + 1], status_code=206, media_type="application/octet-stream", headers=headers)


def _created_blob(name: str, digest: Digest) -> Response:
    return Response(status_code=201, headers={"location": f"/v2/{name}/blobs/{digest}", "docker-content-digest": digest})


def _error(refusal: RefusedError) -> Response:
    body = {"errors": [{"code": refusal.code, "message": str(refusal), "detail": None}]}
    return JSONResponse(body, status_code=refusal.status)
