"""Grype's own JSON (`grype IMAGE -o json`), of schema 5 and 6 of its database."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from bot.assess.fields import (
    Object,
    UnreadableError,
    day,
    entries,
    fraction,
    mapping,
    moment,
    objects,
    severity,
    text,
    texts,
    vectors,
    within,
)
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
from bot.model.assessment import DataSource, Hole, NotChecked, VexStatement, VexStatus
from bot.model.contents import KnownBy, Package

TYPES: Final = {
    "deb": "deb", "apk": "apk", "rpm": "rpm", "python": "pypi", "npm": "npm", "java-archive": "maven", "jenkins-plugin": "maven",
    "go-module": "golang", "gem": "gem", "rust-crate": "cargo", "php-composer": "composer", "dotnet": "nuget", "conda": "conda",
}  # fmt: skip
"""Grype's and Syft's types of packages, in the words of package URLs."""
_DISMISSING: Final = {"not_affected": VexStatus.NOT_AFFECTED, "fixed": VexStatus.FIXED}
_OWN_REASONS: Final = frozenset(
    {"Distro Fixed", "Distro Not Vulnerable", "Alma Unaffected", "UnaffectedPackageEntry", "Explicit APK NAK"},
)
"""Of matches that Grype itself takes back, by what its data says of the package."""


def is_grype(document: Object) -> bool:
    return isinstance(document.get("matches"), list) and "descriptor" in document


def read(document: Object, where: str) -> Report:
    """Raises UnreadableError where it is of something else than an image."""
    source = mapping(document.get("source"))
    if source.get("type") != "image":
        kind = text(source.get("type"))
        raise UnreadableError(f"it is of {kind or 'nothing that it names'}, not of an image; make it by `grype IMAGE -o json`")
    target = mapping(source.get("target"))
    reading = _Reading(where=where)
    for match in entries(document.get("matches")):
        reading.match(match)
    for match in objects(document.get("ignoredMatches")):
        reading.ignored(match)
    types = {hole.package.type for hole in reading.holes} - {""}
    has_system = bool(text(within(document, "distro").get("name")))
    descriptor = mapping(document.get("descriptor"))
    left_out = within(descriptor, "configuration").get("only-fixed") is True and not document.get("ignoredMatches")
    reason = "the scanner was told to leave them out; run it without --only-fixed"
    return Report(
        form="Grype report",
        where=where,
        image=Scanned(
            names=tuple(dict.fromkeys([*texts(target.get("tags")), *texts(target.get("userInput"))])),
            digests=digests_in(target.get("repoDigests"), target.get("manifestDigest"), target.get("userInput")),
            image_id=text(target.get("imageID")),
            diff_ids=tuple(text(layer.get("digest")) for layer in objects(target.get("layers"))),  # of what is in them, not as packed
            platform=platform_of(target),
        ),
        holes=tuple(dict.fromkeys(reading.holes)),
        coverage=Coverage(types=frozenset(types | OF_DISTRIBUTIONS if has_system else types)),
        made_at=moment(descriptor.get("timestamp")),
        database=_database(mapping(descriptor.get("db"))),
        statements=tuple(reading.statements),
        not_checked=(*unread(reading.unread, where), *((NotChecked(what="holes without a fix", reason=reason),) if left_out else ())),
    )


def _database(told: Object) -> DataSource | None:
    built = moment(told.get("built")) or moment(within(told, "status").get("built"))
    return DataSource(name="Grype's database", as_of=built) if built else None


@dataclass(slots=True, kw_only=True)
class _Reading:
    where: str
    holes: list[Hole] = field(default_factory=list)
    statements: list[VexStatement] = field(default_factory=list)
    unread: int = 0

    def match(self, match: Object) -> list[Hole]:
        package = package_of(mapping(match.get("artifact")))
        found = list(_holes(match, package, f"Grype report {self.where}")) if package else []
        if not found:
            self.unread += 1
        if len(self.holes) + len(found) > MAX_HOLES:
            raise UnreadableError(TOO_MANY)
        self.holes += found
        return found

    def ignored(self, match: Object) -> None:
        """A match that was left out: by a VEX document it is so here too; by Grype's data it is none; by its user it is a hole."""
        rules = objects(match.get("appliedIgnoreRules"))
        vex = next((rule for rule in rules if text(rule.get("vex-status")) in _DISMISSING), None)
        if vex is None and any(_is_own(rule) for rule in rules):
            return
        count = len(self.holes)
        for hole in self.match(match):
            if vex is not None:
                status = _DISMISSING[text(vex.get("vex-status"))]
                reason = text(vex.get("vex-justification"))
                self.statements.append(statement(hole, status, reason=reason, author="VEX given to Grype", where=self.where))
        if vex is None:
            self.holes[count:] = [replace(hole, source=f"{hole.source} (ignored there by its user)") for hole in self.holes[count:]]


def _is_own(rule: Object) -> bool:
    package = mapping(rule.get("package"))
    return text(rule.get("reason")) in _OWN_REASONS or bool(rule.get("match-type") and package.get("upstream-name"))


def _holes(match: Object, package: Package, source: str) -> Iterator[Hole]:
    """One for the vulnerability; of an advisory one for each CVE that it fixes, for these are different holes."""
    told = mapping(match.get("vulnerability"))
    name = text(told.get("id"))
    if not name:
        return
    related = objects(match.get("relatedVulnerabilities"))
    fix = mapping(told.get("fix"))
    fixed_in = _fixed_in(match, fix)
    others = texts([other.get("id") for other in [*related, *objects(told.get("advisories"))]])
    found = named(name, others, source)
    rated = [told, *related] if len(found) == 1 else [told]
    for one in found:
        yield Hole(
            id=one.id,
            aliases=one.aliases,
            package=package,
            severity=severity(told.get("severity")),
            cvss=next(vectors([rating.get("vector") for rated_by in rated for rating in objects(rated_by.get("cvss"))]), ""),
            fixed_in=fixed_in,
            fix_state=fix_state(text(fix.get("state")), fixed_in),
            fix_known_since=min(filter(None, (moment(known.get("date")) for known in objects(fix.get("available")))), default=None),
            exploited_since=_exploited_since([told, *related], one.id),
            exploit_probability=_probability([told, *related], one.id),
            summary=text(told.get("description")) or next(filter(None, (text(other.get("description")) for other in related)), ""),
            source=one.source,
        )


def _fixed_in(match: Object, fix: Object) -> str:
    """The version that Grype suggests for the installed one, else all that it knows."""
    suggested = {text(within(detail, "fix").get("suggestedVersion")) for detail in objects(match.get("matchDetails"))} - {""}
    return suggested.pop() if len(suggested) == 1 else ", ".join(texts(fix.get("versions"))[:10])


def _exploited_since(told: list[Object], name: str) -> date | None:
    listed = [entry for one in told for entry in objects(one.get("knownExploited")) if entry.get("cve") == name]
    return min(filter(None, (day(entry.get("dateAdded")) for entry in listed)), default=None)


def _probability(told: list[Object], name: str) -> float | None:
    scores = [fraction(entry.get("epss")) for one in told for entry in objects(one.get("epss")) if entry.get("cve") == name]
    return next((score for score in scores if score is not None), None)


def package_of(artifact: Object) -> Package | None:
    """By its package URL, else by name, version and type."""
    path = next((text(location.get("path")) for location in objects(artifact.get("locations"))), "")
    by_purl = declared(text(artifact.get("purl")), path=path)
    name, version = text(artifact.get("name")), text(artifact.get("version"))
    if by_purl or not name or not version:
        return by_purl
    return Package(type=TYPES.get(text(artifact.get("type")), ""), name=name, version=version, path=path, known_by=KnownBy.DECLARED)
