"""Trivy's own JSON (`trivy image --format json`), SchemaVersion 2."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from bot.assess.fields import Object, UnreadableError, entries, mapping, moment, objects, parts, severity, text, texts, vectors, within
from bot.assess.packages import OF_DISTRIBUTIONS, declared
from bot.assess.reports.report import (
    MAX_HOLES,
    TOO_MANY,
    Coverage,
    Report,
    Scanned,
    digests_in,
    fix_state,
    named,
    platform_of,
    statement,
    unread,
)
from bot.model.assessment import DataSource, Hole, VexStatement, VexStatus
from bot.model.contents import KnownBy, Package

_WHOLE: Final = {"node-pkg": "npm", "python-pkg": "pypi", "jar": "maven", "gemspec": "gem"}
"""Kinds of results that stand for all packages of a type in the image; others are of one file, such as a lock file or an executable."""
_OF_FILES: Final = {
    "gobinary": "golang", "rustbinary": "cargo", "npm": "npm", "yarn": "npm", "pnpm": "npm", "pip": "pypi", "pipenv": "pypi",
    "poetry": "pypi", "uv": "pypi", "bundler": "gem", "gomod": "golang", "cargo": "cargo", "pom": "maven", "gradle": "maven",
    "composer": "composer", "composer-vendor": "composer", "nuget": "nuget", "dotnet-core": "nuget", "conda-pkg": "conda",
}  # fmt: skip
_DISMISSING: Final = {"not_affected": VexStatus.NOT_AFFECTED, "fixed": VexStatus.FIXED}


def is_trivy(document: Object) -> bool:
    return "SchemaVersion" in document and ("Results" in document or "ArtifactName" in document)


def read(document: Object, where: str, *, form: str = "Trivy report") -> Report:
    """Raises UnreadableError where it is of something else than an image, or of another schema."""
    kind = text(document.get("ArtifactType"))
    if document.get("SchemaVersion") != 2:  # noqa: PLR2004 - the only one there is
        raise UnreadableError("its SchemaVersion is not 2; make it with a current Trivy")
    if kind != "container_image":
        raise UnreadableError(f"it is of {kind or 'nothing that it names'}, not of a container image; make it by `trivy image`")
    reading = _Reading(where=where, source=form if form == where else f"{form} {where}")
    for result in parts(document.get("Results")):
        reading.result(result)
    metadata = mapping(document.get("Metadata"))
    updated = moment(within(document, "Trivy", "Server", "VulnerabilityDB").get("UpdatedAt"))
    return Report(
        form=form,
        where=where,
        image=Scanned(
            names=tuple(dict.fromkeys([*texts(metadata.get("RepoTags")), *texts(document.get("ArtifactName"))])),
            digests=digests_in(metadata.get("RepoDigests"), document.get("ArtifactName")),
            image_id=text(metadata.get("ImageID")),
            diff_ids=tuple(texts(metadata.get("DiffIDs"))),
            platform=platform_of(mapping(metadata.get("ImageConfig"))),
        ),
        holes=tuple(dict.fromkeys(reading.holes)),
        coverage=Coverage(packages=tuple(reading.packages), types=frozenset(reading.types), files=frozenset(reading.files)),
        made_at=moment(document.get("CreatedAt")),
        database=DataSource(name="Trivy's database", as_of=updated) if updated else None,
        statements=tuple(reading.statements),
        not_checked=unread(reading.unread, where),
    )


@dataclass(slots=True, kw_only=True)
class _Reading:
    where: str
    source: str
    """Whose word its holes are."""
    holes: list[Hole] = field(default_factory=list)
    packages: list[Package] = field(default_factory=list)
    types: set[str] = field(default_factory=set)
    files: set[tuple[str, str]] = field(default_factory=set)
    statements: list[VexStatement] = field(default_factory=list)
    unread: int = 0

    def result(self, result: Object) -> None:
        kind, target = text(result.get("Type")), text(result.get("Target"))
        is_system = result.get("Class") == "os-pkgs"
        listed = [package for told in objects(result.get("Packages")) if (package := _listed(told, kind, target))]
        if listed:
            self.packages += listed
        elif is_system:
            self.types |= OF_DISTRIBUTIONS
        elif kind in _WHOLE:
            self.types.add(_WHOLE[kind])
        elif kind in _OF_FILES:
            self.files.add((_OF_FILES[kind], target))
        for finding in entries(result.get("Vulnerabilities")):
            self._finding(finding, kind, target)
        for modified in objects(result.get("ExperimentalModifiedFindings")):
            if modified.get("Type") == "vulnerability":
                self._modified(modified, kind, target)

    def _finding(self, finding: Object, kind: str, target: str) -> Hole | None:
        hole = _hole(finding, kind, target, source=self.source)
        if hole is None:
            self.unread += 1
            return None
        if len(self.holes) >= MAX_HOLES:
            raise UnreadableError(TOO_MANY)
        self.holes.append(hole)
        if finding.get("Status") == "not_affected":
            whose = text(within(finding, "DataSource").get("Name")) or "Trivy's database"
            self.statements.append(statement(hole, VexStatus.NOT_AFFECTED, author=whose, where=self.where))
        return hole

    def _modified(self, modified: Object, kind: str, target: str) -> None:
        """A finding that Trivy left out: one that a VEX document takes away is so here too, one that its user ignored is a hole."""
        hole = self._finding(mapping(modified.get("Finding")), kind, target)
        if hole is None:
            return
        status = _DISMISSING.get(text(modified.get("Status")))
        whose = text(modified.get("Source"))
        if status is None:
            self.holes[-1] = replace(hole, source=f"{hole.source} (ignored there by {whose or 'its user'})")
        else:
            reason = text(modified.get("Statement"))
            self.statements.append(statement(hole, status, reason=reason, author=whose, where=self.where))


def _hole(finding: Object, kind: str, target: str, *, source: str) -> Hole | None:
    name = text(finding.get("VulnerabilityID"))
    package = _package(finding, "PkgIdentifier", text(finding.get("PkgName")), text(finding.get("InstalledVersion")), kind)
    if not name or package is None:
        return None
    path = text(finding.get("PkgPath")) or (target if kind in _OF_FILES else "")
    fixed_in = text(finding.get("FixedVersion"))
    one = named(name, texts(finding.get("VendorIDs")), source)[0]
    return Hole(
        id=one.id,
        aliases=one.aliases,
        package=replace(package, path=path),
        severity=severity(finding.get("Severity")),
        cvss=next(_vectors(finding), ""),
        fixed_in=fixed_in,
        fix_state=fix_state(text(finding.get("Status")), fixed_in),
        summary=text(finding.get("Title")) or text(finding.get("Description")),
        source=one.source,
    )


def _vectors(finding: Object) -> Iterator[str]:
    """The newest first, and of the same version that of the one whose severity it shows."""
    rated = mapping(finding.get("CVSS"))
    preferred = text(finding.get("SeveritySource"))
    sources = sorted(rated, key=lambda source: source != preferred)
    return vectors([mapping(rated[source]).get(version) for version in ("V40Vector", "V3Vector") for source in sources])


def _listed(told: Object, kind: str, target: str) -> Package | None:
    version = text(told.get("Version"))
    release, epoch = text(told.get("Release")), told.get("Epoch")
    whole = f"{version}-{release}" if version and release else version
    if whole and isinstance(epoch, int) and epoch > 0:
        whole = f"{epoch}:{whole}"
    package = _package(told, "Identifier", text(told.get("Name")), whole, kind)
    path = text(told.get("FilePath")) or (target if kind in _OF_FILES else "")
    return replace(package, path=path) if package else None


def _package(told: Object, identifier: str, name: str, version: str, kind: str) -> Package | None:
    """By its package URL, else by name and version; the type is then told only for languages."""
    purl = text(within(told, identifier).get("PURL"))
    by_purl = declared(purl) if purl else None
    if by_purl or not name or not version:
        return by_purl
    return Package(type=_WHOLE.get(kind) or _OF_FILES.get(kind, ""), name=name, version=version, known_by=KnownBy.DECLARED)
