"""Pull requests, as PyGithub meets them: they follow their branches, and merge for real."""

from datetime import timedelta

import pytest
from github import GithubException, InputGitTreeElement

from bot.sandbox.github.sandbox import BOT_LOGIN
from bot.sandbox.github.state import MergeMethod

_HOUR = timedelta(hours=1)
NEW = "FROM python:3.13-slim\nRUN true\n"


def _text(repo, path="Dockerfile", ref="main"):
    return repo.get_contents(path, ref=ref).decoded_content.decode()


def _head(repo, branch="main"):
    return repo.get_branch(branch).commit.sha


def test_says_what_it_changes(world):
    repo = world.new_repo()

    pull = world.new_pull(repo)

    assert (pull.state, pull.mergeable, pull.mergeable_state, pull.merged) == ("open", True, "clean", False)
    assert (pull.user.login, pull.user.type, pull.head.ref, pull.base.ref) == (BOT_LOGIN, "Bot", "bot/update", "main")
    assert (pull.commits, pull.additions, pull.deletions, pull.changed_files) == (1, 1, 1, 1)
    assert [(file.filename, file.status) for file in pull.get_files()] == [("Dockerfile", "modified")]
    assert next(iter(pull.get_files())).patch == "@@ -1,2 +1,2 @@\n-FROM python:3.12-slim\n+FROM python:3.13-slim\n RUN true"
    assert [commit.author.login for commit in pull.get_commits()] == [BOT_LOGIN]
    assert pull.created_at == world.clock()


def test_head_follows_its_branch(world):
    repo = world.new_repo()
    pull = world.new_pull(repo)

    new = world.sandbox.commit_files(repo.full_name, {"README.md": "# More\n"}, message="More", branch="bot/update")

    pull.update()
    assert pull.head.sha == new
    assert pull.commits == 2


def test_a_branch_rewritten_in_one_step_keeps_it_open(world):
    repo = world.new_repo()
    pull = world.new_pull(repo)
    world.sandbox.commit_files(repo.full_name, {"README.md": "# Base\n"}, message="Base moves")
    base = repo.get_git_commit(_head(repo))
    tree = repo.create_git_tree([InputGitTreeElement("Dockerfile", "100644", "blob", content=NEW)], base_tree=base.tree)
    commit = repo.create_git_commit("Again", tree, [base])

    repo.get_git_ref("heads/bot/update").edit(commit.sha, force=True)

    pull.update()
    assert (pull.state, pull.head.sha, pull.commits) == ("open", commit.sha, 1)


class TestEndsByItself:
    def test_when_its_branch_goes_back_to_the_base(self, world):
        repo = world.new_repo()
        pull = world.new_pull(repo)

        repo.get_git_ref("heads/bot/update").edit(_head(repo), force=True)

        pull.update()
        assert (pull.state, pull.merged) == ("closed", False)

    def test_when_its_branch_is_deleted(self, world):
        repo = world.new_repo()
        pull = world.new_pull(repo)

        repo.get_git_ref("heads/bot/update").delete()

        pull.update()
        assert (pull.state, pull.merged, pull.changed_files) == ("closed", False, 1)
        with pytest.raises(GithubException, match="branch has been deleted"):
            pull.edit(state="open")

    def test_as_merged_when_the_base_comes_to_hold_it(self, world):
        repo = world.new_repo()
        pull = world.new_pull(repo)

        repo.get_git_ref("heads/main").edit(pull.head.sha)

        pull.update()
        assert (pull.state, pull.merged) == ("closed", True)


@pytest.mark.parametrize(
    ("method", "parents", "messages"),
    [
        pytest.param(
            "merge", 2, ["Merge pull request #1 from acme/bot/update\n\nUpdate python", "Second", "Gained", "Update python"], id="merge"
        ),
        pytest.param("squash", 1, ["Update python (#1)", "Gained"], id="squash"),
        pytest.param("rebase", 1, ["Second", "Update python", "Gained"], id="rebase"),
    ],
)
def test_merging_keeps_what_the_base_gained(world, method, parents, messages):
    repo = world.new_repo()
    pull = world.new_pull(repo)
    world.sandbox.commit_files(repo.full_name, {"second.txt": "2\n"}, message="Second", branch="bot/update", author=BOT_LOGIN)
    world.sandbox.commit_files(repo.full_name, {"README.md": "# Gained\n"}, message="Gained")

    done = pull.merge(merge_method=method)

    pull.update()
    assert (done.merged, pull.merged, pull.state, pull.merge_commit_sha) == (True, True, "closed", done.sha)
    assert pull.merged_by.login == BOT_LOGIN
    assert _head(repo) == done.sha
    assert len(repo.get_commit(done.sha).parents) == parents
    assert (_text(repo), _text(repo, "README.md"), _text(repo, "second.txt")) == (NEW, "# Gained\n", "2\n")
    seen = [commit.commit.message for commit in repo.get_commits()]
    assert sorted(seen) == sorted([*messages, "Initial commit"])
    assert seen[0] == messages[0]
    with pytest.raises(GithubException, match="not mergeable"):
        pull.merge()


def test_a_conflict_cannot_be_merged_until_it_is_gone(world):
    repo = world.new_repo()
    pull = world.new_pull(repo)
    world.sandbox.commit_files(repo.full_name, {"Dockerfile": "FROM python:3.14-slim\nRUN true\n"}, message="Elsewhere")
    before = _head(repo)

    pull.update()
    assert (pull.mergeable, pull.mergeable_state) == (False, "dirty")
    with pytest.raises(GithubException, match="not mergeable") as caught:
        pull.merge()
    assert caught.value.status == 405
    assert _head(repo) == before

    world.sandbox.commit_files(repo.full_name, {"Dockerfile": "FROM python:3.12-slim\nRUN true\n"}, message="Back")
    pull.update()
    assert pull.mergeable is True


def test_merges_only_the_head_that_was_reviewed(world):
    repo = world.new_repo()
    pull = world.new_pull(repo)

    with pytest.raises(GithubException, match="Head branch was modified") as caught:
        pull.merge(sha="0" * 40)

    assert caught.value.status == 409


def test_its_branch_can_take_in_the_base(world):
    repo = world.new_repo()
    pull = world.new_pull(repo)
    world.sandbox.commit_files(repo.full_name, {"README.md": "# Gained\n"}, message="Gained")

    pull.update_branch()

    pull.update()
    assert repo.compare("main", pull.head.sha).behind_by == 0
    assert _text(repo, "README.md", ref="bot/update") == "# Gained\n"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        pytest.param({}, "A pull request already exists for acme:bot/update.", id="a second one"),
        pytest.param({"head": "nowhere"}, "'field': 'head', 'code': 'invalid'", id="no such head"),
        pytest.param({"base": "nowhere"}, "'field': 'base', 'code': 'invalid'", id="no such base"),
        pytest.param({"head": "main"}, "No commits between main and main", id="nothing to merge"),
        pytest.param({"body": "x" * 65_537}, "body is too long (maximum is 65536 characters)", id="long body"),
        pytest.param({"title": "x" * 257}, "title is too long (maximum is 256 characters)", id="long title"),
        pytest.param({"head": "other:bot/update"}, "'field': 'head', 'code': 'invalid'", id="a fork"),
    ],
)
def test_is_refused(world, changed, says):
    repo = world.new_repo()
    world.new_pull(repo)

    answer = world.http.post(f"/repos/{repo.full_name}/pulls", json={"title": "T", "head": "bot/update", "base": "main"} | changed)

    assert answer.status_code == 422
    data = answer.json()
    assert data["message"] == "Validation Failed"
    assert says in str([{key: error[key] for key in ("resource", "field", "code", "message") if key in error} for error in data["errors"]])
    assert [pull.number for pull in repo.get_pulls(state="all")] == [1]


def test_the_longest_body_is_taken(world):
    repo = world.new_repo()

    assert len(world.new_pull(repo, body="ü" * 65_536).body) == 65_536


def test_a_closed_one_opens_again(world):
    repo = world.new_repo()
    pull = world.new_pull(repo)
    pull.edit(state="closed")

    pull.edit(state="open")

    assert (pull.state, pull.closed_at) == ("open", None)


@pytest.fixture(scope="module")
def busy(world):
    """A repo with three pull requests: 1 was talked about last, 2 is closed, 3 goes to another base."""
    repo = world.new_repo()
    world.sandbox.commit_files(repo.full_name, {"x": "x"}, message="Release", branch="release")
    for number in (1, 2, 3):
        world.clock.advance(_HOUR)
        world.new_pull(repo, branch=f"bot/{number}", files={f"{number}.txt": "x\n"})
    repo.get_pull(2).edit(state="closed")
    repo.get_pull(3).edit(base="release")
    world.clock.advance(_HOUR)
    repo.get_pull(1).create_issue_comment("Moved to the front")
    return repo


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        pytest.param({}, [3, 1], id="open, newest first"),
        pytest.param({"state": "closed"}, [2], id="closed"),
        pytest.param({"state": "all", "direction": "asc"}, [1, 2, 3], id="all, oldest first"),
        pytest.param({"state": "all", "sort": "updated", "direction": "desc"}, [1, 3, 2], id="last changed first"),
        pytest.param({"head": "acme:bot/1"}, [1], id="of a branch"),
        pytest.param({"head": "acme:bot"}, [], id="of a branch that is only a beginning"),
        pytest.param({"head": "bot/1"}, [3, 1], id="a head without owner filters nothing"),
        pytest.param({"base": "release"}, [3], id="onto a base"),
    ],
)
def test_list_filters_and_sorts(busy, filters, numbers):
    assert [pull.number for pull in busy.get_pulls(**filters)] == numbers


class TestReviewers:
    def test_people_and_teams_are_asked(self, world):
        pull = world.new_pull(world.new_repo())

        pull.create_review_request(reviewers=["octavia"], team_reviewers=["platform"])

        users, teams = pull.get_review_requests()
        assert [user.login for user in users] == ["octavia"]
        assert [team.slug for team in teams] == ["platform"]

    @pytest.mark.parametrize(
        ("asked", "says"),
        [
            pytest.param({"reviewers": ["nobody-here"]}, "not a collaborator", id="unknown person"),
            pytest.param({"team_reviewers": ["no-team"]}, "not a collaborator", id="unknown team"),
            pytest.param({"reviewers": [BOT_LOGIN]}, "cannot be requested from pull request author", id="the author"),
        ],
    )
    def test_refuses(self, world, asked, says):
        pull = world.new_pull(world.new_repo())

        with pytest.raises(GithubException, match=says) as caught:
            pull.create_review_request(**asked)

        assert caught.value.status == 422
        assert pull.get_review_requests()[0].totalCount == 0


def test_the_demos_people_merge_and_close_as_the_api_does(world):
    repo = world.new_repo()
    merged, closed = world.new_pull(repo), world.new_pull(repo, branch="bot/2", files={"2.txt": "2\n"})

    commit = world.sandbox.merge_pull_request(repo.full_name, merged.number, by="octavia", method=MergeMethod.SQUASH)
    world.sandbox.close_issue(repo.full_name, closed.number, by="octavia")

    merged.update()
    closed.update()
    assert (merged.merged, merged.merged_by.login, _head(repo)) == (True, "octavia", commit)
    assert (closed.state, closed.merged) == ("closed", False)
