"""What is inside images, from the registry and OSV to the pull request and the weekly issue."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.faults import ServerError
from bot.sandbox.osv import OsvSandbox
from bot.sandbox.server import Server
from tests.end_to_end.conftest import REPOS, Acme, run

PYTHON = "docker.io/library/python"
SYSTEM = b'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
OLD, NEW = "3.0.11-1~deb12u2", "3.0.14-1~deb12u1"


def database(version: str) -> dict[str, bytes]:
    told = f"Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: {version}\n\n"
    zlib = "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nSource: zlib\nVersion: 1:1.2.13.dfsg-1\n\n"
    return {"etc/os-release": SYSTEM, "var/lib/dpkg/status": (told + zlib).encode()}


def debian(id_: str, name: str, *, fixed: str = "", severity: str = "", **more: object) -> dict[str, object]:
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    return {
        "schema_version": "1.7.3",
        "id": id_,
        "modified": "2026-01-02T03:04:05Z",
        "affected": [{"package": {"ecosystem": "Debian:12", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}],
        "severity": [{"type": "CVSS_V3", "score": severity}] if severity else [],
        **more,
    }


RECORDS = [
    debian(
        "DSA-1-1",
        "openssl",
        fixed=NEW,
        published="2026-01-02T03:04:05Z",
        upstream=["CVE-2026-1001"],
        severity="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    ),
    debian("DEBIAN-CVE-2026-1002", "zlib", upstream=["CVE-2026-1002"]),
]


@pytest.fixture
def osv() -> OsvSandbox:
    return OsvSandbox(RECORDS)


@pytest.fixture
def holes(fleet: Acme, osv: OsvSandbox) -> Iterator[Acme]:
    """Four repos on a base with a hole that the newest one has not."""
    for tag, version in {"3.12.4": OLD, "3.12.5": OLD, "3.12.6": NEW}.items():
        fleet.registry.push_image(PYTHON, tag, layers=[database(version), {f"srv/{tag}": b"x"}])
    with Server(osv.app) as server:
        text = fleet.config.read_text(encoding="utf-8")
        exploited = {"catalogVersion": "2026.05.01", "vulnerabilities": [{"cveID": "CVE-2026-1001", "dateAdded": "2026-02-01"}]}
        Path(fleet.folder, "kev.json").write_text(json.dumps(exploited), encoding="utf-8")
        named = f'{{advisories: osv, end_of_life: shipped, osv_url: "{server.url}", known_exploited: kev.json}}'
        fleet.config.write_text(text.replace("{advisories: off}", named), encoding="utf-8")
        yield fleet


def bodies(acme: Acme) -> dict[str, str]:
    return {issue.title: issue.body for issue, _ in acme.github.repo("acme/app-0").pulls}


def blobs(acme: Acme) -> dict[str, int]:
    """How often each layer or configuration was asked for since the run began."""
    return {request: count for request, count in acme.registry.faults.requests.items() if "/blobs/" in request}


def test_a_pull_request_opens_with_what_it_closes(holes):
    run(holes)

    ((title, body),) = ((title, text) for title, text in bodies(holes).items() if "python" in title)
    assert title.endswith("(closes 1 hole, exploited)")
    closes = "Closes 1 hole (1 critical; 1 exploited in the wild), leaves 1 (1 of unknown severity), brings none known"
    said = f"{closes}; 1 package changes; its operating system is past its end"
    steps = [f"- `python` `{old}` → `3.12.6`: {said}" for old in ("3.12.4", "3.12.5")]
    assert body.splitlines()[:4] == ["**2 updates close 1 hole, exploited.**", "", *steps]
    link = "[`CVE-2026-1001`](https://osv.dev/vulnerability/CVE-2026-1001)"
    assert f"| closed | critical, exploited in the wild | {link} | `libssl3 {OLD}` | `{NEW}` |" in body
    assert "| `zlib1g 1:1.2.13.dfsg-1` | no fix yet |" in body
    assert f"| upgraded | deb | `libssl3` | `{OLD}` | `{NEW}` |" in body
    assert "- System: Debian GNU/Linux 12 (bookworm), security updates until 2026-07-11\n" in body
    assert "- **⚠️ Debian GNU/Linux 12 (bookworm) is past its end: its usual security updates ended on 2026-07-11" in body
    assert "exploited ones by CISA's catalogue of known exploited vulnerabilities of 2026-05-01" in body


def test_exposures_have_the_severity_of_what_is_closed(holes):
    summary = run(holes)

    told = {(one.app.name, one.old, one.severity.value, one.closes) for one in summary.exposures if "python" in one.dependency}
    assert ("acme/app-0", "3.12.4", "critical", "closes 1 hole (1 critical; 1 exploited in the wild)") in {
        (name if "/" in name else f"acme/{name}", *rest) for name, *rest in told
    }


def test_a_run_says_what_each_pull_request_closes(holes):
    told = json.loads(holes.run("run", "--dry-run", "--format", "json").stdout)
    shown = holes.run("run", "--dry-run")

    closes = {one["title"].split()[1]: one["closes"] for one in told["pull_requests"]}
    assert closes["python"] == "closes 1 hole (1 critical; 1 exploited in the wild)"
    assert {image["value"] for image in told["images"]} >= {"3.12.4", "3.12.5"}
    assert "closes 1 hole (1 critical" in shown.stdout


def test_each_layer_is_read_once_and_never_again(holes, osv):
    run(holes)
    first, asked = blobs(holes), dict(osv.faults.requests)
    run(holes)

    assert first
    assert set(first.values()) == {1}
    assert blobs(holes) == {}
    assert osv.faults.requests == asked
    # Of five images: each tag once, and nothing again of what was not attached to them.
    assert Counter(request.split()[0] for request in holes.registry.faults.requests) == {"HEAD": 5, "GET": 2}


def test_osv_that_does_not_answer_is_no_all_clear(holes, osv):
    osv.faults.switch_on("*", ServerError())

    run(holes)

    (body,) = (text for title, text in bodies(holes).items() if "python" in title)
    assert "Which holes it closes is not known" in body
    assert "closes no" not in body.lower()


def test_what_was_not_known_is_told_once_it_is(holes, osv):
    osv.faults.switch_on("*", ServerError())
    failed = holes.run("run")
    (before,) = (text for title, text in bodies(holes).items() if "python" in title)
    osv.faults.switch_off()
    done = holes.run("run")
    (after,) = (text for title, text in bodies(holes).items() if "python" in title)

    assert (failed.returncode, done.returncode) == (4, 0), failed.stderr + done.stderr
    assert "Which holes it closes is not known: the packages could not be checked" in before
    assert "Closes 1 hole" in after


def test_inspect_says_whose_turn_it_is(holes):
    result = holes.run("inspect", "python:3.12.4", "--format", "json")
    told = json.loads(result.stdout)["assessment"]

    assert [(one["id"], one["severity"], one["fixed_in"], one["turn"]["mover"]) for one in told["holes"]] == [
        ("CVE-2026-1001", "critical", NEW, "bump now"),
        ("CVE-2026-1002", "unknown", None, "waits for the distribution"),
    ]
    assert told["checked_packages"] == 2
    assert "2 holes (1 critical, 1 of unknown severity; 1 exploited in the wild) known in 2 packages checked against OSV" in result.stderr


def test_inspect_says_how_long_the_publisher_takes(holes):
    run(holes)

    told = json.loads(holes.run("inspect", "python:3.12.6", "--format", "json").stdout)

    assert told["publisher_lag"]["fixes"] == 1
    assert "from a fix to an image with it: median" in holes.run("inspect", "python:3.12.6").stdout


def test_check_looks_into_images_where_asked(holes, tmp_path):
    folder = tmp_path / "clone"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM python:3.12.4\n")

    result = holes.run("check", str(folder), "--images")
    rows = json.loads(holes.run("check", str(folder), "--images", "--format", "json").stdout)

    assert result.returncode == 0, result.stderr
    shown = " ".join(result.stdout.split())
    assert "1 bump now, 1 waits for the distribution" in shown
    assert "Debian GNU/Linux 12 (bookworm), ended 2026-07-11" in shown
    assert result.stdout.splitlines()[0].strip(), "no blank line in front"
    ((name, image),) = ((row["dependency"], row["image"]) for row in rows if row["verdict"] == "image")
    assert name == image["dependency"] == PYTHON
    assert (image["holes"][0]["exploited_since"], image["holes"][0]["source"]) == ("2026-02-01", "OSV DSA-1-1")
    assert [hole["id"] for hole in image["holes"]] == ["CVE-2026-1001", "CVE-2026-1002"]


def test_a_check_without_data_is_no_success_and_says_why(holes, osv, tmp_path):
    osv.faults.switch_on("*", ServerError())
    (tmp_path / "Dockerfile").write_text("FROM python:3.12.4\n")

    results = [
        holes.run("inspect", "python:3.12.4"),
        holes.run("compare", "python:3.12.4", "python:3.12.6"),
        holes.run("check", str(tmp_path), "--images"),
        holes.run("check", str(tmp_path), "--images", "--format", "json"),
    ]

    assert [result.returncode for result in results] == [4, 4, 4, 4]
    for result in results:
        assert re.search(r"not checked\b.*: 2 deb packages: ", result.stderr), result.stderr
    (image,) = (row["image"] for row in json.loads(results[-1].stdout) if row["verdict"] == "image")
    assert image["not_checked"][0]["packages"] == 2


def test_check_fails_where_an_image_was_read_in_part(holes, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM python:3.12.4\n")
    holes.registry.push_image(PYTHON, "3.12.4", layers=[database(OLD), {"var/lib/rpm/Packages": b"x"}])

    result = holes.run("check", str(tmp_path), "--images")

    assert result.returncode == 4
    assert len([line for line in result.stderr.splitlines() if "Berkeley DB" in line]) == 1, result.stderr


def test_check_cannot_tell_of_holes_without_anything_that_knows_of_them(fleet, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM python:3.12.4\n")

    result = fleet.run("check", str(tmp_path), "--images")

    assert result.returncode == 2
    assert "`assess` of the configuration names nothing that tells of holes" in " ".join(result.stderr.split())


def test_one_question_that_fails_is_no_success(holes, osv):
    osv.faults.switch_on("GET /v1/vulns/DSA-1-1", ServerError())

    inspected, compared = holes.run("inspect", "python:3.12.4"), holes.run("compare", "python:3.12.4", "python:3.12.6")

    assert (inspected.returncode, compared.returncode) == (4, 4), inspected.stderr + compared.stderr
    assert "not everything could be checked" in compared.stderr


def test_compare_says_what_is_closed(holes):
    result = holes.run("compare", "python:3.12.4", "python:3.12.6")

    assert result.returncode == 0, result.stderr
    assert ["closed", "critical,", "exploited", "CVE-2026-1001", "libssl3", OLD, NEW] in [
        line.split() for line in result.stdout.splitlines()
    ]
    assert "closes 1 hole (1 critical; 1 exploited in the wild), leaves 1" in result.stderr


def test_images_in_use_are_known_whether_they_move_or_not(holes):
    summary = run(holes)

    states = {state.value: state for state in summary.bases if "python" in state.dependency}
    assert set(states) == {"3.12.4", "3.12.5"}
    assert {move.hole.id: move.mover.value for move in states["3.12.4"].moves} == {
        "CVE-2026-1001": "bump now",
        "CVE-2026-1002": "waits for the distribution",
    }
    assert len(states["3.12.4"].apps) == 4


def test_only_so_many_images_are_opened_anew_and_the_rest_is_told(holes):
    text = holes.config.read_text(encoding="utf-8")
    holes.config.write_text(text.replace("advisories: osv,", "advisories: osv, images_per_run: 0,"), encoding="utf-8")
    for repo in REPOS:
        holes.github.commit_files(
            repo, {"Dockerfile": "FROM python:3.12.6\n", "worker/Dockerfile": None, "cache/Dockerfile": None}, message="Move"
        )

    result = holes.run("run", "--format", "json")

    told = json.loads(result.stdout)
    assert [one["why"] for one in told["not_done"]] == ["not opened"]
    assert blobs(holes) == {}


def test_the_weekly_issue_tells_of_images_past_their_end(holes):
    holes.run("run")
    result = holes.run("report", "--dry-run", "--format", "markdown")

    assert "Debian GNU/Linux 12" in result.stdout
    assert "2 images in use past the end of their operating system" in " ".join(result.stdout.split())
    assert "**critical**, **exploited**, 1 hole" in " ".join(result.stdout.split())
