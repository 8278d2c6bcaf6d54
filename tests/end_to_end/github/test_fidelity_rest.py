"""What all of the REST API has in common, and its smaller subjects, by PyGithub and plain HTTP."""

from datetime import timedelta

import httpx
import pytest
from github import (
    Auth,
    BadCredentialsException,
    Github,
    GithubException,
    GithubIntegration,
    GithubRetry,
    RateLimitExceededException,
    UnknownObjectException,
)

from bot.sandbox.clock import Clock
from bot.sandbox.faults import DroppedConnection, SecondaryRateLimit, ServerError
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.github.sandbox import BOT_LOGIN, BOT_TOKEN
from bot.sandbox.server import Server

from .conftest import APP_ID


class TestConditionalRequests:
    def test_what_has_not_changed_costs_nothing(self, world):
        path = f"/repos/{world.new_repo().full_name}"
        first = world.http.get(path)

        second = world.http.get(path, headers={"if-none-match": first.headers["etag"]})

        assert (second.status_code, second.content) == (304, b"")
        assert second.headers["x-ratelimit-used"] == first.headers["x-ratelimit-used"]
        assert second.headers["etag"] == first.headers["etag"]

    def test_what_has_changed_is_sent_and_counted(self, world):
        repo = world.new_repo()
        path = f"/repos/{repo.full_name}/branches"
        first = world.http.get(path)
        world.sandbox.commit_files(repo.full_name, {"README.md": "# New\n"}, message="New")

        second = world.http.get(path, headers={"if-none-match": first.headers["etag"]})

        assert second.status_code == 200
        assert int(second.headers["x-ratelimit-used"]) == int(first.headers["x-ratelimit-used"]) + 1


class TestRateLimit:
    @pytest.fixture
    def narrow(self, tmp_path):
        sandbox = GitHubSandbox(tmp_path, clock=Clock(), requests_per_hour=3)
        sandbox.create_repo("acme", "api", {"a": "a"})
        with (
            Server(sandbox.app) as server,
            httpx.Client(base_url=f"{server.url}/api", headers={"authorization": f"token {BOT_TOKEN}"}) as http,
        ):
            yield sandbox, http

    def test_is_used_up_and_comes_back_within_the_hour(self, narrow):
        sandbox, http = narrow

        answers = [http.get("/v3/repos/acme/api") for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 403]
        assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
        assert int(answers[3].headers["x-ratelimit-reset"]) == int((sandbox.clock() + timedelta(hours=1)).timestamp())
        assert "API rate limit exceeded" in answers[3].json()["message"]
        assert http.get("/v3/rate_limit").json()["resources"]["core"]["remaining"] == 0
        sandbox.clock.advance(timedelta(hours=1))
        assert http.get("/v3/repos/acme/api").headers["x-ratelimit-remaining"] == "2"

    def test_graphql_says_it_with_200_and_has_a_budget_of_its_own(self, narrow):
        _, http = narrow
        http.get("/v3/repos/acme/api")

        answers = [http.post("/graphql", json={"query": "{ viewer { login } }"}) for _ in range(4)]

        assert {answer.status_code for answer in answers} == {200}
        assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
        assert answers[3].json()["errors"][0]["type"] == "RATE_LIMITED"

    def test_pygithub_understands_it(self, narrow):
        sandbox, http = narrow
        for _ in range(3):
            http.get("/v3/repos/acme/api")
        with Server(sandbox.app) as server:
            client = Github(base_url=f"{server.url}/api/v3", auth=Auth.Token(BOT_TOKEN), retry=None)

            with pytest.raises(RateLimitExceededException):
                client.get_repo("acme/api")


class TestPaging:
    def test_pygithub_walks_every_page(self, world):
        repo = world.new_repo()
        for number in range(7):
            repo.create_issue(f"Issue {number}")
        world.faults.forget()

        pages = world.client_for(Auth.Token(BOT_TOKEN), per_page=3).get_repo(repo.full_name).get_issues(direction="asc")

        assert [issue.number for issue in pages] == [1, 2, 3, 4, 5, 6, 7]
        assert world.faults.count(f"GET /api/v3/repos/{repo.full_name}/issues") == 3

    @pytest.mark.parametrize(
        ("page", "relations"),
        [
            pytest.param("1", {"next", "last"}, id="first"),
            pytest.param("2", {"prev", "next", "last", "first"}, id="middle"),
            pytest.param("3", {"prev", "first"}, id="last"),
        ],
    )
    def test_links_lead_to_the_others_and_keep_the_question(self, world, page, relations):
        world.sandbox.organization("pages")
        for number in range(5):
            if world.sandbox.world.repo(f"pages/r{number}") is None:
                world.sandbox.create_repo("pages", f"r{number}", {})

        answer = world.http.get("/orgs/pages/repos", params={"per_page": 2, "page": page, "sort": "full_name"})

        assert set(answer.links) == relations
        assert all("sort=full_name" in link["url"] and "per_page=2" in link["url"] for link in answer.links.values())

    def test_a_page_holds_a_hundred_at_most(self, world):
        repo = world.new_repo()
        for start in (0, 100):
            repo.create_issue("Labels", labels=[f"label {number}" for number in range(start, start + 100)])

        assert len(world.http.get(f"/repos/{repo.full_name}/labels", params={"per_page": 500}).json()) == 100


class TestErrors:
    @pytest.mark.parametrize(
        ("method", "path", "headers", "status", "message"),
        [
            pytest.param("GET", "/repos/acme/nothing", {}, 404, "Not Found", id="no such repo"),
            pytest.param("GET", "/no/such/route", {}, 404, "Not Found", id="no such route"),
            pytest.param("PATCH", "/rate_limit", {}, 404, "Not Found", id="no such method"),
            pytest.param("GET", "/user", {"authorization": "token wrong"}, 401, "Bad credentials", id="unknown token"),
            pytest.param("GET", "/user", {"authorization": ""}, 401, "Requires authentication", id="nobody"),
            pytest.param("GET", "/user", {}, 403, "Resource not accessible by integration", id="a bot is no user"),
            pytest.param("POST", "/repos/acme/private/issues", {"authorization": ""}, 401, "Requires authentication", id="nobody writes"),
            pytest.param("GET", "/repos/acme/private", {"authorization": ""}, 404, "Not Found", id="nobody sees what is private"),
            pytest.param("POST", "/repos/acme/old/issues", {}, 403, "Repository was archived so is read-only.", id="archived"),
            pytest.param(
                "POST",
                "/repos/acme/private/issues",
                {"authorization": "token looks-only"},
                403,
                "Resource not accessible by personal access token",
                id="token that only reads",
            ),
        ],
    )
    def test_looks_like_githubs(self, world, method, path, headers, status, message):  # noqa: PLR0917 - a row has five cells
        world.sandbox.add_token("looks-only", "octavia", may_write=False)
        for name, options in (("private", {"is_private": True}), ("old", {"is_archived": True})):
            if world.sandbox.world.repo(f"acme/{name}") is None:
                world.sandbox.create_repo("acme", name, {"a": "a"}, **options)

        answer = world.http.request(method, path, headers=headers, json={"title": "T"} if method == "POST" else None)

        assert (answer.status_code, answer.json()["message"]) == (status, message)
        assert answer.json()["status"] == str(status)
        assert answer.json()["documentation_url"].startswith("https://docs.github.com/")

    def test_broken_json_is_400(self, world):
        answer = world.http.post(f"/repos/{world.new_repo().full_name}/issues", content=b"{")

        assert (answer.status_code, answer.json()["message"]) == (400, "Problems parsing JSON")

    def test_pygithub_raises_its_own_kinds(self, world):
        with pytest.raises(UnknownObjectException):
            world.client.get_repo("acme/nothing")
        with pytest.raises(BadCredentialsException):
            world.client_for(Auth.Token("wrong"), retry=None).get_repo("acme/nothing")


class TestFaults:
    """PyGithub's own retries meet them as they would GitHub's."""

    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param(ServerError(status=502), id="502"),
            pytest.param(SecondaryRateLimit(retry_after=timedelta()), id="secondary limit"),
            pytest.param(DroppedConnection(), id="dropped connection"),
        ],
    )
    def test_are_got_over(self, world, fault):
        repo = world.new_repo()
        retry = GithubRetry(total=3, backoff_factor=0, secondary_rate_wait=0)
        world.faults.switch_on(f"GET /api/v3/repos/{repo.full_name}", fault, times=2)

        found = world.client_for(Auth.Token(BOT_TOKEN), retry=retry).get_repo(repo.full_name)

        assert found.full_name == repo.full_name


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


class TestApps:
    def test_pygithub_works_as_an_installation(self, world):
        repo = world.new_repo()
        auth = Auth.AppAuth(APP_ID, world.app_key)
        with GithubIntegration(auth=auth, base_url=f"{world.url}/api/v3") as integration:
            installation = integration.get_org_installation("acme")
            client = world.client_for(auth.get_installation_auth(installation.id, requester=integration.requester))
            world.faults.forget()

            issue = client.get_repo(repo.full_name).create_issue("From an App")
            client.get_repo(repo.full_name)

        assert (issue.user.login, issue.user.type) == ("rebuild-app[bot]", "Bot")
        assert world.faults.count("POST /api/v3/app/installations/*") == 1, "a token lives for an hour"

    @pytest.mark.parametrize(
        ("app_id", "own_key", "status"),
        [pytest.param(APP_ID, False, 401, id="another key"), pytest.param(1, True, 404, id="unknown App")],
    )
    def test_an_assertion_is_checked(self, world, app_id, own_key, status):
        key = world.app_key if own_key else world.sandbox.add_app(99, slug="other-app", installed_for=[])

        answer = world.http.get("/app", headers={"authorization": f"Bearer {Auth.AppAuth(app_id, key).token}"})

        assert answer.status_code == status
