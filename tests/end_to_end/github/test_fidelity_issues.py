"""Issues, comments and labels, by PyGithub and plain HTTP."""

from datetime import timedelta

import pytest
from github import Auth, GithubException, UnknownObjectException

from bot.sandbox.github.sandbox import BOT_LOGIN


class TestIssues:
    def test_live_as_on_github(self, world):
        repo = world.new_repo()
        issue = repo.create_issue("Stale apps", body="Three", labels=["report"], assignees=["octavia"])
        world.clock.advance(timedelta(days=7))

        issue.edit(body="Two")
        comment = issue.create_comment("One less")
        issue.edit(state="closed", state_reason="completed")

        found = repo.get_issue(issue.number)
        assert (found.title, found.body, found.state, found.state_reason) == ("Stale apps", "Two", "closed", "completed")
        assert found.updated_at - found.created_at == timedelta(days=7)
        assert (found.closed_by.login, found.user.login) == (BOT_LOGIN, BOT_LOGIN)
        assert [item.body for item in found.get_comments()] == ["One less"]
        comment.edit("None left")
        assert found.get_comment(comment.id).body == "None left"
        comment.delete()
        assert found.get_comments().totalCount == 0

    @pytest.mark.parametrize(
        ("filters", "titles"),
        [
            pytest.param({"labels": ["report"]}, ["Mine"], id="label"),
            pytest.param({"labels": ["report", "other"]}, [], id="all labels"),
            pytest.param({"creator": "octavia"}, ["Hers"], id="creator"),
            pytest.param({"state": "closed"}, ["Over"], id="state"),
            pytest.param({"state": "all", "sort": "created", "direction": "asc"}, ["Mine", "Hers", "Over"], id="order"),
        ],
    )
    def test_list_filters(self, world, filters, titles):
        repo = world.new_repo()
        repo.create_issue("Mine", labels=["report"])
        hers = world.client_for(Auth.Token(world.sandbox.add_token("hers", "octavia"))).get_repo(repo.full_name)
        hers.create_issue("Hers")
        repo.create_issue("Over").edit(state="closed")

        assert [issue.title for issue in repo.get_issues(**filters)] == titles

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            pytest.param({}, "title", id="no title"),
            pytest.param({"title": "T", "body": "x" * 65_537}, "body", id="long body"),
            pytest.param({"title": "T", "assignees": ["nobody-here"]}, "assignees", id="unknown assignee"),
            pytest.param({"title": "T", "labels": ["x" * 51]}, "name", id="long label"),
        ],
    )
    def test_are_refused(self, world, body, field):
        answer = world.http.post(f"/repos/{world.new_repo().full_name}/issues", json=body)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field

    def test_a_pull_request_is_an_issue_too(self, world):
        repo = world.new_repo()
        issue = repo.create_issue("Before")

        pull = world.new_pull(repo)

        assert (issue.number, pull.number) == (1, 2)
        assert repo.get_issue(2).pull_request is not None
        with pytest.raises(UnknownObjectException):
            repo.get_pull(1)


class TestLabels:
    def test_come_into_being_by_use_and_differ_in_more_than_case(self, world):
        repo = world.new_repo()
        pull = world.new_pull(repo)
        repo.create_label("Docker", "0000ff", "Images")

        pull.add_to_labels("docker", "new")
        pull.add_to_labels("NEW")

        assert {label.name: label.color for label in pull.get_labels()} == {"Docker": "0000ff", "new": "ededed"}
        pull.remove_from_labels("new")
        assert [label.name for label in repo.get_pull(pull.number).labels] == ["Docker"]
        with pytest.raises(GithubException, match="Label does not exist"):
            pull.remove_from_labels("new")

    def test_exist_once(self, world):
        repo = world.new_repo()
        repo.create_label("docker", "0000ff")

        with pytest.raises(GithubException, match="already_exists"):
            repo.create_label("Docker", "0000ff")
