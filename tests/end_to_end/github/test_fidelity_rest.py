"""What all of the REST API has in common, and who may ask it, by PyGithub and plain HTTP."""

from datetime import timedelta

import httpx
import pytest
from github import (
    Auth,
    BadCredentialsException,
    Github,
    GithubIntegration,
    GithubRetry,
    RateLimitExceededException,
    UnknownObjectException,
)

from bot.sandbox.clock import Clock
from bot.sandbox.faults import DroppedConnection, SecondaryRateLimit, ServerError
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.github.sandbox import BOT_TOKEN
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
