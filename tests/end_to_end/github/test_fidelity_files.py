"""Files, references, comparisons and releases, by PyGithub."""

from datetime import timedelta

import pytest
from github import GithubException

from bot.sandbox.github.sandbox import BOT_LOGIN


class TestContents:
    def test_a_file_is_written_over_only_by_who_has_read_it(self, world):
        repo = world.new_repo()
        file = repo.get_contents("Dockerfile")
        done = repo.update_file("Dockerfile", "Bump", "FROM scratch\n", file.sha)

        with pytest.raises(GithubException) as caught:
            repo.update_file("Dockerfile", "Bump again", "FROM other\n", file.sha)

        assert caught.value.status == 409
        assert repo.get_contents("Dockerfile").decoded_content == b"FROM scratch\n"
        commit = repo.get_commit(done["commit"].sha)
        assert (commit.author.login, commit.commit.author.date) == (BOT_LOGIN, world.clock())

    def test_a_large_file_comes_without_its_content(self, world):
        repo = world.new_repo({"large.bin": b"\0" * (1024 * 1024 + 1)})

        file = repo.get_contents("large.bin")

        assert (file.encoding, file.size) == ("none", 1024 * 1024 + 1)
        assert len(repo.get_git_blob(file.sha).content) > file.size

    def test_names_with_spaces_and_slashes(self, world):
        repo = world.new_repo({"a b/ü #1.txt": "x\n"})
        repo.create_git_ref("refs/heads/topic/ünï", repo.get_branch("main").commit.sha)

        assert repo.get_contents("a b/ü #1.txt", ref="topic/ünï").decoded_content == b"x\n"
        assert repo.get_branch("topic/ünï").name == "topic/ünï"


class TestRefs:
    @pytest.mark.parametrize(
        ("act", "says"),
        [
            pytest.param(lambda repo, head: repo.create_git_ref("refs/heads/main", head), "Reference already exists", id="exists"),
            pytest.param(lambda repo, _: repo.create_git_ref("refs/heads/x", "0" * 40), "Object does not exist", id="no object"),
            pytest.param(lambda repo, head: repo.create_git_ref("heads/x", head), "not a valid ref name", id="not full"),
            pytest.param(lambda repo, head: repo.create_git_ref("refs/heads/a..b", head), "not a valid ref name", id="not allowed"),
            pytest.param(
                lambda repo, _: repo.get_git_ref("heads/main").edit(_parent(repo)), "Update is not a fast forward", id="backwards"
            ),
            pytest.param(lambda repo, _: repo.get_git_ref("heads/main").delete(), "Cannot delete the default branch", id="default branch"),
        ],
    )
    def test_are_refused(self, world, act, says):
        repo = world.new_repo()
        head = world.sandbox.commit_files(repo.full_name, {"a": "a"}, message="Second")

        with pytest.raises(GithubException, match=says) as caught:
            act(repo, head)

        assert caught.value.status == 422
        assert repo.get_branch("main").commit.sha == head

    def test_compare_counts_both_ways(self, world):
        repo = world.new_repo()
        world.new_pull(repo)
        world.sandbox.commit_files(repo.full_name, {"a": "a"}, message="Gained")

        found = repo.compare("main", "bot/update")

        assert (found.status, found.ahead_by, found.behind_by) == ("diverged", 1, 1)
        assert [file.filename for file in found.files] == ["Dockerfile"]

    def test_compare_gives_its_commits_in_pages_oldest_first(self, world):
        repo = world.new_repo()
        old = repo.get_branch("main").commit.sha
        for number in range(5):
            world.sandbox.commit_files(repo.full_name, {f"{number}": "a"}, message=f"Step {number}")

        found = repo.compare(old, "main", comparison_commits_per_page=2)

        assert (found.total_commits, found.ahead_by) == (5, 5)
        assert [commit.commit.message for commit in found.commits] == [f"Step {number}" for number in range(5)]


def _parent(repo):
    return repo.get_commit("main").parents[0].sha


def test_releases_are_listed_newest_first_without_drafts_for_strangers(world):
    repo = world.new_repo()
    for tag, is_prerelease in (("v1.0", False), ("v2.0", False), ("v3.0-rc1", True)):
        world.clock.advance(timedelta(days=1))
        world.sandbox.add_release(repo.full_name, tag, body=f"Notes of {tag}", is_prerelease=is_prerelease)

    assert [release.tag_name for release in repo.get_releases()] == ["v3.0-rc1", "v2.0", "v1.0"]
    assert repo.get_latest_release().tag_name == "v2.0"
    assert repo.get_release("v1.0").body == "Notes of v1.0"
    assert {tag.name for tag in repo.get_tags()} == {"v1.0", "v2.0", "v3.0-rc1"}
