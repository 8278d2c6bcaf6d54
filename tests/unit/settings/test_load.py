"""The configuration file and the environment, and the settings that they make."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from pydantic import BaseModel

from bot import settings
from bot.model.catalogue import Catalogue
from bot.model.fleet import Criticality
from bot.model.rules import ApprovedBase, Freeze, Grouping, Ignored, Match, Window
from bot.model.severity import Severity
from bot.model.update import ChartBump, UpdateKind
from bot.settings import Settings
from bot.settings.document import read_document
from bot.settings.fault import SettingsError
from tests.unit.settings.reading import HOME, load

CONFIG = Path(__file__).parents[3] / "config"


def test_secrets_come_from_the_environment_and_print_as_stars(tmp_path: Path) -> None:
    text = "registries:\n  docker.io:\n    location: mirror.example.org/hub\n    username_from: U\n    password_from: P\n"
    environment = {
        "REBUILD_BOT_GITHUB_TOKEN": " t0ken\n",
        "GITHUB_TOKEN": "weaker",
        "REBUILD_BOT_APP_ID": "12",
        "REBUILD_BOT_UPSTREAM_TOKEN": "up5tream",
        "REBUILD_BOT_APP_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----\\nabc\\n-----END RSA PRIVATE KEY-----",
        "REBUILD_BOT_LEDGER_URL": "postgresql://bot:pa55@db/ledger",
        "U": "somebody",
        "P": "pa55word",
    }

    loaded = load(tmp_path, text, environment)

    assert loaded.secrets.github_token is not None
    assert loaded.secrets.github_token.reveal() == "t0ken"
    assert loaded.secrets.upstream_token is not None
    assert loaded.secrets.upstream_token.reveal() == "up5tream"
    assert "up5tream" not in f"{loaded!r} {loaded.secrets!r} {loaded.model_dump_json()}"
    assert loaded.secrets.github_app is not None
    assert loaded.secrets.github_app.app_id == "12"
    assert loaded.secrets.github_app.private_key.reveal() == "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n"
    assert loaded.ledger_url.reveal() == "postgresql://bot:pa55@db/ledger"
    assert loaded.secrets.registries["mirror.example.org"].username == "somebody"
    shown = f"{loaded!r} {loaded.secrets!r} {loaded.model_dump_json()}"
    assert all(secret not in shown for secret in ("t0ken", "pa55", "BEGIN"))


def test_an_empty_variable_counts_as_none(tmp_path: Path) -> None:
    text = "registries: {docker.io: {username_from: U, password_from: P}}\n"

    loaded = load(tmp_path, text, {"REBUILD_BOT_GITHUB_TOKEN": "", "GITHUB_TOKEN": "fallback", "U": "u", "P": " "})

    assert loaded.secrets.github_token is not None
    assert loaded.secrets.github_token.reveal() == "fallback"
    assert not loaded.secrets.registries


def test_without_a_file_a_workflow_runs_on_its_own_repo() -> None:
    environment = HOME | {"GITHUB_REPOSITORY": "acme/shop", "GITHUB_API_URL": "https://ghe.example.org/api/v3"}

    github = settings.load(None, environment).github

    assert github.api_url == "https://ghe.example.org/api/v3"
    assert github.owners == ("acme",)
    assert github.report_repo == "acme/shop"
    assert [name for name in ("acme/shop", "acme/other") if github.repos.holds(name)] == ["acme/shop"]


def test_the_file_wins_over_what_the_workflow_says(tmp_path: Path) -> None:
    text = "github: {owners: [globex], report_repo: globex/reports, api_url: https://ghe.globex.example/api/v3/}\n"

    github = load(tmp_path, text, {"GITHUB_REPOSITORY": "acme/shop", "GITHUB_API_URL": "https://api.github.com"}).github

    assert github.api_url == "https://ghe.globex.example/api/v3"
    assert github.owners == ("globex",)
    assert github.report_repo == "globex/reports"
    assert github.repos.holds("globex/anything")


REPOS = {
    "everything": ("{}", "acme/shop", True),
    "by name": ("{include: [shop-*]}", "acme/shop-api", True),
    "name elsewhere": ("{include: [shop-*]}", "shop-x/api", False),
    "by full name": ("{include: [acme/*]}", "globex/shop", False),
    "capitals": ("{include: [acme/SHOP]}", "Acme/shop", True),
    "excluded": ("{exclude: ['*-archive']}", "acme/shop-archive", False),
    "all but": ("{include: ['!legacy']}", "acme/legacy", False),
    "others than that": ("{include: ['!legacy']}", "acme/shop", True),
    "some, but not that": ("{include: ['acme/*', '!acme/legacy']}", "acme/legacy", False),
    "none at all": ("{include: [], exclude: [x]}", "acme/shop", True),
    "excluded, but for that": ("{exclude: ['*-archive', '!shop-archive']}", "acme/shop-archive", True),
}


@pytest.mark.parametrize(("repos", "name", "expected"), REPOS.values(), ids=REPOS.keys())
def test_which_repos_are_looked_at(tmp_path: Path, repos: str, name: str, *, expected: bool) -> None:
    assert load(tmp_path, f"github: {{repos: {repos}}}\n").github.repos.holds(name) is expected


def test_rules_become_values_of_the_model(tmp_path: Path) -> None:
    text = """
defaults:
  cooldown_days: 0.5
rules:
  - name: slow production
    match: {dependencies: ["docker.io/library/*", "!docker.io/library/alpine"], stages: [prod*], roles: ["*base"]}
    allow: [major, pin]
    versions: "<4"
    ignore: [{versions: ">=3.9", reason: broken, until: 2027-01-31}]
    cooldown_days: 7
    digest_cooldown_days: 1
    windows: [{days: [monday, sunday], from_hour: 9, to_hour: 17, time_zone: Europe/Berlin}]
    freezes: [{starts: 2026-12-20T00:00:00+01:00, ends: 2027-01-02T00:00:00Z, reason: holidays}]
    group: bases
    bump_chart: minor
    labels: [slow]
    reviewers: [acme/ops]
approved_bases:
  - {dependency: docker.io/library/centos, status: forbidden, successor: docker.io/library/almalinux, reason: end of life}
"""
    loaded = load(tmp_path, text)
    defaults, rule = loaded.rules

    assert defaults.allow == {UpdateKind.MINOR, UpdateKind.PATCH, UpdateKind.DIGEST}
    assert (defaults.cooldown, defaults.digest_cooldown) == (timedelta(hours=12), timedelta(0))
    assert rule.match == Match(dependencies=("docker.io/library/*", "!docker.io/library/alpine"), stages=("prod*",), roles=("*base",))
    assert rule.allow == {UpdateKind.MAJOR, UpdateKind.PIN}
    assert rule.ignore == (Ignored(versions=">=3.9", reason="broken", until=date(2027, 1, 31)),)
    assert (rule.cooldown, rule.digest_cooldown) == (timedelta(days=7), timedelta(days=1))
    assert rule.windows == (Window(days=frozenset({0, 6}), from_hour=9, to_hour=17, time_zone="Europe/Berlin"),)
    assert rule.freezes == (
        Freeze(starts=datetime(2026, 12, 19, 23, tzinfo=UTC), ends=datetime(2027, 1, 2, tzinfo=UTC), reason="holidays"),
    )
    assert (rule.name, rule.versions, rule.group, rule.labels, rule.reviewers) == (
        "slow production",
        "<4",
        Grouping(name="bases"),
        ("slow",),
        ("acme/ops",),
    )
    assert (rule.prereleases, rule.follow, rule.skip_no_ops) == (None, None, None)
    assert (defaults.bump_chart, rule.bump_chart) == (ChartBump.NONE, ChartBump.MINOR)
    assert loaded.approved_bases == (
        ApprovedBase(
            dependency="docker.io/library/centos", status="forbidden", successor="docker.io/library/almalinux", reason="end of life"
        ),
    )


def test_the_older_list_of_bases_comes_before_the_catalogue(tmp_path: Path) -> None:
    text = """\
approved_bases:
  - {dependency: docker.io/library/centos, status: forbidden, successor: "docker.io/library/almalinux:9"}
bases:
  catalogue:
    - {image: "reg.example/*", status: approved}
    - {image: docker.io/library/python, tags: "3*", status: deprecated, since: 2026-12-01, older_than_days: 90,
       successor: "reg.example/p:{tag}"}
  only_approved: true
"""
    assert load(tmp_path, text).catalogue == Catalogue(
        entries=(
            ApprovedBase(dependency="docker.io/library/centos", status="forbidden", successor="docker.io/library/almalinux:9"),
            ApprovedBase(dependency="reg.example/*", status="allowed"),
            ApprovedBase(
                dependency="docker.io/library/python",
                tags="3*",
                status="deprecated",
                since=date(2026, 12, 1),
                older_than=timedelta(days=90),
                successor="reg.example/p:{tag}",
                is_proposed=True,
            ),
        ),
        only_approved=True,
    )


@pytest.mark.parametrize(
    ("text", "group"),
    [
        pytest.param("bases", Grouping(name="bases"), id="a name"),
        pytest.param("{name: bases}", Grouping(name="bases"), id="a mapping with the name alone"),
        pytest.param("{name: a, paths: [services/*, b]}", Grouping(name="a", paths=("services/*", "b")), id="of several apps"),
    ],
)
def test_a_group_is_a_name_or_shared_by_the_apps_in_some_folders(tmp_path: Path, text: str, group: Grouping) -> None:
    assert load(tmp_path, f"rules: [{{name: a, group: {text}}}]\n").rules[1].group == group


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("3", "rules[1].group: must be a name, or a mapping with name and paths", id="a number"),
        pytest.param("[a]", "rules[1].group: must be a name, or a mapping with name and paths", id="a list"),
        pytest.param("{name: a, path: [x]}", "unknown key 'path'; did you mean 'paths'?", id="a misspelt key"),
        pytest.param("{name: a, paths: x}", "rules[1].group.paths: must be a list", id="a text for a list"),
        pytest.param("{name: a, paths: ['!x']}", "rules[1].group.paths[1]", id="a negated folder"),
        pytest.param("{paths: [x]}", "the key 'name' is missing", id="no name"),
    ],
)
def test_a_group_that_is_none_is_told(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(SettingsError) as told:
        load(tmp_path, f"rules: [{{name: a, group: {text}}}]\n")
    assert fault in str(told.value)


def test_days_allowed_are_merged_key_by_key(tmp_path: Path) -> None:
    stale = load(tmp_path, "stale: {days_allowed: {high: {critical: 1}}}\n").stale

    assert stale.allowed(Criticality.HIGH, Severity.CRITICAL) == timedelta(days=1)
    assert stale.allowed(Criticality.HIGH, Severity.HIGH) == timedelta(days=7)
    assert all(stale.allowed(criticality, severity) > timedelta(0) for criticality in Criticality for severity in Severity)


def test_paths_are_at_home_or_beside_the_file(tmp_path: Path) -> None:
    loaded = load(tmp_path, "fleet_file: fleet.yaml\ncache_folder: /var/cache/bot\n")

    assert loaded.fleet_path == tmp_path / "fleet.yaml"
    assert loaded.cache_path == Path("/var/cache/bot")
    assert loaded.ledger_url.reveal() == "sqlite:////home/somebody/.local/state/rebuild-bot/ledger.sqlite3"


def test_where_advisories_come_from(tmp_path: Path) -> None:
    assert load(tmp_path, "assess: {advisories: mirror}\n").mirror_path == tmp_path / "mirror"
    assert load(tmp_path, "assess: {advisories: ~/mirror}\n").mirror_path == Path("/home/somebody/mirror")
    assert load(tmp_path, "assess: {advisories: ./osv}\n").mirror_path == tmp_path / "osv"
    assert load(tmp_path, "assess: {advisories: off}\n").mirror_path is None
    assert load(tmp_path, "").mirror_path is None


def test_every_path_that_is_not_there_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "here.json").write_text("{}")
    text = "assess:\n  advisories: none\n  vex:\n  - here.json\n  - none\n  reports: [./, r]\n  known_exploited: k\n  epss: here.json\n"
    text += "track:\n  inventories:\n  - path: here.json\n  - path: lists\n"
    text += "signatures:\n- match: [a/*]\n  policy: warn\n  keys: [here.json, gone.pub]\n"
    loaded = load(tmp_path, text)

    found = {fault.line: fault.what.partition(":")[0] for fault in settings.missing_paths(tmp_path / "rebuild-bot.yaml", loaded)}

    assert found == {
        2: "assess.advisories",
        5: "assess.vex",
        6: "assess.reports",
        7: "assess.known_exploited",
        12: "track.inventories.path",
        16: "signatures.keys",
    }


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, "# nothing\n").model_dump() == settings.load(None, HOME).model_dump()


def test_the_commented_file_holds_every_key_with_its_default() -> None:
    text = settings.default_text()
    written = read_document(text, file="default")
    loaded = settings.load(CONFIG / "default.yaml", HOME)

    assert text == (CONFIG / "default.yaml").read_text(encoding="utf-8")
    assert loaded.model_dump() == settings.load(None, HOME).model_dump()
    assert set(_keys(settings.json_schema(), settings.json_schema())) <= set(written.lines)


def _keys(schema: dict, root: dict, place: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    found = [(*place, key) for key in schema.get("properties", {})]
    return found + [inner for key, value in schema.get("properties", {}).items() for inner in _keys(value, root, (*place, key))]


def test_the_schema_in_the_repo_is_the_one_of_the_code() -> None:
    assert json.loads((CONFIG / "schema.json").read_text(encoding="utf-8")) == settings.json_schema(), "run: make schema"
    assert json.loads((CONFIG / "repo-schema.json").read_text(encoding="utf-8")) == settings.repo_json_schema(), "run: make schema"


def test_the_schema_accepts_the_default_file_and_refuses_a_wrong_key() -> None:
    schema = settings.json_schema()
    data = read_document(settings.default_text(), file="default").data

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(data, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"githb": {}}, schema)


def test_every_model_field_forbids_unknown_keys() -> None:
    definitions = settings.json_schema()["$defs"].values()

    assert all(definition.get("additionalProperties") is False for definition in definitions if definition["type"] == "object")
    assert issubclass(Settings, BaseModel)


@pytest.mark.parametrize(("written", "hours"), [("24", 24), ("cra-article-14", 72), ("bod-22-01", 336)])
def test_hours_for_what_is_exploited_are_a_number_or_a_preset(tmp_path: Path, written: str, hours: int) -> None:
    assert load(tmp_path, f"stale: {{exploited_within_hours: {written}}}\n").stale.exploited_allowed == timedelta(hours=hours)
    assert load(tmp_path, "stale: {exploited_within_hours: null}\n").stale.exploited_allowed is None
