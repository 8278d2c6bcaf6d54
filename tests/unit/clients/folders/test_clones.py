import shutil
from datetime import UTC, datetime

import pytest

from bot.clients.folders.clone import Clone, NamedBy
from bot.clients.folders.clones import MAX_DEPTH, Place, clones_below
from bot.clients.folders.forge import FolderForge
from bot.clients.folders.names import local_name, name_of
from bot.model.failure import Failure
from bot.model.fleet import PersonsCommit
from bot.model.forge import NoAccessError
from tests.clones import clone, commit, git

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
FILES = {"Dockerfile": "FROM python:3.12.4\n"}


def forge_of(root, **options):
    return FolderForge(root, branch_prefix="rebuild-bot/", now=lambda: NOW, **options)


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        pytest.param("https://github.com/acme/shop.git", "acme/shop", id="https"),
        pytest.param("https://ann:s3cret@git.acme.example:8443/acme/shop", "acme/shop", id="https with a password"),
        pytest.param("git@github.com:acme/shop.git", "acme/shop", id="scp"),
        pytest.param("ssh://git@git.acme.example:2222/acme/shop.git/", "acme/shop", id="ssh"),
        pytest.param("https://gitlab.example/group/part/shop.git", "part/shop", id="a group in a group"),
        pytest.param("", "local/team-shop", id="none"),
        pytest.param("/srv/git/shop.git", "local/team-shop", id="a folder"),
        pytest.param("../shop.git", "local/team-shop", id="a folder beside it"),
        pytest.param("file:///srv/git/acme/shop.git", "local/team-shop", id="a folder by address"),
        pytest.param("https://host/shop", "local/team-shop", id="one part"),
        pytest.param("https://host/acme/..", "local/team-shop", id="a way out"),
        pytest.param("https://host/../..", "local/team-shop", id="two ways out"),
        pytest.param("https://host/ac me/shop", "local/team-shop", id="a blank"),
        pytest.param("ext::sh -c run", "local/team-shop", id="a program"),
        pytest.param("https://[host/acme/shop", "local/team-shop", id="no address"),
    ],
)
def test_a_clone_is_called_as_its_origin_calls_it(origin, name):
    assert name_of(origin, "team/shop") == name


@pytest.mark.parametrize(
    ("relative", "name"),
    [
        ("shop", "local/shop"),
        ("team/shop.git", "local/team-shop"),
        ("..", "local/clone"),
        (".hidden", "local/hidden"),
        ("a b/ü", "local/a-b--"),
        ("x" * 300, f"local/{'x' * 100}"),
    ],
)
def test_a_clone_from_nowhere_is_called_by_its_place(relative, name):
    assert local_name(relative) == name


def test_clones_are_told_apart_from_what_belongs_to_them(tmp_path):
    root = tmp_path / "src"
    shop = clone(root / "acme" / "shop", FILES)
    clone(tmp_path / "elsewhere", FILES)
    git(root, "clone", "--quiet", "--bare", str(shop), str(root / "mirror.git"))
    git(shop, "worktree", "add", "--quiet", str(root / "shop-next"), "-b", "next")
    git(tmp_path / "elsewhere", "worktree", "add", "--quiet", str(root / "stray"), "-b", "next")
    git(shop, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(root / "mirror.git"), "part")
    clone(root / ".hidden" / "away", FILES)
    clone(root / "/".join("abcdef") / "deep", FILES)
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    (root / "broken" / ".git").mkdir(parents=True)
    (root / "plain" / "folder").mkdir(parents=True)

    found = list(clones_below(root))

    assert [(one.relative, one.is_bare) for one in found if isinstance(one, Place)] == [("acme/shop", False), ("mirror.git", True)]
    assert {one.where.rpartition("/")[2]: one.what for one in found if isinstance(one, Failure)} == {
        "broken": "its .git is no git folder of a clone",
        "stray": "its git folder lies elsewhere",
    }


def test_a_clone_may_lie_as_deep_as_is_said(tmp_path):
    root = tmp_path / "src"
    clone(root.joinpath(*"abcdefgh"[: MAX_DEPTH - 1]) / "in", FILES)
    clone(root.joinpath(*"stuvwxyz"[:MAX_DEPTH]) / "out", FILES)

    assert [one.where if isinstance(one, Failure) else one.path.name for one in clones_below(root)] == ["in"]


@pytest.mark.parametrize("name", ["refs", "objects"])
def test_links_out_of_a_git_folder_are_not_followed(tmp_path, name):
    root = tmp_path / "src"
    shop, away = clone(root / "shop", FILES), tmp_path / "away"
    shutil.move(shop / ".git" / name, away)
    (shop / ".git" / name).symlink_to(away)

    assert [one.what for one in clones_below(root)] == ["its .git is no git folder of a clone"]


@pytest.mark.parametrize("inside", [False, True])
def test_the_folder_is_one_that_holds_clones(tmp_path, inside):
    shop = clone(tmp_path / "shop", FILES)
    with pytest.raises(NoAccessError, match="is a clone itself" if inside else "is no folder"):
        forge_of(shop if inside else tmp_path / "none")


def test_of_two_clones_of_one_repo_the_second_is_a_failure(tmp_path):
    for name in ("a", "b"):
        clone(tmp_path / name, FILES, origin="https://github.com/acme/shop")

    repo, failure = forge_of(tmp_path).fleet()

    assert repo.full_name == "acme/shop"
    assert (failure.where, failure.what) == ("b", "a clone of acme/shop, as a is; that one is looked at")


def default_of(folder, root):
    (place,) = [one for one in clones_below(root) if isinstance(one, Place) and one.path == folder]
    return Clone(place, name="acme/shop").default_branch(not_below="rebuild-bot/")


def at_origin(folder, branch, commit):
    git(folder, "update-ref", f"refs/remotes/origin/{branch}", commit)
    git(folder, "symbolic-ref", "refs/remotes/origin/HEAD", f"refs/remotes/origin/{branch}")


def test_the_default_branch_is_the_one_of_origin(tmp_path):
    shop = clone(tmp_path / "shop", FILES, branch="trunk")
    at_origin(shop, "trunk", "trunk")
    git(shop, "checkout", "--quiet", "-b", "topic")

    found = default_of(shop, tmp_path)

    assert (found.name, found.named_by) == ("trunk", NamedBy.ORIGIN)


@pytest.mark.parametrize("newer", ["here", "at origin", "apart"])
def test_its_head_is_what_origin_has_unless_here_is_more(tmp_path, newer):
    shop = clone(tmp_path / "shop", FILES)
    old = git(shop, "rev-parse", "main")
    new = commit(shop, {"x": "1"})
    side = git(shop, "commit-tree", "main^{tree}", "-p", old, stdin="Apart")
    at_origin(shop, "main", {"here": old, "at origin": new, "apart": side}[newer])
    if newer == "at origin":
        git(shop, "reset", "--quiet", "--hard", old)

    assert default_of(shop, tmp_path).head == {"here": new, "at origin": new, "apart": side}[newer]


def test_without_origin_it_is_the_configured_one_then_the_current_one_but_never_the_bots(tmp_path):
    shop = clone(tmp_path / "shop", FILES, branch="work")
    current = default_of(shop, tmp_path)
    git(shop, "branch", "trunk")
    git(shop, "config", "init.defaultBranch", "trunk")
    configured = default_of(shop, tmp_path)
    git(shop, "config", "--unset", "init.defaultBranch")
    git(shop, "checkout", "--quiet", "-b", "rebuild-bot/shop/python")

    assert (current.name, current.named_by) == ("work", NamedBy.CURRENT)
    assert (configured.name, configured.named_by) == ("trunk", NamedBy.SETTING)
    (failure,) = forge_of(tmp_path).fleet()
    assert "nothing says which branch is the default one" in failure.what


def test_a_survey_tells_what_is_known(tmp_path):
    clone(tmp_path / "shop", FILES, origin="git@github.com:acme/shop.git")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main", "empty")

    empty, shop = sorted(forge_of(tmp_path, web_prefix="https://github.com/").fleet(), key=lambda repo: repo.full_name, reverse=True)

    assert (empty.full_name, empty.head) == ("local/empty", "")
    assert (shop.full_name, shop.default_branch, shop.clone_url) == ("acme/shop", "main", "https://github.com/acme/shop.git")
    assert isinstance(shop.last_commit, PersonsCommit)
    assert shop.headlines == ("Begin",)


def test_names_of_commits_that_are_not_read_are_a_failure(tmp_path):
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "shop")
    commit(tmp_path / "shop", FILES)

    (failure,) = forge_of(tmp_path).fleet()

    assert "SHA-256" in failure.what


def test_a_broken_clone_stops_no_other(tmp_path):
    clone(tmp_path / "good", FILES)
    bad = clone(tmp_path / "bad", FILES)
    (bad / ".git" / "config").write_text("[core", encoding="utf-8")

    repo, failure = forge_of(tmp_path).fleet()

    assert (repo.full_name, failure.where) == ("local/good", "bad")
