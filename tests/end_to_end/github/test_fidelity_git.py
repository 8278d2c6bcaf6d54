"""The git command line against the sandbox's GitHub."""

import pytest

from bot.sandbox.github.sandbox import BOT_TOKEN


@pytest.fixture(scope="module")
def repo(world):
    made = world.new_repo()
    world.sandbox.commit_files(made.full_name, {"README.md": "# Second\n"}, message="Second")
    world.sandbox.add_tag(made.full_name, "v1.0")
    return made


def _url(world, repo, *, token=None):
    who = f"x-access-token:{token}@" if token else ""
    return f"{world.url.replace('//', f'//{who}')}/{repo.full_name}.git"


def test_clones_files_history_and_tags(world, repo, git, tmp_path):
    done = git("clone", _url(world, repo), str(tmp_path / "clone"))

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "clone/README.md").read_text() == "# Second\n"
    assert git("log", "--format=%s", cwd=tmp_path / "clone").stdout.split("\n")[:2] == ["Second", "Initial commit"]
    assert git("tag", cwd=tmp_path / "clone").stdout == "v1.0\n"


def test_commit_dates_are_the_clocks(world, repo, git, tmp_path):
    git("clone", _url(world, repo), str(tmp_path / "clone"))

    dates = git("log", "--format=%at %ct", cwd=tmp_path / "clone").stdout.splitlines()

    now = str(int(world.clock().timestamp()))
    assert dates == [f"{now} {now}"] * 2


def test_fetches_one_commit_without_blobs_by_its_name(world, repo, git, tmp_path):
    head = repo.get_branch("main").commit.sha
    git("init", "--quiet", "--bare", str(tmp_path / "bare"))

    done = git("-C", str(tmp_path / "bare"), "fetch", "--quiet", "--depth=1", "--filter=blob:none", _url(world, repo), head)

    assert done.returncode == 0, done.stderr
    assert git("-C", str(tmp_path / "bare"), "rev-list", "--count", head).stdout == "1\n"
    listing = git("-C", str(tmp_path / "bare"), "rev-list", "--objects", "--missing=print", head).stdout.splitlines()
    assert sum(line.startswith("?") for line in listing) == 3


def test_speaks_protocol_2(world, repo, git):
    done = git("-c", "protocol.version=2", "ls-remote", _url(world, repo), GIT_TRACE_PACKET="1")

    assert "< version 2" in done.stderr
    assert "refs/heads/main" in done.stdout


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        pytest.param((), 10, id="in one piece"),
        pytest.param(("-c", "http.postBuffer=1024"), 50_000, id="in chunks"),
    ],
)
def test_pushes_with_the_token_as_password(world, git, tmp_path, options, lines):
    repo = world.new_repo()
    git("clone", _url(world, repo), str(tmp_path / "clone"))
    (tmp_path / "clone/new.txt").write_text("".join(f"{number * 7919}\n" for number in range(lines)))
    git("add", "new.txt", cwd=tmp_path / "clone")
    git("commit", "--message=New", cwd=tmp_path / "clone")

    done = git(*options, "push", _url(world, repo, token=BOT_TOKEN), "HEAD:refs/heads/topic", cwd=tmp_path / "clone")

    assert done.returncode == 0, done.stderr
    assert repo.get_branch("topic").commit.sha == git("rev-parse", "HEAD", cwd=tmp_path / "clone").stdout.strip()


def test_long_negotiation_is_sent_compressed(world, git, tmp_path):
    repo = world.new_repo()
    git("clone", _url(world, repo), str(tmp_path / "clone"))
    for number in range(40):
        git("commit", "--allow-empty", f"--message=Mine {number}", cwd=tmp_path / "clone")
    world.sandbox.commit_files(repo.full_name, {"README.md": "# Moved\n"}, message="Moved")

    done = git("fetch", "origin", cwd=tmp_path / "clone", GIT_TRACE_CURL="1")

    assert "content-encoding: gzip" in done.stderr.lower()
    assert git("show", "origin/main:README.md", cwd=tmp_path / "clone").stdout == "# Moved\n"


@pytest.mark.parametrize(
    ("token", "options", "says"),
    [
        pytest.param(None, {}, "could not read Username", id="nobody"),
        pytest.param("wrong", {}, "Authentication failed", id="unknown token"),
        pytest.param("reader", {}, "403", id="token that only reads"),
        pytest.param(BOT_TOKEN, {"is_archived": True}, "403", id="archived repo"),
    ],
)
def test_refuses_a_push(world, git, tmp_path, token, options, says):  # noqa: PLR0917 - a row has three cells
    world.sandbox.add_token("reader", "octavia", may_write=False)
    repo = world.new_repo(**options)
    git("clone", _url(world, repo), str(tmp_path / "clone"))

    done = git("push", _url(world, repo, token=token), "HEAD:refs/heads/topic", cwd=tmp_path / "clone")

    assert done.returncode != 0
    assert says in done.stderr


def test_the_references_of_pull_requests_are_read_only(world, git, tmp_path):
    repo = world.new_repo()
    pull = world.new_pull(repo)
    git("clone", _url(world, repo), str(tmp_path / "clone"))

    fetched = git("fetch", "origin", f"refs/pull/{pull.number}/head", cwd=tmp_path / "clone")
    pushed = git("push", _url(world, repo, token=BOT_TOKEN), f"HEAD:refs/pull/{pull.number}/head", cwd=tmp_path / "clone")

    assert fetched.returncode == 0
    assert git("rev-parse", "FETCH_HEAD", cwd=tmp_path / "clone").stdout.strip() == pull.head.sha
    assert "deny updating a hidden ref" in pushed.stderr


@pytest.mark.parametrize(("token", "is_seen"), [pytest.param(None, False, id="nobody"), pytest.param(BOT_TOKEN, True, id="bot")])
def test_a_private_repo_is_seen_by_who_may(world, git, token, is_seen):
    repo = world.new_repo(is_private=True)

    assert (git("ls-remote", _url(world, repo, token=token)).returncode == 0) is is_seen


def test_a_repo_that_does_not_exist_is_not_found(world, git):
    done = git("ls-remote", f"{world.url.replace('//', f'//x:{BOT_TOKEN}@')}/acme/nothing.git")

    assert "not found" in done.stderr
