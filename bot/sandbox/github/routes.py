"""Every address of the sandbox's GitHub, laid out as GitHub Enterprise Server does."""

from collections.abc import Awaitable, Callable
from threading import RLock
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.github import (
    graphql,
    rest_actions,
    rest_app,
    rest_artifacts,
    rest_attestations,
    rest_contents,
    rest_git,
    rest_issues,
    rest_labels,
    rest_milestones,
    rest_pulls,
    rest_releases,
    rest_repos,
    rest_run_artifacts,
    rest_storage_records,
    rest_sub_issues,
)
from bot.sandbox.github.gate import Gate
from bot.sandbox.github.git_http import GitHttp
from bot.sandbox.github.rest import Answer, Call, Handler, Routes, not_found

_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]

REST: Final[Routes] = (
    *rest_app.ROUTES,
    *rest_artifacts.ROUTES,
    *rest_run_artifacts.ROUTES,
    *rest_storage_records.ROUTES,
    *rest_attestations.ROUTES,
    *rest_repos.ROUTES,
    *rest_git.ROUTES,
    *rest_contents.ROUTES,
    *rest_pulls.ROUTES,
    *rest_labels.ROUTES,
    *rest_issues.ROUTES,
    *rest_sub_issues.ROUTES,
    *rest_milestones.ROUTES,
    *rest_releases.ROUTES,
    *rest_actions.ROUTES,
)


def application(gate: Gate, lock: RLock) -> Starlette:
    git = GitHttp(gate, lock)
    services = ("info/refs", "git-upload-pack", "git-receive-pack")
    return Starlette(
        routes=[
            *(Route(f"/api/v3{path}", _endpoint(gate, handler), methods=[method]) for method, path, handler in REST),
            Route("/api/graphql", _endpoint(gate, graphql.answer, resource="graphql"), methods=["POST"]),
            # GitHub answers 404 where others would say that the method is not allowed.
            Route("/api/v3/{path:path}", _endpoint(gate, _unknown), methods=_METHODS),
            *(Route(f"/{{owner}}/{{repo}}/{service}", git) for service in services),
        ]
    )


def _endpoint(gate: Gate, handler: Handler, *, resource: str = "core") -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await gate.answer(request, handler, resource=resource)

    return endpoint


def _unknown(_call: Call) -> Answer:
    raise not_found()
