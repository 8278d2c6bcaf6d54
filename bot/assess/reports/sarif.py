"""SARIF 2.1.0 as Trivy and Grype write it for code scanning: their findings in sentences, and little of where they looked.

What it does not tell stays unknown: the packages without findings, the kind of a package (Trivy), when it was made, the database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.assess.fields import Object, UnreadableError, entries, mapping, objects, parts, severity, text, texts, vectors, within
from bot.assess.packages import declared
from bot.assess.reports.grype import TYPES
from bot.assess.reports.report import MAX_HOLES, TOO_MANY, Report, Scanned, digests_in, fix_state, unread
from bot.model.assessment import Hole, NotChecked
from bot.model.contents import KnownBy, Package

_TOOLS: Final = {"trivy": "Trivy", "grype": "Grype"}
_NO_HOLES: Final = ("Misconfiguration", "Secret", "License")
"""Beginnings of the names of Trivy's other rules."""
_IN_IMAGE: Final = " was found in image "


def is_sarif(document: Object) -> bool:
    return "runs" in document and text(document.get("version")).startswith("2.")


def read(document: Object, where: str) -> Report:
    """Raises UnreadableError where it is of neither of the two, or of several runs."""
    runs = parts(document.get("runs"))
    if len(runs) != 1:
        raise UnreadableError(f"it has {len(runs)} runs; give each in a file of its own")
    run = runs[0]
    driver = within(run, "tool", "driver")
    tool = _TOOLS.get(text(driver.get("name")).lower())
    if tool is None:
        raise UnreadableError(f"it is of {text(driver.get('name'))[:50] or 'no tool that it names'}; Trivy's and Grype's are read")
    findings = list(_findings(run, driver))
    holes = [hole for finding in findings if (hole := finding.hole(f"SARIF of {tool} {where}"))]
    if len(holes) > MAX_HOLES:
        raise UnreadableError(TOO_MANY)
    reason = "a SARIF report tells of findings alone; give the scanner's JSON, which says what was scanned"
    return Report(
        form=f"SARIF of {tool}",
        where=where,
        image=_image(run, findings),
        holes=tuple(dict.fromkeys(holes)),
        not_checked=(
            *unread(len(findings) - len(holes), where),
            NotChecked(what=f"packages without findings in {where}", reason=reason),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    rule: Object
    told: dict[str, str]
    """`Package`, `Severity`, ...: the lines of the sentences."""
    image: str

    def hole(self, source: str) -> Hole | None:
        told = self.told
        name = told.get("Vulnerability", "")
        package = self._package()
        if not name or package is None:
            return None
        fixed_in = told.get("Fixed Version") or told.get("Fix Version") or ""
        properties = mapping(self.rule.get("properties"))
        return Hole(
            id=name,
            package=package,
            severity=severity(told.get("Severity")),
            cvss=next(vectors([properties.get("cvssv40_vector"), properties.get("cvssv3_vector")]), ""),
            fixed_in=fixed_in,
            fix_state=fix_state("", fixed_in),
            summary="" if "Version" in told else text(within(self.rule, "shortDescription").get("text")),
            source=source,
        )

    def _package(self) -> Package | None:
        name, version = self.told.get("Package", ""), self.told.get("Installed Version") or self.told.get("Version") or ""
        purls = texts(mapping(self.rule.get("properties")).get("purls"))
        by_purl = [package for said in purls if (package := declared(said)) and package.name == name and package.version == version]
        if by_purl or not name or not version:
            return next(iter(by_purl), None)
        return Package(type=TYPES.get(self.told.get("Type", ""), ""), name=name, version=version, known_by=KnownBy.DECLARED)


def _findings(run: Object, driver: Object) -> Iterator[_Finding]:
    rules = {text(rule.get("id")): rule for rule in objects(driver.get("rules"))}
    for result in entries(run.get("results")):
        rule = rules.get(text(result.get("ruleId")), {})
        if text(rule.get("name")).startswith(_NO_HOLES):
            continue
        message = text(within(result, "message").get("text"))
        image = message.partition(_IN_IMAGE)[2].partition(" at: ")[0] if _IN_IMAGE in message else ""
        # Trivy: the result tells of its package, and the rule of the first one with the vulnerability. Grype: the rule tells all.
        yield _Finding(rule=rule, told=_lines(text(within(rule, "help").get("text")) if image else message), image=image)


def _lines(said: str) -> dict[str, str]:
    told: dict[str, str] = {}
    for line in said.split("\n"):
        name, colon, value = line.partition(":")
        if not colon and line.startswith("Vulnerability "):
            name, value = "Vulnerability", line.removeprefix("Vulnerability ")
        told.setdefault(name.strip(), value.strip())
    return told


def _image(run: Object, findings: list[_Finding]) -> Scanned:
    properties = mapping(run.get("properties"))
    names = [
        *texts(properties.get("repoTags")),
        *texts(properties.get("imageName")),
        *(finding.image for finding in findings if finding.image),
    ]
    return Scanned(
        names=tuple(dict.fromkeys(names)),
        digests=digests_in(properties.get("repoDigests"), names),
        image_id=text(properties.get("imageID")),
    )
