"""What a document calls a package -> the package of the image that it means."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Self

from packageurl import PackageURL

from bot.assess.fields import MAX_TEXT
from bot.model.contents import KnownBy, Package

OF_DISTRIBUTIONS: Final = frozenset({"deb", "apk", "rpm"})
NOT_PACKAGES: Final = frozenset({"oci", "docker"})
"""Types of package URLs that name images."""


@lru_cache(maxsize=50_000)
def parsed_purl(said: str) -> PackageURL | None:
    """None for what is no package URL."""
    if not said.startswith("pkg:") or len(said) > MAX_TEXT:
        return None
    try:
        return PackageURL.from_string(said)
    except ValueError:
        return None


def whole_version(purl: PackageURL) -> str:
    """The version as its ecosystem compares it: with the epoch, which some write as a qualifier."""
    version = purl.version or ""
    epoch = purl.qualifiers.get("epoch", "") if purl.type in {"deb", "rpm"} else ""
    return f"{epoch}:{version}" if version and epoch not in {"", "0"} and ":" not in version else version


def declared(said: str, *, path: str = "") -> Package | None:
    """The package that a package URL names; None where it names none at a version."""
    purl = parsed_purl(said)
    if purl is None or purl.type in NOT_PACKAGES or not purl.version:
        return None
    qualifiers = purl.qualifiers
    source, _, source_version = qualifiers.get("upstream", "").partition("@")
    return Package(
        type=purl.type,
        namespace=purl.namespace or "",
        name=purl.name,
        version=whole_version(purl),
        architecture=qualifiers.get("arch", ""),
        source_name="" if source.endswith(".rpm") else source,
        source_version=source_version,
        path=path,
        purl=said,
        known_by=KnownBy.DECLARED,
    )


def normal_name(kind: str, namespace: str, name: str) -> str:
    """The name as one word that two writers of the same package agree on; a distribution's is without its namespace."""
    whole = name if kind in OF_DISTRIBUTIONS else "/".join(filter(None, (namespace, name)))
    if kind == "pypi":
        return re.sub(r"[-_.]+", "-", whole).lower()
    if kind == "maven":
        return whole.replace(":", "/")
    return whole.lower() if kind in {"golang", "composer", "github"} else whole


def normal_version(kind: str, version: str) -> str:
    if kind == "golang":
        return version.removeprefix("v")
    return version.removeprefix("0:") if kind in {"deb", "rpm"} else version


@dataclass(frozen=True, slots=True)
class Known:
    """The packages of an image, to be found by what others call them."""

    _by_key: dict[tuple[str, str, str], list[Package]] = field(default_factory=lambda: defaultdict(list))
    _by_name: dict[tuple[str, str], list[Package]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, packages: Iterable[Package]) -> Self:
        known = cls()
        for package in packages:
            kind, name, version = key(package)
            known._by_key[kind, name, version].append(package)
            known._by_name[name, version].append(package)
        return known

    def meant(self, package: Package) -> tuple[Package, ...]:
        """The packages of the image that are meant: of the same type, name and version, and at the same path where one of them is.

        Where the document does not tell the type: of the same name and version, where only one type has such a one. Empty: none is.
        """
        kind, name, version = key(package)
        found = self._by_key.get((kind, name, version), []) if kind else self._of_one_type(name, version)
        at_path = [candidate for candidate in found if package.path and candidate.path == package.path]
        return tuple(at_path or found)

    def _of_one_type(self, name: str, version: str) -> list[Package]:
        """By any spelling that one of the types has; packages of two types are nobody's."""
        spelled = dict.fromkeys((name, name.replace(":", "/"), name.lower(), normal_name("pypi", "", name)))
        versions = dict.fromkeys((version, normal_version("golang", version), normal_version("deb", version)))
        found = list(dict.fromkeys(one for each in spelled for said in versions for one in self._by_name.get((each, said), ())))
        return found if len({package.type for package in found}) == 1 else []


def key(package: Package) -> tuple[str, str, str]:
    """Type, name and version, equal for the same package whoever wrote it down."""
    kind = package.type
    return kind, normal_name(kind, package.namespace, package.name), normal_version(kind, package.version)
