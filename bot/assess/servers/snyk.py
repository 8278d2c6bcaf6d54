"""Snyk: the projects that stand for an image, and the issues of each.

By snyk/user-docs: `docs/.gitbook/assets/rest-spec.json` (container_images 2023-11-02, projects 2024-05-31, issues 2024-10-15), and the
reference of Projects (v1), which alone tells the image that a project is of now (`imageId`): the one of a tag goes on with the tag, and
would speak of another image. What an image is known by the reference calls its id; whether that is the digest of its configuration or of
its manifest it does not say, and both are asked for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import httpx

from bot.assess.fields import Object, UnreadableError, entries, mapping, moment, objects, parts, severity, text, vectors, within
from bot.assess.packages import OF_DISTRIBUTIONS
from bot.assess.reports.report import Coverage, Findings, Report, Scanned, named, unread
from bot.assess.reports.snyk import package, package_type
from bot.assess.servers.scanner import NO_IMAGE, Documents, Image, NoReport, Row, Server, State
from bot.assess.servers.wire import MAX_PAGES, Credential, DeniedError, Wire
from bot.assess.servers.words import rated
from bot.model.assessment import FixState, Hole
from bot.model.contents import Package
from bot.model.secret import Secret

_VERSION: Final = "2024-10-15"
"""Of the interface: each resource answers in the newest version that it had by then."""
_PAGE: Final = 100
_MAX_TARGETS: Final = 10
_MAX_PROJECTS: Final = 100
_KEPT: Final[tuple[str, ...]] = ("id", "name", "type", "imageId", "imageTag", "imagePlatform", "lastTestedDate", "isMonitored")
_Entry = TypeVar("_Entry")
_OTHERS: Final = frozenset({"license", "code", "cloud", "config", "custom"})
"""Types of issues that are no hole of a package; what has none of the known types is counted as not read."""
_NOT_FOUND: Final = frozenset({httpx.codes.NOT_FOUND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Snyk:
    """Satisfies Scanner."""

    wire: Wire

    def mark(self) -> None:
        """It tells of no state of its data."""

    def greet(self) -> None:
        """Whether the organization has an image that nobody has."""
        try:
            _ = list(self._pages("container_images", {"image_ids": NO_IMAGE}))
        except _MissingError as error:
            raise DeniedError(f"it shows no organization {self.wire.organization}. Correct `organization` under `scanners`") from error

    def ask(self, image: Image) -> Documents | NoReport:
        ids = [image.digest, *filter(None, [image.configuration_digest()])]
        try:
            known = list(self._pages("container_images", {"image_ids": ",".join(ids)}))
            targets = _few(_MAX_TARGETS, (target for one in known for target in self._targets(text(one.get("id")), ids)))
            projects = _few(_MAX_PROJECTS, (_uuid(one) for target in targets for one in self._projects(target)))
        except _MissingError:
            return NoReport(state=State.NEVER_SCANNED, why="its organization, or what belongs to the image, is not there")
        found = [told for name in projects if text((told := self._project(name)).get("imageId")) in ids]
        if not found:
            why = "its projects are of other images by now" if projects else ""
            return NoReport(state=State.NEVER_SCANNED, why=why)
        return [{"project": project, "issues": list(self._issues(_uuid(project)))} for project in found]

    def submit(self, image: Image) -> NoReport | None:  # noqa: ARG002 - the signature of the Protocol
        """It has images imported, or monitored by its own command, and nothing else."""
        return NoReport(state=State.NEVER_SCANNED, why="it takes images by its own import or `snyk container monitor` alone")

    def read(self, documents: Documents, image: Image, where: str) -> Report:
        """Of this image: projects of another one were left out as they came."""
        kinds, days, found = set(), [], Findings()
        for document in documents:
            if not isinstance(document.get("issues"), list):
                raise UnreadableError("it lacks the list of issues")
            kind = package_type(text(within(document, "project").get("type")))
            kinds.add(kind)
            days.append(moment(within(document, "project").get("lastTestedDate")))
            for issue in entries(document["issues"]):
                attributes = mapping(issue.get("attributes"))
                if text(attributes.get("type")) in _OTHERS or text(attributes.get("status")) == "resolved":
                    continue
                found.take(_holes(attributes, kind, where))
        return Report(
            form=where,
            where=where,
            image=Scanned(digests=frozenset({image.digest})),
            holes=found.each_once,
            coverage=Coverage(types=OF_DISTRIBUTIONS & kinds),
            made_at=min(filter(None, days), default=None),
            not_checked=unread(found.unreadable, f"the issues of {where}"),
        )

    def _targets(self, name: str, ids: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Id and reference (the tag) of those that the image was found in."""
        name = name.replace("%3A", ":")
        if name not in ids:
            return
        for one in self._pages(f"container_images/{name}/relationships/image_target_refs", {}):
            told = mapping(one.get("attributes"))
            yield str(_uuid({"id": told.get("target_id")})), text(told.get("target_reference"))

    def _projects(self, target: tuple[str, str]) -> Iterator[Object]:
        name, reference = target
        return self._pages("projects", {"target_id": name, **({"target_reference": reference} if reference else {})})

    def _project(self, name: str) -> Object:
        path = f"/v1/org/{self.wire.organization}/project/{name}"
        said = self.wire.ask("GET", path, credential=self._credential, expected=_NOT_FOUND)
        told = {} if said.status == httpx.codes.NOT_FOUND else said.document
        return {key: told[key] for key in _KEPT if key in told} | {"id": name}

    def _issues(self, project: str) -> Iterator[Object]:
        return self._pages("issues", {"scan_item.id": project, "scan_item.type": "project", "type": "package_vulnerability"})

    def _pages(self, path: str, query: Row) -> Iterator[Object]:
        """All entries of a list below the organization. Of the address of the next page only the cursor is used."""
        cursors: set[str] = set()
        cursor = ""
        for _ in range(MAX_PAGES):
            asked = urlencode({"version": _VERSION, "limit": _PAGE, **query, **({"starting_after": cursor} if cursor else {})})
            whole = f"/rest/orgs/{self.wire.organization}/{path}?{asked}"
            said = self.wire.ask("GET", whole, credential=self._credential, expected=_NOT_FOUND, headers=_ACCEPTED)
            if said.status == httpx.codes.NOT_FOUND:
                raise _MissingError
            if not isinstance(said.document.get("data"), list):
                raise UnreadableError("its list has no entries, not even none")
            yield from parts(said.document["data"])
            cursor = _cursor(within(said.document, "links").get("next"))
            if not cursor:
                return
            if cursor in cursors:
                raise UnreadableError("its pages lead in a circle")
            cursors.add(cursor)
        raise UnreadableError(f"its list has more than {MAX_PAGES} pages")

    @property
    def _credential(self) -> Credential | None:
        token = self.wire.login.token
        return Credential(value=Secret(f"token {token.reveal()}")) if token else None


_ACCEPTED: Final = {"accept": "application/vnd.api+json"}


class _MissingError(Exception):
    """What was asked for is not there."""


def _few(most: int, entries: Iterable[_Entry]) -> list[_Entry]:
    """Without doubles. Raises UnreadableError where there are more."""
    found: dict[_Entry, None] = {}
    for entry in entries:
        found[entry] = None
        if len(found) > most:
            raise UnreadableError(f"it has more than {most} targets or projects of the image")
    return list(found)


def _uuid(told: Object) -> str:
    """What may stand in a path. Raises UnreadableError."""
    try:
        return str(UUID(text(told.get("id"))))
    except ValueError as error:
        raise UnreadableError("one of its entries has no id") from error


def _cursor(link: object) -> str:
    """Of the next page; empty: there is none."""
    address = text(link) or text(mapping(link).get("href"))
    try:
        return next(iter(parse_qs(urlsplit(address).query, max_num_fields=50).get("starting_after", [])), "")
    except ValueError:
        return ""


def _holes(attributes: Object, kind: str, where: str) -> Iterator[Hole]:
    """One for each package; also of what somebody ignored there, which is a hole here."""
    names = [said for problem in objects(attributes.get("problems")) if (said := text(problem.get("id"))) and not said.startswith("CWE-")]
    name = next((said for said in names if said.startswith("SNYK-")), next(iter(names), ""))
    vector = next(vectors([told.get("vector") for told in objects(attributes.get("severities"))]), "")
    for coordinate in objects(attributes.get("coordinates")) if name else ():
        if text(coordinate.get("state")) == "resolved":
            continue
        is_fixed = coordinate.get("is_fixable_upstream") is True
        for found in _packages(coordinate, kind):
            hole = Hole(
                id=name,
                package=found,
                severity=rated(severity(attributes.get("effective_severity_level")), vector),
                cvss=vector,
                fix_state=FixState.AVAILABLE if is_fixed else FixState.UNKNOWN,
                summary=text(attributes.get("title")),
                source=where,
            )
            yield from (replace(hole, id=one.id, aliases=one.aliases, source=one.source) for one in named(name, names, where))


def _packages(coordinate: Object, kind: str) -> Iterator[Package]:
    for representation in objects(coordinate.get("representations")):
        told = within(representation, "dependency")
        found = package(kind, text(told.get("package_name")), text(told.get("package_version")))
        if found is not None:
            yield found


SERVER: Final = Server(make=Snyk, title="Snyk")
