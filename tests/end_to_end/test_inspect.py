"""`inspect`, as a newcomer calls it, with real package databases in the images."""

import json
import subprocess
from pathlib import Path

import pytest

from bot.sandbox.registry import Runtime

MACHINE = Path("/var/lib/dpkg/status")
ALPINE = {
    "etc/os-release": b'ID=alpine\nVERSION_ID=3.19.1\nPRETTY_NAME="Alpine Linux v3.19"\n',
    "lib/apk/db/installed": b"P:musl\nV:1.2.4-r2\nA:x86_64\no:musl\n\nP:\x1b[31mred\nV:1\n\n",
}
NAME = "docker.io/library/tool"


@pytest.fixture
def tool(acme):
    runtime = Runtime(environment=["PATH=/bin", "API_TOKEN=hunter2"])
    acme.registry.push_image(NAME, "1", layers=[ALPINE], runtime=runtime, platforms=("linux/amd64", "linux/arm64"))
    return acme


def test_a_table_says_what_is_inside_and_obeys_no_name(tool):
    result = tool.run("inspect", "tool:1")

    assert result.returncode == 0, result.stderr
    assert "Alpine Linux v3.19; its usual security updates ended on 2025-11-01 (endoflife.date, 2026-08-22)" in result.stdout
    assert "Runs as   root" in result.stdout
    assert "apk    musl          1.2.4-r2   1" in result.stdout
    assert "\x1b" not in result.stdout
    assert "2 packages (2 apk) in 1 layer" in result.stderr


def test_other_platforms_are_compared_where_asked(tool):
    said = tool.run("inspect", "tool:1", "--all-platforms").stdout
    told = json.loads(tool.run("inspect", "tool:1", "--all-platforms", "--format", "json").stdout)

    assert "Differs   linux/arm64: no package differs" in said
    assert told["other_platforms"] == [{"platform": "linux/arm64", "problem": None, "packages": [], "not_compared": []}]


def test_json_is_whole_and_keeps_secrets_back(tool):
    told = json.loads(tool.run("inspect", "tool:1", "--format", "json", "--platform", "linux/arm64").stdout)

    assert told["platform"] == "linux/arm64"
    assert [package["purl"] for package in told["packages"]][1] == "pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=alpine-3.19.1"
    assert told["packages"][1]["layer"] == told["layers"][0]["diff_id"]
    assert told["configuration"]["environment"] == ["PATH=/bin", "API_TOKEN=***"]
    assert told["not_read"] == []


def test_a_second_look_reads_no_layer_and_says_the_same(tool):
    first = tool.run("inspect", "tool:1", "--format", "json").stdout
    [layer] = json.loads(first)["layers"]
    second = tool.run("inspect", "tool:1", "--format", "json").stdout

    assert first == second
    assert sum(count for request, count in tool.registry.faults.requests.items() if layer["digest"] in request) == 1


@pytest.mark.parametrize("form", ["markdown", "cyclonedx", "spdx"])
def test_other_forms_name_the_packages_too(tool, form):
    result = tool.run("inspect", "tool:1", "--format", form)

    assert result.returncode == 0, result.stderr
    assert "musl" in result.stdout
    assert "hunter2" not in result.stdout


def test_what_could_not_be_read_is_said_and_no_success(acme):
    acme.registry.push_image(NAME, "1", layers=[{"var/lib/rpm/Packages": b"x"}])

    result = acme.run("inspect", "tool:1")

    assert result.returncode == 4
    assert "Berkeley DB" in result.stderr
    assert "no list of packages of a known form in 1 layer; 1 part could not be read" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["tool:none"], 4, "404"),
        (["Tool:1"], 2, "not an image name"),
        (["tool:1", "--platform", "arm64"], 2, "not a platform"),
        (["tool:1", "--platform", "linux/riscv64"], 4, "there are: linux/amd64, linux/arm64"),
    ],
)
def test_errors_say_what_is_wrong(tool, arguments, code, said):
    result = tool.run("inspect", *arguments)

    assert result.returncode == code
    assert said in " ".join(result.stderr.split())


@pytest.mark.skipif(not MACHINE.is_file(), reason="this machine has no dpkg")
def test_a_debian_image_holds_what_dpkg_says(acme):
    form = "${db:Status-Status} ${Package} ${Version} ${Architecture}\n"
    told = subprocess.run(["dpkg-query", "-W", "-f", form], capture_output=True, text=True, check=True).stdout.splitlines()
    expected = sorted(line.partition(" ")[2] for line in told if line.partition(" ")[0] not in {"config-files", "not-installed"})
    acme.registry.push_image(NAME, "1", layers=[{"var/lib/dpkg/status": MACHINE.read_bytes()}, {"srv/app": b"x" * 1_000_000}])

    packages = json.loads(acme.run("inspect", "tool:1", "--format", "json").stdout)["packages"]

    assert sorted(f"{p['name']} {p['version']} {p['architecture']}" for p in packages) == expected


@pytest.fixture
def two(acme):
    """An image, and what became of it."""
    old = b"P:musl\nV:1.2.4-r2\n\nP:openssl\nV:3.1.4-r5\n\nP:curl\nV:8.5.0-r0\n\n"
    new = b"P:musl\nV:1.2.4-r2\n\nP:openssl\nV:3.1.5-r0\n\nP:curl\nV:8.4.0-r0\n\nP:\x1b[31mnew\nV:1\n\n"
    app = {"srv/app": b"the app"}
    acme.registry.push_image(NAME, "1", layers=[{"lib/apk/db/installed": old}, app], runtime=Runtime(user="app", volumes=["/data"]))
    acme.registry.push_image(NAME, "2", layers=[{"lib/apk/db/installed": new}, app])
    return acme


def test_compare_says_what_changes_the_dangerous_first(two):
    result = two.run("compare", "tool:1", "tool:2")

    assert result.returncode == 0, result.stderr
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["!", "user", "app", "root"] in rows
    assert ["!", "volumes", "/data"] in rows
    changes = [row[:3] for row in rows if len(row) > 2 and row[1] == "apk"]
    assert changes == [["downgraded", "apk", "curl"], ["added", "apk", "\\x1b[31mnew"], ["upgraded", "apk", "openssl"]]
    assert "Layers    1 layer kept, 1 new, 1 gone" in result.stdout
    assert "3 packages differ: 1 downgraded, 1 added, 1 upgraded" in result.stderr
    assert "\x1b" not in result.stdout


def test_compare_as_data_and_as_markdown(two):
    told = json.loads(two.run("compare", "tool:1", "tool:2", "--format", "json").stdout)
    same = two.run("compare", "tool:1", "tool:1", "--format", "json")
    shown = two.run("compare", "tool:1", "tool:2", "--format", "markdown").stdout

    assert next((one["change"], one["name"], one["old"], one["new"]) for one in told["packages"]) == (
        "downgraded",
        "curl",
        ["8.5.0-r0"],
        ["8.4.0-r0"],
    )
    assert [(one["aspect"], one["needs_attention"]) for one in told["differences"]] == [("user", True), ("volumes", True)]
    assert len(told["layers"]["kept"]) == 1
    assert (json.loads(same.stdout)["is_same"], same.stderr.splitlines()[-1]) == (True, "nothing differs")
    assert "| downgraded | apk | curl | 8.5.0-r0 | 8.4.0-r0 |" in shown


def test_compare_of_what_could_not_be_read_is_no_all_clear(two):
    two.registry.push_image(NAME, "3", layers=[{"var/lib/rpm/Packages": b"x"}])

    result = two.run("compare", "tool:1", "tool:3")

    assert result.returncode == 4
    assert "not compared: the new image: " in result.stderr
    assert "as far as they could be compared" in result.stderr
