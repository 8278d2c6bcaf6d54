"""What is wrong in a configuration, and how it is said."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot import settings
from bot.settings import Fault, Settings, SettingsError
from tests.unit.settings.reading import HOME, faults

unhurried = hypothesis_settings(deadline=None)
"""A busy machine is no fault."""

WRONG = {
    "signatures by nobody": (
        "signatures:\n- match: [ghcr.io/acme/*]\n  policy: require\n",
        ["FILE:3: signatures[1].policy: require trusts nobody, and no signature is ever valid; give it keys, identities or certificates"],
    ),
    "signatures that nobody asks for": (
        "signatures:\n- match: [ghcr.io/acme/*]\n  policy: off\n  keys: [a.pub]\n",
        ["FILE:3: signatures[1].policy: policy: off asks nobody, and so trusts nobody; leave out whom it trusts, or write warn"],
    ),
    "signatures of anybody": (
        "signatures:\n- match: [a/*]\n  policy: warn\n  identities: [{issuer: '*', subject: x}]\n",
        ["FILE:4: signatures[1].identities[1].issuer: a pattern for every issuer would trust signatures of anybody; name whom you trust"],
    ),
    "a trust root of nobody": (
        "signatures:\n- match: [a/*]\n  policy: warn\n  keys: [a.pub]\n  trusted_root: r.json\n",
        ["FILE:5: signatures[1].trusted_root: it vouches for identities, and there are none here; give it some, or take it out"],
    ),
    "attestations by nobody": (
        "signatures:\n- match: [a/*]\n  policy: warn\n  keys: [a.pub]\n  github_attestations: acme/base\n",
        ["FILE:5: signatures[1].github_attestations: it is signed by identities, and there are none here; give it some, or take it out"],
    ),
    "a policy of signatures that is none": (
        "signatures:\n- match: []\n  policy: reqire\n",
        [
            "FILE:2: signatures[1].match: must not be empty",
            "FILE:3: signatures[1].policy: 'reqire' is not known here; did you mean 'require'?",
        ],
    ),
    "unknown key": ("githb: {}\n", ["FILE:1: unknown key 'githb'; did you mean 'github'?"]),
    "unknown key within": ("github:\n  labls: []\n", ["FILE:2: unknown key 'labls'; did you mean 'labels'?"]),
    "unknown key in a list": ("rules:\n- name: a\n  alow: [major]\n  allow: []\n", ["FILE:3: unknown key 'alow'; did you mean 'allow'?"]),
    "unlike any key": (
        "ledger:\n  zzzz: 1\n",
        ["FILE:2: unknown key 'zzzz'; known here: keep_days, tidy_every_days, url"],
    ),
    "internal name is no key": ("own_rules: []\n", ["FILE:1: unknown key 'own_rules'; did you mean 'rules'?"]),
    "a list of what runs in no stage": (
        "track:\n  inventories:\n  - path: x.json\n    stage: prod\n",
        ["FILE:4: no stage is called 'prod'; did you mean 'production'?"],
    ),
    "a list of what runs without a path": (
        "track:\n  inventories:\n  - stage: qa\n",
        ["FILE:3: track.inventories[1].path: a list lies in one place; set one of path, artifact and branch"],
    ),
    "a list that is never believed": (
        "track:\n  inventories:\n  - {path: x.json, max_age_days: 0}\n",
        ["FILE:3: track.inventories[1].max_age_days: must be greater than 0, not '0'"],
    ),
    "neither a number nor a word that stands for one": (
        "stale:\n  exploited_within_hours: cra-14\n",
        ["FILE:2: stale.exploited_within_hours: must be a whole number, or 'cra-article-14' or 'bod-22-01', not 'cra-14'"],
    ),
    "a number out of its bounds, where a word might stand": (
        "stale:\n  exploited_within_hours: 0\n",
        ["FILE:2: stale.exploited_within_hours: must be at least 1, or 'cra-article-14' or 'bod-22-01', not '0'"],
    ),
    "a list where a number or a word might stand": (
        "stale:\n  exploited_within_hours: [1]\n",
        ["FILE:2: stale.exploited_within_hours: must be a whole number, or 'cra-article-14' or 'bod-22-01'"],
    ),
    "everything is accepted": (
        "accepted:\n- {reason: tired, by: '@dana', until: 2027-01-31}\n",
        [
            (
                "FILE:2: accepted[1].reason: an entry for every app, dependency and hole would accept all there is; "
                "name app, dependency or hole"
            )
        ],
    ),
    "accepted by nobody, for good": (
        "accepted:\n- app: shop\n  reason: ''\n",
        [
            "FILE:2: accepted[1]: the key 'by' is missing",
            "FILE:2: accepted[1]: the key 'until' is missing",
            "FILE:3: accepted[1].reason: must not be empty",
        ],
    ),
    "accepted until some time": (
        "accepted:\n- {app: shop, reason: a, by: b, until: next year}\n",
        ["FILE:2: accepted[1].until: must be a date, as in 2027-01-31, not 'next year'"],
    ),
    "no hole": (
        "accepted:\n- {hole: the big one, reason: a, by: b, until: 2027-01-31}\n",
        ["FILE:2: accepted[1].hole: 'the big one' is no name of a hole; write it like CVE-2026-1234 or GHSA-aaaa-bbbb-cccc"],
    ),
    "duplicate key": ("find: {}\nlimits: {}\nfind: {}\n", ["FILE:3: duplicate key 'find', first on line 1; keep one of them"]),
    "no repo of a source": (
        "sources:\n- match: [x]\n  repo: https://github.com/a/b\n",
        [
            (
                "FILE:3: sources[1].repo: 'https://github.com/a/b' is no repo; "
                "write it as owner/name, or owner/* for the one that is called like the image or chart"
            )
        ],
    ),
    "a path that leaves the repo": (
        "sources:\n- {match: [x], repo: a/*, changelog: ../x}\n",
        ["FILE:2: sources[1].changelog: '../x' is no path in a repo; write it from its root, with plain characters: 'docs/CHANGELOG.md'"],
    ),
    "no prefix of tags": (
        "sources:\n- {match: [x], repo: a/b, tag_prefix: '@'}\n",
        ["FILE:2: sources[1].tag_prefix: '@' is no prefix of tags; write what stands before the version: 'chart-', or 'api/v'"],
    ),
    "wrong type": (
        "limits:\n  pull_requests_per_run: many\n",
        ["FILE:2: limits.pull_requests_per_run: must be a whole number, not 'many'"],
    ),
    "text for a number": ("defaults:\n  cooldown_days: '3'\n", ["FILE:2: defaults.cooldown_days: must be a number, not '3'"]),
    "number for text": (
        "rules:\n- name: a\n  versions: 3.10\n",
        ['FILE:3: rules[1].versions: must be text; put quotes around it: "3.10"'],
    ),
    "too many days": ("defaults: {cooldown_days: 99999}\n", ["FILE:1: defaults.cooldown_days: must be at most 3650, not '99999'"]),
    "no number that ends": ("defaults: {cooldown_days: 1e999}\n", ["FILE:1: defaults.cooldown_days: must be a number, not '1e999'"]),
    "a day for a moment": (
        "defaults: {freezes: [{starts: 2026-12-18, ends: 2026-12-20T00:00:00+01:00, reason: x}]}\n",
        [
            (
                "FILE:1: defaults.freezes[1].starts: must be a time with its offset from UTC, "
                "as in 2026-12-20T00:00:00+01:00, not '2026-12-18'"
            ),
        ],
    ),
    "a word for a moment": (
        "defaults: {freezes: [{starts: 2026-12-18T00:00:00Z, ends: soon, reason: x}]}\n",
        ["FILE:1: defaults.freezes[1].ends: must be a time with its offset from UTC, as in 2026-12-20T00:00:00+01:00, not 'soon'"],
    ),
    "no login": (
        "github: {owners: [a/b]}\n",
        ["FILE:1: github.owners[1]: 'a/b' is no login of an organisation or user; write it as it stands in addresses, without a slash"],
    ),
    "no database": (
        "ledger: {url: mysql://x}\n",
        ["FILE:1: ledger.url: this is no database URL; begin it with sqlite:/// or postgresql://"],
    ),
    "a list whose only item is wrong": (
        "platforms: [linux]\n",
        ["FILE:1: platforms[1]: 'linux' is no platform; write os/architecture[/variant]: linux/amd64, linux/arm64, linux/arm/v7"],
    ),
    "no date": (
        "defaults: {ignore: [{versions: x, until: 2027}]}\n",
        ["FILE:1: defaults.ignore[1].until: must be a date, as in 2027-01-31, not '2027'"],
    ),
    "no range": (
        'rules:\n- name: a\n  versions: "=>1 <<99"\n',
        ["FILE:3: rules[1].versions: '=>1 <<99' is no range; write it like '>=1.2 <3', '^2.1', '3.x' or '<4 || 5.*'"],
    ),
    "no range to ignore": (
        'defaults:\n  ignore: [{versions: "< two"}]\n',
        ["FILE:2: defaults.ignore[1].versions: '< two' is no range; write it like '>=1.2 <3', '^2.1', '3.x' or '<4 || 5.*'"],
    ),
    "nobody who could review": (
        "defaults:\n  reviewers: [anna@example.org, acme/web/ops]\n",
        [
            "FILE:2: defaults.reviewers[1]: 'anna@example.org' can't be asked for a review; write a login, or a team as organisation/team",
            "FILE:2: defaults.reviewers[2]: 'acme/web/ops' can't be asked for a review; write a login, or a team as organisation/team",
        ],
    ),
    "scalar for a list": ("github:\n  owners: acme\n", ["FILE:2: github.owners: must be a list, not 'acme'"]),
    "scalar for a section": ("find: yes\n", ["FILE:1: find: must be a mapping (key: value), not 'yes'"]),
    "not a mapping": ("- a\n", ["FILE:1: the file: must be a mapping (key: value)"]),
    "too small": (
        "limits: {parallel_lookups: 0}\n",
        ["FILE:1: limits.parallel_lookups: must be at least 1, not '0'"],
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
    "a successor of an approved base": (
        "bases:\n  catalogue:\n  - image: docker.io/library/debian\n    status: approved\n    successor: x:1\n",
        ["FILE:5: bases.catalogue[1].successor: an approved base needs no successor; write status: deprecated, or take it out"],
    ),
    "a successor with an unknown variable": (
        "bases:\n  catalogue:\n  - image: a\n    status: forbidden\n    successor: x:{majr}\n",
        ["FILE:5: bases.catalogue[1].successor: 'x:{majr}' is no successor: {majr} can't stand there; there are {major}, {minor}, {name},"],
    ),
    "a copy of half a name": (
        (
            "bases:\n  copies:\n  - {internal: 'reg.example/hub/*', upstream: docker.io/library/python}\n"
            "  - {internal: python, upstream: python}\n"
        ),
        [
            "FILE:3: bases.copies[1].upstream: one of the two ends with a * and the other does not; write both alike",
            "FILE:4: bases.copies[2].internal: 'python' is no repository in normal form; write it like docker.io/library/python,",
        ],
    ),
    "migrations that are merged": (
        "defaults:\n  auto_merge: [migrate]\n",
        ["FILE:2: defaults.auto_merge[1]: the catalogue (bases) says what migrates, and nothing but a person merges it; take migrate out"],
    ),
    "branch prefix": (
        "github: {branch_prefix: 'bot'}\n",
        [
            "FILE:1: github.branch_prefix: 'bot' is no prefix of a branch; use letters, digits, - and /, and end it with / or -:",
        ],
    ),
    "no YAML": ("github: [\n", ["FILE:2: not YAML: expected the node content, but found '<stream end>'"]),
    "nested too deeply": ("rules:\n" + " [\n" * 5_000, ["FILE:1: nested too deeply to be read"]),
    "two documents": ("find: {}\n---\nfind: {}\n", ["FILE:2: not YAML: but found another document"]),
    "merge key": (
        "find: &a {}\nlimits:\n  <<: *a\n",
        ["FILE:3: unknown key '<<'; known here: bases_per_run, clones_bytes, open_pull_requests_per_owner,"],
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
    "advisories in capitals": ("assess: {advisories: OSV}\n", ["FILE:1: assess.advisories: 'OSV' is written in small letters: osv"]),
    "a path of control characters": ('assess:\n  vex: ["a\\0b"]\n', ["FILE:2: assess.vex[1]: 'a\\x00b' is no path"]),
    "advisories from two places": ("assess: {advisories: [osv, mirror]}\n", ["FILE:1: assess.advisories: "]),
    "advisories of another address": ("assess:\n  osv_url: api.osv.dev\n", ["FILE:2: assess.osv_url: 'api.osv.dev' is no URL"]),
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


def test_a_file_that_can_not_be_read() -> None:
    with pytest.raises(SettingsError, match=r"^nowhere\.yaml: can't be read: No such file"):
        settings.load(Path("nowhere.yaml"), {})


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
