"""Many repos by few requests, and by more where GitHub can't bear it."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bot.clients.github import UNPACED, GitHubForge, Token
from bot.clients.github.page_size import PageSize
from bot.model.failure import Failure
from bot.model.fleet import Repo
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults, LostAnswer, ServerError, StrangeAnswer
from bot.sandbox.github.sandbox import BOT_TOKEN, GitHubSandbox
from bot.sandbox.server import Server

PREFIX = "rebuild-bot/"
REPOS = 30


@dataclass
class Fleet:
    sandbox: GitHubSandbox
    faults: Faults
    forge: GitHubForge
    tamper: list[Callable[[dict], None]]
    """What to do to an answer about nodes, once each."""
    tamper_survey: list[Callable[[dict], None]]
    """The same of a page of the survey."""

    def pull_requests(self):
        """By the repo's name: the numbers, or why not."""
        repos = [repo for repo in self.forge.survey("acme") if isinstance(repo, Repo)]
        self.faults.forget()
        told = self.forge.pull_requests(repos, branch_prefix=PREFIX)
        assert list(told) == [repo.full_name for repo in repos]
        return {name: str(one) if isinstance(one, Failure) else [pull.number for pull in one] for name, one in told.items()}


@pytest.fixture
def fleet(tmp_path):
    sandbox = GitHubSandbox(tmp_path, clock=Clock())
    sandbox.organization("acme")
    for number in range(REPOS):
        sandbox.create_repo("acme", f"app-{number:02}", {})
    tamper, tamper_survey = [], []

    async def tampered(scope, receive, send):
        async def sent(message):
            if message["type"] == "http.response.start":
                message = message | {"headers": [header for header in message["headers"] if header[0] != b"content-length"]}
            elif (tamper or tamper_survey) and b'"nodes"' in message["body"]:
                data = json.loads(message["body"])
                for key, spoils in (("nodes", tamper), ("repositoryOwner", tamper_survey)):
                    if spoils and key in (data.get("data") or {}):
                        spoils.pop()(data)
                message = message | {"body": json.dumps(data).encode()}
            await send(message)

        await sandbox.app(scope, receive, sent)

    faults = Faults(tampered)
    with Server(faults) as server:
        forge = GitHubForge(f"{server.url}/api/v3", credential=Token(text=Secret(BOT_TOKEN)), pace=UNPACED)
        yield Fleet(sandbox, faults, forge, tamper, tamper_survey)
        forge.close()


def opened(fleet, name, *, branch=f"{PREFIX}python"):
    fleet.sandbox.create_repo("acme", name, {"Dockerfile": "FROM python:3.12.4\n"})
    fleet.sandbox.commit_files(f"acme/{name}", {"Dockerfile": "FROM python:3.12.5\n"}, message="Update", branch=branch)
    repo = fleet.forge._connection.reader.get_repo(f"acme/{name}")
    return repo.create_pull(base="main", head=branch, title="Update", body="").number


def test_the_pull_requests_of_many_repos_come_by_few_requests(fleet):
    opened(fleet, "behind")

    assert fleet.pull_requests() == {f"acme/app-{number:02}": [] for number in range(REPOS)} | {"acme/behind": [1]}
    assert fleet.faults.count() == 2


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(ServerError(status=502), id="bad gateway"),
        pytest.param(ServerError(status=504), id="gateway timeout"),
        pytest.param(LostAnswer(), id="no answer"),
        pytest.param(StrangeAnswer(body=b'{"errors": [{"message": "Something went wrong while executing your query."}]}'), id="broken off"),
        pytest.param(
            StrangeAnswer(body=b'{"data": {}, "errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits exceeded."}]}'),
            id="resource limits",
        ),
    ],
)
def test_what_is_too_heavy_is_asked_in_halves(fleet, fault):
    fleet.faults.switch_on("POST /api/graphql", fault, times=2)
    surveyed = [repo.full_name for repo in fleet.forge.survey("acme")]

    assert surveyed == [f"acme/app-{number:02}" for number in range(REPOS)]
    assert fleet.faults.count() == 4, "100 and 50 were too many, 25 are not"

    fleet.faults.switch_off()
    fleet.faults.switch_on("POST /api/graphql", fault, times=1, after=2)
    assert list(fleet.pull_requests().values()) == [[]] * REPOS


def test_a_page_grows_again_once_what_was_heavy_is_behind():
    size, seen = PageSize(100), []
    for _ in range(4):
        size.halve(size.now)
    for _ in range(20):
        seen.append(size.now)
        size.went_well()

    assert seen == [6] * 4 + [12] * 4 + [24] * 4 + [48] * 4 + [96] * 4
    size.went_well()
    size.halve(7)
    assert size.now == 3, "a late answer to a small page counts as well"


def test_a_github_that_stays_broken_is_asked_no_smaller_than_by_ten(fleet):
    fleet.faults.switch_on("POST /api/graphql", ServerError(status=502))

    with pytest.raises(Exception, match="the repos of acme: "):
        list(fleet.forge.survey("acme"))

    assert fleet.faults.count() == 4 + 1 + UNPACED.retries, "by 100, 50, 25 and 12, then by 6 as patiently as anything else"


def _nothing(data):
    data["data"]["nodes"][2] = None


def _refused(data):
    data["data"]["nodes"][2] = None
    data["errors"] = [{"type": "FORBIDDEN", "path": ["nodes", 2], "message": "Resource protected by organization SAML enforcement."}]


def _short(data):
    data["data"]["nodes"][2]["pullRequests"] = None


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param(_nothing, "nothing in its place", id="nothing, and no word why"),
        pytest.param(_refused, "SAML enforcement", id="refused"),
        pytest.param(_short, "can't be read", id="a part of it"),
    ],
)
def test_what_is_kept_back_of_one_repo_is_a_failure_of_it_and_never_no_pull_requests(fleet, spoil, says):
    fleet.tamper.append(spoil)

    told = fleet.pull_requests()

    assert [name for name, one in told.items() if one != []] in (["acme/app-02"], ["acme/app-27"])
    assert says in "".join(one for one in told.values() if one)


def test_a_repo_without_a_head_is_not_taken_for_an_empty_one_where_a_refusal_says_no_place(fleet):
    def spoil(data):
        data["data"]["repositoryOwner"]["repositories"]["nodes"][2]["defaultBranchRef"] = None
        data["errors"] = [{"type": "FORBIDDEN", "message": "Resource protected."}]

    fleet.tamper_survey.append(spoil)
    told = list(fleet.forge.survey("acme"))

    assert isinstance(told[2], Failure)
    assert "Resource protected" in told[2].what


def test_a_pull_request_that_is_kept_back_is_a_failure_of_its_repo(fleet):
    for number in range(3):
        opened(fleet, f"a-{number}")

    def cut(data):
        for node in data["data"]["nodes"]:
            node["recent"] = {"nodes": []}

    def gone(data):
        data["data"]["nodes"][1] = None

    fleet.tamper += [gone, cut]
    repos = [fleet.forge.repo(f"acme/a-{number}") for number in range(3)]
    told = fleet.forge.pull_requests(repos, branch_prefix=PREFIX)

    assert [isinstance(one, Failure) for one in told.values()] == [False, True, False]


def test_repos_that_are_named_come_by_one_request_and_one_that_is_not_there_fails_alone(fleet):
    names = [f"acme/app-{number:02}" for number in range(REPOS)]
    surveyed = list(fleet.forge.survey("acme"))
    fleet.faults.forget()

    told = list(fleet.forge.repos([*names[:2], "acme/none", "nobody/here", *names[2:]]))

    assert fleet.faults.count() == 1
    assert [one for one in told if isinstance(one, Repo)] == surveyed
    assert [(place, one.where) for place, one in enumerate(told) if isinstance(one, Failure)] == [(2, "acme/none"), (3, "nobody/here")]
    assert "Check the name" in str(told[2])


def test_more_than_a_hundred_named_repos_are_two_requests(fleet):
    told = list(fleet.forge.repos([f"acme/app-{number:02}" for number in range(120)]))

    assert fleet.faults.count() == 2
    assert [isinstance(one, Repo) for one in told] == [number < REPOS for number in range(120)]


def test_named_repos_that_are_too_heavy_together_are_asked_in_halves(fleet):
    fleet.faults.switch_on("POST /api/graphql", ServerError(status=502), times=2)

    told = list(fleet.forge.repos([f"acme/app-{number:02}" for number in range(REPOS)]))

    assert [one.full_name for one in told] == [f"acme/app-{number:02}" for number in range(REPOS)]
    assert fleet.faults.count() == 2 + 5, "30 and 15 were too many, 7 are not"


def test_a_github_that_stays_broken_is_a_failure_of_each_named_repo(fleet):
    fleet.faults.switch_on("POST /api/graphql", StrangeAnswer(body=b"<html>", kind="text/html"))

    told = list(fleet.forge.repos(["acme/app-00", "acme/app-01"]))

    assert [(type(one), one.where) for one in told] == [(Failure, "acme/app-00"), (Failure, "acme/app-01")]
