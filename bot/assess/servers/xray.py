"""JFrog Xray: what it knows of a manifest in Artifactory, by the checksum, and how far its scan is.

By docs.jfrog.com: Artifact Summary (v2), Artifact Scan Status (since 3.80.9), Scan Now, Component Identifiers; and jfrog/jfrog-client-go:
`xray/services/{summary,artifact}.go`. Where an artifact is, is told as `default/docker-local/app/1.2/manifest.json`: Artifactory's name,
the repository, the path.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import httpx

from bot.assess.fields import Object, UnreadableError, entries, objects, severity, text, texts, vectors, within
from bot.assess.reports.report import Coverage, Findings, Report, Scanned, digests_in, fix_state, named, unread
from bot.assess.servers.scanner import NO_IMAGE, Documents, Image, NoReport, Row, Server, State
from bot.assess.servers.wire import Credential, Said, Wire
from bot.assess.servers.words import rated
from bot.model.assessment import Hole, NotChecked
from bot.model.contents import KnownBy, Package
from bot.model.image import ImageReference

_MANIFEST: Final = "manifest.json"
_MAX_COPIES: Final = 5
"""Of one image in several repositories, of which the state is asked."""
_NOT_FOUND: Final = frozenset({httpx.codes.NOT_FOUND})
_NO_STATE: Final = frozenset({httpx.codes.NOT_FOUND, httpx.codes.BAD_REQUEST})
"""It is older than the question, or takes the artifact's place for none."""
_MISSING: Final = "not indexed"
"""In what it says of an artifact that it does not know."""
_STATES: Final = {
    "PENDING": State.QUEUED,
    "SCANNING": State.QUEUED,
    "NOT_SCANNED": State.NEVER_SCANNED,
    "NOT_SUPPORTED": State.UNSUPPORTED,
    "FAILED": State.FAILED,
}
_TYPES: Final = {
    "deb": ("deb", 2), "rpm": ("rpm", 1), "alpine": ("apk", 1), "gav": ("maven", 1), "npm": ("npm", 0), "pypi": ("pypi", 0),
    "go": ("golang", 0), "nuget": ("nuget", 0), "composer": ("composer", 0), "cargo": ("cargo", 0), "rubygems": ("gem", 0),
}  # fmt: skip
"""The type of a component by the beginning of its identifier, and how many words stand before its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Xray:
    """Satisfies Scanner."""

    wire: Wire

    def mark(self) -> None:
        """It tells of no state of its data."""

    def greet(self) -> None:
        """What it knows of a checksum that nothing has."""
        asked: Row = {"checksums": [NO_IMAGE.partition(":")[2]]}
        _ = self._post("/api/v2/summary/artifact", asked, expected=frozenset()).document

    def ask(self, image: Image) -> Documents | NoReport:
        said = self._post("/api/v2/summary/artifact", {"checksums": [image.digest.partition(":")[2]]}, expected=_NOT_FOUND)
        if said.status == httpx.codes.NOT_FOUND:
            return NoReport(state=State.NEVER_SCANNED, why="no such interface is there: is this the address of a JFrog platform?")
        summary = said.document
        if not isinstance(summary.get("artifacts"), list) and not objects(summary.get("errors")):
            raise UnreadableError("it lacks the artifacts, and what speaks against telling of them")
        missing: list[NoReport] = []
        for artifact in objects(summary.get("artifacts"))[:_MAX_COPIES]:
            found = self._with_state(artifact)
            if not isinstance(found, NoReport):
                return found
            missing.append(found)
        return missing[0] if missing else _refused(summary)

    def submit(self, image: Image) -> NoReport | None:
        """Have it scan the manifest, where the repository's name is the first word of the image's, as in most addresses of Artifactory."""
        reference = ImageReference.parse(image.contents.image)
        is_of_index = image.contents.index_digest not in {None, image.digest}
        version = reference.tag if reference.tag and not is_of_index else image.digest
        asked: Row = {"repo_path": f"{image.endpoint.repository}/{version}/{_MANIFEST}"}
        refusals = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND})
        said = self._post("/api/v2/index", asked, expected=refusals)
        if said.status in refusals:
            return NoReport(state=State.NEVER_SCANNED, why=f"it was asked to scan {asked['repo_path']} and refuses: {_words(said)}")
        return None

    def read(self, documents: Documents, image: Image, where: str) -> Report:  # noqa: ARG002 - the signature of the Protocol
        artifact, told = (*documents, {}, {})[:2]
        general = within(artifact, "general")
        if not isinstance(artifact.get("issues", []), list | None) or not general:
            raise UnreadableError("it lacks the artifact, or the list of issues")
        found = Findings()
        for issue in entries(artifact.get("issues")):
            if text(issue.get("issue_type")).lower() not in {"", "security"}:
                continue
            found.take(_holes(issue, where))
        return Report(
            form=where,
            where=where,
            image=Scanned(digests=digests_in(f"sha256:{text(general.get('sha256'))}")),
            holes=found.each_once,
            coverage=Coverage(packages=tuple(dict.fromkeys(_listed(artifact))), reads_databases_whole=True),
            not_checked=(*unread(found.unreadable, f"the report of {where}"), *_incomplete(told, where)),
        )

    def _with_state(self, artifact: Object) -> Documents | NoReport:
        """One copy of the image with the state of its scan: a summary is there before the scan is done."""
        _, _, place = text(within(artifact, "general").get("path")).partition("/")
        repository, _, path = place.strip("/").partition("/")
        path = path if path.endswith(_MANIFEST) else f"{path}/{_MANIFEST}"
        said = self._post("/api/v1/artifact/status", {"repo": repository, "path": path}, expected=_NO_STATE)
        if said.status in _NO_STATE:
            return (artifact, {})
        told = said.document
        status = _status(told)
        if status in _STATES:
            return NoReport(state=_STATES[status])
        if status not in {"DONE", "PARTIAL"}:
            raise UnreadableError(f"the state of its scan is none that is known ({status[:100]})")
        return (artifact, told)

    def _post(self, path: str, asked: Row, *, expected: frozenset[int]) -> Said:
        below = "" if self.wire.base_url.endswith("/xray") else "/xray"
        return self.wire.ask("POST", f"{below}{path}", credential=self._credential, json=json.dumps(asked).encode(), expected=expected)

    @property
    def _credential(self) -> Credential | None:
        return self.wire.login.bearer() or self.wire.login.basic()


def _refused(summary: Object) -> NoReport:
    words = [text(error.get("error")) for error in objects(summary.get("errors"))]
    others = [said for said in words if _MISSING not in said]
    return NoReport(state=State.FAILED, why=others[0][:200]) if others else NoReport(state=State.NEVER_SCANNED)


def _words(said: Said) -> str:
    """Why it refuses, as it says it."""
    try:
        told = said.document
    except UnreadableError:
        return f"status {said.status}"
    return (text(told.get("error")) or text(told.get("info")) or f"status {said.status}")[:200]


def _status(told: Object) -> str:
    """Of the search for packages and their vulnerabilities: the others are of secrets, of services, of what the code calls."""
    return text(within(told, "details", "sca").get("status")) or text(within(told, "overall").get("status"))


def _incomplete(told: Object, where: str) -> Iterator[NotChecked]:
    what = f"whether the scan of {where} is complete"
    if not told:
        yield NotChecked(what=what, reason="it does not tell the state of this scan; from version 3.80.9 on it should")
    elif _status(told) == "PARTIAL":
        yield NotChecked(what=what, reason="it says that its scan is partial; have it scanned again there")


def _listed(artifact: Object) -> Iterator[Package]:
    """The components whose licences it tells, known or not: all that it found."""
    for licence in objects(artifact.get("licenses")):
        yield from filter(None, map(_package, texts(licence.get("components"))))


def _holes(issue: Object, where: str) -> Iterator[Hole]:
    cves = {text(told.get("cve")): _vector(told) for told in objects(issue.get("cves"))}
    name = text(issue.get("issue_id")) or next(iter(cves), "")
    for component in objects(issue.get("components")) if name else ():
        package = _package(text(component.get("component_id")), version=text(component.get("version")))
        if package is None:
            continue
        fixed_in = ", ".join(_fixed_in(component))
        for one in named(name, cves, where):
            vector = cves.get(one.id, "") or next(filter(None, cves.values()), "")
            yield Hole(
                id=one.id,
                aliases=one.aliases,
                package=package,
                severity=rated(severity(issue.get("severity")), vector),
                cvss=vector,
                fixed_in=fixed_in,
                fix_state=fix_state("", fixed_in),
                summary=text(issue.get("summary")),
                source=one.source,
            )


def _vector(told: Object) -> str:
    """Behind the score: `7.5/CVSS:3.1/AV:N/…`."""
    _, sign, rest = text(told.get("cvss_v3")).partition("CVSS:")
    return next(vectors([sign + rest]), "")


def _fixed_in(component: Object) -> Iterator[str]:
    """The versions, which stand in brackets at times; a range is none."""
    for said in texts(component.get("fixed_versions")):
        version = said.strip("[]() ")
        if version and "," not in version:
            yield version


def _package(identifier: str, *, version: str = "") -> Package | None:
    """`deb://debian:bookworm:libssl3:3.0.11-1`, with the version behind it; where it has none, the one that stands beside it."""
    scheme, sign, rest = identifier.partition("://")
    kind, before = _TYPES.get(scheme, ("", 0))
    if not sign or not rest:
        return None
    if kind and before:
        words = rest.split(":", before + 1)
        name, told = words[before] if len(words) > before else "", words[before + 1] if len(words) > before + 1 else ""
    else:
        words = []
        name, _, told = rest.rpartition(":") if ":" in rest else (rest, "", "")
    told = told or version
    if not name or not told:
        return None
    namespace = words[0] if kind in {"maven", "deb"} else ""
    if kind in {"npm", "golang", "composer"} and "/" in name:
        namespace, _, name = name.rpartition("/")
    return Package(type=kind, namespace=namespace, name=name, version=told, known_by=KnownBy.DECLARED)


SERVER: Final = Server(make=Xray, title="JFrog Xray", has_own_registry=True)
