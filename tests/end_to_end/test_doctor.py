"""`doctor`: what is missing is named with its remedy, before any work is done, and nothing is written."""

import json

import pytest

from bot.model.exit_code import ExitCode
from bot.model.secret import Secret
from bot.sandbox.faults import ServerError, StrangeAnswer
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.sandbox.registry import Access
from bot.sandbox.scanners.clair import ClairSandbox
from bot.sandbox.scanners.harbor import HarborSandbox
from bot.sandbox.scanners.trivy import TrivySandbox
from bot.sandbox.server import Server
from tests.end_to_end.conftest import Acme, rebuild_bot

APP = "4711"


@pytest.fixture
def acme(fleet: Acme) -> Acme:
    fleet.github.create_repo("acme", "platform", {"README.md": "issues\n"})
    fleet.github.world.tokens[BOT_TOKEN].scopes = ("repo", "workflow")
    return fleet


def examined(acme: Acme, environment: dict[str, str] | None = None, **more: str):
    """The exit code, and of each check how it stands, by what it is about."""
    given = {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN} if environment is None else environment
    done = rebuild_bot("--config", str(acme.config), "doctor", "--format", "json", folder=acme.folder, environment=given | more)
    return done.returncode, {(row["about"], row["what"]): row for row in json.loads(done.stdout)}


def wrong(rows) -> dict[str, str]:
    return {what: row["remedy"] for (_, what), row in rows.items() if row["verdict"] != "ok"}


def by_app(acme: Acme) -> dict[str, str]:
    key = acme.github.add_app(int(APP), slug="rebuild-bot", installed_for=["acme"])
    return {"REBUILD_BOT_APP_ID": APP, "REBUILD_BOT_APP_PRIVATE_KEY": key}


def test_all_is_well_and_nothing_is_written(acme):
    code, rows = examined(acme)

    assert wrong(rows) == {}
    assert code == ExitCode.DONE
    assert rows["registries", "docker.io"]["said"].endswith(" answers")
    assert "with the scopes repo, workflow" in next(row["said"] for (_, what), row in rows.items() if what.endswith(": the token"))
    assert rows["this machine", "the ledger"]["said"].startswith("there is none yet")
    assert acme.writes == 0
    assert not (acme.folder / "ledger.sqlite3").exists()
    assert not (acme.folder / "cache").exists()


def test_a_ledger_that_is_there_stays_as_it_is(acme):
    acme.run("run", "--dry-run")
    acme.run("run", "--repo", "acme/app-0")
    before = (acme.folder / "ledger.sqlite3").read_bytes()

    _, rows = examined(acme)

    assert rows["this machine", "the ledger"]["said"].endswith("MB, sound")
    assert (acme.folder / "ledger.sqlite3").read_bytes() == before


def test_permissions_of_an_app_are_named_one_by_one(acme):
    environment = by_app(acme)
    app = acme.github.world.apps[APP]
    app.permissions = {"metadata": "read", "contents": "read", "pull_requests": "write"}
    app.is_of_all_repos = False
    acme.config.write_text(
        f"{acme.config.read_text()}properties: {{read: true}}\ntrack: {{attestations: true, write_storage_records: true}}\n"
    )

    code, rows = examined(acme, environment)

    assert code == ExitCode.SOME_FAILED
    assert wrong(rows) == {
        "acme: artifact_metadata: write": "Give the App the permission artifact metadata: write, and let the owner accept it",
        "acme: attestations: read": "Give the App the permission attestations: read, and let the owner accept it",
        "acme: contents: write": "Give the App the permission contents: write, and let the owner accept it",
        "acme: issues: write": "Give the App the permission issues: write, and let the owner accept it",
        "acme: organization_custom_properties: read": "Give the App the permission organization custom properties: read, "
        "and let the owner accept it",
    }
    assert "selected repos alone" in rows["GitHub", "acme: the App"]["said"]
    assert "not given; it is wanted to move actions" in rows["GitHub", "acme: workflows: write"]["said"]


def test_an_app_that_is_suspended_or_not_installed_is_wrong(acme):
    environment = by_app(acme)
    acme.github.world.apps[APP].is_suspended = True
    acme.config.write_text(acme.config.read_text().replace("owners: [acme]", "owners: [acme, other]"))

    _, rows = examined(acme, environment)

    assert rows["GitHub", "acme"]["said"] == "the installation of the App is suspended"
    assert "is not installed for this owner" in rows["GitHub", "other"]["said"]


@pytest.mark.parametrize(
    ("scopes", "verdict", "said"),
    [
        pytest.param(("read:org",), "wrong", "its scopes are: read:org", id="too little"),
        pytest.param(None, "not known", "what it may is not told by GitHub", id="fine-grained"),
        pytest.param(("repo",), "ok", "no action of .github/workflows is moved", id="no workflows"),
    ],
)
def test_what_a_token_may_is_told_as_far_as_it_is_known(acme, scopes, verdict, said):
    acme.github.world.tokens[BOT_TOKEN].scopes = scopes

    code, rows = examined(acme)
    row = next(row for (_, what), row in rows.items() if what.endswith(": the token"))

    assert (row["verdict"], said in row["said"]) == (verdict, True)
    assert code == (ExitCode.DONE if verdict == "ok" else ExitCode.SOME_FAILED)


def test_each_fault_is_a_line_and_stops_no_other(acme):
    acme.github.world.tokens[BOT_TOKEN].limits.clear()
    acme.faults.switch_on("GET /api/v3/rate_limit", StrangeAnswer())
    acme.registry.gate.access = Access.BASIC
    text = acme.config.read_text().replace("report_repo: acme/platform", "report_repo: acme/gone")
    acme.config.write_text(text.replace("advisories: off", "advisories: mirror, known_exploited: kev.json"))

    code, rows = examined(acme)

    assert code == ExitCode.SOME_FAILED
    assert {about for about, what in rows if what in wrong(rows)} == {"this machine", "GitHub", "registries", "what is known of holes"}
    assert all(wrong(rows).values())
    assert rows["this machine", "git"]["verdict"] == "ok"


def test_without_a_credential_the_rest_is_looked_at(acme):
    code, rows = examined(acme, {})

    assert code == ExitCode.SOME_FAILED
    assert [row["remedy"] for (about, _), row in rows.items() if about == "GitHub"] == [
        "Set REBUILD_BOT_GITHUB_TOKEN, or REBUILD_BOT_APP_ID and REBUILD_BOT_APP_PRIVATE_KEY."
    ]
    assert rows["registries", "docker.io"]["verdict"] == "ok"


def test_a_registry_that_wants_a_credential_gets_the_configured_one(acme):
    acme.registry.gate.access = Access.BASIC
    location = acme.config.read_text().partition('location: "')[2].partition('"')[0]
    text = acme.config.read_text().replace(
        f'location: "{location}"', f'location: "{location}", username_from: HUB_USER, password_from: HUB_PASSWORD'
    )
    acme.config.write_text(text)

    _, rows = examined(acme)

    assert rows["registries", "docker.io: credential"]["remedy"].startswith("Set both in the environment")
    assert rows["registries", "docker.io"]["verdict"] == "wrong"


def test_each_scanner_is_asked_with_its_credential(acme):
    trivy, harbor, gone = TrivySandbox(secret=Secret("t0ken")), HarborSandbox(secret=Secret("pa55")), ClairSandbox()
    gone.faults.switch_on("* *", ServerError(status=404))
    with Server(trivy.app) as first, Server(harbor.app) as second, Server(gone.app) as third:
        text = f"""scanners:
  - {{kind: trivy, url: "{first.url}", token_from: TRIVY_TOKEN}}
  - {{kind: harbor, url: "{second.url}", username_from: HARBOR_USER, password_from: HARBOR_PASSWORD}}
  - {{kind: clair, url: "{third.url}", name: Our Clair}}
"""
        acme.config.write_text(f"{acme.config.read_text()}{text}")
        code, rows = examined(acme, TRIVY_TOKEN="t0ken", HARBOR_USER="robot")

    told = {what: (row["verdict"], row["said"], row["remedy"]) for (about, what), row in rows.items() if about == "scanners"}
    assert code == ExitCode.SOME_FAILED
    assert told["Trivy server"] == ("ok", "it answers, with data of 2026-11-28", None)
    assert told["Harbor: credential"][1] == "HARBOR_PASSWORD: not set"
    assert told["Harbor"][0] == "wrong"
    assert told["Harbor"][2] == "Check what `scanners` names for it, and what that may read"
    assert told["Our Clair"][0] == "wrong"
    assert told["Our Clair"][2] == "Check the address under `scanners`"
    assert not trivy.blobs


def test_a_proxy_and_certificates_of_the_environment_are_told(acme):
    _, rows = examined(acme, https_proxy="http://user:secret@proxy.acme.example:3128", no_proxy="127.0.0.1", SSL_CERT_FILE="/gone.pem")

    assert rows["this machine", "proxy for https"]["said"] == "by way of proxy.acme.example:3128, as the environment says"
    assert rows["this machine", "TLS"]["verdict"] == rows["this machine", "network"]["verdict"] == "wrong"
    assert "secret" not in json.dumps([*map(list, rows)]) + json.dumps([*rows.values()])
