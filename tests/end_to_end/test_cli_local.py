"""find, check, update and candidates on a folder, as a newcomer calls them: no token, no configuration."""

import json
import subprocess
import sys

import pytest

from tests.end_to_end.conftest import rebuild_bot

DOCKERFILE = "FROM python:3.12.4-slim AS build\nRUN make\nFROM ${BASE}\nCOPY --from=build /a /b\n"
NEW_DIGEST = "sha256:" + "a" * 64


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Dockerfile").write_text(DOCKERFILE)
    return tmp_path


def call(folder, *arguments, stdin=""):
    return rebuild_bot(*arguments, folder=folder, stdin=stdin)


def test_find_prints_one_json_object_a_line(folder):
    result = call(folder, "find", "app", "--format", "jsonl")

    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0, result.stderr
    assert rows == [
        {
            "type": "pin",
            "file": "Dockerfile",
            "line": 1,
            "column": 13,
            "finder": "dockerfile",
            "datasource": "oci",
            "dependency": "docker.io/library/python",
            "name": "python",
            "value": "3.12.4-slim",
            "digest": None,
            "role": "build-stage base",
            "sites": [{"kind": "tag", "start": 12, "end": 23, "line": 1, "text": "3.12.4-slim"}],
        },
        {"type": "skip", "file": "Dockerfile", "line": 3, "text": "${BASE}", "reason": rows[1]["reason"]},
    ]


@pytest.mark.parametrize("path", [pytest.param("app", id="folder"), pytest.param("app/Dockerfile", id="one file")])
def test_find_shows_a_table_without_colour_in_a_pipe(folder, path):
    result = call(folder, "find", path)

    assert result.returncode == 0
    assert "Dockerfile:1   python       3.12.4-slim" in result.stdout
    assert "\x1b" not in result.stdout
    assert "1 pin of 1 dependency in 1 file" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["find", "--format", "xml"], "'xml' is not one of 'table'", id="no such format"),
        pytest.param(["demo", "--port", "many"], "'--port': must be a whole number", id="no number"),
        pytest.param(["demo", "--port", "99999"], "'--port': must be at most 65535", id="too large a number"),
    ],
)
def test_a_wrong_value_is_told_without_words_of_libraries(folder, arguments, said):
    result = call(folder, *arguments)

    assert result.returncode == 2
    assert said in result.stderr
    assert not any(words in result.stderr for words in ("Value error", "Input should", "unable to parse"))


def test_find_publishes_lists_what_builds_make(folder):
    compose = "services:\n  api:\n    build: .\n    image: ghcr.io/acme/api:1.4.0\n  web:\n    build: .\n    image: ${PLACE}/web\n"
    (folder / "app" / "compose.yaml").write_text(compose)

    shown, rows = call(folder, "find", "app", "--publishes"), call(folder, "find", "app", "--publishes", "-f", "jsonl")
    none = call(folder, "find", "app/Dockerfile", "--publishes")

    assert (shown.returncode, rows.returncode, none.returncode) == (0, 0, 3)
    assert "compose.yaml:4   ghcr.io/acme/api   1.4.0" in shown.stdout
    assert "1 image in 1 file; 1 name can't be known before the build runs" in shown.stderr
    assert [json.loads(line)["name"] for line in rows.stdout.splitlines()] == ["ghcr.io/acme/api", None]
    assert "no build is known that makes an image" in none.stderr


def test_find_in_an_empty_folder_says_so(tmp_path):
    result = call(tmp_path, "find")

    assert result.returncode == 3
    assert "no file of a known format" in result.stderr


def test_update_set_shows_a_diff_that_git_applies_and_writes_on_demand(folder):
    dry = call(folder, "update", "app", "--set", f"docker.io/library/python=3.12.5-slim@{NEW_DIGEST}")
    untouched = (folder / "app" / "Dockerfile").read_text()
    done = call(folder, "update", "app", "--apply", "--set", f"python=3.12.5-slim@{NEW_DIGEST}")

    assert (dry.returncode, done.returncode) == (0, 0), dry.stderr + done.stderr
    assert f"+FROM python:3.12.5-slim@{NEW_DIGEST} AS build" in dry.stdout
    assert untouched == DOCKERFILE
    assert (folder / "app" / "Dockerfile").read_text() == DOCKERFILE.replace("3.12.4-slim", f"3.12.5-slim@{NEW_DIGEST}")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["update", ".", "--set", "python"], "NAME=VALUE", id="no value"),
        pytest.param(["update", ".", "--set", "python=1@sha256:12"], "not a digest", id="no digest"),
        pytest.param(["find", "nowhere"], "nowhere", id="no such folder"),
        pytest.param(["candidates", "python"], "python:latest", id="no tag"),
        pytest.param(["frobnicate"], "frobnicate", id="no such command"),
        pytest.param(["--config", "nowhere.yaml", "check"], "nowhere.yaml", id="no such configuration"),
    ],
)
def test_a_wrong_call_is_told_with_the_remedy(folder, arguments, words):
    result = call(folder, *arguments)

    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_candidates_judges_tags_from_standard_input(tmp_path):
    result = call(tmp_path, "candidates", "nginx:1.27", "--tags", "-", "--format", "json", stdin="1.27\n1.28\n1.28-slim\n2.0\n")

    answer = json.loads(result.stdout)
    assert result.returncode == 0, result.stderr
    assert (answer["current"], answer["chosen"]) == ("1.27", "1.28")
    assert {row["tag"]: row["verdict"] for row in answer["candidates"]} == {
        "1.27": "current",
        "1.28": "chosen",
        "1.28-slim": "other line",
        "2.0": "not allowed",
    }
    assert all(row["reason"] for row in answer["candidates"])


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        pytest.param((), "3.12.13", id="rules"),
        pytest.param(("--allow", "patch"), "3.12.13", id="patch"),
        pytest.param(("--allow", "cycle"), "3.12.13", id="cycle: the newest of the one in use first"),
        pytest.param(("--allow", "minor"), "3.13.1", id="minor: by the numbers"),
    ],
)
def test_candidates_keeps_to_the_cycle_unless_told_by_the_numbers(acme, options, chosen):
    tags = ("3.12.4", "3.12.13", "3.13.1")
    for tag in tags:
        acme.release(tag)

    told = acme.run("candidates", "python:3.12.4", *options, "--format", "json", token="")
    from_file = acme.run("candidates", "python:3.12.4", *options, "--tags", "-", "--format", "json", token="", stdin="\n".join(tags))

    assert [json.loads(each.stdout)["chosen"] for each in (told, from_file)] == [chosen, chosen]


def test_candidates_takes_a_step_to_another_cycle(tmp_path):
    result = call(
        tmp_path, "candidates", "python:3.12.4", "--allow", "cycle", "--tags", "-", "--format", "json", stdin="3.12.4\n3.13.1\n4.0.0\n"
    )

    assert json.loads(result.stdout)["chosen"] == "3.13.1"


@pytest.mark.parametrize(("tags", "words"), [("1.2\n", "nothing newer of its line is listed"), ("2.0-slim\n", "its line")])
def test_candidates_of_a_list_without_the_value_concludes_nothing_from_its_absence(tmp_path, tags, words):
    result = call(tmp_path, "candidates", "nginx:1.10", "--tags", "-", "--format", "json", stdin=tags)

    answer = json.loads(result.stdout)
    assert (answer["chosen"], answer["verdict"]) == (None, "undecidable")
    assert answer["reason"].startswith("1.10, which is in use, is not there, and ")
    assert words in answer["reason"]


RULES = """
rules:
- {name: no thirteen, match: {dependencies: [python]}, versions: "<3.13", allow: [cycle, patch]}
- {name: of this repo alone, match: {files: [Dockerfile]}, allow: []}
"""


def test_candidates_obeys_the_rules_that_check_obeys(acme):
    for tag in ("3.12", "3.13", "3.14"):
        acme.release(tag)
    (acme.folder / "Dockerfile").write_text("FROM python:3.12\n")
    acme.config.write_text(acme.config.read_text() + RULES)

    told = acme.run("candidates", "python:3.12", "--format", "json", token="")
    from_file = acme.run("candidates", "python:3.12", "--tags", "-", "--format", "json", token="", stdin="3.12\n3.13\n3.14\n")

    for each in (told, from_file):
        answer = json.loads(each.stdout)
        assert each.returncode == 0, each.stderr
        assert (answer["chosen"], answer["verdict"]) == (None, "not allowed")
        assert answer["reason"] == "not allowed: outside of <3.13"
        assert {row["tag"]: row["verdict"] for row in answer["candidates"]} == {
            "3.12": "current",
            "3.13": "not allowed",
            "3.14": "not allowed",
        }


def test_candidates_that_can_not_be_asked_for_fail(acme):
    told = acme.run("candidates", "acme/nothing:1.0", token="")

    assert told.returncode == 4
    assert "1.0 -> nothing (unknown: " in told.stderr


FLEET = "apps:\n- {name: shop, repo: acme/shop}\n"


@pytest.mark.parametrize(
    ("fleet", "config", "says"),
    [
        pytest.param(None, "fleet_file: fleet.yaml\n", "fleet.yaml: can't be read: ", id="no fleet file"),
        pytest.param(
            "apps: [{name: shop}]\n", "fleet_file: fleet.yaml\n", "fleet.yaml:1: apps[1]: the key 'repo' is missing", id="its faults"
        ),
        pytest.param(
            FLEET,
            "fleet_file: fleet.yaml\nrules:\n- name: behind\n  follow: shpo\n",
            "rebuild-bot.yaml:4: follow: no app of the fleet file is called 'shpo'; did you mean 'shop'?",
            id="an app that nobody knows",
        ),
        pytest.param(FLEET, "fleet_file: fleet.yaml\nrules:\n- name: behind\n  follow: shop\n", "", id="all in order"),
        pytest.param(
            None,
            "assess:\n  vex: [none.json]\n",
            "rebuild-bot.yaml:2: assess.vex: there is no file or folder '/",
            id="a statement that is not there",
        ),
    ],
)
def test_config_check_looks_into_the_files_that_are_named(tmp_path, fleet, config, says):
    (tmp_path / "rebuild-bot.yaml").write_text(config)
    if fleet is not None:
        (tmp_path / "fleet.yaml").write_text(fleet)

    done = call(tmp_path, "config", "check")

    assert (done.returncode, says in done.stderr) == ((2 if says else 0), True), done.stderr
    assert "Traceback" not in done.stderr


def test_check_and_update_ask_the_registry_that_the_configuration_names(acme):
    acme.release("3.12.4-slim")
    acme.release("3.12.5-slim")
    (acme.folder / "Dockerfile").write_text("FROM python:3.12.4-slim\n")

    checked = acme.run("check", ".", "--format", "json", "--exit-code", token="")
    updated = acme.run("update", ".", "--apply", token="")

    rows = json.loads(checked.stdout)
    assert checked.returncode == 10, checked.stderr
    assert [(row["from"], row["to"], row["kind"]) for row in rows if row["file"] == "Dockerfile"] == [
        ("3.12.4-slim", "3.12.5-slim", "patch")
    ]
    assert updated.returncode == 0, updated.stderr
    assert (acme.folder / "Dockerfile").read_text() == "FROM python:3.12.5-slim\n"


def test_a_look_leaves_no_trace_in_the_ledger_and_needs_no_memory_of_its_own(acme):
    acme.release("3.12.4")
    acme.release("3.12.5")
    (acme.folder / "app").mkdir()
    (acme.folder / "app" / "Dockerfile").write_text("FROM python:3.12.4\n")
    remembered = acme.run("check", "app")
    ledger_is_there = (acme.folder / "ledger.sqlite3").exists()
    acme.config.write_text(acme.config.read_text().replace(str(acme.folder), "/proc/nowhere"))
    without = acme.run("check", "app")

    assert not ledger_is_there
    for result in (remembered, without):
        assert result.returncode == 0, result.stderr
        assert "3.12.5" in result.stdout


def test_check_and_update_say_what_they_did_not_do(acme):
    folder = acme.folder / "app"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM python:latest\nFROM python:$UNKNOWN\n")
    acme.release("3.12.4")

    told, updated, data = acme.run("check", "app"), acme.run("update", "app"), acme.run("check", "app", "--format", "json")

    assert "not done: 1 undecided, 1 skipped; `--format json` says what and why" in told.stderr
    assert "not done: 1 undecided, 1 skipped; `check --format json` says what and why" in updated.stderr
    undecided, skipped = json.loads(data.stdout)
    assert (undecided["verdict"], skipped["verdict"], skipped["line"], skipped["name"]) == ("undecidable", "skipped", 2, "python:$UNKNOWN")
    assert skipped["reason"]
    assert undecided.keys() == skipped.keys()


def test_config_default_prints_what_config_check_accepts(tmp_path):
    printed = call(tmp_path, "config", "default")
    (tmp_path / "rebuild-bot.yaml").write_text(printed.stdout)

    result = call(tmp_path, "config", "check")

    assert result.returncode == 0, result.stderr
    assert "rebuild-bot.yaml: no fault" in result.stdout


def test_config_check_reports_every_fault_with_its_line(tmp_path):
    (tmp_path / "bad.yaml").write_text("githb: {}\nlimits:\n  pull_requests_per_run: many\n")

    result = call(tmp_path, "config", "check", "bad.yaml")

    assert result.returncode == 2
    assert "bad.yaml:1" in result.stderr
    assert "github" in result.stderr
    assert "bad.yaml:3" in result.stderr


def test_what_could_not_be_looked_at_is_no_nothing_to_change(folder):
    config = "registries: {docker.io: {location: '127.0.0.1:9/x', plain_http: true}}"
    (folder / "rebuild-bot.yaml").write_text(config, encoding="utf-8")

    result = call(folder, "update", "app")

    assert result.returncode == 4
    assert "not looked at: Dockerfile:1: python: " in result.stderr
    assert "as far as could be looked at" in result.stderr


def test_a_name_that_no_pin_has_is_a_wrong_call(folder):
    result = call(folder, "update", "app", "--set", "pyton=3.13")

    assert result.returncode == 2
    assert "no pin in app is called 'pyton'; did you mean 'python'?" in result.stderr


def test_the_nearest_configuration_upwards_is_used_and_named(folder):
    (folder / "rebuild-bot.yaml").write_text("find: {exclude: [app]}\n", encoding="utf-8")
    outer = call(folder, "find", ".")
    (folder / "app" / "rebuild-bot.yaml").write_text("find: {exclude: []}\n", encoding="utf-8")
    inner = call(folder, "find", "app")
    named = call(folder, "find", "app", "-c", "rebuild-bot.yaml")

    assert outer.returncode == 3
    assert "configuration: rebuild-bot.yaml" in outer.stderr
    assert "configuration: app/rebuild-bot.yaml" in inner.stderr
    assert "configuration: rebuild-bot.yaml" in named.stderr


@pytest.mark.parametrize("arguments", [["-v", "find", "app"], ["find", "app", "-v"], ["find", "-v", "app"]])
def test_global_options_stand_before_the_command_or_behind_it(folder, arguments):
    assert call(folder, *arguments).returncode == 0


def test_a_reader_that_goes_away_is_no_fault(folder):
    (folder / "many.Dockerfile").write_text("FROM python:3.12\n" * 5_000, encoding="utf-8")
    command = f"{sys.executable} -m bot find . --format jsonl | head -1; echo ${{PIPESTATUS[0]}}"

    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.splitlines()[-1] == "0"
    assert "Traceback" not in done.stderr


def test_a_look_that_is_interrupted_says_what_is_true_of_it(folder):
    script = (
        "import signal, sys; from bot.cli import app; from bot.wiring import folder as f; "
        "f.find = lambda *_, **__: signal.raise_signal(signal.SIGINT); sys.exit(app.run(['find', 'app']))"
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 130
    assert "interrupted; nothing was changed, and nothing is shown, for it would not be all" in done.stderr


def test_a_full_disk_is_told(folder):
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m bot find app > /dev/full"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 4
    assert "the result can't be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def clone_with(acme, wish):
    """A clone, in whose subfolder an image is behind, and what its own file says."""
    for tag in ("3.12.4", "3.12.5"):
        acme.release(tag)
    clone = acme.folder / "clone"
    for name, text in {"app/Dockerfile": "FROM python:3.12.4\n", ".github/rebuild-bot.yaml": wish, ".git/HEAD": ""}.items():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text(text)
    return clone


@pytest.mark.parametrize("folder", [".", "app", "app/Dockerfile"])
@pytest.mark.parametrize(
    ("wish", "verdict", "said"),
    [
        pytest.param("allow: [digest]\n", "not allowed", "a patch update; allowed: digest; the repo's own file says so", id="narrower"),
        pytest.param("allow: [major, patch]\n", "patch", None, id="wider"),
        pytest.param("enabled: false\n", "held", "`enabled: false` in the repo's own file", id="off"),
        pytest.param("alow: [digest]\ngroup: a\n", "held", "can't be obeyed as it is", id="with a fault"),
    ],
)
def test_a_clones_own_file_is_obeyed_and_named(acme, folder, wish, verdict, said):
    clone = clone_with(acme, wish)

    checked = acme.run("check", str(clone / folder), "--format", "json", token="")
    updated = acme.run("update", str(clone / folder), token="")

    (row,) = json.loads(checked.stdout)
    assert row["verdict"] == verdict
    assert said is None or said in row["reason"]
    assert ("+FROM python:3.12.5" in updated.stdout) is (verdict == "patch")
    for result in (checked, updated):
        assert result.returncode == 0
        assert f"the repo's own file, which makes the bot quieter here: {clone}/.github/rebuild-bot.yaml" in result.stderr
        assert ("unknown key 'alow'; did you mean 'allow'?" in result.stderr) is ("alow" in wish)


def test_the_file_by_which_a_clone_makes_the_bot_quieter_is_not_its_configuration(acme):
    clone = clone_with(acme, "allow: [digest]\n")

    found = call(clone, "find", "app", "-f", "json")
    checked = call(clone, "config", "check", ".github/rebuild-bot.yaml")
    meant = call(clone, "config", "check", "--repo", ".github/rebuild-bot.yaml")

    assert (found.returncode, meant.returncode) == (0, 0), found.stderr + meant.stderr
    assert checked.returncode == 2
    assert "--repo" in checked.stderr


def test_a_configuration_asks_nothing_more_as_a_clones_own_file(acme):
    clone = clone_with(acme, "allow: [digest]\n")
    (clone / ".github/rebuild-bot.yaml").write_text(acme.config.read_text() + "rules: [{name: a, match: {files: [x]}, group: a}]\n")

    checked = rebuild_bot("check", ".", "--format", "json", folder=clone)

    assert json.loads(checked.stdout)[0]["verdict"] == "patch", checked.stderr
    assert "own file" not in checked.stderr
    assert "configuration: .github/rebuild-bot.yaml" in checked.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["run", "--format", "json"], id="no token"),
        pytest.param(["run", "--format", "jsonl", "--repo", "shop"], id="a wrong option"),
        pytest.param(["-c", "nowhere.yaml", "check", "--format", "json"], id="no configuration"),
        pytest.param(["plan", "-f", "json", "-o", "x"], id="options that do not fit"),
        pytest.param(["who-has", "a@b", "-f", "json"], id="no version"),
    ],
)
def test_who_reads_json_gets_the_error_as_json(folder, arguments):
    result = call(folder, *arguments)

    told = json.loads(result.stdout)
    assert (told["type"], told["exit_code"], result.returncode) == ("error", 2, 2)
    assert told["error"]
    assert "Traceback" not in result.stderr
    assert result.stderr
