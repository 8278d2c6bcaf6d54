"""Quay: what its own Clair knows of a manifest.

By quay/quay: `endpoints/api/secscan.py` (the states), `data/secscan_model/datatypes.py` (the report).
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import httpx

from bot.assess.fields import Object, UnreadableError, entries, parts, severity, text, vectors, within
from bot.assess.reports.report import Coverage, Findings, Report, Scanned, fix_state, named, unread
from bot.assess.servers.scanner import Documents, Image, Mark, NoReport, Server, State
from bot.assess.servers.wire import Wire
from bot.assess.servers.words import names_in, rated
from bot.model.assessment import Hole
from bot.model.contents import KnownBy, Package

_STATES: Final = {
    "queued": State.QUEUED,
    "unsupported": State.UNSUPPORTED,
    "failed": State.FAILED,
    "manifest_layer_too_large": State.UNSUPPORTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quay:
    """Satisfies Scanner."""

    wire: Wire

    def mark(self) -> Mark | None:
        """It tells of no state of its scanner's data."""
        return None

    def greet(self) -> None:
        """Who asks; a token that is known may be one that must not read that."""
        expected = frozenset({httpx.codes.FORBIDDEN})
        _ = self.wire.ask("GET", "/api/v1/user/", credential=self.wire.login.bearer(), expected=expected).document

    def ask(self, image: Image) -> Documents | NoReport:
        path = f"/api/v1/repository/{quote(image.endpoint.repository)}/manifest/{image.digest}/security?vulnerabilities=true"
        said = self.wire.ask("GET", path, credential=self.wire.login.bearer(), expected=frozenset({httpx.codes.NOT_FOUND}))
        if said.status == httpx.codes.NOT_FOUND:
            return NoReport(state=State.NEVER_SCANNED, why="no such manifest is there")
        told = said.document
        status = text(told.get("status"))
        if status in _STATES:
            return NoReport(state=_STATES[status], why=status.replace("_", " ") if status.startswith("manifest") else "")
        if status != "scanned":
            raise UnreadableError(f"the state of its scan is none that is known ({status[:100]})")
        return (told,)

    def submit(self, image: Image) -> NoReport | None:  # noqa: ARG002 - the signature of the Protocol
        """It scans all that is pushed to it, and nothing else."""
        return NoReport(state=State.NEVER_SCANNED, why="it scans what is pushed to it alone")

    def read(self, documents: Documents, image: Image, where: str) -> Report:
        """The answer names no image: it is of the one whose digest the question named."""
        layer = within(next(iter(documents), {}), "data", "Layer")
        if not isinstance(layer.get("Features"), list):
            raise UnreadableError("it lacks the list of packages")
        packages, found = [], Findings()
        for feature in parts(layer["Features"]):
            package = _package(feature)
            packages += [package] if package else []
            for told in entries(feature.get("Vulnerabilities")):
                found.take(_holes(told, package, where))
        return Report(
            form=where,
            where=where,
            image=Scanned(digests=frozenset({image.digest})),
            holes=found.each_once,
            coverage=Coverage(packages=tuple(packages)),
            not_checked=unread(found.unreadable, f"the report of {where}"),
        )


def _package(feature: Object) -> Package | None:
    name, version = text(feature.get("Name")), text(feature.get("Version"))
    return Package(type="", name=name, version=version, known_by=KnownBy.DECLARED) if name and version else None


def _holes(told: Object, package: Package | None, where: str) -> list[Hole]:
    name, others = names_in(text(told.get("Name")), text(told.get("Link")))
    if not name or package is None:
        return []
    fixed_in = text(told.get("FixedBy"))
    vector = next(vectors([within(told, "Metadata", "NVD", "CVSSv3").get("Vectors")]), "")
    return [
        Hole(
            id=one.id,
            aliases=one.aliases,
            package=package,
            severity=rated(severity(told.get("Severity")), vector),
            cvss=vector,
            fixed_in=fixed_in,
            fix_state=fix_state("", fixed_in),
            summary=text(told.get("Description")),
            source=one.source,
        )
        for one in named(name, others, where)
    ]


SERVER: Final = Server(make=Quay, title="Quay", has_own_registry=True)
