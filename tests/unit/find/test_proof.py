import re
from pathlib import Path, PurePosixPath

import pytest

from bot.clients.folder import FolderTree
from bot.find.proof import Changed, Wanted, change_files
from bot.find.scan import scan
from bot.model.image import ImageReference
from bot.model.pin import Pin

NEW = "sha256:" + "2" * 64


class Folder:
    """A folder of Dockerfiles and its pins."""

    def __init__(self, root: Path, **files: bytes) -> None:
        for name, data in files.items():
            (root / f"{name}.Dockerfile").write_bytes(data)
        self.root = root
        self.tree = FolderTree(root)
        self.pins = [finding for finding in scan(self.tree) if isinstance(finding, Pin)]

    def change(self, *wanted: tuple[int, str | None, str | None]) -> Changed:
        return change_files(self.tree, [Wanted(pin=self.pins[index], value=value, digest=digest) for index, value, digest in wanted])


def test_changes_only_what_is_meant(tmp_path: Path) -> None:
    folder = Folder(tmp_path, a=b"FROM x:1.2\r\nFROM y:1.2", b=b"FROM x:1.2\n")

    changed = folder.change((0, "1.3", NEW))

    assert changed.failures == ()
    assert [(str(change.path), change.old, change.new) for change in changed.changes] == [
        ("a.Dockerfile", b"FROM x:1.2\r\nFROM y:1.2", f"FROM x:1.3@{NEW}\r\nFROM y:1.2".encode())
    ]


def test_several_pins_of_several_files_at_once(tmp_path: Path) -> None:
    folder = Folder(tmp_path, a=b"FROM x:1.2\nFROM y:1.9\n", b=b"FROM x:1.2\n")

    changed = folder.change((0, "1.10", None), (1, "1.10", None), (2, "2", None))

    assert changed.failures == ()
    assert [change.new for change in changed.changes] == [b"FROM x:1.10\nFROM y:1.10\n", b"FROM x:2\n"]


def test_a_pin_that_cannot_be_edited_stops_no_other(tmp_path: Path) -> None:
    folder = Folder(tmp_path, a=f"FROM x:1.2@sha256:{'1' * 64}\nFROM y:1.2\n".encode())

    changed = folder.change((0, "1.3", None), (1, "1.3", None))

    assert [(failure.where, failure.remedy) for failure in changed.failures] == [("a.Dockerfile:1", "Give the digest of 1.3 as well.")]
    assert [change.new for change in changed.changes] == [f"FROM x:1.2@sha256:{'1' * 64}\nFROM y:1.3\n".encode()]


@pytest.mark.parametrize(
    ("text", "index", "value", "message"),
    [
        pytest.param(
            "ARG V=1.2\nFROM x:$V\nFROM y:$V\n", 0, "1.3", "y in line 1 would move along to 1.3: they share a literal", id="shared"
        ),
        pytest.param("ARG V=1\nFROM x$V:$V\n", 0, "2", "would read x2 2, not 2", id="the name would change"),
        pytest.param("ARG V=1.2\nFROM x:$V\n", 0, "$V", "in place of 1|would read|can't", id="a value that is read otherwise"),
        pytest.param("ARG V=1.2\nFROM x:$V AS a\nFROM b AS c\n", 0, "1 2", "in place of|would read", id="a value that ends the word"),
    ],
)
def test_an_edit_that_would_read_otherwise_is_refused(tmp_path: Path, text: str, index: int, value: str, message: str) -> None:
    changed = Folder(tmp_path, a=text.encode()).change((index, value, None))

    assert changed.changes == ()
    assert len(changed.failures) == 1
    assert re.search(message, changed.failures[0].what), changed.failures


def test_pins_of_one_dependency_that_share_a_literal_move_together(tmp_path: Path) -> None:
    folder = Folder(tmp_path, a=b"ARG V=1.2\nFROM x:$V AS a\nFROM x:$V AS b\n")

    assert [change.new for change in folder.change((0, "1.3", None)).changes] == [b"ARG V=1.3\nFROM x:$V AS a\nFROM x:$V AS b\n"]


def test_two_values_for_one_literal_are_refused(tmp_path: Path) -> None:
    folder = Folder(tmp_path, a=b"ARG V=1.2\nFROM x:$V AS a\nFROM x:$V AS b\n")

    changed = folder.change((0, "1.3", None), (1, "1.4", None))

    assert changed.changes == ()
    assert "two different edits" in changed.failures[0].what


def test_a_file_that_has_changed_is_left_alone(tmp_path: Path) -> None:
    folder = Folder(tmp_path, a=b"FROM x:1.2\n", b=b"FROM x:1.2\n")
    (tmp_path / "a.Dockerfile").write_bytes(b"# new\nFROM x:1.2\n")
    (tmp_path / "b.Dockerfile").unlink()

    changed = folder.change((0, "1.3", None), (1, "1.3", None))

    assert changed.changes == ()
    assert [failure.where for failure in changed.failures] == ["a.Dockerfile:1", "b.Dockerfile:1"]
    assert "has changed" in changed.failures[0].what
    assert "can't be read any more" in changed.failures[1].what


def test_an_encoding_that_lacks_a_character_is_told(tmp_path: Path) -> None:
    folder = Folder(tmp_path, a=b"# caf\xe9\nFROM x:1.2\n")

    assert "latin-1, which can't hold" in folder.change((0, "1.3\u2026", None)).failures[0].what


def test_an_edit_that_fails_its_proof_stops_no_other(tmp_path: Path) -> None:
    folder = Folder(tmp_path, a=b"ARG V=1.2\nFROM x:$V\nFROM y:$V\nFROM z:3\nFROM u:4\n")

    changed = folder.change((0, "1.3", None), (2, "5", None), (3, "6", None))

    assert [failure.where for failure in changed.failures] == ["a.Dockerfile:1"]
    assert [wanted.pin.name for wanted in changed.done] == ["z", "u"]
    assert [change.new for change in changed.changes] == [b"ARG V=1.2\nFROM x:$V\nFROM y:$V\nFROM z:5\nFROM u:6\n"]


def test_pins_that_share_a_literal_may_move_together(tmp_path: Path) -> None:
    folder = Folder(tmp_path, a=b"ARG V=1.2\nFROM x:$V\nFROM y:$V-slim\nFROM z:3\n")

    changed = folder.change((0, "1.3", None), (1, "1.3-slim", None))

    assert changed.failures == ()
    assert [change.new for change in changed.changes] == [b"ARG V=1.3\nFROM x:$V\nFROM y:$V-slim\nFROM z:3\n"]


def test_nothing_wanted_is_nothing_changed(tmp_path: Path) -> None:
    assert change_files(FolderTree(tmp_path), []) == Changed(changes=(), failures=(), done=())
    assert PurePosixPath("x") not in FolderTree(tmp_path).files(PurePosixPath())


OURS = ImageReference.parse("reg.example/base/x:1.2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("FROM x:1.2 AS a\r\nFROM y:1.2\r\n", "FROM reg.example/base/x:1.2 AS a\r\nFROM y:1.2\r\n", id="a tag"),
        pytest.param("FROM --platform=linux/amd64 x\n", "FROM --platform=linux/amd64 reg.example/base/x:1.2\n", id="a name alone"),
        pytest.param(f"FROM x:1.1@sha256:{'1' * 64}\n", "FROM reg.example/base/x:1.2\n", id="tag and digest"),
        pytest.param(f"FROM docker.io/library/x@sha256:{'1' * 64}\n", "FROM reg.example/base/x:1.2\n", id="a digest alone"),
        pytest.param(
            'ARG BASE="x:1.2"\nFROM $BASE AS a\nFROM $BASE\n',
            'ARG BASE="reg.example/base/x:1.2"\nFROM $BASE AS a\nFROM $BASE\n',
            id="shared",
        ),
    ],
)
def test_another_image_takes_the_place_of_a_reference(tmp_path: Path, text: str, expected: str) -> None:
    folder = Folder(tmp_path, a=text.encode())

    changed = change_files(folder.tree, [Wanted(pin=folder.pins[0], image=OURS)])

    assert changed.failures == ()
    assert [change.new.decode() for change in changed.changes] == [expected]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("ARG V=1.2\nFROM x:$V\n", "not written there in one piece", id="a variable in the tag"),
        pytest.param("ARG R=docker.io\nFROM $R/library/x:1.2\n", "not written there in one piece", id="a variable in the name"),
        pytest.param("ARG V=1.2\nFROM x:${V}-slim\n", "not written there in one piece", id="a part of the tag"),
        pytest.param("ARG B=x:1.2\nFROM $B\nFROM ${B}-slim\n", "x in line 1 would", id="another pin takes it along"),
    ],
)
def test_a_reference_that_is_put_together_is_left_alone(tmp_path: Path, text: str, why: str) -> None:
    folder = Folder(tmp_path, a=text.encode())

    changed = change_files(folder.tree, [Wanted(pin=folder.pins[0], image=OURS)])

    assert changed.changes == ()
    assert why in changed.failures[0].what
