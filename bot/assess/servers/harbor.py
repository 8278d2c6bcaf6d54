"""Harbor: the report that its own scanner has on an artifact.

By goharbor/harbor: `api/v2.0/swagger.yaml` (getArtifact, getVulnerabilitiesAddition, scanArtifact; a slash in a repository's name is
escaped twice), `src/pkg/scan/vuln/report.go` (the report), `src/jobservice/job/status.go` (the states of a scan).
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import httpx

from bot.assess.fields import Object, UnreadableError, entries, mapping, moment, severity, text, texts, vectors
from bot.assess.reports.report import (
    Coverage,
    Findings,
    Report,
    Scanned,
    digests_in,
    fix_state,
    named,
    unread,
)
from bot.assess.servers.scanner import Documents, Image, Mark, NoReport, Server, State
from bot.assess.servers.wire import Credential, Wire
from bot.assess.servers.words import rated
from bot.model.assessment import Hole
from bot.model.contents import KnownBy, Package

_REPORTS: Final = (
    "application/vnd.security.vulnerability.report; version=1.1",
    "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0",
)
_ACCEPTED: Final = {"x-accept-vulnerabilities": ", ".join(_REPORTS)}
_NOT_FOUND: Final = frozenset({httpx.codes.NOT_FOUND})
_UNDER_WAY: Final = frozenset({"pending", "scheduled", "running"})
_BROKEN: Final = frozenset({"error", "stopped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Harbor:
    """Satisfies Scanner. The state of a scan is asked for before its report, for a scan that is under way has an empty one."""

    wire: Wire

    def mark(self) -> Mark | None:
        """It tells of no state of its scanner's data."""
        return None

    def greet(self) -> None:
        """Who asks; of robots, which are no users, it answers that a precondition failed (`src/server/v2.0/handler/user.go`)."""
        expected = frozenset({httpx.codes.PRECONDITION_FAILED})
        _ = self.wire.ask("GET", "/api/v2.0/users/current", credential=self._credential, expected=expected).document

    def ask(self, image: Image) -> Documents | NoReport:
        place = _place(image)
        if place is None:
            return NoReport(state=State.NEVER_SCANNED, why="its name has no project")
        said = self.wire.ask("GET", f"{place}?with_scan_overview=true", credential=self._credential, headers=_ACCEPTED, expected=_NOT_FOUND)
        if said.status == httpx.codes.NOT_FOUND:
            return NoReport(state=State.NEVER_SCANNED, why="no such artifact is there")
        artifact = said.document
        state = _state(artifact)
        if state is not None:
            return state
        found = self.wire.ask(
            "GET", f"{place}/additions/vulnerabilities", credential=self._credential, headers=_ACCEPTED, expected=_NOT_FOUND
        )
        if found.status == httpx.codes.NOT_FOUND:
            return NoReport(state=State.UNSUPPORTED, why="no scanner is set up for its project, or none that can scan it")
        return (artifact, found.document)

    def submit(self, image: Image) -> NoReport | None:
        place = _place(image)
        if place is None:
            return NoReport(state=State.NEVER_SCANNED, why="its name has no project")
        expected = frozenset({httpx.codes.NOT_FOUND, httpx.codes.CONFLICT, httpx.codes.BAD_REQUEST})
        said = self.wire.ask("POST", f"{place}/scan", credential=self._credential, json=b'{"scan_type":"vulnerability"}', expected=expected)
        match said.status:
            case httpx.codes.NOT_FOUND:
                return NoReport(state=State.NEVER_SCANNED, why="no such artifact is there")
            case httpx.codes.BAD_REQUEST:
                return NoReport(state=State.UNSUPPORTED, why="no scanner is set up for its project, or none that can scan it")
            case _:
                # A conflict: somebody else had it scanned a moment ago.
                return None

    def read(self, documents: Documents, image: Image, where: str) -> Report:  # noqa: ARG002 - the signature of the Protocol
        artifact, found = (*documents, {}, {})[:2]
        told = next((mapping(found[kind]) for kind in _REPORTS if kind in found), None)
        if told is None or not isinstance(told.get("vulnerabilities", ""), list | None):
            raise UnreadableError("it holds no list of vulnerabilities of a known form")
        gathered = Findings()
        for entry in entries(told.get("vulnerabilities")):
            gathered.take(_holes(entry, where))
        return Report(
            form=where,
            where=where,
            image=Scanned(digests=digests_in(artifact.get("digest"))),
            holes=gathered.each_once,
            coverage=Coverage(reads_databases_whole=True),
            made_at=moment(told.get("generated_at")),
            not_checked=unread(gathered.unreadable, f"the report of {where}"),
        )

    @property
    def _credential(self) -> Credential | None:
        return self.wire.login.basic()


def _place(image: Image) -> str | None:
    """The path of the artifact; None: its name is not one of Harbor's, which begins with the project."""
    project, _, repository = image.endpoint.repository.partition("/")
    if not repository:
        return None
    twice = quote(quote(repository, safe=""), safe="")
    return f"/api/v2.0/projects/{quote(project, safe='')}/repositories/{twice}/artifacts/{image.digest}"


def _state(artifact: Object) -> NoReport | None:
    """Why there is no report; None: there is one."""
    overviews = [mapping(one) for one in mapping(artifact.get("scan_overview")).values()]
    states = {text(one.get("scan_status")).lower() for one in overviews}
    if "success" in states:
        return None
    if states & _UNDER_WAY:
        return NoReport(state=State.QUEUED)
    if states & _BROKEN:
        return NoReport(state=State.FAILED)
    if not states or states == {"not scanned"}:
        return NoReport(state=State.NEVER_SCANNED)
    raise UnreadableError(f"the state of its scan is none that is known ({', '.join(sorted(states))[:100]})")


def _holes(entry: Object, where: str) -> list[Hole]:
    name, package, version = (text(entry.get(key)) for key in ("id", "package", "version"))
    if not name or not package or not version:
        return []
    fixed_in = text(entry.get("fix_version"))
    vector = next(vectors([mapping(entry.get("preferred_cvss")).get("vector_v3")]), "")
    return [
        Hole(
            id=one.id,
            aliases=one.aliases,
            package=Package(type="", name=package, version=version, known_by=KnownBy.DECLARED),
            severity=rated(severity(entry.get("severity")), vector),
            cvss=vector,
            fixed_in=fixed_in,
            fix_state=fix_state("", fixed_in),
            summary=next(iter(texts(entry.get("description"))), ""),
            source=one.source,
        )
        for one in named(name, [], where)
    ]


SERVER: Final = Server(make=Harbor, title="Harbor", has_own_registry=True)
