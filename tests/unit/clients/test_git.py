import subprocess
from pathlib import Path, PurePosixPath

import pytest

from bot.clients.folder import FolderTree
from bot.clients.git import GitAccess, GitCache, GitTree
from bot.model.fleet import Repo
from bot.model.forge import ForgeError
from bot.model.secret import Secret

FILES = {
    "Dockerfile": b"FROM debian:12\r\n",
    "charts/app/values.yaml": b"image: nginx\n",
    "charts/app/big.yaml": b"a: 1\n" * 300,
    "latin.yaml": b"name: caf\xe9\n",
    "binary.yaml": b"\0\1\2",
    "node_modules/x/Dockerfile": b"FROM scratch\n",
    "src/main.py": b"print()\n" * 1000,
}
LIMIT = 1_000


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def write(folder: Path) -> None:
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "inside.yaml").symlink_to("charts/app/values.yaml")
    (folder / "outside.yaml").symlink_to("/etc/passwd")
    (folder / "nowhere.yaml").symlink_to("gone.yaml")


@pytest.fixture
def origin(tmp_path):
    folder = tmp_path / "origin"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "config", "uploadpack.allowFilter", "true")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    write(folder)
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message=first")
    return folder


def repo_of(origin: Path) -> Repo:
    return Repo(full_name="acme/shop", default_branch="main", head=git(origin, "rev-parse", "HEAD"), clone_url=f"file://{origin}")


def wants(path: PurePosixPath) -> bool:
    return path.suffix == ".yaml" or path.name == "Dockerfile"


@pytest.fixture
def cache(tmp_path):
    return GitCache(tmp_path / "cache", protocols=("file",), max_file_bytes=LIMIT)


def test_a_fetched_tree_reads_as_the_folder_does(origin, cache):
    fetched = cache.tree(repo_of(origin), wants)
    folder = FolderTree(origin, max_file_bytes=LIMIT)

    paths = [path for path in folder.paths() if wants(path)]
    assert [path for path in fetched.paths() if wants(path)] == paths
    assert {path: fetched.read(path) for path in paths} == {path: folder.read(path) for path in paths}
    assert fetched.problems() == tuple(problem for problem in folder.problems() if wants(problem.file))
    assert fetched.files(PurePosixPath("charts/app")) == tuple(sorted([*folder.files(PurePosixPath("charts/app"))]))


def test_only_the_blobs_that_are_wanted_are_fetched_and_those_by_one_exchange(origin, cache, tmp_path):
    cache.tree(repo_of(origin), wants)

    bare = tmp_path / "cache/acme/shop.git"
    here = set(git(bare, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split())
    assert git(origin, "rev-parse", "HEAD:Dockerfile") in here
    assert git(origin, "rev-parse", "HEAD:src/main.py") not in here
    assert len(list((bare / "objects/pack").glob("*.pack"))) == 2


def test_a_blob_that_was_not_wanted_is_fetched_when_it_is_read(origin, cache):
    tree = GitCache(cache._folder, protocols=("file",)).tree(repo_of(origin), lambda _: False)

    assert tree.read(PurePosixPath("src/../src/main.py")) == FILES["src/main.py"].decode()


def test_the_same_head_is_not_asked_for_again(origin, cache):
    repo = repo_of(origin)
    cache.tree(repo, wants)
    origin.rename(origin.with_name("gone"))

    assert cache.tree(repo, wants).read(PurePosixPath("Dockerfile")) == "FROM debian:12\r\n"


def test_a_new_head_replaces_the_old_one(origin, cache):
    cache.tree(repo_of(origin), wants)
    (origin / "Dockerfile").write_text("FROM debian:13\n")
    git(origin, "commit", "--quiet", "--all", "--message=second")

    assert cache.tree(repo_of(origin), wants).read(PurePosixPath("Dockerfile")) == "FROM debian:13\n"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(name, id=name)
        for name in ("inside.yaml", "outside.yaml", "binary.yaml", "none.yaml", "charts/app", "../x", "/etc/passwd")
    ],
)
def test_what_is_no_text_file_of_the_tree_reads_as_nothing(origin, cache, path):
    assert cache.tree(repo_of(origin), wants).read(PurePosixPath(path)) is None


def test_a_file_that_is_too_large_is_not_read_ahead_either(origin, cache):
    """It comes after `Dockerfile` in the order in which files are read."""
    tree = cache.tree(repo_of(origin), wants)

    assert tree.read(PurePosixPath("Dockerfile")) is not None
    assert tree.read_bytes(PurePosixPath("charts/app/big.yaml")) is None
    assert [str(problem.file) for problem in tree.problems() if "too large" in problem.reason] == ["charts/app/big.yaml"]


def test_a_name_that_is_not_utf_8_is_passed_over(origin, cache):
    (origin / "caf\udce9.yaml").write_text("a: 1\n")
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--message=latin")

    tree = cache.tree(repo_of(origin), wants)

    assert [path.name for path in tree.paths() if path.name.startswith("caf")] == []
    assert ("caf?.yaml", "its name is not UTF-8") in [(str(problem.file), problem.reason) for problem in tree.problems()]


def test_a_plain_clone_serves_as_a_tree_without_any_server(origin):
    tree = GitTree(origin / ".git", git(origin, "rev-parse", "HEAD"))

    assert tree.read(PurePosixPath("charts/app/values.yaml")) == "image: nginx\n"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"clone_url": "file:///nonexistent"}, "acme/shop: git fetch failed", id="no such repo"),
        pytest.param({"clone_url": "ext::sh -c whoami"}, "transport 'ext' not allowed", id="a transport that runs commands"),
        pytest.param({"clone_url": "--upload-pack=touch /tmp/x"}, "git fetch failed", id="an address like an option"),
        pytest.param({"full_name": "../../x"}, "is no name of a repo", id="a name that leaves the cache"),
        pytest.param({"full_name": "acme/.."}, "is no name of a repo", id="a name that is a folder above"),
        pytest.param({"head": "--output=x"}, "is no commit", id="a commit like an option"),
        pytest.param({"head": "a" * 40}, "git fetch failed", id="no such commit"),
    ],
)
def test_what_cannot_be_fetched_is_a_forge_error(origin, cache, changes, says):
    repo = repo_of(origin)
    facts = {name: getattr(repo, name) for name in ("full_name", "default_branch", "head", "clone_url")} | changes

    with pytest.raises(ForgeError, match=says):
        cache.tree(Repo(**facts), wants)


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        pytest.param("https://forge.example/acme/shop.git", True, id="its own host"),
        pytest.param("https://forge.example.evil/acme/shop.git", False, id="a host that begins alike"),
        pytest.param("http://forge.example/acme/shop.git", False, id="unencrypted"),
        pytest.param("https://other.example/acme/shop.git", False, id="another host"),
    ],
)
def test_the_token_goes_to_its_host_alone_and_by_the_environment(tmp_path, address, sent):
    access = GitAccess(prefix="https://forge.example/", token=lambda: Secret("s3cret"))

    config = GitCache(tmp_path, access=access)._credentials(address)

    assert bool(config) is sent
    assert all(key.startswith("http.https://forge.example/.") for key in config)
