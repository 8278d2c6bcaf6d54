"""What a VEX statement calls a product -> whether that is certainly this image, this package, this operating system.

What a name leaves out (a version, a qualifier) it says of all of them; what it says must be so. Anything less is no match.
"""

from typing import Final

from packageurl import PackageURL

from bot.assess.packages import NOT_PACKAGES, OF_DISTRIBUTIONS, normal_name, normal_version, parsed_purl, whole_version
from bot.model.contents import Contents, OperatingSystem, Package
from bot.model.image import Digest, ImageReference, InvalidReferenceError

_OF_SOURCES: Final = frozenset({"src", "source"})
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386"}
_FOR_ANY: Final = frozenset({"all", "any", "noarch"})
_SAY_NOTHING: Final = frozenset({"epoch", "upstream", "package-id", "checksum", "download_url", "vcs_url"})
"""Qualifiers that are part of the version, or tell where a package comes from."""
_DISTRIBUTIONS: Final = {"redhat": "rhel", "amazon": "amzn", "oracle": "ol", "alma": "almalinux", "suse": "sles"}
"""Scanners' names -> the id in os-release, where they differ."""
_SYSTEMS: Final = {
    ("redhat", "enterprise_linux"): "rhel",
    ("debian", "debian_linux"): "debian",
    ("canonical", "ubuntu_linux"): "ubuntu",
    ("alpinelinux", "alpine_linux"): "alpine",
    ("almalinux", "almalinux"): "almalinux",
    ("rocky", "rocky"): "rocky",
    ("oracle", "linux"): "ol",
    ("amazon", "linux"): "amzn",
    ("suse", "sles"): "sles",
    ("suse", "linux_enterprise_server"): "sles",
    ("opensuse", "leap"): "opensuse-leap",
}
"""Vendor and product of a CPE -> the id in os-release."""


def is_image_by_digest(name: str, contents: Contents) -> bool:
    """Whether a package URL, a reference or a digest is of this very image, or of the index that it stands in."""
    purl = parsed_purl(name)
    if purl is not None and purl.type not in NOT_PACKAGES:
        return False
    digest = _digest((purl.version or "") if purl is not None else name.rpartition("@")[2])
    if digest is None or digest not in {contents.digest, contents.index_digest}:
        return False
    return purl is None or _is_of_platform(purl, contents.platform)


def is_image_of_any_digest(name: str, contents: Contents) -> bool:
    """Whether a package URL is of all images of this image's repository. A tag names one of them at a time: which, is never certain."""
    purl = parsed_purl(name)
    if purl is None or purl.type != "oci" or purl.version or "tag" in purl.qualifiers or not _is_of_platform(purl, contents.platform):
        return False
    return _repository(contents.image) in _repositories(purl)


def may_be_image(name: str, contents: Contents) -> bool:
    """Whether a package URL or a reference without a digest, with no tag or that of this image, may be of it."""
    purl = parsed_purl(name)
    try:
        own = ImageReference.parse(contents.image)
        if purl is not None and purl.type not in NOT_PACKAGES:
            return False
        if purl is not None:
            is_there = own.name in _repositories(purl) if "repository_url" in purl.qualifiers else own.name.endswith(f"/{purl.name}")
            return is_there and not purl.version and purl.qualifiers.get("tag") in {None, own.tag}
        said = ImageReference.parse(name)
    except InvalidReferenceError:
        return False
    return said.digest is None and said.name == own.name and said.tag in {None, own.tag}


def is_package(name: str, package: Package, contents: Contents) -> bool:
    """Whether a package URL is of this package, or of the source that it was built from where it says that it is of a source."""
    if not _may_be_package(name, package):
        return False
    purl = parsed_purl(name)
    if purl is None or purl.type != package.type:
        return False
    if purl.type in OF_DISTRIBUTIONS and (purl.namespace or "") != package.namespace:
        return False
    is_source = purl.qualifiers.get("arch") in _OF_SOURCES
    own_name = (package.source_name or package.name) if is_source else package.name
    own_version = (package.source_version or package.version) if is_source else package.version
    said = normal_name(purl.type, purl.namespace or "", purl.name)
    if said != normal_name(package.type, package.namespace, own_name):
        return False
    if purl.version and normal_version(purl.type, whole_version(purl)) != normal_version(package.type, own_version):
        return False
    return all(_is_so(key, value, purl, package, contents) for key, value in purl.qualifiers.items())


def _may_be_package(name: str, package: Package) -> bool:
    """A cheap look, for a document may name thousands."""
    if package.type not in OF_DISTRIBUTIONS or "%" in name.partition("@")[0]:
        return True
    return package.name in name or (package.source_name != "" and package.source_name in name)


def has_version(name: str) -> bool:
    purl = parsed_purl(name)
    return purl is not None and bool(purl.version)


def is_cpe(name: str) -> bool:
    return name.startswith(("cpe:/", "cpe:2.3:"))


def is_system(name: str, system: OperatingSystem | None) -> bool:
    """Whether a CPE is of this operating system, at its version or at the major one that it belongs to."""
    if system is None or not is_cpe(name):
        return False
    parts = name.replace("cpe:2.3:", "cpe:/", 1).removeprefix("cpe:/").split(":") + [""] * 5
    vendor, product, version, update = parts[1:5]
    if _SYSTEMS.get((vendor, product)) != system.id or version in {"", "*", "-"}:
        return False
    if system.id == "sles" and update.lower().startswith("sp"):
        version = f"{version}.{update[2:]}"
    return system.version == version or system.version.startswith(f"{version}.")


def _is_so(key: str, value: str, purl: PackageURL, package: Package, contents: Contents) -> bool:
    if key in _SAY_NOTHING or (key, value) == ("type", "jar"):
        return True
    if key == "arch":
        return value in _OF_SOURCES | _FOR_ANY or _architecture(value) == _architecture(package.architecture or _of_platform(contents))
    if key == "distro":
        return _is_distribution(value, contents.operating_system, is_versioned=bool(purl.version))
    if key == "rpmmod":
        return f"{package.module}:".startswith(f"{value}:")
    own = parsed_purl(package.purl)
    return own is not None and own.qualifiers.get(key) == value


def _is_distribution(said: str, system: OperatingSystem | None, *, is_versioned: bool) -> bool:
    """In the words of scanners (`debian-12`) and of Ubuntu (`jammy`, `esm-infra/bionic`).

    A channel that an image may have or not, such as extended support, is certain only where the version of the package tells it.
    """
    if system is None:
        return False
    channel, _, name = said.rpartition("/")
    of, dash, version = name.rpartition("-")
    if dash and _DISTRIBUTIONS.get(of, of) != system.id:
        return False
    is_version = bool(version and system.version) and _is_within(version, system.version)
    return (is_version or (version != "" and version == system.codename)) and (not channel or is_versioned)


def _is_within(one: str, other: str) -> bool:
    """Whether one version is the other, or a point release of it, of which some systems tell only the major one."""
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def _digest(text: str) -> Digest | None:
    try:
        return Digest(text)
    except InvalidReferenceError:
        return None


def _repository(text: str) -> str | None:
    try:
        return ImageReference.parse(text.removeprefix("https://")).name
    except InvalidReferenceError:
        return None


def _repositories(purl: PackageURL) -> set[str]:
    """Where an image is by its package URL: some write its name into the address, some only what is before it."""
    at = purl.qualifiers.get("repository_url", "")
    return {name for written in (at, f"{at}/{purl.name}") if at and (name := _repository(written))}


def _architecture(name: str) -> str:
    return _ARCHITECTURES.get(name, name)


def _of_platform(contents: Contents) -> str:
    return contents.platform.split("/")[1] if "/" in contents.platform else ""


def _is_of_platform(purl: PackageURL, platform: str) -> bool:
    said = _architecture(purl.qualifiers.get("arch", ""))
    return not said or not platform or said in platform.split("/")
