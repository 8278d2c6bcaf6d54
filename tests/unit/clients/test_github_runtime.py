"""What GitHub keeps on what runs: many repos at once, and never a word where nobody knows."""

from contextlib import closing
from datetime import timedelta
from typing import ClassVar

import pytest

from bot.clients.github.failures import translated
from bot.clients.github.runtime import _environments
from bot.ledger.ledger import Ledger
from bot.model.dependency import OCI, Dependency, Release
from bot.model.failure import Failure
from bot.model.fleet import App, Repo
from bot.model.forge import ForgeError
from bot.model.image import Digest
from bot.model.runtime import Environment, NewRecord
from bot.pipeline.deployment_sources import DeploymentSources
from bot.pipeline.deployments import deployments
from bot.pipeline.record_deployments import record_deployments
from bot.pipeline.scanned import Scanned
from bot.sandbox.faults import ServerError, StrangeAnswer
from bot.sandbox.github.sandbox import BOT_TOKEN
from tests.unit.clients.conftest import SHOP
from tests.unit.pipeline.test_deployments import Made
from tests.unit.track.deployments.lists import NOW, STAGE_OF, container, of_kubectl, pod, read

DIGEST, OTHER = f"sha256:{1:064x}", f"sha256:{2:064x}"
SHOP_IMAGE = "ghcr.io/acme/shop"
RECORDS = "GET /api/v3/orgs/acme/artifacts/*"


def environments(forge, *names):
    return forge.environments([forge.repo(name) for name in names or (SHOP,)])


def record(forge, digest=DIGEST, environment="production", name="web"):
    body = {"logical_environment": environment, "deployments": [{"name": "shop", "digest": digest, "deployment_name": name}]}
    with forge._connection.writer() as client:
        client.requester.requestJsonAndCheck("POST", "/orgs/acme/artifacts/metadata/deployment-record/cluster/eu-1", input=body)


def test_the_last_deployment_that_ended_counts(github, forge):
    first = github.deploy(SHOP, "production", payload='{"image": "x"}')
    github.deploy(SHOP, "production", state="IN_PROGRESS")
    github.deploy(SHOP, "qa")
    github.deploy(SHOP, "qa", state="FAILURE", commit="9" * 40)
    github.deploy(SHOP, "preview", state="QUEUED")

    found = environments(forge)[SHOP]

    now = github.clock()
    assert found.listed == (
        Environment(name="preview", commit=""),
        Environment(name="production", commit=first, state="SUCCESS", at=now, payload='{"image": "x"}'),
        Environment(name="qa", commit="9" * 40, state="FAILURE", at=now),
    )
    assert not found.is_cut


def test_fifty_repos_cost_one_request(github, faults, forge):
    names = [f"acme/app-{number}" for number in range(50)]
    for name in names:
        github.create_repo("acme", name.partition("/")[2], {"a": "b"})
        github.deploy(name, "production")
    repos = list(forge.repos(names))
    faults.forget()

    assert all(len(found.listed) == 1 for found in forge.environments(repos).values())
    assert faults.count() == 1
    assert forge.environments([]) == {}
    assert faults.count() == 1


def test_more_environments_than_are_asked_for_are_told_to_be_cut(github, forge):
    for number in range(51):
        github.deploy(SHOP, f"preview-{number}")

    found = environments(forge)[SHOP]

    assert (len(found.listed), found.is_cut) == (50, True)


@pytest.mark.parametrize("answer", [StrangeAnswer(), StrangeAnswer(body=b'{"data": {"nodes": [{"environments": 7}]}}'), ServerError()])
def test_environments_that_cant_be_had_are_told(faults, forge, answer):
    repo = forge.repo(SHOP)
    faults.switch_on("POST *", answer)

    (found,) = forge.environments([repo]).values()

    assert isinstance(found, Failure)
    assert "its environments can't be had" in str(found)


def test_records_of_a_digest(github, forge):
    record(forge)
    record(forge, environment="qa", name="web-qa")
    record(forge, digest=OTHER, name="other")

    found = forge.deployment_records("acme", DIGEST)

    assert [(one.environment, one.cluster, one.name) for one in found] == [("production", "eu-1", "web"), ("qa", "eu-1", "web-qa")]
    assert found[0].created_at == github.clock()


def test_another_digest_in_its_place_takes_a_record_away(forge):
    record(forge)
    record(forge, digest=OTHER)

    assert forge.deployment_records("acme", DIGEST) == ()
    assert len(forge.deployment_records("acme", OTHER)) == 1


def test_a_github_that_does_not_know_the_question_is_told_apart_from_one_that_has_none(github, forge):
    assert forge.deployment_records("acme", DIGEST) == ()

    github.world.tokens[BOT_TOKEN].may_read_records = False

    assert forge.deployment_records("acme", DIGEST) is None


STRANGE = {
    "no object": b"[]",
    "no list": b'{"total_count": 0}',
    "another digest": b'{"total_count": 1, "deployment_records": [{"digest": "sha256:7", "logical_environment": "production"}]}',
}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE.keys())
def test_a_strange_answer_is_no_answer(faults, forge, body):
    faults.switch_on(RECORDS, StrangeAnswer(body=body))

    with pytest.raises(ForgeError, match="can't be read"):
        forge.deployment_records("acme", DIGEST)


def new(number=1, repo="shop"):
    return NewRecord(image="ghcr.io/acme/shop", digest=f"sha256:{number:064x}", tag="1.4.2", name=f"web-{number}", repo=repo)


def test_records_are_written_a_thousand_a_request(faults, forge):
    faults.forget()

    assert forge.record_deployments("acme", "eu 1", "production", [new(number) for number in range(1_001)]) == ()

    assert faults.writes == 2
    (found,) = forge.deployment_records("acme", new(1_000).digest)
    assert (found.environment, found.cluster, found.name) == ("production", "eu 1", "web-1000")


def test_what_github_does_not_take_is_named_and_the_rest_is_there(forge):
    assert forge.record_deployments("acme", "eu-1", "production", [new(1), new(2, repo="nowhere")]) == ("web-2",)

    assert len(forge.deployment_records("acme", new(1).digest)) == 1
    assert forge.deployment_records("acme", new(2).digest) == ()


def test_records_that_may_not_be_written_are_told(github, forge):
    github.world.tokens[BOT_TOKEN].may_write = False

    with pytest.raises(ForgeError, match="403"):
        forge.record_deployments("acme", "eu-1", "production", [new()])


class TestRecording:
    """From what is seen to run to what GitHub has."""

    POD = pod(container(image=SHOP_IMAGE, image_id=f"{SHOP_IMAGE}@{DIGEST}"), written=SHOP_IMAGE)

    def found(self):
        return read(of_kubectl(self.POD)).deployments

    def scanned(self):
        repo = Repo(full_name=SHOP, default_branch="main", head="1" * 40, clone_url="")
        app = App(name="shop", repo=SHOP, images=(SHOP_IMAGE,))
        return [Scanned(repo=repo, tree=None, apps=(app,), findings=(), pull_requests=())]

    def sources(self, forge, **more):
        told = {"known_records": forge.deployment_records, "write_records": forge.record_deployments, "digests_per_run": 10}
        return DeploymentSources(**{"ledger": None, "stage_of": STAGE_OF, **told, **more})

    def test_what_runs_is_there_and_nothing_is_written_twice(self, faults, forge):
        faults.forget()

        assert record_deployments(self.sources(forge), self.scanned(), self.found(), now=NOW) == []
        assert record_deployments(self.sources(forge), self.scanned(), self.found(), now=NOW) == []

        assert faults.writes == 1
        (found,) = forge.deployment_records("acme", DIGEST)
        assert (found.environment, found.cluster, found.name) == ("production", "eu-1", "shop-prod-web-app")

    def test_nothing_is_asked_or_written_where_it_is_not_wanted(self, faults, forge):
        faults.forget()

        assert record_deployments(self.sources(forge, write_records=None), self.scanned(), self.found(), now=NOW) == []

        assert faults.count() == 0

    def test_what_is_there_that_cant_be_had_keeps_from_writing(self, faults, forge):
        faults.forget()
        faults.switch_on(RECORDS, ServerError())

        (failure,) = record_deployments(self.sources(forge), self.scanned(), self.found(), now=NOW)

        assert failure.where == "linked artifacts of acme"
        assert faults.writes == 0

    def test_what_may_not_be_written_is_told_with_the_remedy(self, github, forge):
        github.world.tokens[BOT_TOKEN].may_write = False

        (failure,) = record_deployments(self.sources(forge), self.scanned(), self.found(), now=NOW)

        assert "artifact metadata: write" in failure.remedy

    def test_what_a_run_may_not_ask_for_is_told_and_nothing_is_written_of_it(self, faults, forge):
        faults.forget()

        (failure,) = record_deployments(self.sources(forge, digests_per_run=0), self.scanned(), self.found(), now=NOW)

        assert (failure.where, failure.remedy) == ("linked artifacts of acme", "Raise track.digests_per_run.")
        assert failure.what.startswith("1 of 1 digests ")
        assert faults.count() == 0

    def test_of_more_digests_than_a_run_may_ask_for_each_has_its_turn(self, forge):
        images = [f"sha256:{number:064x}" for number in range(5)]
        pods = [
            pod(container(image=SHOP_IMAGE, image_id=f"{SHOP_IMAGE}@{one}"), written=SHOP_IMAGE, owner=("StatefulSet", f"web-{one[-1]}"))
            for one in images
        ]
        found = read(of_kubectl(*pods)).deployments
        asked = []
        sources = self.sources(forge, digests_per_run=2, known_records=lambda _, digest: asked.append(digest) or None)

        for day in range(3):
            record_deployments(sources, self.scanned(), found, now=NOW + timedelta(days=day))

        assert sorted(set(asked)) == images

    def listed(self, forge, *pods, also=()):
        """What a run records whose list has these pods, and whose other lists tell this."""
        with closing(Ledger.open("sqlite://")) as ledger:
            shop = Dependency(datasource=OCI, name=SHOP_IMAGE)
            ledger.sightings.seen(Release(dependency=shop, value="1.4.2", digest=Digest(DIGEST)), NOW)
            lists = Made(pods=read(of_kubectl(*pods)), **dict(also))
            told = deployments(self.sources(forge, ledger=ledger, lists=lists), self.scanned(), now=NOW)
            return record_deployments(self.sources(forge, ledger=ledger), self.scanned(), told.found, told.covered, now=NOW)

    OTHER_POD = pod(container(image="redis:7", image_id=""), written="redis:7", owner=("StatefulSet", "db"))

    def test_what_a_whole_list_lacks_is_ended_once_and_begins_anew(self, faults, github, forge):
        assert self.listed(forge, self.POD, self.OTHER_POD) == []
        faults.forget()

        assert self.listed(forge, self.OTHER_POD) == []
        assert self.listed(forge, self.OTHER_POD) == []

        assert faults.writes == 1
        (kept,) = github.world.records["acme"]
        assert (kept.status, kept.tags["state"]) == ("decommissioned", "decommissioned")
        assert self.listed(forge, self.POD, self.OTHER_POD) == []
        assert [one.is_ended for one in forge.deployment_records("acme", DIGEST)] == [False]

    DOUBTS: ClassVar = {
        "the list is empty": ([], {}),
        "another list failed": ([OTHER_POD], {"bad": Failure(where="bad", what="no")}),
        "another list is too old": ([OTHER_POD], {"old": read(of_kubectl(), as_of=NOW - timedelta(days=9))}),
    }

    @pytest.mark.parametrize(("pods", "also"), DOUBTS.values(), ids=DOUBTS.keys())
    def test_nothing_is_ended_in_doubt(self, faults, forge, pods, also):
        self.listed(forge, self.POD)
        faults.forget()

        self.listed(forge, *pods, also=also)

        assert faults.writes == 0


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"name": None}, id="a name that is none"),
        pytest.param({"latestCompletedDeployment": {"commitOid": ["a"]}}, id="a list of commits"),
        pytest.param({"latestCompletedDeployment": {"payload": {"image": "x"}}}, id="a payload that is no text"),
        pytest.param(
            {"latestCompletedDeployment": {"latestStatus": {"state": ["SUCCESS"], "createdAt": "2026-01-01T00:00:00Z"}}}, id="states"
        ),
        pytest.param({"latestCompletedDeployment": {"createdAt": "0001-01-01T00:00:00+14:00"}}, id="a day before all days"),
        pytest.param({"latestCompletedDeployment": {"createdAt": 5}}, id="a number for a day"),
        pytest.param({"latestCompletedDeployment": "x"}, id="a word for a deployment"),
    ],
)
def test_an_environment_of_other_types_is_an_answer_that_can_not_be_read(broken):
    last = {"commitOid": "a" * 40, "payload": None, "state": "ACTIVE", "createdAt": "2026-01-01T00:00:00Z", "latestStatus": None}
    told = broken.get("latestCompletedDeployment")
    node = {"name": "production", **broken, "latestCompletedDeployment": last | told if isinstance(told, dict) else told or last}

    with pytest.raises(ForgeError, match="can't be read"), translated("acme/shop"):
        _environments({"environments": {"nodes": [node], "pageInfo": {"hasNextPage": False}}})
