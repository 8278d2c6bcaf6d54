"""CODEOWNERS by GitHub's rules."""

import time
from pathlib import PurePosixPath

import pytest

from bot.track import codeowners
from bot.track.codeowners import Codeowners

# Each kind of pattern that GitHub's page "About code owners" explains, with files that it does and does not cover.
PATTERNS = {
    "everything": ("*", ["a", "a/b/c.txt"], []),
    "extension anywhere": ("*.js", ["x.js", "a/b/x.js"], ["x.jsx"]),
    "name anywhere": ("Dockerfile", ["Dockerfile", "a/Dockerfile"], ["Dockerfile.dev"]),
    "folder anywhere": ("apps/", ["apps/x", "a/apps/b/x"], ["apps"]),
    "folder at the root": ("/build/logs/", ["build/logs/x", "build/logs/a/b"], ["a/build/logs/x", "build/logs"]),
    "folder without a slash at the end": ("/apps/github", ["apps/github", "apps/github/x/y"], ["x/apps/github"]),
    "files of a folder, not deeper": ("docs/*", ["docs/a.md"], ["docs/a/b.md", "x/docs/a.md"]),
    "all folders of a name": ("**/logs", ["logs/x", "build/logs/x", "a/b/logs"], ["logsx/y"]),
    "all below": ("/a/**", ["a/b", "a/b/c"], ["a", "b/a/c"]),
    "anything between": ("a/**/z", ["a/z", "a/b/z", "a/b/c/z/file"], ["a/zz", "b/a/z"]),
    "one character": ("/v?.txt", ["v1.txt"], ["v10.txt", "v/.txt"]),
    "star stays in its part": ("/a*c", ["abc", "ac/x"], ["ab/c"]),
    "capitals": ("/Docs/", ["Docs/a"], ["docs/a"]),
}


@pytest.mark.parametrize(("pattern", "covered", "others"), PATTERNS.values(), ids=PATTERNS.keys())
def test_what_a_pattern_covers(pattern: str, covered: list[str], others: list[str]) -> None:
    owners = codeowners.parse(f"{pattern} @acme/team\n")

    assert [path for path in covered + others if owners.owners_of(PurePosixPath(path))] == covered


def test_the_last_match_wins_and_may_name_nobody() -> None:
    owners = codeowners.parse("*  @acme/all\n/apps/ @octo @dana\n/apps/free\n")

    assert owners.owners_of(PurePosixPath("x")) == ("@acme/all",)
    assert owners.owners_of(PurePosixPath("apps/x")) == ("@octo", "@dana")
    assert owners.owners_of(PurePosixPath("apps/free/x")) == ()


def test_comments_blanks_and_wrong_lines_are_passed_over() -> None:
    text = "# everyone\n\n* @acme/all # fallback\n/a\\ b/ dana@example.org\n!/x @octo\n/[ab] @octo\n/y octo\n\\#z @octo\n"

    owners = codeowners.parse(text)

    assert [line.pattern for line in owners.lines] == ["*", "/a b/"]
    assert owners.owners_of(PurePosixPath("a b/c")) == ("dana@example.org",)


APPS = {
    "the Dockerfile's": ("* @acme/all\nDockerfile @acme/images\n", "", ("@acme/images",)),
    "the folder's": ("* @acme/all\n/jobs/ @acme/jobs\n", "jobs", ("@acme/jobs",)),
    "the first that are named": ("/k8s/ @acme/ops\n/docs/ @acme/docs\n", "", ("@acme/ops",)),
    "nobody": ("", "", ()),
}


@pytest.mark.parametrize(("text", "folder", "expected"), APPS.values(), ids=APPS.keys())
def test_whom_to_ask_about_an_app(text: str, folder: str, expected: tuple[str, ...]) -> None:
    assert codeowners.parse(text).owners_of_app(PurePosixPath(folder)) == expected


def test_the_first_place_counts() -> None:
    files = {"CODEOWNERS": "* @root\n", "docs/CODEOWNERS": "* @docs\n"}

    assert codeowners.read(lambda path: files.get(str(path))).owners_of(PurePosixPath("x")) == ("@root",)
    assert codeowners.read(lambda _: None) == Codeowners()


def test_a_file_that_github_would_not_read_names_nobody() -> None:
    assert codeowners.parse("* @acme/all\n" * 300_000) == Codeowners()


def test_a_hostile_pattern_takes_no_time() -> None:
    owners = codeowners.parse(f"/{'**/' * 400}{'*a' * 200}b @octo\n")
    path = PurePosixPath("/".join(["a" * 200] * 40))
    started = time.perf_counter()

    assert owners.owners_of(path) == ()
    assert time.perf_counter() - started < 5
