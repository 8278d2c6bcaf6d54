"""What a build says of itself: SLSA provenance (slsa.dev, v0.2 `materials`, v1 `resolvedDependencies`), attached to the image.

It lists every image that the build used: frontends and the bases of all stages, too. Which one is the base the layers tell. BuildKit lists
all of them (moby/buildkit, docs/attestations/slsa-definitions.md); of others that is not known.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from packageurl import PackageURL

from bot.inspect.attached.look import Look
from bot.inspect.lineage.builder import built_by
from bot.inspect.lineage.detector import NotHeard, Said, Says
from bot.inspect.lineage.stack import Stack
from bot.inspect.registry import Registry
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.model.lineage import BuiltBy, Claim, Way

_MAX_MATERIALS: Final = 200
_MAX_IMAGES: Final = 20
_MAX_URI: Final = 2000
_SCHEMES: Final = ("oci://", "docker://", "docker-image://")
_BUILDKIT: Final = ("https://mobyproject.org/buildkit@", "https://github.com/moby/buildkit/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Satisfies `bot.inspect.lineage.detector.Detector`."""

    registry: Registry

    def hear(self, image: Stack) -> Iterator[Said | NotHeard | BuiltBy]:
        look = Look(registry=self.registry, reference=image.reference)
        seen: set[object] = set()
        for found in look.provenance(image.manifest, image.index):
            for one in said_in(found.document, found.where, image.platform):
                key = (one.claim.base, one.claim.platform, one.says) if isinstance(one, Said) else one
                if key not in seen:
                    seen.add(key)
                    yield one
        yield from (NotHeard(what=missing.what, reason=missing.reason) for missing in look.not_read)


def said_in(told: dict[str, Any], where: str, platform: str) -> Iterator[Said | NotHeard | BuiltBy]:
    """What one document says: who built the image, and each image that the build used."""
    builder = built_by(told, where)
    if builder is not None:
        yield builder
    build_type, materials = _parts(told)
    items = materials if isinstance(materials, list) else []
    images = list(dict.fromkeys(filter(None, map(_used, items[:_MAX_MATERIALS]))))
    is_all = build_type.startswith(_BUILDKIT) and len(items) <= _MAX_MATERIALS and len(images) <= _MAX_IMAGES
    is_all = is_all and not any(_is_unread_image(item) for item in items[:_MAX_MATERIALS])
    if not is_all and len(images) > _MAX_IMAGES:
        yield NotHeard(what=f"provenance ({where})", reason=f"it names {len(images)} images, and {_MAX_IMAGES} are looked at")
    for base, used_on in images[:_MAX_IMAGES]:
        evidence = f"provenance ({where}) names it among what was used"
        claim = Claim(way=Way.PROVENANCE, base=base, platform=used_on or platform, evidence=evidence)
        yield Said(claim=claim, says=Says.ONE_OF_ALL if is_all else Says.ONE_OF_SOME)


def _parts(told: dict[str, Any]) -> tuple[str, object]:
    """The kind of build, and what it used."""
    definition = told.get("buildDefinition")
    if isinstance(definition, dict):
        return _text(definition.get("buildType")), definition.get("resolvedDependencies")
    return _text(told.get("buildType")), told.get("materials")


def _used(material: object) -> tuple[ImageReference, str] | None:
    """The image that a material is, and on which platform it was used, empty where that is not told: stages have their own."""
    base = _image(material)
    uri = _text(material.get("uri")) if isinstance(material, dict) else ""
    if base is None or not uri.startswith("pkg:"):
        return None if base is None else (base, "")
    qualifiers: Mapping[str, str] = PackageURL.from_string(uri).qualifiers
    return base, qualifiers.get("platform", "")


def _image(material: object) -> ImageReference | None:
    """The image that a material is; None: it is none, or can't be read."""
    if not isinstance(material, dict):
        return None
    try:
        named = _named(_text(material.get("uri")))
        digest = _digest(material.get("digest")) or (named.digest if named else None)
    except (InvalidReferenceError, ValueError):
        return None
    return None if named is None or digest is None else named.at(tag=named.tag, digest=digest)


def _is_unread_image(material: object) -> bool:
    uri = _text(material.get("uri")) if isinstance(material, dict) else ""
    return _image(material) is None and uri.startswith(("pkg:docker/", "pkg:oci/", *_SCHEMES))


def _named(uri: str) -> ImageReference | None:
    """Raises ValueError, and InvalidReferenceError, which is one."""
    scheme = next((scheme for scheme in _SCHEMES if uri.startswith(scheme)), None)
    if scheme is not None:
        return ImageReference.parse(uri.removeprefix(scheme))
    if not uri.startswith(("pkg:docker/", "pkg:oci/")):
        return None
    purl = PackageURL.from_string(uri)
    qualifiers: Mapping[str, str] = purl.qualifiers
    version = purl.version or ""
    if purl.type == "oci":
        named = ImageReference.parse(qualifiers.get("repository_url") or purl.name)
        return named.at(tag=qualifiers.get("tag") or named.tag, digest=Digest(version) if ":" in version else None)
    named = ImageReference.parse("/".join(filter(None, (purl.namespace, purl.name))))
    digest = qualifiers.get("digest") or (version if ":" in version else "")
    return named.at(tag=version if version and ":" not in version else None, digest=Digest(digest) if digest else None)


def _digest(told: object) -> Digest | None:
    value = told.get("sha256") if isinstance(told, dict) else None
    return Digest(f"sha256:{value}") if isinstance(value, str) and value else None


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= _MAX_URI else ""


def names(claims: Iterable[Claim]) -> str:
    """The images of claims in words, a few of them."""
    known = [claim.base.at(tag=claim.base.tag).familiar + (f":{claim.base.tag}" if claim.base.tag else "") for claim in claims]
    return ", ".join(known[:3]) + (f" and {len(known) - 3} more" if len(known) > 3 else "")  # noqa: PLR2004 a few
