"""The configuration file: what is right, what is wrong, and how it is said."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import BaseModel

from bot import settings
from bot.model.exposure import Severity
from bot.model.fleet import Criticality
from bot.model.rules import ApprovedBase, Freeze, Ignored, Match, Window
from bot.model.update import UpdateKind
from bot.settings import Fault, Settings, SettingsError
from bot.settings.document import read_document

unhurried = hypothesis_settings(deadline=None)
"""A busy machine is no fault."""
CONFIG = Path(__file__).parents[3] / "config"
HOME = {"HOME": "/home/somebody"}


def load(tmp_path: Path, text: str, environment: dict[str, str] | None = None) -> Settings:
    path = tmp_path / "rebuild-bot.yaml"
    path.write_text(text, encoding="utf-8")
    return settings.load(path, HOME if environment is None else environment)


def faults(tmp_path: Path, text: str, environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text, environment)
    return str(caught.value).replace(str(tmp_path / "rebuild-bot.yaml"), "FILE").splitlines()


WRONG = {
    "unknown key": ("githb: {}\n", ["FILE:1: unknown key 'githb'; did you mean 'github'?"]),
    "unknown key within": ("github:\n  labls: []\n", ["FILE:2: unknown key 'labls'; did you mean 'labels'?"]),
    "unknown key in a list": ("rules:\n- name: a\n  alow: [major]\n  allow: []\n", ["FILE:3: unknown key 'alow'; did you mean 'allow'?"]),
    "unlike any key": (
        "ledger:\n  zzzz: 1\n",
        ["FILE:2: unknown key 'zzzz'; known here: url"],
    ),
    "internal name is no key": ("own_rules: []\n", ["FILE:1: unknown key 'own_rules'; did you mean 'rules'?"]),
    "duplicate key": ("find: {}\nlimits: {}\nfind: {}\n", ["FILE:3: duplicate key 'find', first on line 1; keep one of them"]),
    "wrong type": (
        "limits:\n  pull_requests_per_run: many\n",
        ["FILE:2: limits.pull_requests_per_run: must be a whole number, not 'many'"],
    ),
    "text for a number": ("defaults:\n  cooldown_days: '3'\n", ["FILE:2: defaults.cooldown_days: must be a number, not '3'"]),
    "number for text": (
        "rules:\n- name: a\n  versions: 3.10\n",
        ['FILE:3: rules[1].versions: must be text; put quotes around it: "3.10"'],
    ),
    "scalar for a list": ("github:\n  owners: acme\n", ["FILE:2: github.owners: must be a list, not 'acme'"]),
    "scalar for a section": ("find: yes\n", ["FILE:1: find: must be a mapping (key: value), not 'yes'"]),
    "not a mapping": ("- a\n", ["FILE:1: the file: must be a mapping (key: value)"]),
    "too small": (
        "limits: {parallel_lookups: 0}\n",
        ["FILE:1: limits.parallel_lookups: must be greater than or equal to 1, not '0'"],
    ),
    "word of a closed set": (
        "defaults:\n  allow:\n  - minro\n",
        ["FILE:3: defaults.allow[1]: 'minro' is not known here; did you mean 'minor'?"],
    ),
    "role": (
        "rules:\n- name: a\n  match: {roles: [final stage base]}\n  allow: []\n",
        ["FILE:3: rules[1].match.roles[1]: 'final stage base' matches no role; did you mean 'final-stage base'?"],
    ),
    "stage": (
        "rules:\n- name: a\n  match: {stages: [produktion]}\n  allow: []\n",
        ["FILE:3: no stage is called 'produktion'; did you mean 'production'?"],
    ),
    "stage of one's own": (
        "stages: {live: [live]}\nrules:\n- name: a\n  match: {stages: [production]}\n  allow: []\n",
        ["FILE:4: no stage is called 'production'; known here: live"],
    ),
    "pattern never closed": (
        "find:\n  exclude:\n  - ok\n  - 'a[b'\n",
        ["FILE:4: find.exclude[2]: the pattern 'a[b' has a [ that is never closed; close it, or write [[] for a plain ["],
    ),
    "pattern that can't be negated": (
        "find: {exclude: ['!vendor']}\n",
        ["FILE:1: find.exclude[1]: the pattern '!vendor' can't be negated here; name what it should match"],
    ),
    "pattern that is empty": (
        "find: {exclude: ['!']}\n",
        ["FILE:1: find.exclude[1]: an empty pattern matches nothing; write what it should match, or * for everything"],
    ),
    "time zone": (
        "defaults:\n  windows:\n  - time_zone: europe/berln\n",
        ["FILE:3: defaults.windows[1].time_zone: no time zone is called 'europe/berln'; did you mean 'Europe/Berlin'?"],
    ),
    "window that is never open": (
        "defaults:\n  windows:\n  - from_hour: 17\n    to_hour: 9\n",
        ["FILE:4: defaults.windows[1].to_hour: a window from 17 to 9 is never open; write a night as two windows"],
    ),
    "freeze that ends before it starts": (
        "defaults:\n  freezes:\n  - starts: 2027-01-01T00:00:00Z\n    ends: 2026-12-01T00:00:00Z\n    reason: x\n",
        [
            "FILE:4: defaults.freezes[1].ends: this freeze ends (2026-12-01T00:00:00+00:00) before it starts (2027-01-01T00:00:00+00:00)",
        ],
    ),
    "freeze without a zone": (
        "defaults:\n  freezes:\n  - {starts: 2027-01-01T00:00:00, ends: 2027-01-02T00:00:00Z, reason: x}\n",
        [
            (
                "FILE:3: defaults.freezes[1].starts: must have an offset from UTC, as in 2026-12-20T00:00:00+01:00,"
                " not '2027-01-01T00:00:00'"
            ),
        ],
    ),
    "missing key": ("rules:\n- allow: []\n", ["FILE:2: rules[1]: the key 'name' is missing"]),
    "rule that sets nothing": (
        "rules:\n- name: idle\n",
        ["FILE:2: rules[1].name: the rule 'idle' sets nothing; give it allow, ignore, cooldown_days, ..., or take it out"],
    ),
    "rule twice": (
        "rules:\n- {name: a, allow: []}\n- {name: a, group: b}\n",
        ["FILE:3: the rule 'a' stands here a second time, first on line 2; keep one of them"],
    ),
    "worse may wait longer": (
        "stale:\n  days_allowed:\n    high: {critical: 30}\n",
        ["FILE:3: stale.days_allowed.high.critical: critical is given more days (30) than high (7)"],
    ),
    "half a credential": (
        "registries:\n  docker.io:\n    username_from: A\n",
        ["FILE:3: registries.docker.io.username_from: username_from without password_from; name both variables, or neither"],
    ),
    "registry with a scheme": (
        "registries:\n  https://docker.io: {}\n",
        [
            "FILE:2: registries.https://docker.io: 'https://docker.io' has a scheme; write the host and path only, and `plain_http: true`",
        ],
    ),
    "successor of an allowed base": (
        "approved_bases:\n- dependency: docker.io/library/debian\n  status: allowed\n  successor: x\n",
        ["FILE:4: approved_bases[1].successor: an allowed base needs no successor; write status: deprecated, or take the successor out"],
    ),
    "branch prefix": (
        "github: {branch_prefix: 'bot'}\n",
        [
            "FILE:1: github.branch_prefix: 'bot' is no prefix of a branch; use letters, digits, - and /, and end it with / or -:",
        ],
    ),
    "no YAML": ("github: [\n", ["FILE:2: not YAML: expected the node content, but found '<stream end>'"]),
    "two documents": ("find: {}\n---\nfind: {}\n", ["FILE:2: not YAML: but found another document"]),
    "merge key": (
        "find: &a {}\nlimits:\n  <<: *a\n",
        ["FILE:3: unknown key '<<'; known here: open_pull_requests_per_repo, parallel_lookups,"],
    ),
    "several at once": (
        "githb: {}\nfind:\n  max_file_bytes: x\n\nrules:\n- {name: a, allow: [majr]}\n- {name: a, allow: []}\n",
        [
            "FILE:1: unknown key 'githb'; did you mean 'github'?",
            "FILE:3: find.max_file_bytes: must be a whole number, not 'x'",
            "FILE:6: rules[1].allow[1]: 'majr' is not known here; did you mean 'major'?",
            "FILE:7: the rule 'a' stands here a second time, first on line 6; keep one of them",
        ],
    ),
}


@pytest.mark.parametrize(("text", "expected"), WRONG.values(), ids=WRONG.keys())
def test_each_fault_names_its_line_and_its_remedy(tmp_path: Path, text: str, expected: list[str]) -> None:
    found = faults(tmp_path, text)

    assert len(found) == len(expected)
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True)), found


SECRETS = {
    "token under a key of its name": ("github:\n  token: hunter2hunter2\n", "hunter2hunter2", 2),
    "password as a number": ("registries:\n  docker.io:\n    password: 123456789\n", "123456789", 3),
    "GitHub token anywhere": ("github:\n  labels:\n  - ghp_0123456789abcdefghijABCDEFGHIJ012345\n", "0123456789abcdef", 3),
    "new GitHub token": ("cache_folder: github_pat_11ABCDEFG0123456789_abcdefghijklmnop\n", "11ABCDEFG", 1),
    "Docker Hub token": ("report: {title: dckr_pat_abcdefghijklmnop0123456789}\n", "abcdefghijklmnop", 1),
    "password in the ledger's URL": ("ledger:\n  url: postgresql://bot:s3cr3t@db.example.org/ledger\n", "s3cr3t", 2),
    "value where a variable's name belongs": (
        "registries:\n  docker.io:\n    username_from: DOCKER_USER\n    password_from: correct-horse\n",
        "correct-horse",
        4,
    ),
    "private key": (
        "github:\n  labels:\n  - |\n    -----BEGIN RSA PRIVATE KEY-----\n    MIIEabc\n",
        "MIIEabc",
        3,
    ),
}


@pytest.mark.parametrize(("text", "secret", "line"), SECRETS.values(), ids=SECRETS.keys())
def test_a_secret_in_the_file_is_a_fault_and_never_shown(tmp_path: Path, text: str, secret: str, line: int) -> None:
    found = faults(tmp_path, text)

    assert len(found) == 1
    assert found[0].startswith(f"FILE:{line}: ")
    assert secret not in found[0]


def test_secrets_come_from_the_environment_and_print_as_stars(tmp_path: Path) -> None:
    text = "registries:\n  docker.io:\n    location: mirror.example.org/hub\n    username_from: U\n    password_from: P\n"
    environment = {
        "REBUILD_BOT_GITHUB_TOKEN": " t0ken\n",
        "GITHUB_TOKEN": "weaker",
        "REBUILD_BOT_APP_ID": "12",
        "REBUILD_BOT_APP_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----\\nabc\\n-----END RSA PRIVATE KEY-----",
        "REBUILD_BOT_LEDGER_URL": "postgresql://bot:pa55@db/ledger",
        "U": "somebody",
        "P": "pa55word",
    }

    loaded = load(tmp_path, text, environment)

    assert loaded.secrets.github_token is not None
    assert loaded.secrets.github_token.reveal() == "t0ken"
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


ENVIRONMENT_FAULTS = {
    "id without key": ({"REBUILD_BOT_APP_ID": "1"}, "REBUILD_BOT_APP_ID is set without REBUILD_BOT_APP_PRIVATE_KEY"),
    "key without id": (
        {"REBUILD_BOT_APP_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----"},
        "REBUILD_BOT_APP_PRIVATE_KEY is set without REBUILD_BOT_APP_ID",
    ),
    "key that is a path": (
        {"REBUILD_BOT_APP_ID": "1", "REBUILD_BOT_APP_PRIVATE_KEY": "/home/x/key.pem"},
        "REBUILD_BOT_APP_PRIVATE_KEY is no PEM text",
    ),
    "ledger": ({"REBUILD_BOT_LEDGER_URL": "mysql://x:pa55@y/z"}, "REBUILD_BOT_LEDGER_URL is no database URL"),
    "api": ({"GITHUB_API_URL": "example.org"}, "GITHUB_API_URL: not what GitHub Actions sets"),
}


@pytest.mark.parametrize(("environment", "expected"), ENVIRONMENT_FAULTS.values(), ids=ENVIRONMENT_FAULTS.keys())
def test_faults_of_the_environment(environment: dict[str, str], expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load(None, HOME | environment)

    assert str(caught.value).startswith(f"environment: {expected}")
    assert not any(value in str(caught.value) for value in environment.values() if len(value) > 1)


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
        "bases",
        ("slow",),
        ("acme/ops",),
    )
    assert (rule.prereleases, rule.follow, rule.skip_no_ops) == (None, None, None)
    assert loaded.approved_bases == (
        ApprovedBase(
            dependency="docker.io/library/centos", status="forbidden", successor="docker.io/library/almalinux", reason="end of life"
        ),
    )


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


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, "# nothing\n").model_dump() == settings.load(None, HOME).model_dump()


def test_a_file_that_can_not_be_read() -> None:
    with pytest.raises(SettingsError, match=r"^nowhere\.yaml: can't be read: No such file"):
        settings.load(Path("nowhere.yaml"), {})


def test_the_commented_file_holds_every_key_with_its_default() -> None:
    text = settings.default_text()
    written = read_document(text, file="default")
    loaded = settings.load(CONFIG / "rebuild-bot.yaml", HOME)

    assert text == (CONFIG / "rebuild-bot.yaml").read_text(encoding="utf-8")
    assert loaded.model_dump() == settings.load(None, HOME).model_dump()
    assert set(_keys(settings.json_schema(), settings.json_schema())) <= set(written.lines)


def _keys(schema: dict, root: dict, place: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    found = [(*place, key) for key in schema.get("properties", {})]
    return found + [inner for key, value in schema.get("properties", {}).items() for inner in _keys(value, root, (*place, key))]


def test_the_schema_in_the_repo_is_the_one_of_the_code() -> None:
    assert json.loads((CONFIG / "schema.json").read_text(encoding="utf-8")) == settings.json_schema(), "run: make schema"


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


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_KEYS = st.sampled_from([*Settings.model_fields, "rules", "match", "name", "allow", "days", "url", "x"])
_TREES = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=12)


@unhurried
@given(tree=_TREES)
def test_whatever_the_file_says_the_answer_is_settings_or_faults(tree: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(json.dumps(tree), encoding="utf-8")

    found = _settings_or_faults(path)

    assert isinstance(found, Settings) or (found and all(fault.line >= 1 and fault.what for fault in found))


def _settings_or_faults(path: Path) -> Settings | tuple[Fault, ...]:
    try:
        return settings.load(path, HOME)
    except SettingsError as error:
        return error.faults


def test_an_alias_bomb_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 9)]

    assert any("too much" in fault for fault in faults(tmp_path, "\n".join(lines)))
