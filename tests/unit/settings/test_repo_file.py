"""The file in a repo: what it can say, and what a hostile or a broken one comes to."""

import time

import jsonschema
import pytest
import yaml

from bot.model.repo_rules import MAX_CHARACTERS, RepoRules
from bot.model.update import UpdateKind
from bot.settings import SettingsError, is_repo_file
from bot.settings.repo_file import check_repo_file, json_schema, repo_rules

WHOLE = """\
allow: [patch, digest]
windows: [{days: [tuesday], from_hour: 9, to_hour: 12, time_zone: Europe/Berlin}]
limits: {open_pull_requests: 2}
rules:
  - match: {dependencies: [redis]}
    ignore: [{versions: ">=8", reason: the driver is not ready}]
    cooldown_days: 14
"""


def test_all_that_it_can_say_is_read():
    said = repo_rules(WHOLE)
    everywhere, redis = said.rules

    assert (said.faults, said.silence, said.most_open) == ((), "", 2)
    assert everywhere.allow == {UpdateKind.PATCH, UpdateKind.DIGEST}
    assert everywhere.windows is not None
    assert redis.match.dependencies == ("redis",)
    assert redis.cooldown is not None
    assert redis.cooldown.days == 14
    assert redis.ignore[0].versions == ">=8"


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "enabled: true\n", "rules: []\n"])
def test_a_file_that_asks_for_nothing_changes_nothing(text):
    assert repo_rules(text) == RepoRules()


def test_off_is_off_and_no_fault():
    said = repo_rules("enabled: false\n")

    assert said.silence == "`enabled: false` in the repo's own file"
    assert not said.faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("ignor: []\n", ":1: unknown key 'ignor'; did you mean 'ignore'?", id="a misspelt key"),
        pytest.param("allow: [majr]\n", ":1: allow[1]: 'majr' is not known here; did you mean 'major'?", id="an unknown kind"),
        pytest.param("enabled: no\n", ":1: enabled: must be true or false, not 'no'", id="a no of older YAML"),
        pytest.param("cooldown_days: -1\n", ":1: cooldown_days: must be at least 0, not '-1'", id="a negative wait"),
        pytest.param("- a\n- b\n", ":1: the file: must be a mapping (key: value)", id="a list"),
        pytest.param("text\n", ":1: the file: must be a mapping (key: value), not 'text'", id="a text"),
        pytest.param("allow: [patch\n", ":2: not YAML: expected ',' or ']', but got '<stream end>'", id="no YAML"),
        pytest.param("allow: [patch]\nallow: []\n", ":2: duplicate key 'allow', first on line 1; keep one of them", id="a key twice"),
        pytest.param("rules: [{match: {files: ['[']}, group: a}]\n", "has a [ that is never closed", id="a pattern that never ends"),
        pytest.param("rules: [{name: a}]\n", "this rule asks for nothing", id="a rule without a wish"),
        pytest.param("soak_days: 0\n", "unknown key 'soak_days'", id="what is the organisation's"),
        pytest.param(
            "defaults: {}\n",
            "unknown key 'defaults'; it belongs into the organisation's configuration",
            id="another key of the organisation's",
        ),
        pytest.param("group: '@everyone'\n", "group.name: must be written like", id="a group that mentions"),
        pytest.param("a: &a [1]\n---\nb: 2\n", "not YAML", id="two documents"),
    ],
)
def test_what_may_hide_a_wish_lets_nothing_new_out(text, fault):
    said = repo_rules(text)

    assert fault in "\n".join(said.faults)
    assert said.faults[0].startswith(".github/rebuild-bot.yaml:")
    assert said.silence == "the repo's own file can't be obeyed as it is; nothing new goes out until it is mended"
    assert not said.rules


def test_a_configuration_of_the_bot_at_the_same_place_asks_for_nothing():
    assert repo_rules("github: {owners: [acme]}\nallow: [patch]\nodd: 1\n") == RepoRules()


def test_the_file_is_checked_by_its_own_rules(tmp_path):
    path = tmp_path / "rebuild-bot.yaml"
    path.write_text(WHOLE, encoding="utf-8")
    check_repo_file(path)

    path.write_text("limits: {open_pull_requests: 0}\ngithub: {}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r":2: it has a key 'github'"):
        check_repo_file(path)
    path.write_text("limits: {open_pull_requests: 0}\nreviewers: [1]\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        check_repo_file(path)
    assert len(caught.value.faults) == 2
    with pytest.raises(SettingsError, match="can't be read"):
        check_repo_file(tmp_path / "none.yaml")


def test_the_schema_accepts_what_the_reader_does():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(WHOLE), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"soak_days": 3}, schema)


def test_a_fault_of_labels_or_reviewers_leaves_the_rest_in_force():
    said = repo_rules("allow: [patch]\nreviewers: ['a b']\nrules: [{labels: [3]}, {match: {files: [x]}, cooldown_days: 9, labels: [{}]}]\n")

    assert not said.silence
    assert [rule.allow for rule in said.rules] == [{UpdateKind.PATCH}, None]
    assert said.rules[1].match.files == ("x",)
    assert len(said.faults) == 3


def test_a_file_that_can_not_be_read_lets_nothing_new_out():
    said = repo_rules(None)

    assert said.silence
    assert "it is binary, or too large" in said.faults[0]


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]" for number in range(1, 9)]
    return "\n".join(lines) + "\n"


HOSTILE = {
    "huge": "a" * 5_000_000,
    "a bomb of anchors": bomb(),
    "an anchor in itself": "a: &a [*a]\n",
    "deep": "[" * 15_000,
    "deep flow": "{a: " * 5_000,
    "a tag of Python": "allow: !!python/object/apply:os.system ['true']\n",
    "a tag on a number": "cooldown_days: !!int 'x'\n",
    "a long number": f"cooldown_days: {'9' * 20_000}\n",
    "infinite": "cooldown_days: .inf\n",
    "half a character": 'group: "\\ud800"\nlabels: ["\\udfff"]\n"\\ud801": 1\n',
    "control characters": "a: \x00\x07\n",
    "a pattern that backtracks": "rules: [{match: {files: ['" + "*a" * 3_000 + "b']}, cooldown_days: 1}]\n",
    "a range that backtracks": "ignore: [{versions: '" + ">=1 " * 5_000 + "'}]\n",
    "many keys": "".join(f"k{number}: 1\n" for number in range(4_000)),
    "many faults": "rules: [" + "{a: 1}, " * 300 + "]\n",
    "a merge key": "a: &a {enabled: true}\n<<: *a\n",
    "a secret": "labels: [ghp_" + "a" * 36 + "]\n",
    "blank keys": "? \n: 1\n? [a]\n: 2\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_a_fault_and_no_more(text):
    before = time.process_time()
    said = repo_rules(text)

    assert time.process_time() - before < 5
    assert len("\n".join(said.faults)) < 10_000
    assert "\n".join(said.faults).encode() == "\n".join(said.faults).encode("utf-8", "replace")
    assert "ghp_a" not in repr(said)
    assert said.faults or len(text) <= MAX_CHARACTERS


@pytest.mark.parametrize("name", [name for name in HOSTILE if "backtracks" not in name])
def test_what_is_hostile_lets_nothing_new_out(name):
    assert repo_rules(HOSTILE[name]).silence


@pytest.mark.parametrize(
    ("text", "is_wish"),
    [
        pytest.param(WHOLE, True, id="all that it can say"),
        pytest.param("rules: [{match: {dependencies: [redis]}, group: a}]\n", True, id="what both may have"),
        pytest.param("allow: [majr]\n", True, id="a wish with a fault"),
        pytest.param("limits: {pull_requests_per_run: 3}\n", False, id="limits of a configuration"),
        pytest.param("rules: [{name: a, match: {files: [a]}, versions: '>1'}]\n", False, id="rules of a configuration"),
        pytest.param("github: {owners: [acme]}\nrules: []\n", False, id="a configuration"),
        pytest.param("defaults: {allow: [major]}\nlimits: {pull_requests_per_run: 1}\n", False, id="a configuration without owners"),
        pytest.param("", False, id="nothing"),
        pytest.param("githb: {owners: [acme]}\n", False, id="a misspelt configuration"),
        pytest.param("githb: {owners: [acme]}\nlimits: {}\n", False, id="a misspelt configuration with what both may have"),
        pytest.param("allow: [\n", False, id="no YAML"),
        pytest.param("- allow\n", False, id="a list"),
    ],
)
def test_a_wish_is_told_from_a_configuration_by_its_keys(tmp_path, text, is_wish):
    file = tmp_path / "rebuild-bot.yaml"
    file.write_text(text)

    assert is_repo_file(file) is is_wish


def test_what_can_not_be_read_is_no_wish(tmp_path):
    (tmp_path / "odd").write_bytes(b"allow: \xff\xfe")

    assert not is_repo_file(tmp_path / "odd")
    assert not is_repo_file(tmp_path / "nowhere")


def test_a_file_full_of_labels_makes_none_and_is_obeyed_otherwise():
    rules = "".join(f"- {{labels: [a{number}, b{number}], match: {{files: ['{number}']}}}}\n" for number in range(60))

    said = repo_rules(f"allow: [digest]\nrules:\n{rules}")

    assert said.faults == (".github/rebuild-bot.yaml:1: labels: the file names 120 labels in all; 10 are taken, so use fewer",)
    assert not said.silence
    assert {label for rule in said.rules for label in rule.labels} == set()
    assert said.rules[0].allow == {UpdateKind.DIGEST}
