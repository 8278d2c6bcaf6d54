"""Changelogs in the forms that projects write, and in those that nobody should."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.explain.changelog import sections
from bot.explain.releases import between
from bot.model.notes import ChangelogFile


def read(text: str) -> list[tuple[str, str]]:
    return [(note.name, note.text) for note in sections(ChangelogFile(path="CHANGELOG.md", text=text))]


KEEP_A_CHANGELOG = """\
# Changelog

Versions follow 1.0.0 of the specification.

## [Unreleased]
- Soon.

## [1.2.0] - 2026-05-06
### Added
- A thing, see 1.1.0.

## [1.1.0](https://example.org/compare/v1.0.0...v1.1.0) - 2026-04-01 [YANKED]
- Another.

[1.2.0]: https://example.org/compare/v1.1.0...v1.2.0
"""


def test_keep_a_changelog():
    assert read(KEEP_A_CHANGELOG) == [
        ("1.2.0", "### Added\n- A thing, see 1.1.0."),
        ("1.1.0", "- Another.\n\n[1.2.0]: https://example.org/compare/v1.1.0...v1.2.0"),
    ]
    assert [note.published_at for note in sections(ChangelogFile(path="x", text=KEEP_A_CHANGELOG))] == [
        datetime(2026, 5, 6, tzinfo=UTC),
        datetime(2026, 4, 1, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("heading", "version"),
    [
        pytest.param("## v1.2.3 (2026-05-06)", "v1.2.3", id="conventional"),
        pytest.param("# [2.0.0](https://e.example/x) (2026-05-06)", "2.0.0", id="conventional, a link"),
        pytest.param("## name@1.2.3", "name@1.2.3", id="changesets"),
        pytest.param("## @scope/name@1.2.3", "@scope/name@1.2.3", id="changesets, with a scope"),
        pytest.param("### Version 1.2.3 - a name for it", "1.2.3", id="a word before, words behind"),
        pytest.param("## **1.2.3**", "1.2.3", id="bold"),
        pytest.param("## v12", "v12", id="one number"),
        pytest.param("1.2.3 / 2026-05-06\n==================", "1.2.3", id="underlined"),
        pytest.param("1.2.3 (2026-05-06)\n~~~~~~~~~~~~~~~~~~", "1.2.3", id="reStructuredText"),
        pytest.param("== 1.2.3", "1.2.3", id="AsciiDoc"),
        pytest.param("Changes with nginx 1.25.3                        24 Oct 2023", "1.25.3", id="alone, with a date"),
        pytest.param("v1.2.3 - May 6th, 2026", "v1.2.3", id="alone, with another date"),
        pytest.param("Changes in version 1.2.3:", "1.2.3", id="alone, with words before"),
        pytest.param("release-1.2.3", "release-1.2.3", id="alone, with a prefix"),
    ],
)
def test_a_heading_of_a_version(heading, version):
    assert read(f"Head\n\n{heading}\n\nText of it.\n") == [(version, "Text of it.")]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("- 1.2.3 was bad", id="an item"),
        pytest.param("1.2.3 was bad and is gone", id="prose"),
        pytest.param("See the notes of release 1.2.3.\n", id="more prose"),
        pytest.param("    1.2.3", id="indented"),
        pytest.param("> ## 1.2.3", id="quoted"),
        pytest.param("## Upgrade from 12 to 13", id="a heading of something else"),
        pytest.param("## Upgrade 2 things", id="a number that is no version"),
        pytest.param("```\n## 1.2.3\n```", id="in code"),
        pytest.param("[1.2.3]: https://e.example", id="the end of a link"),
        pytest.param("#1.2.3", id="no heading"),
    ],
)
def test_what_heads_nothing(line):
    assert [name for name, _ in read(f"# 9.9.9\n\n{line}\n\n# 9.9.8\n\nText.\n")] == ["9.9.9", "9.9.8"]


def test_only_the_sections_between_two_versions_are_taken():
    found = between(sections(ChangelogFile(path="x", text=KEEP_A_CHANGELOG)), "1.1.0-alpine", "1.2.0-alpine")

    assert [note.name for note in found.notes] == ["1.2.0"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("# 1.2.3 " * 100_000, id="one long line"),
        pytest.param("# " + "1." * 500_000, id="one long version"),
        pytest.param("# 1.2.3\n" * 100_000, id="many headings"),
        pytest.param("```\n" * 200_000, id="many fences"),
        pytest.param("# " + "a " * 90 + "1.2.3\n" + "[" * 1_000_000, id="many brackets"),
        pytest.param("\n" * 1_000_000, id="many lines"),
        pytest.param("1.2.3\r" * 100_000, id="old line ends"),
    ],
)
def test_a_hostile_changelog_is_read_within_bounds(text):
    found = sections(ChangelogFile(path="x", text=text))

    assert len(found) <= 2_000


PIECES = ["# ", "## [", "1.2.3", "]", "(", ")", "\n", "\n\n", "===", "```", " - ", "2026-13-45", "v", "@", "٣.٤"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_no_changelog_raises(text):
    sections(ChangelogFile(path="x", text=text))
