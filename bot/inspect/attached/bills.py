"""What a bill of materials declares: SPDX 2 and CycloneDX, both as JSON, by the package URLs in them.

The libraries for the formats check a whole document and refuse it for one wrong field; here a document is data of others, of which the
package URLs alone are taken. Those are read by packageurl-python.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from packageurl import PackageURL

from bot.inspect.reader import UnreadableError
from bot.model.contents import KnownBy, Package

_MAX_PACKAGES: Final = 100_000
_MAX_TEXT: Final = 2_000
_MAX_DEPTH: Final = 20
_NOT_PACKAGES: Final = frozenset({"oci", "docker", "generic", "github"})
"""Types of package URLs that name images and sources, not what is installed in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a document declares."""

    form: str
    """`SPDX 2.3`, `CycloneDX 1.6`."""
    packages: tuple[Package, ...]
    unnamed: int
    """Entries without a package URL, about which nothing can be said."""


def bill_of(document: dict[str, Any]) -> Bill:
    """Raises UnreadableError where the document is neither SPDX 2 nor CycloneDX."""
    version = document.get("spdxVersion")
    if isinstance(version, str):
        return _bill(version.replace("-", " ")[:20], list(_spdx(document)))
    if document.get("bomFormat") == "CycloneDX":
        return _bill(f"CycloneDX {document.get('specVersion')}"[:20], list(_cyclonedx(document.get("components"), depth=0)))
    raise UnreadableError("it is neither SPDX 2 nor CycloneDX")


def _bill(form: str, purls: list[str | None]) -> Bill:
    if len(purls) > _MAX_PACKAGES:
        raise UnreadableError(f"it has more than {_MAX_PACKAGES} entries")
    packages = [_package(purl) for purl in purls if purl]
    found = dict.fromkeys(package for package in packages if package is not None)
    return Bill(form=form, packages=tuple(found), unnamed=purls.count(None))


def _spdx(document: dict[str, Any]) -> Iterator[str | None]:
    """The package URL of each package; None for one without. The packages that the document is about are those that hold the others."""
    relations = document.get("relationships")
    described = {
        str(relation.get("relatedSpdxElement"))
        for relation in (relations if isinstance(relations, list) else [])
        if isinstance(relation, dict) and relation.get("relationshipType") == "DESCRIBES"
    }
    for package in _list(document.get("packages")):
        references = [reference for reference in _list(package.get("externalRefs")) if reference.get("referenceType") == "purl"]
        purl = next((reference.get("referenceLocator") for reference in references), None)
        if isinstance(purl, str):
            yield purl
        elif str(package.get("SPDXID")) not in described:
            yield None


def _cyclonedx(components: object, *, depth: int) -> Iterator[str | None]:
    for component in _list(components):
        purl = component.get("purl")
        if isinstance(purl, str):
            yield purl
        elif component.get("type") in {"library", "framework", "application"}:
            yield None
        if depth < _MAX_DEPTH:
            yield from _cyclonedx(component.get("components"), depth=depth + 1)


def _list(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _package(text: str) -> Package | None:
    try:
        purl = PackageURL.from_string(text[:_MAX_TEXT])
    except ValueError:
        return None
    if purl.type in _NOT_PACKAGES or not purl.version:
        return None
    qualifiers = purl.qualifiers
    epoch = qualifiers.get("epoch", "")
    prefix = f"{epoch}:" if purl.type == "rpm" and epoch not in {"", "0"} else ""
    source, _, source_version = qualifiers.get("upstream", "").partition("@")
    return Package(
        type=purl.type,
        namespace=purl.namespace or "",
        name=purl.name,
        version=prefix + purl.version,
        architecture=qualifiers.get("arch", ""),
        source_name="" if source.endswith(".rpm") else source,
        source_version=source_version,
        purl=text[:_MAX_TEXT],
        known_by=KnownBy.DECLARED,
    )
