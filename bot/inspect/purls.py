"""Package URLs (package-url/purl-spec): the name of a package that advisories and other tools know it by."""

import re
from dataclasses import replace
from typing import Final

from packageurl import PackageURL

from bot.model.contents import OperatingSystem, Package

_OF_DISTRIBUTIONS: Final = frozenset({"deb", "apk", "rpm"})
_NAMESPACES: Final = {"rhel": "redhat", "sles": "suse", "sled": "suse", "opensuse-leap": "opensuse", "opensuse-tumbleweed": "opensuse"}
"""Of the distributions whose own id is not the name that their packages go by."""


def named(package: Package, system: OperatingSystem | None) -> Package:
    """The package with its purl, and with its distribution as the namespace where it is a distribution's."""
    if package.type not in _OF_DISTRIBUTIONS:
        return package if package.purl else replace(package, purl=_purl(package, package.namespace, {}))
    namespace = package.namespace or (_NAMESPACES.get(system.id, system.id) if system else "")
    epoch, colon, version = package.version.rpartition(":") if package.type == "rpm" else ("", "", package.version)
    qualifiers = {
        "arch": package.architecture,
        "distro": "-".join(filter(None, (system.id, system.version))) if system else "",
        "epoch": epoch if colon else "",
        "upstream": _upstream(package),
    }
    purl = package.purl or _purl(replace(package, version=version), namespace, qualifiers)
    return replace(package, namespace=namespace, purl=purl)


def _purl(package: Package, namespace: str, qualifiers: dict[str, str]) -> str:
    name = re.sub(r"[-_.]+", "-", package.name).lower() if package.type == "pypi" else package.name
    try:
        return PackageURL(
            type=package.type,
            namespace=namespace,
            name=name,
            version=package.version,
            qualifiers={k: v for k, v in qualifiers.items() if v},
        ).to_string()
    except ValueError:
        return ""


def _upstream(package: Package) -> str:
    if package.source_name in {"", package.name} and package.source_version in {"", package.version}:
        return ""
    version = f"@{package.source_version}" if package.source_version not in {"", package.version} else ""
    return f"{package.source_name}{version}"
