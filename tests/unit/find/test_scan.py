from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from bot.clients.folder import FolderTree
from bot.find import scan as scan_module
from bot.find.config_maps import OPTIONAL
from bot.find.finder import Finder, Tree
from bot.find.plugins import FINDERS, precedence, with_optional
from bot.find.scan import find_in_file, scan
from bot.model.dependency import OCI, Dependency
from bot.model.pin import Finding, Pin, Role, Site, SiteKind, Skip, Span


class Words:
    """A finder for `.words` files: each word that begins with its letter is a pin, each that ends with it a skip."""

    def __init__(self, name: str, letter: str, precedence: int = 0) -> None:
        self.name = name
        self.letter = letter
        self.precedence = precedence

    def matches(self, path: PurePosixPath) -> bool:
        return path.suffix == ".words"

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - this format has no second file
        for number, line in enumerate(text.splitlines(keepends=True), 1):
            start = text.index(line)
            for word in line.split():
                at = text.index(word, start)
                if word.startswith(self.letter):
                    yield self._pin(path, word, Span(at, at + len(word)), number)
                elif word.endswith(self.letter):
                    yield Skip(file=path, line=number, text=word, reason=self.name, finder=self.name)

    def _pin(self, path: PurePosixPath, word: str, span: Span, line: int) -> Pin:
        return Pin(
            file=path,
            finder=self.name,
            dependency=Dependency(datasource=OCI, name=word),
            name=word,
            scheme="docker",
            value=word,
            role=Role.IMAGE,
            sites=(Site(kind=SiteKind.TAG, span=span, line=line, text=word),),
            line=line,
            column=span.start + 1,
        )


TWO = (Words("first", "a", 5), Words("second", "b"))


def shown(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{finding.finder} {finding.value if isinstance(finding, Pin) else finding.text + '?'}" for finding in findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a1 b1 c1", ["first a1", "second b1"], id="both, in reading order"),
        pytest.param("b1 a1", ["second b1", "first a1"], id="in reading order, not in that of the finders"),
        pytest.param("b1a", ["first b1a?", "second b1a"], id="a pin stays where another finder only skips"),
        pytest.param("a1b", ["first a1b"], id="a skip goes where another finder has a pin"),
        pytest.param("xb\na1", ["second xb?", "first a1"], id="a skip of its own line stays"),
    ],
)
def test_the_finder_of_higher_precedence_has_the_text(text: str, expected: list[str], tmp_path: Path) -> None:
    assert shown(find_in_file(PurePosixPath("x.words"), text, FolderTree(tmp_path), finders=TWO)) == expected


def test_two_finders_never_claim_the_same_text(tmp_path: Path) -> None:
    finders = (Words("first", "a"), Words("second", "a"))

    assert shown(find_in_file(PurePosixPath("x.words"), "a1 a2", FolderTree(tmp_path), finders=finders)) == ["first a1", "first a2"]


def test_opt_outs_are_seen_in_every_format(tmp_path: Path) -> None:
    (pin,) = find_in_file(PurePosixPath("x.words"), "a1 # rebuild-bot: ignore", FolderTree(tmp_path), finders=TWO)

    assert isinstance(pin, Pin)
    assert pin.opt_out is not None


def test_scan_goes_through_the_tree_and_tells_what_it_passed_over(tmp_path: Path) -> None:
    for name, data in {
        "b.words": b"a1",
        "a/c.words": b"b2",
        "other": b"a9",
        "z.words": b"a\0",
        "big.words": b"a" * 50,
        "big": b"a" * 50,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "out").symlink_to(tmp_path.parent)

    found = list(scan(FolderTree(tmp_path, max_file_bytes=20), finders=TWO))

    assert [(str(finding.file), finding.value if isinstance(finding, Pin) else finding.reason) for finding in found] == [
        ("a/c.words", "b2"),
        ("b.words", "a1"),
        ("z.words", "not a text file that can be read"),
        ("big.words", "too large: 50 bytes, read are files up to 20 bytes; raise find.max_file_bytes, or leave it out by find.exclude"),
        ("out", "a symlink that leaves the tree"),
    ]


class SearchedWords(Words):
    """Reads only files that hold a word."""

    words = ("needle",)


class CountingTree(FolderTree):
    def __init__(self, root: Path, *, max_file_bytes: int) -> None:
        super().__init__(root, max_file_bytes=max_file_bytes)
        self.decoded: list[str] = []

    def read(self, path: PurePosixPath) -> str | None:
        self.decoded.append(str(path))
        return super().read(path)


def test_a_file_without_the_word_is_searched_and_no_more(tmp_path: Path) -> None:
    contents = {"plain": b"a1", "word": b"a2 NEEDLE", "binary": b"a3 needle\0", "big": b"a4 needle" * 9}
    for name, data in contents.items():
        (tmp_path / f"{name}.words").write_bytes(data)
    tree = CountingTree(tmp_path, max_file_bytes=50)

    found = list(scan(tree, finders=(SearchedWords("searcher", "a"),)))

    # What nobody else would read is no gap either: neither the binary nor the large file is told.
    assert [(finding.finder, str(finding.file)) for finding in found] == [("searcher", "word.words")]
    assert tree.decoded == ["word.words"]


def test_a_file_that_another_finder_reads_is_read_without_the_word(tmp_path: Path) -> None:
    finders = (Words("reader", "b"), SearchedWords("searcher", "a"))
    (tmp_path / "x.words").write_text("b1")
    (tmp_path / "z.words").write_bytes(b"\0")

    found = list(scan(FolderTree(tmp_path), finders=finders))

    assert [finding.value if isinstance(finding, Pin) else finding.reason for finding in found] == [
        "b1",
        "not a text file that can be read",
    ]


def test_processes_find_what_one_process_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(scan_module, "_MIN_FILES_FOR_PROCESSES", 1)
    for number in range(70):
        (tmp_path / f"{number:02}.Dockerfile").write_text(f"FROM alpine:3.{number}\n")
    (tmp_path / "binary.Dockerfile").write_bytes(b"\0")
    (tmp_path / "settings.yaml").write_text("{apiVersion: v1, kind: ConfigMap, data: {a: ghcr.io/acme/a:1.2}}\n")
    tree, finders = FolderTree(tmp_path), with_optional(OPTIONAL)

    alone = list(scan(tree, finders=finders))
    capfd.readouterr()
    together = list(scan(tree, finders=finders, workers=2))

    assert len(alone) == 72
    assert together == alone
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("finders", [pytest.param(FINDERS, id="always on"), pytest.param(with_optional(OPTIONAL), id="all")])
def test_every_finder_has_its_own_name_and_the_highest_precedence_comes_first(finders: tuple[Finder, ...]) -> None:
    assert "dockerfile" in {finder.name for finder in finders}
    assert len({finder.name for finder in finders}) == len(finders)
    assert [precedence(finder) for finder in finders] == sorted(map(precedence, finders), reverse=True)
