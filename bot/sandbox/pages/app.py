"""The pages over HTTP."""

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.sandbox.pages.site import Site

# Nothing that a repo's files, titles or bodies hold can load or run anything, even where escaping were forgotten.
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class WithPages:
    """An ASGI app that answers a browser's GET for one of the site's pages, and hands everything else on."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"} and not _is_for_machines(scope["path"]):
            await (await self._answer(Request(scope)))(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        html = await run_in_threadpool(self._site.page, request.url.path.strip("/"))
        if html is None:
            return PlainTextResponse("There is no such page.\n", status_code=404, headers=_HEADERS)
        return HTMLResponse(html, headers=_HEADERS)


def _is_for_machines(path: str) -> bool:
    """Whether a path belongs to the API or to git (`/acme/shop.git/info/refs`)."""
    return path.startswith("/api/") or path.endswith(("/info/refs", "/git-upload-pack", "/git-receive-pack"))
