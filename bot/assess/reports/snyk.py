"""Snyk's own JSON (`snyk container test IMAGE --json`), and how Snyk names packages.

By snyk/cli: the samples of its acceptance tests (`test/acceptance/fixtures/docker`), and its documentation. Of a distribution's package the
name is `source/binary`. The packages of applications in the image stand below `applications`, each in the same form. The report holds no
digest of its own: it is known by what Snyk was asked for, so that only one that was asked for by digest is certainly of the image.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bot.assess.fields import Object, UnreadableError, entries, mapping, objects, parts, severity, text, texts, vectors, within
from bot.assess.packages import OF_DISTRIBUTIONS
from bot.assess.reports.report import Coverage, Findings, Report, Scanned, digests_in, fix_state, named, unread
from bot.model.assessment import Hole
from bot.model.contents import KnownBy, Package

_TYPES: Final = {
    "deb": "deb", "apk": "apk", "rpm": "rpm", "npm": "npm", "yarn": "npm", "pnpm": "npm", "pip": "pypi", "poetry": "pypi", "pipenv": "pypi",
    "maven": "maven", "gradle": "maven", "rubygems": "gem", "gomodules": "golang", "golangdep": "golang", "govendor": "golang",
    "nuget": "nuget", "paket": "nuget", "composer": "composer",
}  # fmt: skip
_MAX_APPLICATIONS: Final = 1_000


def is_snyk(document: Object) -> bool:
    return isinstance(document.get("vulnerabilities"), list) and "packageManager" in document and "dependencyCount" in document


def read(document: Object, where: str) -> Report:
    """Raises UnreadableError where it is of something else than an image."""
    if not isinstance(document.get("docker"), dict):
        raise UnreadableError("it is not of an image; make it by `snyk container test IMAGE --json`")
    found = Findings()
    projects = [document, *parts(document.get("applications"))[:_MAX_APPLICATIONS]]
    for part in projects:
        kind = package_type(text(part.get("packageManager")))
        for entry, note in _entries(part):
            found.take(_holes(entry, kind, f"Snyk report {where}{note}"))
    kinds = {package_type(text(part.get("packageManager"))) for part in projects}
    asked = text(document.get("path"))
    return Report(
        form="Snyk report",
        where=where,
        image=Scanned(names=(asked,) if asked else (), digests=digests_in(asked), platform=text(document.get("platform"))),
        holes=found.each_once,
        coverage=Coverage(types=OF_DISTRIBUTIONS & kinds),
        not_checked=unread(found.unreadable, where),
    )


def package_type(manager: str) -> str:
    """Of a package URL, by Snyk's word for the package manager; empty: none that is known."""
    return _TYPES.get(manager, "")


def package(kind: str, name: str, version: str) -> Package | None:
    """The package that Snyk calls so; None: it has no name, or no version."""
    source = namespace = ""
    if kind in OF_DISTRIBUTIONS:
        source, _, name = name.rpartition("/")
    elif kind == "maven":
        namespace, _, name = name.rpartition(":")
    elif kind in {"npm", "golang", "composer"}:
        namespace, _, name = name.rpartition("/")
    if not name or not version:
        return None
    return Package(type=kind, namespace=namespace, name=name, version=version, source_name=source, known_by=KnownBy.DECLARED)


def _entries(part: Object) -> Iterator[tuple[Object, str]]:
    """The findings, with those that were ignored there; licences are none."""
    for entry in entries(part.get("vulnerabilities")):
        yield entry, ""
    for entry in objects(within(part, "filtered").get("ignore")):
        yield entry, " (ignored there by its user)"


def _holes(entry: Object, kind: str, where: str) -> Iterator[Hole]:
    if text(entry.get("type")) == "license":
        return
    name = text(entry.get("id"))
    found = package(kind, text(entry.get("name")) or text(entry.get("packageName")), text(entry.get("version")))
    if not name or found is None:
        return
    identifiers = mapping(entry.get("identifiers"))
    fixed_in = text(entry.get("nearestFixedInVersion")) or next(iter(texts(entry.get("fixedIn"))), "")
    vector = next(vectors([entry.get("CVSSv3")]), "")
    hole = Hole(
        id=name,
        package=found,
        severity=severity(entry.get("severityWithCritical") or entry.get("severity")),
        cvss=vector,
        fixed_in=fixed_in,
        fix_state=fix_state("", fixed_in),
        summary=text(entry.get("title")),
        source=where,
    )
    others = [*texts(identifiers.get("CVE")), *texts(identifiers.get("GHSA"))]
    yield from (replace(hole, id=one.id, aliases=one.aliases, source=one.source) for one in named(name, others, where))
