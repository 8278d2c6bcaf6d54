"""Whether two references are one image. A manifest, a runtime and a registry may name the index or a platform's own manifest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from bot.model.exposure import Known
from bot.model.image import ImageReference

_SEVERAL: Final = "windows/"


class OnPlatform(Protocol):
    """The manifest of one platform that was opened."""

    @property
    def digest(self) -> str: ...
    @property
    def platform(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """What is proved of which manifest stands in which index."""

    platforms: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    """Of an index, the manifests that were opened, by their platform: several where they differ in what no platform's name tells."""
    platform_of: Mapping[str, str] = field(default_factory=dict)
    """Of the manifest of a platform, that platform."""

    @classmethod
    def of(cls, opened: Mapping[str, Sequence[OnPlatform]]) -> "Kin":
        """By every opened image by its digest, and by that of each index that it stands in (`Contents.opened` of the ledger)."""
        alone = {image.digest: image.platform for images in opened.values() for image in images}
        indexes: dict[str, dict[str, frozenset[str]]] = {}
        for digest, images in opened.items():
            for image in images if digest not in alone else ():
                if image.platform:
                    held = indexes.setdefault(digest, {})
                    held[image.platform] = held.get(image.platform, frozenset()) | {image.digest}
        return cls(platforms=indexes, platform_of=alone)


def is_same_image(a: ImageReference, b: ImageReference, kin: Kin) -> Known:
    """Whether two references are one image, whatever it is called and wherever it lies.

    Yes is said of equal digests, and of an index and a manifest that is proved to stand in it; no, where both are known to be different on
    the same platform. Without a digest on either side nothing is known: a tag may have moved.
    """
    if a.digest is None or b.digest is None:
        return Known.UNKNOWN
    if a.digest == b.digest:
        return Known.YES
    ours, theirs = _on_platforms(a.digest, kin), _on_platforms(b.digest, kin)
    shared = ours.keys() & theirs.keys()
    if not shared:
        return Known.UNKNOWN
    answers = {_on_one_platform(platform, ours[platform], theirs[platform]) for platform in shared}
    if answers == {Known.NO}:
        return Known.NO
    # Two indexes that share what was opened may differ on the platforms that were not.
    are_both_indexes = a.digest in kin.platforms and b.digest in kin.platforms
    return Known.YES if answers == {Known.YES} and not are_both_indexes else Known.UNKNOWN


def _on_one_platform(platform: str, ours: frozenset[str], theirs: frozenset[str]) -> Known:
    if ours & theirs:
        return Known.YES
    # An index has one manifest for each version of Windows, and not all of them may have been opened.
    return Known.UNKNOWN if platform.startswith(_SEVERAL) else Known.NO


def _on_platforms(digest: str, kin: Kin) -> Mapping[str, frozenset[str]]:
    if digest in kin.platforms:
        return kin.platforms[digest]
    platform = kin.platform_of.get(digest, "")
    return {platform: frozenset({digest})} if platform else {}
