"""CycloneDX JSON with vulnerabilities: a report, where it is of a container image; a VEX document, where it is of something else.

Its `analysis` is what its author says of a vulnerability in this very thing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from bot.assess.fields import Object, UnreadableError, entries, fraction, mapping, moment, objects, severity, text, texts, vectors, within
from bot.assess.packages import declared, parsed_purl
from bot.assess.reports.grype import TYPES
from bot.assess.reports.report import MAX_HOLES, TOO_MANY, Coverage, Report, Scanned, digests_in, fix_state, named, unread
from bot.model.assessment import Hole, VexStatement, VexStatus
from bot.model.contents import KnownBy, Package
from bot.model.severity import Severity

_MAX_DEPTH: Final = 20
_SCANNERS: Final = {"grype": "Grype", "trivy": "Trivy"}
_STATES: Final = {
    "resolved": VexStatus.FIXED,
    "resolved_with_pedigree": VexStatus.FIXED,
    "exploitable": VexStatus.AFFECTED,
    "in_triage": VexStatus.UNDER_INVESTIGATION,
    "false_positive": VexStatus.NOT_AFFECTED,
    "not_affected": VexStatus.NOT_AFFECTED,
}
_TRIVY: Final = "aquasecurity:trivy:"


def is_cyclonedx(document: Object) -> bool:
    return document.get("bomFormat") == "CycloneDX"


def is_of_image(document: Object) -> bool:
    return within(document, "metadata", "component").get("type") == "container"


def read(document: Object, where: str) -> Report:
    """The report on an image. Raises UnreadableError where nobody knows whether its packages were compared with anything."""
    reading = _Reading.of(document, where)
    tool = _tool(document)
    vulnerabilities = entries(document.get("vulnerabilities"))
    if not vulnerabilities and tool != "Grype":
        raise UnreadableError(
            "it lists no vulnerabilities, and so does one that was made without a look for any;"
            " for Trivy, make it by `trivy image --format cyclonedx --scanners vuln`, or use its JSON"
        )
    form = f"CycloneDX of {tool}" if tool else "CycloneDX report"
    holes: list[Hole] = []
    for vulnerability in vulnerabilities:
        holes += reading.holes(vulnerability, f"{form} {where}")
        if len(holes) > MAX_HOLES:
            raise UnreadableError(TOO_MANY)
    return Report(
        form=form,
        where=where,
        bom_link=f"urn:cdx:{text(document.get('serialNumber')).removeprefix('urn:uuid:')}/{document.get('version')}",
        image=_image(within(document, "metadata", "component")),
        holes=tuple(dict.fromkeys(holes)),
        coverage=Coverage(packages=tuple(dict.fromkeys(reading.packages.values()))),
        made_at=moment(mapping(document.get("metadata")).get("timestamp")),
        statements=tuple(_of_image(said) for vulnerability in vulnerabilities for said in reading.statements(vulnerability)),
        not_checked=unread(reading.unread, where),
    )


def statements(document: Object, where: str) -> tuple[VexStatement, ...]:
    """What a document that is of no image says of the things that it names."""
    reading = _Reading.of(document, where)
    return tuple(said for vulnerability in objects(document.get("vulnerabilities")) for said in reading.statements(vulnerability))


def _of_image(said: VexStatement) -> VexStatement:
    return replace(said, products=())


def _tool(document: Object) -> str:
    told = mapping(document.get("metadata")).get("tools")
    tools = objects(told) + objects(mapping(told).get("components"))
    return next((_SCANNERS[name] for tool in tools if (name := text(tool.get("name")).lower()) in _SCANNERS), "")


def _image(component: Object) -> Scanned:
    properties = [(text(told.get("name")), text(told.get("value"))) for told in objects(component.get("properties"))]
    trivy = {
        kind: [value for name, value in properties if name == _TRIVY + kind] for kind in ("RepoDigest", "RepoTag", "DiffID", "ImageID")
    }
    name, version = text(component.get("name")), text(component.get("version"))
    purl = parsed_purl(text(component.get("purl")))
    tagged = [f"{name}:{version}"] if version and ":" not in version else []
    return Scanned(
        names=tuple(dict.fromkeys([*trivy["RepoTag"], name, *tagged])),
        digests=digests_in(trivy["RepoDigest"], version, name, purl.version if purl else None),
        image_id=next(iter(trivy["ImageID"]), ""),
        diff_ids=tuple(trivy["DiffID"]),
        platform=f"linux/{arch}" if purl and (arch := purl.qualifiers.get("arch")) else "",
    )


@dataclass(slots=True, kw_only=True)
class _Reading:
    document: Object
    where: str
    packages: dict[str, Package] = field(default_factory=dict)
    """By their references in the document."""
    root: str
    unread: int = 0

    @classmethod
    def of(cls, document: Object, where: str) -> "_Reading":
        reading = cls(document=document, where=where, root=text(within(document, "metadata", "component").get("bom-ref")))
        for component in _nested(document.get("components"), depth=0):
            package = _package(component)
            reference = text(component.get("bom-ref")) or text(component.get("purl"))
            if package and reference:
                reading.packages[reference] = package
        return reading

    def holes(self, vulnerability: Object, source: str) -> Iterator[Hole]:
        """One for each package that is affected; what is said to take it away comes beside it, as a statement."""
        name = text(vulnerability.get("id"))
        found = list(self._affected(vulnerability))
        if not name or not found:
            self.unread += 1
            return
        ratings = objects(vulnerability.get("ratings"))
        scored = [fraction(rating.get("score")) for rating in ratings if within(rating, "source").get("name") == "FIRST"]
        for one in named(name, _references(vulnerability), source):
            for package in found:
                fixed_in = _fixed_in(text(vulnerability.get("recommendation")), package.name)
                yield Hole(
                    id=one.id,
                    aliases=one.aliases,
                    package=package,
                    severity=_severity(ratings, text(within(vulnerability, "source").get("name"))),
                    cvss=next(vectors([rating.get("vector") for rating in ratings]), ""),
                    fixed_in=fixed_in,
                    fix_state=fix_state("", fixed_in),
                    exploit_probability=next((score for score in scored if score is not None), None),
                    summary=text(vulnerability.get("description")),
                    source=one.source,
                )

    def statements(self, vulnerability: Object) -> Iterator[VexStatement]:
        analysis = mapping(vulnerability.get("analysis"))
        status = _STATES.get(text(analysis.get("state")))
        name = text(vulnerability.get("id"))
        if status is None or not name:
            return
        metadata = mapping(self.document.get("metadata"))
        told_at = map(moment, (analysis.get("lastUpdated"), analysis.get("firstIssued"), metadata.get("timestamp")))
        at = next(filter(None, told_at), None)
        for reference in texts([told.get("ref") for told in objects(vulnerability.get("affects"))]):
            products, subcomponents = self._product(reference, mapping(metadata.get("component")))
            yield VexStatement(
                names=frozenset((name, *_references(vulnerability))),
                products=products,
                subcomponents=subcomponents,
                status=status,
                reason=": ".join(filter(None, (text(analysis.get("justification")), text(analysis.get("detail"))))),
                author=_author(metadata),
                at=at,
                where=self.where,
            )

    def _product(self, reference: str, component: Object) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Products and their parts. A part is said to be so in the thing that the document, or the linked one, is of; not everywhere."""
        link, hash_mark, local = reference.partition("#")
        if reference.startswith("urn:cdx:"):
            return (link,), ((local,) if hash_mark else ())
        package = self.packages.get(reference)
        part = package.purl if package else (reference if parsed_purl(reference) else "")
        whole = text(component.get("purl")) or text(component.get("name"))
        if reference == self.root and whole:
            return (whole,), ()
        if not part:
            return (f"unknown reference {reference}",), (f"unknown reference {reference}",)
        return ((whole,), (part,)) if whole else ((part,), ())

    def _affected(self, vulnerability: Object) -> Iterator[Package]:
        for told in objects(vulnerability.get("affects")):
            versions = [version.get("status") for version in objects(told.get("versions"))]
            if versions and all(status == "unaffected" for status in versions):
                continue
            reference = text(told.get("ref")).rpartition("#")[2] if text(told.get("ref")).startswith("urn:cdx:") else text(told.get("ref"))
            package = self.packages.get(reference) or declared(reference)
            if package:
                yield package


def _nested(components: object, *, depth: int) -> Iterator[Object]:
    for component in objects(components):
        yield component
        if depth < _MAX_DEPTH:
            yield from _nested(component.get("components"), depth=depth + 1)


def _package(component: Object) -> Package | None:
    properties = {text(told.get("name")): text(told.get("value")) for told in objects(component.get("properties"))}
    path = properties.get("syft:location:0:path") or properties.get(f"{_TRIVY}FilePath") or ""
    by_purl = declared(text(component.get("purl")), path=path)
    name, version = text(component.get("name")), text(component.get("version"))
    if by_purl or not name or not version or text(component.get("type")) not in {"library", "framework", "application"}:
        return by_purl
    kind = TYPES.get(properties.get("syft:package:type", ""), "")
    return Package(type=kind, namespace=text(component.get("group")), name=name, version=version, path=path, known_by=KnownBy.DECLARED)


def _references(vulnerability: Object) -> list[str]:
    """Its other names: by the specification what a reference names is the same vulnerability."""
    return texts([reference.get("id") for reference in objects(vulnerability.get("references"))])


def _severity(ratings: list[Object], source: str) -> Severity:
    """By the one who told of it, else by the NVD, else the worst."""
    told = [(text(within(rating, "source").get("name")).lower(), severity(rating.get("severity"))) for rating in ratings]
    for preferred in (source.lower(), "nvd"):
        rated = [level for name, level in told if name == preferred and level is not Severity.UNKNOWN]
        if preferred and rated:
            return rated[-1]
    return max((level for _, level in told), key=lambda level: level.rank, default=Severity.UNKNOWN)


def _fixed_in(recommendation: str, name: str) -> str:
    """In Trivy's words: `Upgrade NAME to version VERSION`, one or several."""
    for said in recommendation.split(";"):
        _, found, version = said.partition(f"Upgrade {name} to version ")
        if found:
            return version.strip()
    return ""


def _author(metadata: Object) -> str:
    names = [within(metadata, key).get("name") for key in ("supplier", "manufacturer", "manufacture")]
    names += [author.get("name") for author in objects(metadata.get("authors"))]
    return next(filter(None, map(text, names)), "")
