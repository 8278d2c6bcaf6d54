"""Trivy's server, over Twirp in JSON: it knows no image but by the packages that its client hands it.

By aquasecurity/trivy: `rpc/{cache,scanner,common}/service.proto` (the messages), `pkg/rpc/server/listen.go` (`/version`),
`pkg/flag/remote_flags.go` (the token's header), `pkg/rpc/convert.go` (the numbers of a status). Twirp writes the names of fields as they
stand in the protocol, and takes them so.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import httpx

from bot.assess.fields import Object, UnreadableError, entries, mapping, moment, objects, parts, text, texts, within
from bot.assess.packages import OF_DISTRIBUTIONS
from bot.assess.reports import trivy
from bot.assess.reports.report import Report
from bot.assess.servers.scanner import NO_IMAGE, Documents, Image, Mark, NoReport, Row, Server, State
from bot.assess.servers.wire import Credential, Said, Wire
from bot.model.contents import Contents, OperatingSystem, Package

_CACHE: Final = "/twirp/trivy.cache.v1.Cache"
_SCANNER: Final = "/twirp/trivy.scanner.v1.Scanner"
_HEADER: Final = "trivy-token"
_BLOB_SCHEMA: Final = 2
_ARTIFACT_SCHEMA: Final = 1
_FAMILIES: Final = {
    "rhel": "redhat", "almalinux": "alma", "amzn": "amazon", "ol": "oracle", "mariner": "cbl-mariner", "sles_sap": "sles",
}  # fmt: skip
"""Trivy's word for a distribution where it is not the ID of its os-release (`pkg/fanal/types/const.go`)."""
_APPLICATIONS: Final = {
    "npm": "node-pkg", "pypi": "python-pkg", "maven": "jar", "gem": "gemspec", "golang": "gobinary", "cargo": "rustbinary",
    "composer": "composer-vendor", "nuget": "dotnet-core", "conda": "conda-pkg",
}  # fmt: skip
"""Its word for where packages of a language were found in an image."""
_OF_ONE_FILE: Final = frozenset({"gobinary", "rustbinary", "composer-vendor", "dotnet-core"})
_STATUSES: Final = ("unknown", "not_affected", "affected", "fixed", "under_investigation", "will_not_fix", "fix_deferred", "end_of_life")
_FIELDS: Final = {
    "vulnerability_id": "VulnerabilityID", "vendor_ids": "VendorIDs", "pkg_name": "PkgName", "pkg_path": "PkgPath",
    "installed_version": "InstalledVersion", "fixed_version": "FixedVersion", "title": "Title", "description": "Description",
    "severity": "Severity", "severity_source": "SeveritySource",
}  # fmt: skip
"""Fields of a finding, in the protocol and in the report that Trivy writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrivyServer:
    """Satisfies Scanner."""

    wire: Wire

    def mark(self) -> Mark | None:
        """The day of its database, which older servers do not tell."""
        said = self.wire.ask("GET", "/version", expected=frozenset({httpx.codes.NOT_FOUND}))
        if said.status == httpx.codes.NOT_FOUND:
            return None
        updated = text(within(said.document, "VulnerabilityDB").get("UpdatedAt"))
        return Mark(name=f"{text(said.document.get('Version'))} {updated}", as_of=moment(updated)) if updated else None

    def greet(self) -> None:
        _ = self._call(f"{_CACHE}/MissingBlobs", {"artifact_id": NO_IMAGE, "blob_ids": []}).document

    def ask(self, image: Image) -> Documents | NoReport:
        if not image.contents.packages:
            return NoReport(state=State.UNSUPPORTED, why="no package of it is known")
        blob = _blob(image.contents)
        asked: Row = {"artifact_id": image.digest, "blob_ids": [_name(blob)]}
        missing = self._call(f"{_CACHE}/MissingBlobs", asked).document
        if missing.get("missing_artifact") is True or texts(missing.get("missing_blob_ids")):
            return NoReport(state=State.NEVER_SCANNED)
        options = {"pkg_types": ["os", "library"], "scanners": ["vuln"]}
        older = {"vuln_type": ["os", "library"], "security_checks": ["vuln"], "list_all_packages": True}
        scan = self._call(f"{_SCANNER}/Scan", {"target": image.contents.image, **asked, "options": options | older}).document
        if not isinstance(scan.get("results", []), list):
            raise UnreadableError("its results are no list")
        return (scan,)

    def submit(self, image: Image) -> NoReport | None:
        contents, blob = image.contents, _blob(image.contents)
        self._call(f"{_CACHE}/PutBlob", {"diff_id": _name(blob), "blob_info": blob})
        system, _, rest = contents.platform.partition("/")
        about = {"schema_version": _ARTIFACT_SCHEMA, "architecture": rest.partition("/")[0], "os": system}
        self._call(f"{_CACHE}/PutArtifact", {"artifact_id": image.digest, "artifact_info": about})
        return None

    def read(self, documents: Documents, image: Image, where: str) -> Report:
        """By way of the report that Trivy itself would write of this answer.

        The answer names no image: it is of the packages that were handed over, and these are this image's.
        """
        written = {
            "SchemaVersion": 2,
            "ArtifactType": "container_image",
            "Metadata": {"RepoDigests": [str(image.digest)]},
            "Results": [_result(result) for scan in documents for result in parts(scan.get("results"))],
        }
        return trivy.read(written, where, form=where)

    def _call(self, path: str, asked: Row) -> Said:
        return self.wire.ask("POST", path, credential=self._credential, json=json.dumps(asked).encode())

    @property
    def _credential(self) -> Credential | None:
        return self.wire.login.own(_HEADER)


def _name(blob: Row) -> str:
    return f"sha256:{sha256(json.dumps(blob, sort_keys=True).encode()).hexdigest()}"


def _blob(contents: Contents) -> Row:
    """The packages of an image as those of one layer."""
    system = contents.operating_system
    of_system = [package for package in contents.packages if package.type in OF_DISTRIBUTIONS]
    blob: Row = {
        "schema_version": _BLOB_SCHEMA,
        "package_infos": [{"packages": [_of_system(package) for package in of_system]}] if of_system else [],
        "applications": list(_applications(contents)),
    }
    return blob | ({"os": _system(system)} if system else {})


def _system(system: OperatingSystem) -> Row:
    return {"family": _FAMILIES.get(system.id, system.id), "name": system.version or system.codename}


def _of_system(package: Package) -> Row:
    epoch, version, release = _parts(package.type, package.version)
    source = package.source_version or package.version
    source_epoch, source_version, source_release = _parts(package.type, source)
    return {
        "name": package.name,
        "version": version,
        "release": release,
        "epoch": epoch,
        "arch": package.architecture,
        "src_name": package.source_name or package.name,
        "src_version": source_version,
        "src_release": source_release,
        "src_epoch": source_epoch,
        "identifier": {"purl": package.purl},
    }


def _parts(kind: str, version: str) -> tuple[int, str, str]:
    """Epoch, version and release, as the analysers of Trivy part them: that of Alpine leaves the whole together."""
    if kind == "apk":
        return 0, version, ""
    epoch, _, rest = version.rpartition(":")
    upstream, dash, release = rest.rpartition("-")
    return (int(epoch) if epoch.isascii() and epoch.isdigit() else 0), upstream if dash else rest, release if dash else ""


def _applications(contents: Contents) -> Iterator[Row]:
    """One for each kind, and for each file of those kinds that are told by the file."""
    found: dict[tuple[str, str], list[Row]] = {}
    for package in contents.packages:
        kind = _APPLICATIONS.get(package.type)
        if kind is None:
            continue
        told: Row = {"name": _spelled(package), "version": package.version, "file_path": package.path, "identifier": {"purl": package.purl}}
        found.setdefault((kind, package.path if kind in _OF_ONE_FILE else ""), []).append(told)
    for (kind, path), packages in found.items():
        yield {"type": kind, "file_path": path, "packages": packages}


def _spelled(package: Package) -> str:
    sign = ":" if package.type == "maven" else "/"
    return sign.join(filter(None, (package.namespace, package.name)))


def _result(result: Object) -> Object:
    """One result in the words of the report."""
    told = {
        "Target": result.get("target"),
        "Class": result.get("class"),
        "Type": result.get("type"),
        "Vulnerabilities": [_finding(one) for one in entries(result.get("vulnerabilities"))],
    }
    packages = [_package(one) for one in objects(result.get("packages"))]
    return told | ({"Packages": packages} if packages else {})


def _finding(finding: Object) -> Object:
    status = finding.get("status")
    vectors = {source: {"V3Vector": mapping(told).get("v3_vector")} for source, told in mapping(finding.get("cvss")).items()}
    return {
        **{theirs: finding.get(ours) for ours, theirs in _FIELDS.items()},
        "PkgIdentifier": {"PURL": within(finding, "pkg_identifier").get("purl")},
        "Status": _STATUSES[status] if isinstance(status, int) and 0 < status < len(_STATUSES) else "",
        "CVSS": vectors,
        "DataSource": {"Name": within(finding, "data_source").get("name")},
    }


def _package(package: Object) -> Object:
    return {
        "Name": package.get("name"),
        "Version": package.get("version"),
        "Release": package.get("release"),
        "Epoch": package.get("epoch"),
        "FilePath": package.get("file_path"),
        "Identifier": {"PURL": within(package, "identifier").get("purl")},
    }


SERVER: Final = Server(make=TrivyServer, title="Trivy server", lives_on_submissions=True)
