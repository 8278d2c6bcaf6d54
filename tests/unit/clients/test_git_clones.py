"""The folder of clones stays within its limit; nobody loses what he reads."""

import os
import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest

from bot.clients.git import GitCache, cache
from bot.clients.git.clones import Clones, birth_of
from bot.clients.git.command import BLOCK_BYTES, BareRepo
from bot.model.fleet import Repo
from bot.model.forge import ForgeError
from tests.unit.clients.test_git import git, repo_of, wants

MEBIBYTE = 1 << 20


def clone(folder: Path, name: str, *, size_bytes: int = MEBIBYTE, used: int) -> Path:
    """A bare repo, as far as its folder matters."""
    path = folder / f"{name}.git"
    (path / "objects/pack").mkdir(parents=True)
    (path / "objects/pack/p.pack").write_bytes(b"\1" * size_bytes)
    birth_of(path)
    os.utime(path, (used, used))
    return path


def names(folder: Path) -> set[str]:
    return {f"{path.parent.name}/{path.stem}" for path in folder.glob("*/*.git")}


def test_the_least_recently_used_go_until_there_is_some_room(tmp_path):
    for number, name in enumerate("abcdef"):
        clone(tmp_path, f"acme/{name}", used=number)
    clones = Clones(tmp_path, max_bytes=4 * MEBIBYTE)
    with clones.held("acme/a"):
        pass  # Used just now.
    with clones.held("acme/f"):
        clones.make_room("acme/f")

    assert names(tmp_path) == {"acme/a", "acme/e", "acme/f"}
    assert not list(tmp_path.rglob("*gone"))


def test_below_the_limit_nothing_goes_and_what_is_held_or_grows_never_does(tmp_path):
    for number, name in enumerate("abc"):
        clone(tmp_path, f"acme/{name}", used=number)
    Clones(tmp_path, max_bytes=4 * MEBIBYTE).make_room("acme/a")
    assert names(tmp_path) == {"acme/a", "acme/b", "acme/c"}

    with Clones(tmp_path).held("acme/b"):
        Clones(tmp_path, max_bytes=1).make_room("acme/a")
    assert names(tmp_path) == {"acme/a", "acme/b"}


def test_what_another_process_holds_stays(tmp_path):
    clone(tmp_path, "acme/held", used=0)
    clone(tmp_path, "acme/free", used=1)
    clone(tmp_path, "acme/new", used=2)
    script = (
        "import sys, pathlib; from bot.clients.git.clones import Clones\n"
        "with Clones(pathlib.Path(sys.argv[1])).held('acme/held'): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        Clones(tmp_path, max_bytes=1).make_room("acme/new")
        other.communicate()

    assert names(tmp_path) == {"acme/held", "acme/new"}


def test_nothing_but_the_bots_own_clones_is_deleted(tmp_path):
    (tmp_path / "mine/work.git/objects/pack").mkdir(parents=True)
    (tmp_path / "mine/work.git/objects/pack/x.pack").write_bytes(b"\1" * MEBIBYTE)
    clone(tmp_path, "acme/a", used=0)
    clone(tmp_path, "acme/b", used=1)

    Clones(tmp_path, max_bytes=1).make_room("acme/b")

    assert names(tmp_path) == {"mine/work", "acme/b"}


def test_what_a_killed_eviction_left_is_removed(tmp_path):
    clone(tmp_path, "acme/a", used=0)
    half = clone(tmp_path, "acme/half", used=0)
    half.rename(half.with_name("x.rebuild-bot-gone"))

    Clones(tmp_path).make_room("acme/a")

    assert [path.name for path in tmp_path.glob("acme/*")] == ["a.git"]


@pytest.fixture
def fleet(tmp_path):
    """The repos of a fleet; none packs into less than 20 kB."""

    def made(number: int) -> Repo:
        folder = tmp_path / f"origin{number}"
        folder.mkdir()
        git(folder, "init", "--quiet")
        git(folder, "config", "uploadpack.allowFilter", "true")
        git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
        (folder / "Dockerfile").write_text(f"FROM debian:{number}\n")
        (folder / "noise.yaml").write_text(random.Random(number).randbytes(20_000).hex())
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message=x")
        return Repo(full_name=f"acme/r{number}", default_branch="main", head=repo_of(folder).head, clone_url=f"file://{folder}")

    return [made(number) for number in range(6)]


def test_a_tree_whose_clone_went_reads_as_before(fleet, tmp_path):
    clones = GitCache(tmp_path / "cache", protocols=("file",), max_bytes=150_000)
    trees = [clones.tree(repo, wants) for repo in fleet]
    assert 1 <= len(names(tmp_path / "cache")) < len(fleet)

    assert [tree.read(PurePosixPath("Dockerfile")) for tree in trees] == [f"FROM debian:{number}\n" for number in range(len(fleet))]
    assert all(len(tree.read(PurePosixPath("noise.yaml"))) == 40_000 for tree in trees)
    assert len(names(tmp_path / "cache")) < len(fleet)


def test_threads_and_caches_share_a_folder_that_is_too_small(fleet, tmp_path):
    """Two caches stand for two processes: locks hold between them alike."""
    caches = [GitCache(tmp_path / "cache", protocols=("file",), max_bytes=100_000) for _ in range(2)]
    begin = threading.Barrier(4)

    def work(number: int) -> list[str | None]:
        begin.wait(timeout=60)
        trees = [caches[number % 2].tree(repo, wants) for repo in fleet[number:] + fleet[:number]]
        return sorted(tree.read(PurePosixPath("Dockerfile")) or "" for tree in trees)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(work, range(4)))

    assert found == [[f"FROM debian:{number}\n" for number in range(len(fleet))]] * 4


@pytest.mark.usefixtures("fleet")
def test_a_clone_of_many_packs_begins_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "_MAX_PACKS", 3)
    origin, clones = tmp_path / "origin0", GitCache(tmp_path / "cache", protocols=("file",))
    packs = []
    for number in range(5):
        (origin / "Dockerfile").write_text(f"FROM debian:{20 + number}\n")
        git(origin, "commit", "--quiet", "--all", "--message=x")
        tree = clones.tree(repo_of(origin), wants)
        packs.append(len(list((tmp_path / "cache/acme/shop.git/objects/pack").glob("*.pack"))))
        assert tree.read(PurePosixPath("Dockerfile")) == f"FROM debian:{20 + number}\n"

    assert packs == [1, 2, 3, 1, 2]


def test_a_repo_that_takes_more_than_all_may_is_a_failure_in_words(fleet, tmp_path):
    clones = GitCache(tmp_path / "cache", protocols=("file",), max_bytes=8 * BLOCK_BYTES)

    with pytest.raises(ForgeError, match=r"acme/r1: what is read of it takes more than 4,096 bytes\. Raise limits\.clones_bytes"):
        clones.tree(fleet[1], wants)


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """A disk on which there is no room to fetch while more clones are there than `room_for` says."""
    state, real = SimpleNamespace(room_for=0), BareRepo.git

    def on_it(bare, *arguments, **options):
        if "fetch" not in arguments or len(names(tmp_path / "cache")) <= state.room_for:
            return real(bare, *arguments, **options)
        (bare.path / "objects/pack").mkdir(exist_ok=True)
        (bare.path / "objects/pack/tmp_pack_x").write_bytes(b"\1")
        said = "error: file write error: No space left on device"
        return real(bare, "-c", f"alias.full=!echo '{said}' >&2; exit 128", "full")

    monkeypatch.setattr(BareRepo, "git", on_it)
    return state


def test_on_a_full_disk_others_go_first(fleet, disk, tmp_path):
    disk.room_for = 3
    clones = GitCache(tmp_path / "cache", protocols=("file",))

    assert [clones.tree(repo, wants).read(PurePosixPath("Dockerfile")) for repo in fleet] == [
        f"FROM debian:{number}\n" for number in range(len(fleet))
    ]
    assert not list(tmp_path.rglob("tmp_pack_*"))


def test_where_nothing_can_go_a_full_disk_is_a_failure_in_words(fleet, disk, tmp_path):
    clones = GitCache(tmp_path / "cache", protocols=("file",))

    with pytest.raises(ForgeError, match=r"acme/r0: the disk is full on which .* lies.* Make room there, lower limits\.clones_bytes"):
        clones.tree(fleet[0], wants)
    assert not names(tmp_path / "cache")
    disk.room_for = 1
    assert clones.tree(fleet[0], wants).read(PurePosixPath("Dockerfile")) == "FROM debian:0\n"


@pytest.mark.parametrize("place", ["/proc/cache/git", "{folder}/file/git"], ids=["can't be made", "below a file"])
def test_where_no_clone_can_be_kept_it_is_told_with_the_remedy(tmp_path, place):
    (tmp_path / "file").touch()
    repo = Repo(full_name="acme/a", clone_url=f"file://{tmp_path}/up.git", default_branch="main", head="a" * 40)
    folder = Path(place.format(folder=tmp_path))

    with pytest.raises(ForgeError, match=rf"its clone can't be kept in {folder}: .* Set cache_folder to a folder that may be written\."):
        GitCache(folder, protocols=("file",)).tree(repo, wants)
