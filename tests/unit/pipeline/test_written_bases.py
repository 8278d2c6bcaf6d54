"""The Dockerfiles of images that a fleet publishes, out of the clones that a run has: nothing is fetched for them."""

import subprocess

import pytest

from bot.clients.git import GitCache
from bot.inspect.lineage.detector import NotHeard
from bot.model.fleet import Repo
from bot.model.image import ImageReference
from bot.pipeline.written_bases import bases_of_publishers

IMAGE = ImageReference.parse("ghcr.io/acme/shop:1")
SHOP, CART = "acme/shop", "acme/cart"


def git(folder, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def clones(tmp_path):
    """The clones of a run, and the commits of three releases of which the second was never fetched; the repo itself is gone."""
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "--quiet")
    git(origin, "config", "uploadpack.allowFilter", "true")
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    cache = GitCache(tmp_path / "cache", protocols=("file",))
    commits = []
    for number, base in enumerate(("debian:11", "debian:12", "debian:13")):
        (origin / "Dockerfile").write_text(f"FROM {base}\n")
        git(origin, "add", "Dockerfile")
        git(origin, "commit", "--quiet", f"--message={base}")
        commits.append(git(origin, "rev-parse", "HEAD"))
        if number != 1:
            repo = Repo(full_name=SHOP, default_branch="main", head=commits[-1], clone_url=f"file://{origin}")
            cache.tree(repo, lambda path: path.name == "Dockerfile")
    origin.rename(tmp_path / "gone")
    return cache, commits


@pytest.mark.parametrize(("release", "base"), [(0, "debian:11"), (2, "debian:13")], ids=["an earlier head", "the head"])
def test_a_commit_that_a_run_fetched_once_is_read_without_a_server(clones, release, base):
    cache, commits = clones

    (found,) = bases_of_publishers(cache.kept, {IMAGE.name: [CART, SHOP]})(IMAGE, commits[release])

    assert (found.base, found.file) == (ImageReference.parse(base), "Dockerfile")


@pytest.mark.parametrize(
    ("repos", "revision", "reason"),
    [
        pytest.param([SHOP], 1, "the commit is not in the clone, and nothing is fetched for this", id="a commit between two runs"),
        pytest.param([SHOP], "b" * 40, "the commit is not in the clone", id="that of the base"),
        pytest.param([CART], 0, "no clone of it is kept here", id="no clone"),
        pytest.param([], 0, "no repo of this run publishes it", id="nobody's"),
        pytest.param([SHOP], "--output=/tmp/x", "is no commit", id="an option"),
        pytest.param([SHOP], "main", "is no commit", id="a branch"),
        pytest.param(["../shop"], 0, "is no name of a repo", id="a path"),
    ],
)
def test_what_is_not_there_is_told_with_its_reason(clones, repos, revision, reason):
    cache, commits = clones

    found = bases_of_publishers(cache.kept, {IMAGE.name: repos})(IMAGE, commits[revision] if isinstance(revision, int) else revision)

    assert isinstance(found, NotHeard)
    assert reason in found.reason


def test_a_file_that_the_filter_left_out_is_no_empty_one(clones, tmp_path):
    cache, commits = clones
    bare = tmp_path / "cache/acme/shop.git"
    for pack in bare.glob("objects/pack/*"):
        pack.chmod(0o600)
    listed = git(bare, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)").split("\n")
    kept = [line.split()[0] for line in listed if not line.endswith("blob")]
    packed = subprocess.run(
        ["git", "pack-objects", "--stdout"], cwd=bare, input="\n".join(kept).encode(), check=True, capture_output=True
    ).stdout
    for pack in bare.glob("objects/pack/pack-*"):
        pack.unlink()
    subprocess.run(["git", "index-pack", "--stdin", "--fix-thin"], cwd=bare, input=packed, check=True, capture_output=True)

    found = bases_of_publishers(cache.kept, {IMAGE.name: [SHOP]})(IMAGE, commits[2])

    assert isinstance(found, NotHeard)
    assert "is not in the clone" in found.reason


def test_a_commit_is_read_once_for_all_images_of_a_name():
    asked = []

    def kept(repo, commit):
        asked.append((repo, commit))
        raise AssertionError

    written = bases_of_publishers(kept, {IMAGE.name: [SHOP]})
    for tag in ("1", "2"):
        with pytest.raises(AssertionError):
            written(IMAGE.at(tag=tag), "a" * 40)

    assert asked == [(SHOP, "a" * 40)]
