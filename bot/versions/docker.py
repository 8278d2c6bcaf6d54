"""Image tags: read by a grammar whose template is learned from the repository's own tags."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.versions.codenames import release_of
from bot.versions.lessons import learn, may_change
from bot.versions.scheme import Version, VersionScheme
from bot.versions.tag import MIN_HASH_CHARACTERS, Lessons, Tag, is_hash
from bot.versions.tag_reader import read
from bot.versions.words import CHANNELS, FINAL, HASH_WORDS, PLATFORMS, UNORDERED


@dataclass(frozen=True, slots=True, kw_only=True)
class TagScheme:
    """Tags by the grammar of `bot.versions.tag`. Prefix, precision and variant never change; counters are ordered after the version."""

    name: str
    lessons: Lessons = field(default_factory=Lessons)
    known: Mapping[str, Version | None] = field(default_factory=dict, repr=False, compare=False)
    """What values are that were read before, and that the lessons leave as they were."""

    def parse(self, value: str) -> Version | None:
        if value in self.known:
            return self.known[value]
        return _version(value, read(value, self.lessons))

    def refusal(self, value: str) -> str:
        return _refusal(value)

    def taught(self, values: Iterable[str]) -> VersionScheme:
        tags = {value: read(value) for value in values}
        lessons = learn(tags)
        known = {value: _version(value, tag) for value, tag in tags.items() if not may_change(value, tag, lessons)}
        return TagScheme(name=self.name, lessons=lessons, known=known)


def _version(raw: str, tag: Tag | None) -> Version | None:
    if tag is None:
        return None
    is_channel = not CHANNELS.isdisjoint(tag.words)
    return Version(
        raw=raw,
        key=(tag.numbers, tag.letter, tag.prerelease, tag.counters),
        line=tag.line,
        family=tag.family,
        numbers=() if tag.is_date else tag.numbers,
        is_prerelease=is_channel or tag.prerelease != (FINAL,),
        is_stream=is_channel or (tag.prerelease != (FINAL,) and not any(tag.prerelease[1::2])),
    )


def _refusal(value: str) -> str:
    lower = value.lower()
    words = set(lower.replace("_", "-").replace(".", "-").split("-"))
    if lower.endswith((".sig", ".att", ".sbom")) or lower.startswith("sha256-"):
        return "a signature or attestation"
    if not UNORDERED.isdisjoint(words):
        return "a build of a branch or request: those have no order"
    if (
        any(map(is_hash, words))
        or any(word.isdigit() and len(word) >= MIN_HASH_CHARACTERS for word in words)
        or not words.isdisjoint(HASH_WORDS)
    ):
        return "named by a hash: hashes have no order"
    if not PLATFORMS.isdisjoint(words):
        return "an image of one platform, without a version"
    if not CHANNELS.isdisjoint(words):
        return "a development stream, without a version"
    release = next(filter(None, map(release_of, sorted(words))), None)
    return "a floating name, without a version" + (f" ({release})" if release else "")


PLUGIN: Final[VersionScheme] = TagScheme(name="docker")
