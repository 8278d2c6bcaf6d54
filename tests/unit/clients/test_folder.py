import os
from pathlib import Path, PurePosixPath

import pytest

from bot.clients.folder import FolderTree, is_excluded

HERE = PurePosixPath()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("s")
    root = tmp_path / "root"
    for name in ("b/z", "b/a.yaml", "a", "c/deep/x", "node_modules/m/Dockerfile", ".git/config", ".github/workflows/ci.yml"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


def paths(tree: FolderTree) -> list[str]:
    return [str(path) for path in tree.paths()]


def test_paths_are_sorted_and_leave_out_excluded_folders(root: Path) -> None:
    assert paths(FolderTree(root)) == [".github/workflows/ci.yml", "a", "b/a.yaml", "b/z", "c/deep/x"]


def test_what_is_excluded_can_be_chosen(root: Path) -> None:
    assert paths(FolderTree(root, exclude=("*.yaml", "/c/d*", ".*"))) == ["a", "b/z", "node_modules/m/Dockerfile"]


@pytest.mark.parametrize(
    ("path", "pattern", "excluded"),
    [
        pytest.param("a/vendor", "vendor", True, id="a name at any depth"),
        pytest.param("vendored", "vendor", False, id="only the whole name"),
        pytest.param("a/b", "a/b", True, id="a path from the root"),
        pytest.param("x/a/b", "a/b", False, id="not a path elsewhere"),
        pytest.param("a", "/a", True, id="a leading slash: from the root"),
        pytest.param("x/a", "/a", False, id="a leading slash: nowhere else"),
        pytest.param("x/a", "a/", True, id="a trailing slash says nothing"),
    ],
)
def test_patterns(path: str, pattern: str, excluded: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_excluded(PurePosixPath(path), [pattern]) is excluded


def test_reads_text_and_bytes(root: Path) -> None:
    (root / "a").write_bytes(b"caf\xe9\r\n")
    tree = FolderTree(root)

    assert tree.read(PurePosixPath("a")) == "café\r\n"
    assert tree.read_bytes(PurePosixPath("b/../a")) == b"caf\xe9\r\n"


def test_lists_a_folder(root: Path) -> None:
    tree = FolderTree(root)

    assert tree.files(HERE) == (PurePosixPath("a"),)
    assert tree.files(PurePosixPath("b")) == (PurePosixPath("b/a.yaml"), PurePosixPath("b/z"))
    assert tree.files(PurePosixPath("a")) == ()
    assert tree.files(PurePosixPath("../outside")) == ()


@pytest.mark.parametrize(
    "path", ["../outside/secret", "/etc/hostname", "link", "folder/secret", "loop", "none", "b", "b/../../outside/secret"]
)
def test_nothing_outside_is_read(root: Path, path: str) -> None:
    (root / "link").symlink_to(root.parent / "outside" / "secret")
    (root / "folder").symlink_to(root.parent / "outside")
    (root / "loop").symlink_to("loop")

    assert FolderTree(root).read(PurePosixPath(path)) is None


def test_symlinks_are_not_followed(root: Path) -> None:
    (root / "inner").symlink_to("a")
    (root / "out").symlink_to(root.parent / "outside")
    (root / "nowhere").symlink_to("missing")
    tree = FolderTree(root)

    assert not {"inner", "out", "out/secret", "nowhere"} & set(paths(tree))
    assert [(str(skip.file), skip.reason, skip.finder) for skip in tree.problems()] == [
        ("nowhere", "a symlink that leads nowhere", ""),
        ("out", "a symlink that leaves the tree", "folder"),
    ]


def test_a_large_file_is_passed_over_and_told(root: Path) -> None:
    (root / "a").write_text("x" * 101)
    tree = FolderTree(root, max_file_bytes=100)

    assert "a" not in paths(tree)
    assert tree.read(PurePosixPath("a")) is None
    assert [(str(skip.file), skip.reason) for skip in tree.problems()] == [
        ("a", "too large: 101 bytes, read are files up to 100 bytes; raise find.max_file_bytes, or leave it out by find.exclude")
    ]


def test_binary_files_and_pipes_are_no_text(root: Path) -> None:
    (root / "a").write_bytes(b"FROM\0")
    os.mkfifo(root / "pipe")
    tree = FolderTree(root)

    assert tree.read(PurePosixPath("a")) is None
    assert tree.read(PurePosixPath("pipe")) is None
    assert "pipe" not in paths(tree)
