"""What the embedded scanners know, whatever the wire format that they tell it in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from bot.model.contents import Package
from bot.model.image import Digest
from bot.model.secret import Secret
from bot.model.severity import Severity
from bot.sandbox.faults import Faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One hole of one package."""

    id: str
    package: Package
    severity: Severity = Severity.HIGH
    fixed_in: str = ""
    summary: str = ""


@dataclass(slots=True, kw_only=True)
class Scan:
    """What is known of one image."""

    packages: tuple[Package, ...] = ()
    findings: tuple[Finding, ...] = ()
    queued_answers: int = 0
    """How many more questions are answered by "not yet"."""
    told_digest: Digest | None = None
    """Of which image the server says that its report is; None: of the one that was asked for."""


@dataclass(slots=True, kw_only=True)
class ScannerSandbox:
    """A server without routes. `app` is what a `bot.sandbox.server.Server` serves; `faults` counts its requests and breaks them."""

    secret: Secret = field(default_factory=lambda: Secret(""))
    """Of whoever may ask; empty: everybody may."""
    scans: dict[Digest, Scan] = field(default_factory=dict)
    would_find: dict[Digest, Scan] = field(default_factory=dict)
    """What a scan would find that it is asked for."""
    app: ASGIApp = field(init=False)
    faults: Faults = field(init=False)

    def __post_init__(self) -> None:
        self.faults = Faults(Starlette(routes=list(self.routes())))
        self.app = self.faults

    def routes(self) -> Iterable[BaseRoute]:
        return ()

    def is_let_in(self, request: Request) -> bool:
        """Whether the request shows the secret."""
        return not self.secret or self.secret.reveal() in request.headers.get("authorization", "")

    def is_queued(self, digest: Digest) -> bool:
        """Whether the image's scan is under way; each question brings it nearer to its end."""
        scan = self.scans[digest]
        scan.queued_answers -= scan.queued_answers > 0
        return scan.queued_answers > 0

    def begin(self, digest: Digest) -> bool:
        """Scan an image; false: there is none."""
        if digest not in self.would_find:
            return False
        self.scans[digest] = self.would_find[digest]
        return True


NOBODY: Final = "unauthorized"


def refused(status: int, message: str, **more: Any) -> Response:  # noqa: ANN401 - whatever JSON holds
    return JSONResponse({"message": message, **more}, status_code=status)
