"""Dependency-Track: a project for each image, with the repository as its name and the digest as its version.

By DependencyTrack/dependency-track: `resources/v1/{Bom,Event,Project,Finding,Component}Resource.java` and `model/{Project,Finding}.java` of
5, which has pages of findings, and of 4, which answers all of them at once. When a project was last analysed is told since 4.13 (#4620).
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import httpx

from bot.assess.fields import Object, UnreadableError, entries, mapping, objects, parts, severity, text, texts, vectors
from bot.assess.packages import declared
from bot.assess.reports.report import MAX_HOLES, TOO_MANY, Coverage, Findings, Report, Scanned, digests_in, fix_state, named, unread
from bot.assess.servers.scanner import Documents, Image, NoReport, Row, Server, State
from bot.assess.servers.wire import MAX_PAGES, Credential, Said, Wire
from bot.assess.servers.words import rated
from bot.model.assessment import Hole
from bot.model.contents import KnownBy, Package
from bot.model.image import Digest, ImageReference

_HEADER: Final = "X-Api-Key"
_TOTAL: Final = "x-total-count"
_PAGE: Final = 500
_MAX_BILL_CHARACTERS: Final = 20_000_000
"""Of the base64 that it takes."""
_UNDER_WAY: Final = timedelta(days=1)
"""An analysis that was not done for longer is none that will be."""
_ALIASES: Final = ("cveId", "ghsaId", "osvId", "snykId", "sonatypeId", "vulnDbId")
_COUNT: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_NOT_FOUND: Final = frozenset({httpx.codes.NOT_FOUND})
_MAY_NOT: Final = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyTrack:
    """Satisfies Scanner."""

    wire: Wire
    tokens: dict[Digest, str] = field(default_factory=dict)
    """Of the bills of materials that this run handed over: while it works on one, it has no answer."""

    def mark(self) -> None:
        """It tells of no state of its data: each of its sources has one of its own."""

    def greet(self) -> None:
        """Which team the key is of."""
        _ = self._get("/api/v1/team/self").document

    def ask(self, image: Image) -> Documents | NoReport:
        token = self.tokens.get(image.digest)
        if token and self._get(f"/api/v1/event/token/{token}").document.get("processing") is not False:
            return NoReport(state=State.QUEUED)
        asked = urlencode({"name": _name(image), "version": image.digest})
        said = self.wire.ask("GET", f"/api/v1/project/lookup?{asked}", credential=self._credential, expected=_NOT_FOUND)
        if said.status == httpx.codes.NOT_FOUND:
            return NoReport(state=State.NEVER_SCANNED)
        project = said.document
        name = _uuid(project.get("uuid"))
        missing = self._missing(project, is_handed_over=bool(token))
        if missing is not None:
            return missing
        findings = self._pages(f"/api/v1/finding/project/{name}?suppressed=true")
        components = self._pages(f"/api/v1/component/project/{name}?")
        return (project, {"findings": findings}, {"components": [one.get("purl") for one in components]})

    def submit(self, image: Image) -> NoReport | None:
        bill = b64encode(json.dumps(image.bill_of_materials()).encode()).decode()
        if len(bill) > _MAX_BILL_CHARACTERS:
            return NoReport(state=State.UNSUPPORTED, why="its bill of materials is larger than what it takes")
        asked: Row = {"projectName": _name(image), "projectVersion": image.digest, "autoCreate": True, "bom": bill}
        expected = _MAY_NOT | _NOT_FOUND | {httpx.codes.BAD_REQUEST, httpx.codes.CONFLICT}
        said = self.wire.ask("PUT", "/api/v1/bom", credential=self._credential, json=json.dumps(asked).encode(), expected=expected)
        match said.status:
            case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
                why = "its key may not hand over bills of materials: that takes BOM_UPLOAD and PROJECT_CREATION_UPLOAD"
                return NoReport(state=State.NEVER_SCANNED, why=why)
            case httpx.codes.NOT_FOUND:
                return NoReport(state=State.NEVER_SCANNED, why="it has no project of this name, and makes none")
            case httpx.codes.BAD_REQUEST:
                return NoReport(state=State.FAILED, why="it refused the bill of materials, which is CycloneDX 1.6")
            case httpx.codes.CONFLICT:
                # Somebody else made the project a moment ago.
                return NoReport(state=State.QUEUED)
            case _:
                self.tokens[image.digest] = _uuid(said.document.get("token"))
                return None

    def read(self, documents: Documents, image: Image, where: str) -> Report:  # noqa: ARG002 - the signature of the Protocol
        project, found, listed = (*documents, {}, {}, {})[:3]
        if not isinstance(found.get("findings"), list):
            raise UnreadableError("it lacks the list of findings")
        gathered = Findings()
        for finding in entries(found["findings"]):
            gathered.take(_holes(finding, where))
        return Report(
            form=where,
            where=where,
            image=Scanned(digests=digests_in(project.get("version"))),
            holes=gathered.each_once,
            coverage=Coverage(packages=tuple(_compared(texts(listed.get("components")), gathered.holes))),
            made_at=_moment(project.get("lastVulnerabilityAnalysis")),
            not_checked=unread(gathered.unreadable, f"the findings of {where}"),
        )

    def _missing(self, project: Object, *, is_handed_over: bool) -> NoReport | None:
        """Why a project has no findings that count; None: it was analysed since its bill of materials came."""
        imported, analysed = _moment(project.get("lastBomImport")), _moment(project.get("lastVulnerabilityAnalysis"))
        if imported is None:
            if is_handed_over:
                return NoReport(state=State.FAILED, why="it took the bill of materials and did not read it")
            return NoReport(state=State.NEVER_SCANNED)
        if analysed is not None and analysed >= imported:
            return None
        why = "it tells of no analysis since the bill of materials came; before version 4.13 it tells of none at all"
        is_late = is_handed_over or imported < self.wire.now() - _UNDER_WAY
        return NoReport(state=State.FAILED if is_late else State.QUEUED, why=why)

    def _pages(self, path: str) -> list[Object]:
        """All entries of a list. Older servers have no pages of findings, and answer all with the first. Raises UnreadableError."""
        found: list[Object] = []
        total = ""
        for number in range(1, MAX_PAGES + 1):
            said = self._get(f"{path}&pageSize={_PAGE}&pageNumber={number}")
            total = said.answer.headers.get(_TOTAL, "")
            if not isinstance(said.data, list) or not _COUNT.fullmatch(total):
                raise UnreadableError("its list is none, or lacks the number of entries")
            on_page = parts(said.data)
            found += on_page
            if len(found) >= int(total):
                return found
            if len(found) > MAX_HOLES:
                raise UnreadableError(TOO_MANY)
            if not on_page:
                break
        raise UnreadableError(f"its pages hold {len(found)} of the {total} entries that it tells of")

    def _get(self, path: str) -> Said:
        return self.wire.ask("GET", path, credential=self._credential)

    @property
    def _credential(self) -> Credential | None:
        return self.wire.login.own(_HEADER)


def _name(image: Image) -> str:
    """Of the project: the image's name in normal form, with the registry."""
    return ImageReference.parse(image.contents.image).name


def _uuid(value: object) -> str:
    """What may stand in a path. Raises UnreadableError."""
    try:
        return str(UUID(text(value)))
    except ValueError as error:
        raise UnreadableError("it names no project, or no token") from error


def _moment(value: object) -> datetime | None:
    """A time in milliseconds since 1970."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _compared(purls: Iterable[str], holes: Iterable[Hole]) -> Iterator[Package]:
    """Its components of the types that it tells a hole of: which of its sources know a type it does not say."""
    types = {hole.package.type for hole in holes}
    return (package for said in purls if (package := declared(said)) and package.type in types)


def _holes(finding: Object, where: str) -> list[Hole]:
    """Those that somebody suppressed there too: what a user of the scanner ignored is a hole here."""
    told = mapping(finding.get("vulnerability"))
    name, package = text(told.get("vulnId")), _package(mapping(finding.get("component")))
    if not name or package is None:
        return []
    others = [text(alias.get(kind)) for alias in objects(told.get("aliases")) for kind in _ALIASES]
    vector = next(vectors([told.get("cvssV4Vector"), told.get("cvssV3Vector")]), "")
    return [
        Hole(
            id=one.id,
            aliases=one.aliases,
            package=package,
            severity=rated(severity(told.get("severity")), vector),
            cvss=vector,
            fix_state=fix_state("", ""),
            summary=text(told.get("title")) or text(told.get("description")),
            source=one.source,
        )
        for one in named(name, others, where)
    ]


def _package(component: Object) -> Package | None:
    by_purl = declared(text(component.get("purl")))
    group, name, version = (text(component.get(key)) for key in ("group", "name", "version"))
    if by_purl or not name or not version:
        return by_purl
    return Package(type="", namespace=group, name=name, version=version, known_by=KnownBy.DECLARED)


SERVER: Final = Server(make=DependencyTrack, title="Dependency-Track", lives_on_submissions=True)
