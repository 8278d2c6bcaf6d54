"""What is remembered of a repo's files is what would be read again."""

import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import bot
from bot.clients.folder import FolderTree
from bot.clients.shelf import Shelf
from bot.find.plugins import FINDERS
from bot.find.proof import Wanted, change_files
from bot.model.fleet import Repo
from bot.pipeline.repo_files import LaterTree, changes, read_files
from bot.settings import load
from bot.wiring.known_files import READERS, ShelvedFiles

CASES = Path(__file__).parents[2] / "cases"
REPO = Repo(full_name="acme/shop", default_branch="main", head="a" * 40, clone_url="https://github.com/acme/shop.git", node_id="R_1")


@pytest.fixture
def shelf(tmp_path):
    with closing(Shelf(tmp_path / "repos.sqlite3")) as made:
        yield made


def read(case="dockerfile"):
    return read_files(FolderTree(CASES / case), REPO, FINDERS)


@pytest.mark.parametrize(
    "case", ["dockerfile", "compose", "helm-values", "github-actions", "nix", "unread", "annotation", "wild", "docker-bake", "terraform"]
)
def test_what_comes_back_is_what_was_read_types_and_all(shelf, case):
    files = read(case)
    known = ShelvedFiles(shelf, load(None, {}))
    known.keep(REPO, files)
    found = known.of(REPO)

    assert found == files
    assert files.findings
    assert [type(getattr(one, "digest", None)) for one in found.findings] == [type(getattr(one, "digest", None)) for one in files.findings]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"head": "b" * 40}, id="another head"),
        pytest.param({"node_id": "R_2"}, id="another repo under its name"),
        pytest.param({"full_name": "acme/other"}, id="another repo"),
    ],
)
def test_nothing_is_known_of(shelf, other):
    known = ShelvedFiles(shelf, load(None, {}))
    known.keep(REPO, read())

    assert known.of(replace(REPO, **other)) is None


def test_nothing_is_known_with_other_settings_or_by_other_finders(shelf, tmp_path, monkeypatch):
    ShelvedFiles(shelf, load(None, {})).keep(REPO, read())
    config = tmp_path / "rebuild-bot.yaml"
    config.write_text("find: {config_map_images: true}\n")

    assert ShelvedFiles(shelf, load(config, {})).of(REPO) is None
    assert ShelvedFiles(shelf, load(None, {})).of(REPO) is not None
    monkeypatch.setattr("bot.wiring.known_files.readers_version", lambda: "another")
    assert ShelvedFiles(shelf, load(None, {})).of(REPO) is None


@pytest.mark.parametrize("value", [[], {}, "text", [{"findings": [{}], "published": [], "codeowners": None}], [{}, {}]])
def test_what_is_of_another_shape_is_not_known(shelf, value):
    known = ShelvedFiles(shelf, load(None, {}))
    shelf.put("files", REPO.full_name, value, mark=known._mark(REPO))

    assert known.of(REPO) is None


def test_all_code_that_reads_files_counts():
    imports = "import sys, bot.find.plugins, bot.find.scan, bot.find.publishes.read, bot.clients.git, bot.pipeline.repo_files"
    script = f"{imports}; print('\\n'.join(m.__file__ for n, m in sys.modules.items() if n.startswith('bot.') and m.__file__))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    root = Path(bot.__file__).parent
    loaded = {str(Path(line).relative_to(root)) for line in done.stdout.splitlines()}

    assert len(loaded) > 100
    assert {file for file in loaded if not file.startswith(READERS)} <= {
        "clients/__init__.py",
        "pipeline/__init__.py",
        "track/__init__.py",
    }
    assert all((root / reader).exists() for reader in READERS)


class CountedTree(FolderTree):
    def __init__(self, root):
        super().__init__(root)
        self.looks = 0

    def read_bytes(self, path):
        self.looks += 1
        return super().read_bytes(path)


@pytest.fixture
def python(tmp_path):
    """A tree, and what is wanted of it."""
    (tmp_path / "Dockerfile").write_bytes(b"FROM python:3.12.4\r\nFROM python:3.12.4\r\n")
    tree = CountedTree(tmp_path)
    pins = read_files(tree, REPO, FINDERS).findings
    tree.looks = 0
    return tree, [Wanted(pin=pin, value="3.12.5") for pin in pins]


def changed(python, known, *, wanted=None, repo=REPO, app="shop"):
    """What is changed by a run, and how often it looked into the tree for that."""
    tree, usual = python
    before = tree.looks
    made, learned = changes(tree, wanted or usual, FINDERS, known.changes_of(repo, app))
    known.keep_changes(repo, app, learned)
    return made, tree.looks - before


def test_what_was_changed_before_is_the_same_without_a_look_into_the_files(shelf, python):
    known = ShelvedFiles(shelf, load(None, {}))
    first, looks = changed(python, known)
    second, more_looks = changed(python, known)

    assert looks > more_looks == 0
    assert second == first
    assert [change.new for change in second.changes] == [b"FROM python:3.12.5\r\nFROM python:3.12.5\r\n"]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"repo": replace(REPO, head="b" * 40)}, id="another head"),
        pytest.param({"repo": replace(REPO, node_id="R_2")}, id="another repo under its name"),
        pytest.param({"app": "other"}, id="another app"),
        pytest.param({"wanted": "3.12.6"}, id="another value"),
    ],
)
def test_no_change_is_known_of(shelf, python, other):
    known = ShelvedFiles(shelf, load(None, {}))
    changed(python, known)
    tree, usual = python
    if "wanted" in other:
        other = {"wanted": [replace(one, value=other["wanted"]) for one in usual]}

    made, looks = changed(python, known, **other)

    assert looks > 0
    assert made == change_files(tree, other.get("wanted", usual), finders=FINDERS)


def test_what_could_not_be_changed_is_tried_again(shelf, python):
    known = ShelvedFiles(shelf, load(None, {}))
    tree, _ = python
    (tree.root / "Dockerfile").unlink()
    made = [changed(python, known)[0] for _ in range(2)]

    assert made[0] == made[1]
    assert made[0].failures
    assert known.changes_of(REPO, "shop") == {}


@pytest.mark.parametrize(
    "value", [[], "text", {"key": [["Dockerfile", "?", ""]]}, {"key": [["Dockerfile"]]}, {"key": 1}, {"key": [[1, 2, 3]]}]
)
def test_changes_of_another_shape_are_not_known(shelf, value):
    known = ShelvedFiles(shelf, load(None, {}))
    shelf.put("changes", f"{REPO.full_name}\nshop", value, mark=known._mark(REPO))

    assert known.changes_of(REPO, "shop") == {}


def test_a_tree_is_opened_when_it_is_looked_into_and_once():
    opened = []
    tree = LaterTree(lambda: opened.append(1) or FolderTree(CASES / "dockerfile"))
    assert opened == []

    paths = list(tree.paths())
    assert [tree.read(path) for path in paths] == [FolderTree(CASES / "dockerfile").read(path) for path in paths]
    assert opened == [1]
