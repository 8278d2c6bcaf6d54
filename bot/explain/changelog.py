"""A changelog -> its sections, each a release's note: by the headings that name a version, in the forms that are common.

## [1.2.3] - 2024-05-06        Keep a Changelog, with or without links and brackets
# v1.2.3 (2024-05-06)          conventional-changelog, release-please
## name@1.2.3                  changesets
1.2.3 / 2024-05-06             underlined by === or --- (Markdown, reStructuredText), or standing alone
== 1.2.3                       AsciiDoc
Changes with nginx 1.25.3      24 Oct 2023
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.explain.releases import read_name
from bot.model.notes import ChangelogFile, ReleaseNote

_MOST_SECTIONS: Final = 2_000
_MAX_HEADING_CHARACTERS: Final = 200
_MAX_SECTION_CHARACTERS: Final = 60_000
_MOST_WORDS: Final = 4
"""That stand before the version in a heading: `Changes in version 1.2.3`."""
_FENCE: Final = ("```", "~~~")
_RULE: Final = re.compile(r"([=\-~^*#])\1{2,}")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z./@_-]{0,40}:?", re.ASCII)
_VERSION: Final = re.compile(r"(?:[A-Za-z@][\w./@-]{0,80}[-@/]|[A-Za-z]{1,4})?[0-9]+\.[0-9]\S{0,60}|[vV][0-9]\S{0,60}", re.ASCII)
_WRAPPING: Final = "[](){}*_`:,;\"'"
_AROUND_DATES: Final = _WRAPPING + "-/\N{EN DASH}\N{EM DASH}"
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY: Final = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}[-/.][01]?[0-9][-/.][0-3]?[0-9](?![0-9])", re.ASCII)
_ORDINAL: Final = re.compile(r"(?:[0-9]{1,4})(?:st|nd|rd|th)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heading:
    version: str
    published_at: datetime | None
    first: int
    """The line after it, where its text begins."""
    line: int


def sections(file: ChangelogFile) -> tuple[ReleaseNote, ...]:
    """Each section that a version heads, in the order of the file, with the date where the heading has one; texts are as they stand.

    What comes before the first of them, and what is not released yet, belongs to none.
    """
    lines = file.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = list(_headings(lines))
    ends = [heading.line for heading in found[1:]]
    return tuple(
        ReleaseNote(
            name=heading.version,
            text="\n".join(lines[heading.first : end]).strip("\n")[:_MAX_SECTION_CHARACTERS],
            url=file.url,
            published_at=heading.published_at,
        )
        for heading, end in zip(found, [*ends, len(lines)], strict=False)
    )


def _headings(lines: Sequence[str]) -> Iterator[_Heading]:
    fence, count = "", 0
    for number, line in enumerate(lines):
        if fence:
            fence = "" if line.lstrip().startswith(fence) else fence
            continue
        if line.lstrip()[:3] in _FENCE:
            fence = line.lstrip()[:3]
            continue
        heading = _heading(lines, number)
        if heading is not None:
            yield heading
            count += 1
        if count >= _MOST_SECTIONS:
            return


def _heading(lines: Sequence[str], number: int) -> _Heading | None:
    line = lines[number]
    if not line or line[:1] in " \t>|" or len(line) > _MAX_HEADING_CHARACTERS:
        return None
    below = lines[number + 1].rstrip() if number + 1 < len(lines) else ""
    is_underlined = _RULE.fullmatch(below) is not None
    is_marked = line[0] in "#=" and line.lstrip("#=")[:1] in {" ", "\t"}
    words = (line.strip("#= \t") if is_marked else line).split()
    place = next((index for index, word in enumerate(words[: _MOST_WORDS + 1]) if _version(word) is not None), None)
    if place is None or not all(_WORD.fullmatch(word.strip(_WRAPPING)) for word in words[:place]):
        return None
    version, rest = _version(words[place]), words[place + 1 :]
    if version is None or not (is_marked or is_underlined or _stands_alone(lines, number, rest)):
        return None
    return _Heading(version=version, published_at=_day(" ".join(rest)), first=number + (2 if is_underlined else 1), line=number)


def _version(word: str) -> str | None:
    """The version that a word of a heading is: `[1.2.3](https://…)`, `**v1.2.3**`, `name@1.2.3`."""
    plain = word.partition("](")[0].strip(_WRAPPING)
    return plain if _VERSION.fullmatch(plain) and read_name(plain) is not None else None


def _stands_alone(lines: Sequence[str], number: int, rest: Sequence[str]) -> bool:
    """Whether an unmarked line is a heading: nothing but a date behind the version, and an empty line above it."""
    is_free = number == 0 or not lines[number - 1].strip()
    return is_free and len(rest) <= _MOST_WORDS + 1 and all(_is_of_date(word.strip(_AROUND_DATES)) for word in rest)


def _is_of_date(word: str) -> bool:
    low = word.lower()
    return not low or low in {"unreleased", "released", "of"} or low[:3] in _MONTHS or bool(_DAY.fullmatch(low) or _ORDINAL.fullmatch(low))


def _day(text: str) -> datetime | None:
    found = _DAY.search(text)
    if found is None:
        return None
    year, month, day = re.split(r"[-/.]", found[0])
    try:
        return datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None
