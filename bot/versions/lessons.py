"""What the tags of one repository teach about its template: which numbers count, which name a variant, where hashes stand."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations, pairwise
from typing import Final

from bot.versions.tag import MIN_HASH_CHARACTERS, Lessons, Tag, is_hash
from bot.versions.tag_head import is_calendar
from bot.versions.words import RUNTIMES

_MIN_SAMPLES: Final = 3
"""Fewer versions with a number at a place prove nothing about it."""
_MOST_COMPARED: Final = 200
"""Versions, the lowest ones, each of which is compared with each other."""
_LONG_RUN: Final = re.compile(rf"[A-Za-z0-9]{{{MIN_HASH_CHARACTERS},}}", re.ASCII)
_RUN: Final = re.compile(r"[A-Za-z0-9]+", re.ASCII)

_Seen = Mapping[tuple[int, ...], set[tuple[int, ...]]]
"""For each version number, the values that stood in one slot."""


def learn(tags: Mapping[str, Tag | None]) -> Lessons:
    """What can be told from all tags together, as they read without any lesson. Their order does not matter."""
    known = [tag for tag in tags.values() if tag is not None]
    slots: dict[tuple[str, bool], dict[tuple[int, ...], set[tuple[int, ...]]]] = defaultdict(lambda: defaultdict(set))
    for tag in known:
        for slot in tag.slots:
            slots[slot.name, slot.has_word][tag.numbers].add(slot.value)
    return Lessons(
        counters=frozenset(name for (name, has_word), seen in slots.items() if has_word and _rises_with_the_version(seen)),
        axes=frozenset(name for (name, has_word), seen in slots.items() if not has_word and _is_axis(seen)),
        hashes=frozenset(place for tag in known for place in tag.hashes)
        | frozenset(
            (text[: run.start()], len(run[0]))
            for text, tag in tags.items()
            if tag is None
            for run in _RUN.finditer(text)
            if is_hash(run[0])
        ),
        rising_stamps=_rising_stamps(known),
        letters=_letters(known),
        prerelease_counters=_prerelease_counters(known),
        calendar_digits=_calendar_digits(tags),
    )


def may_change(text: str, tag: Tag | None, lessons: Lessons) -> bool:
    """Whether lessons may have a tag read otherwise than it was without them: most tags need no second reading."""
    if lessons.hashes and _LONG_RUN.search(text):
        return True
    if tag is None:
        return False
    return (
        (bool(lessons.counters or lessons.axes) and bool(tag.slots or not RUNTIMES.isdisjoint(tag.words)))
        or (bool(lessons.calendar_digits) and len(tag.numbers) == 1)
        or (bool(lessons.rising_stamps) and tag.stamp is not None)
        or (bool(lessons.letters) and tag.letter != 0)
        or (bool(lessons.prerelease_counters) and tag.prerelease_counter != "")
    )


def _rises_with_the_version(seen: _Seen) -> bool:
    """Whether the number behind an unknown word never falls while the version rises, through enough different values."""
    values = [value for _, value in sorted(seen.items())]
    return len(set[tuple[int, ...]]().union(*values)) >= _MIN_SAMPLES and all(max(low) <= min(high) for low, high in pairwise(values))


def _rising_stamps(tags: Iterable[Tag]) -> frozenset[str]:
    """The lines of stamped versions on which no version was built after a higher one: what was built later is the later version."""
    lines: dict[str, dict[tuple[int, ...], set[tuple[int, ...]]]] = defaultdict(lambda: defaultdict(set))
    for tag in tags:
        if tag.stamp is not None:
            lines[tag.stamped_line][tag.numbers].add(tag.stamp)
    return frozenset(line for line, seen in lines.items() if len(seen) >= _MIN_SAMPLES and _rises_with_the_version(seen))


def _letters(tags: Collection[Tag]) -> frozenset[str]:
    """The lines on which letters count patches of versions that are there without one as well.

    A few letters may be an alpha, a beta and a candidate: one from d on tells that they are not.
    """
    plain = {(tag.line, tag.numbers) for tag in tags if not tag.letter}
    lettered = [tag for tag in tags if tag.letter]
    patched = {tag.family for tag in lettered if (tag.family, tag.numbers) in plain}
    return frozenset(tag.family for tag in lettered if tag.letter > ord("c") and tag.family in patched)


def _prerelease_counters(tags: Collection[Tag]) -> frozenset[str]:
    """The slots behind a prerelease's number where the same prerelease is there without it, too."""
    without = {(tag.line, tag.numbers, tag.prerelease) for tag in tags if not tag.prerelease_counter}
    counted = (tag for tag in tags if tag.prerelease_counter)
    return frozenset(tag.prerelease_counter for tag in counted if (tag.family, tag.numbers, tag.prerelease) in without)


def _is_axis(seen: _Seen) -> bool:
    """Whether a bare number stands for a variant: versions share several values of it, none of them a first build (0 or 1)."""
    several = [values for _, values in sorted(seen.items()) if len(values) > 1]
    counts = Counter(value for values in several for value in values)
    # A value of one version alone is shared with none: without these, most sets are empty.
    shared = [common for values in several[:_MOST_COMPARED] if len(common := {value for value in values if counts[value] > 1}) > 1]
    return all(min(values) > (1,) for values in several) and any(len(one & other) > 1 for one, other in combinations(shared, 2))


def _calendar_digits(texts: Iterable[str]) -> frozenset[int]:
    """The lengths of lone numbers that all read as years or months, where lone numbers of other lengths stand beside them."""
    lone = [text for text in texts if text.isascii() and text.isdigit()]
    lengths = {len(text) for text in lone}
    return frozenset(
        length for length in lengths & {4, 6} if len(lengths) > 1 and all(is_calendar(text) for text in lone if len(text) == length)
    )
