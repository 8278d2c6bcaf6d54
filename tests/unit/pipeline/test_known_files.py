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
from bot.model.fleet import Repo
from bot.pipeline.repo_files import LaterTree, read_files
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


def test_a_tree_is_opened_when_it_is_looked_into_and_once():
    opened = []
    tree = LaterTree(lambda: opened.append(1) or FolderTree(CASES / "dockerfile"))
    assert opened == []

    paths = list(tree.paths())
    assert [tree.read(path) for path in paths] == [FolderTree(CASES / "dockerfile").read(path) for path in paths]
    assert opened == [1]
