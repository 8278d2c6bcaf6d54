"""Sonatype IQ (Lifecycle): it knows applications, not images, and of an image what stands in the bill of materials that it is handed.

By the published OpenAPI (sonatype-nexus-community/nexus-iq-api-client, `spec/openapi.yaml`, of IQ 1.182): scanComponents, getScanStatus,
getApplications, getRawData. Its clients (sonatype-nexus-community: nancy, chelsea, jake) show the rest: the application's id inside the
server is asked for by the public one, a scan that is not done has no status (404), `statusUrl` and `reportDataUrl` begin without a slash,
and older servers name the report in `reportHtmlUrl` alone.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

import httpx

from bot.assess.fields import Object, UnreadableError, entries, mapping, moment, objects, parts, text, vectors, within
from bot.assess.packages import declared
from bot.assess.reports.report import Coverage, Findings, Report, Scanned, fix_state, named, unread
from bot.assess.servers.scanner import Documents, Image, Mark, NoReport, Server, State
from bot.assess.servers.wire import Credential, DeniedError, Wire
from bot.assess.servers.words import of_score, rated
from bot.model.assessment import DataSource, Hole
from bot.model.contents import Package
from bot.model.image import Digest

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
_REPORT: Final = re.compile(r"/reports?/([A-Za-z0-9_-]{1,100})(?:/|$)", re.ASCII)
_MAX_WHY: Final = 200
_COMPARED: Final = "exact"
"""The state of a component that its data knows as it is; of others (`similar`, `unknown`) it tells of something else, or of nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A scan that was asked for: the ids of its application and of its request."""

    application: str
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sonatype:
    """Satisfies Scanner. A report is of the image whose bill of materials was handed over for it: none of it says which that was.

    Which scan is of which image is known for one run; what came of it is kept by the caller, as every report is.
    """

    wire: Wire
    tickets: dict[Digest, Ticket] = field(default_factory=dict)
    applications: dict[str, str] = field(default_factory=dict)
    """By their public id the one inside the server."""

    def mark(self) -> Mark | None:
        """The day of its data stands in its reports alone."""
        return None

    def greet(self) -> None:
        """Whether the application is there."""
        self._application()

    def ask(self, image: Image) -> Documents | NoReport:
        if not image.contents.packages:
            return NoReport(state=State.UNSUPPORTED, why="no package of it is known")
        ticket = self.tickets.get(image.digest)
        if ticket is None:
            return NoReport(state=State.NEVER_SCANNED)
        path = f"/api/v2/scan/applications/{ticket.application}/status/{ticket.request}"
        said = self.wire.ask("GET", path, credential=self._credential, expected=frozenset({httpx.codes.NOT_FOUND}))
        if said.status == httpx.codes.NOT_FOUND:
            return NoReport(state=State.QUEUED)
        told = said.document
        if told.get("isError") is True:
            return NoReport(state=State.FAILED, why=text(told.get("errorMessage"))[:_MAX_WHY])
        public = quote(self.wire.application, safe="")
        raw = self.wire.ask("GET", f"/api/v2/applications/{public}/reports/{_report(told)}/raw", credential=self._credential)
        return (raw.document,)

    def submit(self, image: Image) -> NoReport | None:
        """Hand over the bill of materials. The scan becomes the newest of its application and stage, and its policies act on it."""
        application = self._application()
        path = f"/api/v2/scan/applications/{application}/sources/cyclonedx?stageId={quote(self.wire.stage, safe='')}"
        body = json.dumps(image.bill_of_materials()).encode()
        said = self.wire.ask("POST", path, credential=self._credential, json=body, expected=frozenset({httpx.codes.BAD_REQUEST}))
        if said.status == httpx.codes.BAD_REQUEST:
            shown = said.answer.body[:_MAX_WHY].decode(errors="replace").strip()
            why = f"it does not take a bill of materials in CycloneDX 1.6{f': {shown}' if shown else ''}"
            return NoReport(state=State.UNSUPPORTED, why=why)
        request = text(said.document.get("statusUrl")).rstrip("/").rpartition("/")[2]
        self.tickets[image.digest] = Ticket(application=application, request=_checked(request, "where the state of the scan stands"))
        return None

    def read(self, documents: Documents, image: Image, where: str) -> Report:
        report = next(iter(documents), {})
        if not isinstance(report.get("components"), list):
            raise UnreadableError("it lacks the list of components")
        compared, found = [], Findings()
        for component in parts(report["components"]):
            package = declared(text(component.get("packageUrl")))
            if package and text(component.get("matchState")) == _COMPARED:
                compared.append(package)
            for issue in _issues(component):
                found.take(_holes(issue, package, where))
        day = moment(within(report, "globalInformation").get("dataVersionDate"))
        return Report(
            form=where,
            where=where,
            image=Scanned(digests=frozenset({image.digest})),
            holes=found.each_once,
            coverage=Coverage(packages=tuple(compared)),
            database=DataSource(name=f"the data of {where}", as_of=day) if day else None,
            not_checked=unread(found.unreadable, f"the report of {where}"),
        )

    def _application(self) -> str:
        public = self.wire.application
        if public not in self.applications:
            said = self.wire.ask("GET", f"/api/v2/applications?publicId={quote(public, safe='')}", credential=self._credential)
            known = objects(said.document.get("applications"))
            found = next((text(one.get("id")) for one in known if text(one.get("publicId")) == public), "")
            if not found:
                raise DeniedError(
                    f"it shows no application with the public id {public}: create it, correct `application` under `scanners`, "
                    "or let the user see and evaluate it",
                    is_of_login=True,
                )
            self.applications[public] = _checked(found, "the id of the application")
        return self.applications[public]

    @property
    def _credential(self) -> Credential | None:
        return self.wire.login.basic()


def _checked(said: str, what: str) -> str:
    """An id that goes into a path. Raises UnreadableError."""
    if not _ID.fullmatch(said):
        raise UnreadableError(f"{what} is not told in a form that is known")
    return said


def _report(status: Object) -> str:
    """The id of the report: asked for by it, for addresses in answers may lead anywhere."""
    places = (text(status.get(key)) for key in ("reportDataUrl", "reportHtmlUrl"))
    found = next(filter(None, map(_REPORT.search, places)), None)
    if found is None:
        raise UnreadableError("it does not say where the report on the scan is")
    return found.group(1)


def _issues(component: Object) -> list[Object]:
    """Raises UnreadableError."""
    told = component.get("securityData")
    if not isinstance(told, dict | None):
        raise UnreadableError("what a component's security data should be is no object")
    return entries(mapping(told).get("securityIssues"))


def _holes(issue: Object, package: Package | None, where: str) -> list[Hole]:
    name = text(issue.get("reference"))
    if not name or package is None:
        return []
    vector = next(vectors([issue.get("cvssVector")]), "")
    return [
        Hole(
            id=one.id,
            aliases=one.aliases,
            package=package,
            severity=rated(of_score(issue.get("severity")), vector),
            cvss=vector,
            fix_state=fix_state("", ""),
            source=one.source,
        )
        for one in named(name, [], where)
    ]


SERVER: Final = Server(make=Sonatype, title="Sonatype IQ", lives_on_submissions=True)
