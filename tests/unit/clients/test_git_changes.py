"""What a cache that knows an older head reads, and how many exchanges with the server that takes."""

import random
import shutil
from pathlib import Path, PurePosixPath

import pytest

from bot.clients.git import GitCache, GitTree, cache
from bot.clients.git.command import BLOCK_BYTES, BareRepo
from tests.unit.clients.test_git import LIMIT, git, repo_of, wants

NAMES = ("a.yaml", "b.yaml", "x/a.yaml", "x/y/Dockerfile", "node_modules/z.yaml", "src/main.py", "x/data.bin", "café.yaml")
STEPS = 14


def read(tree: GitTree):
    """All that anybody can see of a tree."""
    texts = {path: tree.read(path) for path in tree.paths() if wants(path)}
    return texts, list(tree.paths()), tree.problems(), {PurePosixPath(name): tree.read_bytes(PurePosixPath(name)) for name in NAMES}


def commit(origin: Path, *options: str) -> None:
    git(origin, "add", "--all", "--force")
    git(origin, "commit", "--quiet", "--allow-empty", "--message=x", *options)


@pytest.fixture
def origin(tmp_path):
    folder = tmp_path / "origin"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "config", "uploadpack.allowFilter", "true")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    (folder / "Dockerfile").write_text("FROM debian:12\n")
    (folder / "src").mkdir()
    (folder / "src/main.py").write_text("print()\n")
    commit(folder)
    return folder


@pytest.fixture
def fetches(monkeypatch):
    """The filter of each fetch so far."""
    done: list[str] = []
    real = BareRepo.git

    def counted(bare, *arguments, **options):
        if "fetch" in arguments:
            done.append(next(argument for argument in arguments if argument.startswith("--filter=")).removeprefix("--filter="))
        return real(bare, *arguments, **options)

    monkeypatch.setattr(BareRepo, "git", counted)
    return done


@pytest.fixture
def clones(tmp_path):
    return GitCache(tmp_path / "cache", protocols=("file",), max_file_bytes=LIMIT)


AT_ONCE = f"blob:limit={LIMIT + 1}"
MISSING = "blob:none"


def test_the_first_fetch_and_each_change_cost_one_exchange(origin, clones, fetches):
    clones.tree(repo_of(origin), wants)
    first = fetches.copy()
    for version in ("13", "14"):
        (origin / "Dockerfile").write_text(f"FROM debian:{version}\n")
        (origin / f"new{version}.yaml").write_text(f"a: {version}\n")
        commit(origin)
        fetches.clear()
        assert clones.tree(repo_of(origin), wants).read(PurePosixPath("Dockerfile")) == f"FROM debian:{version}\n"
        assert fetches == [AT_ONCE]

    assert first == [AT_ONCE]


def test_what_differs_is_all_that_comes(origin, clones, tmp_path):
    noise = random.Random(1)
    for number in range(30):
        (origin / f"{number}.yaml").write_bytes(noise.randbytes(900).hex()[:900].encode())
    commit(origin)
    clones.tree(repo_of(origin), wants)
    packs = tmp_path / "cache/acme/shop.git/objects/pack"
    first = {pack.name: pack.stat().st_size for pack in packs.glob("*.pack")}
    (origin / "0.yaml").write_text("a: 1\n")
    commit(origin)
    clones.tree(repo_of(origin), wants)

    (new,) = (pack.stat().st_size for pack in packs.glob("*.pack") if pack.name not in first)
    assert new < sum(first.values()) / 5


@pytest.mark.parametrize("is_known", [pytest.param(True, id="the server still knows the old head"), pytest.param(False, id="it does not")])
def test_a_history_that_is_written_anew_is_read(origin, clones, fetches, is_known):
    clones.tree(repo_of(origin), wants)
    git(origin, "checkout", "--quiet", "--orphan", "anew")
    (origin / "Dockerfile").write_text("FROM alpine:3\n")
    commit(origin)
    git(origin, "branch", "--quiet", "--delete", "--force", "main")
    if not is_known:
        git(origin, "reflog", "expire", "--expire=now", "--all")
        git(origin, "gc", "--quiet", "--prune=now")
    fetches.clear()

    assert clones.tree(repo_of(origin), wants).read(PurePosixPath("Dockerfile")) == "FROM alpine:3\n"
    assert fetches == [AT_ONCE]


@pytest.mark.parametrize("is_first", [pytest.param(True, id="first"), pytest.param(False, id="a change")])
def test_what_is_too_much_for_one_exchange_comes_by_two_without_what_nobody_wants(origin, clones, fetches, monkeypatch, is_first):
    monkeypatch.setattr(cache, "_WHOLE_PACK_BYTES", 40 * BLOCK_BYTES)
    if not is_first:
        clones.tree(repo_of(origin), wants)
    noise = random.Random(2)
    for number in range(50):
        (origin / f"src/{number}.bin").write_bytes(noise.randbytes(LIMIT))
    (origin / "new.yaml").write_text("a: 1\n")
    commit(origin)
    fetches.clear()

    tree = clones.tree(repo_of(origin), wants)

    bare = clones._folder / "acme/shop.git"
    assert fetches == [AT_ONCE, MISSING, MISSING]
    assert tree.read(PurePosixPath("new.yaml")) == "a: 1\n"
    assert sum(file.stat().st_size for file in bare.rglob("objects/**/*") if file.is_file()) < 40 * BLOCK_BYTES
    assert not list(bare.rglob("tmp_*"))


def test_a_file_that_was_not_wanted_and_now_has_a_wanted_name_is_fetched(origin, clones, fetches):
    """The server believes that its blob is here."""
    (origin / "src/main.py").write_text("# long\n" * 200)
    commit(origin)
    clones.tree(repo_of(origin), wants)
    wide = GitCache(clones._folder, protocols=("file",), max_file_bytes=LIMIT * 10)
    git(origin, "mv", "src/main.py", "main.yaml")
    commit(origin)
    fetches.clear()

    assert wide.tree(repo_of(origin), wants).read(PurePosixPath("main.yaml")) == "# long\n" * 200
    assert fetches[1:] == [MISSING]


def test_what_an_earlier_head_left_in_the_cache_changes_nothing(origin, clones, tmp_path):
    """A file that is too large is told where somebody wants it, and only there."""
    (origin / "big.yaml").write_text("a: 1\n" * LIMIT)
    commit(origin)
    clones.tree(repo_of(origin), wants)
    git(origin, "mv", "big.yaml", "big.py")
    commit(origin)
    fresh = GitCache(tmp_path / "fresh", protocols=("file",), max_file_bytes=LIMIT)

    assert read(clones.tree(repo_of(origin), wants)) == read(fresh.tree(repo_of(origin), wants))


def change(origin: Path, dice: random.Random) -> None:
    for name in dice.sample(NAMES, dice.randint(0, 4)):
        path = origin / name
        path.parent.mkdir(parents=True, exist_ok=True)
        match dice.randrange(6):
            case 0:
                path.unlink(missing_ok=True)
            case 1:
                path.unlink(missing_ok=True)
                path.symlink_to(dice.choice(["a.yaml", "../a.yaml", "/etc/passwd", "../../../x", "none.yaml", "x" * 3000, "."]))
            case 2 if path.is_file() and not path.is_symlink():
                path.rename(origin / dice.choice(["moved.yaml", "moved.py", "x/moved.yaml"]))
            case 3:
                path.unlink(missing_ok=True)
                path.write_bytes(dice.randbytes(1).hex().encode() * dice.choice([LIMIT // 2, LIMIT // 2 + 1, LIMIT * 3]))
            case _:
                path.unlink(missing_ok=True)
                path.write_text(f"image: x:{dice.randrange(5)}\n")


def force_push(origin: Path, dice: random.Random) -> None:
    """Back to an older commit, to one beside it, or to another beginning; now and then the server forgets what was."""
    match dice.randrange(3):
        case 0:
            git(origin, "reset", "--quiet", "--hard", dice.choice(git(origin, "rev-list", "HEAD").split()))
        case 1:
            commit(origin, "--amend")
        case _:
            git(origin, "checkout", "--quiet", "--orphan", f"b{dice.randrange(10**9)}")
            commit(origin)
    if dice.random() < 0.5:
        for branch in git(origin, "for-each-ref", "--format=%(refname:short)", "refs/heads").split():
            if branch != git(origin, "branch", "--show-current"):
                git(origin, "branch", "--quiet", "--delete", "--force", branch)
        git(origin, "reflog", "expire", "--expire=now", "--all")
        git(origin, "gc", "--quiet", "--prune=now")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happened_before_the_tree_reads_as_from_an_empty_cache(origin, clones, tmp_path, seed):
    dice = random.Random(seed)
    for _ in range(STEPS):
        change(origin, dice)
        if dice.random() < 0.25:
            force_push(origin, dice)
        else:
            commit(origin)
        if dice.random() < 0.3:
            continue
        repo = repo_of(origin)

        known = read(clones.tree(repo, wants))
        anew = read(GitCache(tmp_path / "fresh", protocols=("file",), max_file_bytes=LIMIT).tree(repo, wants))

        assert known == anew
        shutil.rmtree(tmp_path / "fresh")
