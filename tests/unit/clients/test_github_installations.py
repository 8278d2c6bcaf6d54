"""One GitHub App at several owners, and tokens that run out while a run lasts."""

from datetime import timedelta
from functools import partial
from pathlib import PurePosixPath

import pytest

from bot.clients.address import git_prefix
from bot.clients.git import GitAccess, GitCache
from bot.clients.github import UNPACED, AppKey, GitHubForge
from bot.clients.github.installations import Installations
from bot.model.failure import Failure
from bot.model.forge import ForgeError
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.github.sandbox import GitHubSandbox
from bot.sandbox.server import Server

DOCKERFILE = "FROM python:3.12.4\n"


@pytest.fixture
def sandbox(tmp_path):
    made = GitHubSandbox(tmp_path / "github", clock=Clock())
    for owner in ("acme", "beta", "gone"):
        made.organization(owner)
        made.create_repo(owner, "shop", {"Dockerfile": f"# {owner}\n{DOCKERFILE}"}, is_private=True)
    return made


@pytest.fixture
def faults(sandbox):
    return Faults(sandbox.app)


@pytest.fixture
def forge(sandbox, faults):
    """Of an App that is installed for acme and beta, and not for gone."""
    key = Secret(sandbox.add_app(7, slug="keeper", installed_for=["acme", "beta"]))
    with Server(faults) as server:
        url = f"{server.url}/api/v3"
        made = Installations(
            lambda owner: GitHubForge(url, credential=AppKey(app_id="7", private_key=key, owner=owner), pace=UNPACED),
            owners=("gone", "acme", "beta"),
            git_prefix=git_prefix(url),
        )
        yield made
        made.close()


def test_each_owners_repos_are_seen_and_written_by_their_own_installation(forge, sandbox):
    found = [repo.full_name for owner in ("acme", "beta") for repo in forge.survey(owner)]

    assert found == ["acme/shop", "beta/shop"]
    assert forge.identity() == {"keeper[bot]"}
    assert forge.open_issue("beta/shop", title="x", body="", labels=()).number == 1
    assert forge.open_issue("ACME/shop", title="x", body="", labels=()).number == 1
    held = {token.installed_for.login for token in sandbox.world.tokens.values() if token.installed_for}
    assert held == {"acme", "beta"}
    assert len([token for token in sandbox.world.tokens.values() if token.installed_for]) == 2, "one token for each, kept"


def test_an_owner_where_the_app_is_not_installed_fails_alone(forge, faults):
    repos = [forge.repo("acme/shop"), forge.repo("beta/shop")]
    repos.insert(1, type(repos[0])(full_name="gone/shop", default_branch="main", head="0" * 40, clone_url=""))

    told = forge.pull_requests(repos, branch_prefix="rebuild-bot/")
    asked = faults.count("GET /api/v3/*/gone/installation")
    with pytest.raises(ForgeError, match=r"gone: the GitHub App 7 is not installed for this owner\. Install it there .* github\.owners\."):
        list(forge.survey("gone"))

    assert list(told) == ["acme/shop", "gone/shop", "beta/shop"]
    assert (told["acme/shop"], told["beta/shop"]) == ((), ())
    assert isinstance(told["gone/shop"], Failure)
    assert asked == faults.count("GET /api/v3/*/gone/installation") == 2, "asked once, as an organisation and as a user"


def test_git_is_shown_the_token_of_the_repos_owner(forge, tmp_path):
    def tree(name, owner):
        access = GitAccess(prefix=f"{forge.git_prefix}{owner}/", token=partial(forge.git_token, owner))
        return GitCache(tmp_path / owner, access=access).tree(forge.repo(name), lambda _: True)

    assert tree("acme/shop", "acme").read(PurePosixPath("Dockerfile")).startswith("# acme")
    assert tree("beta/shop", "beta").read(PurePosixPath("Dockerfile")).startswith("# beta")
    with pytest.raises(ForgeError):
        tree("beta/shop", "acme")


@pytest.mark.parametrize(
    ("lifetime", "is_renewed"),
    [pytest.param(timedelta(seconds=5), True, id="runs out"), pytest.param(timedelta(hours=1), False, id="is good for an hour")],
)
def test_a_token_that_runs_out_is_renewed_in_time(forge, sandbox, tmp_path, lifetime, is_renewed):
    """For every request, and for git; those of before are good for nothing any more."""
    sandbox.world.token_lifetime = lifetime
    repo = forge.repo("acme/shop")
    before = forge.git_token("acme").reveal()
    for text in [text for text, token in sandbox.world.tokens.items() if token.installed_for]:
        del sandbox.world.tokens[text]

    if not is_renewed:
        with pytest.raises(ForgeError, match="Give a token that is valid"):
            forge.repo("acme/shop")
        return
    assert forge.repo("acme/shop") == repo
    assert forge.branch("acme/shop", "none", base="main") is None
    assert forge.open_issue("acme/shop", title="x", body="", labels=()).number == 1
    assert forge.git_token("acme").reveal() != before
    access = GitAccess(prefix=forge.git_prefix, token=partial(forge.git_token, "acme"))
    assert GitCache(tmp_path / "git", access=access).tree(repo, lambda _: True).read(PurePosixPath("Dockerfile")).startswith("# acme")
