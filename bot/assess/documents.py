"""The documents that settings name: files, or folders of them; what each is, is told by what is in it.

A document that can't be read is a value beside those that can.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from bot.assess.fields import Object, UnreadableError, parsed
from bot.assess.reports import cyclonedx, grype, sarif, snyk, trivy
from bot.assess.reports.report import Report
from bot.assess.source import Told
from bot.assess.vex import csaf, openvex
from bot.clients import named_files
from bot.model.assessment import NotChecked, VexStatement
from bot.model.contents import Contents

MAX_BYTES: Final = 64 << 20
"""Of one document: several times the largest reports and lists."""
_ENDINGS: Final = (".json", ".sarif", ".cdx", ".vex", ".json.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A document that was named and could not be read."""

    where: str
    reason: str
    """With the remedy, where there is one."""

    def __str__(self) -> str:
        return f"{self.where}: not read: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    reports: tuple[Report, ...] = ()
    statements: tuple[VexStatement, ...] = ()
    """Of VEX documents. What a report says of its own image is in the report."""
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadDocuments:
    """What named documents might have told of every image. Satisfies HoleSource."""

    failures: Sequence[Failure]

    def told(self, contents: Contents) -> Told:  # noqa: ARG002 - the signature of a source
        named = [(Path(one.where).name, one.reason) for one in self.failures]  # this machine's folders are nobody else's business
        gaps = (NotChecked(what=f"what {name} tells", reason=f"not read: {reason}", is_failure=True) for name, reason in named)
        return Told(not_checked=tuple(gaps))


def load(paths: Sequence[Path]) -> Documents:
    """All documents below these paths. Never raises for what is in them, nor for what is missing."""
    loading = _Loading()
    for path in paths:
        loading.path(path)
    return loading.documents()


@dataclass(slots=True)
class _Loading:
    reports: list[Report] = field(default_factory=list)
    statements: list[VexStatement] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    seen: set[Path] = field(default_factory=set)

    def path(self, path: Path) -> None:
        if not path.is_dir():
            self._file(path, path.name)
            return
        count = 0
        for count, found in enumerate(named_files.files_below(path, endings=_ENDINGS), start=1):
            if count > named_files.MAX_FILES:
                self._failed(
                    path, f"it has more than {named_files.MAX_FILES} documents, and the others were not read; name a smaller folder"
                )
                return
            self._file(found, str(found.relative_to(path.parent)))
        if not count:
            self._failed(path, f"the folder holds no document ({', '.join(_ENDINGS)}); name another, or take it out of the configuration")

    def _file(self, path: Path, where: str) -> None:
        """`where` is shown to many: without the folders of this machine."""
        if path in self.seen:
            return
        self.seen.add(path)
        try:
            self._document(parsed(content(path)), where)
        except UnreadableError as error:
            self._failed(path, str(error))

    def _document(self, document: Object, where: str) -> None:
        if trivy.is_trivy(document):
            self.reports.append(trivy.read(document, where))
        elif grype.is_grype(document):
            self.reports.append(grype.read(document, where))
        elif snyk.is_snyk(document):
            self.reports.append(snyk.read(document, where))
        elif sarif.is_sarif(document):
            self.reports.append(sarif.read(document, where))
        elif cyclonedx.is_cyclonedx(document) and cyclonedx.is_of_image(document):
            self.reports.append(cyclonedx.read(document, where))
        elif cyclonedx.is_cyclonedx(document):
            self.statements += cyclonedx.statements(document, where)
        elif openvex.is_openvex(document):
            self.statements += openvex.statements(document, where)
        elif csaf.is_csaf(document):
            self.statements += csaf.statements(document, where)
        elif not _is_of_vex_repository(document):
            raise UnreadableError(
                "it is no JSON of Trivy, Grype or Snyk, no SARIF, CycloneDX, OpenVEX, CSAF; take it out of the folder, or name it elsewhere"
            )

    def _failed(self, path: Path, reason: str) -> None:
        self.failures.append(Failure(where=str(path), reason=reason))

    def documents(self) -> Documents:
        """What was read; a statement that links to the bill of materials of a report (BOM-Link) goes to that report."""
        links = {report.bom_link: position for position, report in enumerate(self.reports) if report.bom_link}
        for said in self.statements:
            position = next((links[product] for product in said.products if product in links), None)
            if position is not None:
                report = self.reports[position]
                self.reports[position] = replace(report, statements=(*report.statements, replace(said, products=())))
        return Documents(reports=tuple(self.reports), statements=tuple(self.statements), failures=tuple(self.failures))


def _is_of_vex_repository(document: Object) -> bool:
    """Whether it is a list of contents in the layout that VEX repositories share, beside the documents that it lists."""
    return {"packages", "updated_at"} <= document.keys() or {"versions", "description", "name"} <= document.keys()


def content(path: Path) -> bytes:
    """A file's bytes, unpacked where they are gzip. Raises UnreadableError."""
    return named_files.content(path, max_bytes=MAX_BYTES)
