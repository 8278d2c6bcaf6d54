"""`advisories fetch` and `advisories list`, as processes, against the sandbox; and what the rest of the bot gets from the settings."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.assess.osv.mirror import OsvMirror
from bot.assess.osv.query import Query
from bot.assess.osv.service import OsvService
from bot.sandbox.faults import ServerError, SlowAnswer
from bot.sandbox.osv import OsvSandbox
from bot.sandbox.server import Server
from bot.settings import load
from bot.wiring.advisories import advisories
from bot.wiring.clients import http_client
from tests.advisories import advisory
from tests.end_to_end.conftest import rebuild_bot

RECORDS = [
    advisory("DEBIAN-CVE-2026-1", ("Debian:12", "openssl")),
    advisory("GHSA-1", ("PyPI", "jinja2")),
    advisory("RLSA-1", ("Rocky Linux:9", "openssl")),
]
OPENSSL = Query(ecosystem="Debian:12", name="openssl", version="1")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder with a configuration that points at the sandbox."""

    osv: OsvSandbox
    url: str
    folder: Path

    def configure(self, source: str) -> Path:
        config = self.folder / "rebuild-bot.yaml"
        text = f"assess: {{advisories: '{source}', osv_url: '{self.url}', archives_url: '{self.url}'}}\ncache_folder: {self.folder}/cache\n"
        config.write_text(text, encoding="utf-8")
        return config

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return rebuild_bot(*arguments, folder=self.folder)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    osv = OsvSandbox(RECORDS)
    with Server(osv.app) as server:
        place = Place(osv=osv, url=server.url, folder=tmp_path)
        place.configure("mirror")
        yield place


def test_a_mirror_is_made_refreshed_and_listed(place: Place) -> None:
    made = place.call("advisories", "fetch", "-e", "Debian:12", "--ecosystem", "Rocky Linux", "--format", "json")
    again = place.call("advisories", "fetch", "--format", "json")
    listed = place.call("advisories", "list", "--format", "json")
    table = place.call("advisories", "list")

    assert made.returncode == 0, made.stderr
    assert [(row["ecosystem"], row["records"], row["outcome"], row["problem"]) for row in json.loads(made.stdout)] == [
        ("Debian", 1, "fetched", None),
        ("Rocky Linux", 1, "fetched", None),
    ]
    assert [(row["ecosystem"], row["outcome"]) for row in json.loads(again.stdout)] == [
        ("Debian", "unchanged"),
        ("Rocky Linux", "unchanged"),
    ]
    assert [row["ecosystem"] for row in json.loads(listed.stdout)] == ["Debian", "Rocky Linux"]
    assert [line.split()[:2] for line in table.stdout.splitlines()[2:]] == [["Debian", "1"], ["Rocky", "Linux"]]
    assert place.osv.faults.count("POST *") == 0


def test_one_that_fails_stops_no_other_and_makes_the_code_4(place: Place) -> None:
    place.osv.faults.switch_on("GET /Debian/all.zip", ServerError(status=403))

    result = place.call("advisories", "fetch", "-e", "Debian", "-e", "pypi", "-e", "PyPI", "--into", "elsewhere", "--format", "json")

    assert result.returncode == 4
    assert [(row["ecosystem"], row["outcome"]) for row in json.loads(result.stdout)] == [
        ("Debian", "failed"),
        ("pypi", "failed"),
        ("PyPI", "fetched"),
    ]
    assert "did you mean 'PyPI'?" in result.stdout
    assert f"assess.advisories: {place.folder}/elsewhere" in result.stderr


def test_without_a_folder_the_call_is_wrong_and_without_a_mirror_there_is_nothing(place: Place) -> None:
    nothing = place.call("advisories", "list")
    place.configure("osv")
    wrong = [place.call("advisories", command) for command in ("fetch", "list")]

    assert (nothing.returncode, nothing.stdout) == (3, "")
    assert f"rebuild-bot advisories fetch --into {place.folder}/mirror" in nothing.stderr
    assert [result.returncode for result in wrong] == [2, 2]
    assert all("assess.advisories" in result.stderr for result in wrong)
    assert place.osv.faults.count() == 0


@pytest.mark.parametrize("command", [pytest.param(["fetch", "--into"], id="fetch"), pytest.param(["list"], id="list")])
@pytest.mark.parametrize(
    ("where", "said"),
    [
        pytest.param("rebuild-bot.yaml", "rebuild-bot.yaml is no folder", id="a file"),
        pytest.param("rebuild-bot.yaml/deep", "rebuild-bot.yaml is no folder", id="below a file"),
        pytest.param("dangling", "dangling is a link to nothing", id="a link to nothing"),
    ],
)
def test_what_is_no_folder_is_a_wrong_call(place: Place, command: list[str], where: str, said: str) -> None:
    (place.folder / "dangling").symlink_to("nowhere")

    result = place.call("advisories", *command, where)

    assert result.returncode == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())
    assert result.stdout == ""


_INTERRUPTIBLE = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from bot.__main__ import main; main()"
"""Whoever runs the tests in the background has SIGINT ignored, and so has what they start."""


def test_an_interrupted_fetch_says_what_stays(place: Place) -> None:
    place.osv.faults.switch_on("GET /PyPI/all.zip", SlowAnswer(delay=timedelta(seconds=30)))
    process = subprocess.Popen(
        [sys.executable, "-c", _INTERRUPTIBLE, "advisories", "fetch", "-e", "Debian", "-e", "PyPI"],
        cwd=place.folder,
        env={"PATH": os.environ["PATH"], "HOME": str(place.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while not (place.folder / "mirror" / ".PyPI.zip.new").exists() and time.monotonic() < until:
        process.poll()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    place.osv.faults.switch_off()

    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "interrupted; Debian: done, and that stays; the one that was at work begins anew with the next fetch"
    assert sorted(file.name for file in (place.folder / "mirror").iterdir()) == [".turn", "Debian.sqlite3"]


def test_a_killed_fetch_leaves_what_was_there_and_the_next_one_goes_on(place: Place) -> None:
    place.call("advisories", "fetch", "-e", "Debian")
    place.osv.put(advisory("DEBIAN-CVE-2026-2", ("Debian:12", "openssl")))
    place.osv.faults.switch_on("GET /Debian/all.zip", SlowAnswer(delay=timedelta(seconds=30)))
    place.osv.faults.forget()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "advisories", "fetch"],
        cwd=place.folder,
        env={"PATH": os.environ["PATH"], "HOME": str(place.folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while not place.osv.faults.count("GET /Debian/all.zip") and time.monotonic() < until:
        process.poll()
    process.send_signal(signal.SIGKILL)
    process.wait()
    place.osv.faults.switch_off()
    mirror = OsvMirror(place.folder / "mirror")

    assert len(mirror.ask([OPENSSL]).records[OPENSSL]) == 1
    assert place.call("advisories", "fetch").returncode == 0
    assert len(mirror.ask([OPENSSL]).records[OPENSSL]) == 2
    assert sorted(file.name for file in (place.folder / "mirror").iterdir()) == [".turn", "Debian.sqlite3"]


def test_on_a_terminal_a_bar_is_shown_and_the_call_ends(place: Place) -> None:
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "advisories", "fetch", "-e", "Debian"],
        cwd=place.folder,
        env={"PATH": os.environ["PATH"], "HOME": str(place.folder), "TERM": "xterm"},
        stdout=subprocess.DEVNULL,
        stderr=its,
    )
    os.close(its)
    with ThreadPoolExecutor(1) as reader:
        shown = reader.submit(_all_of, ours)
        try:
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
    os.close(ours)

    assert b"fetch" in shown.result()


def _all_of(terminal: int) -> bytes:
    """What is written to a terminal until its other end is closed, which Linux tells by an error."""
    pieces = []
    with suppress(OSError):
        while piece := os.read(terminal, 1 << 16):
            pieces.append(piece)
    return b"".join(pieces)


def test_the_store_that_the_settings_name(place: Place) -> None:
    place.call("advisories", "fetch", "-e", "Debian")
    place.osv.faults.forget()
    stores = {}
    for source in ("osv", "off", "mirror"):
        settings = load(place.configure(source), {"HOME": str(place.folder)})
        with http_client(settings) as http, advisories(settings, http) as store:
            stores[source] = type(store)
            if store is not None:
                assert [record["id"] for record in store.ask([OPENSSL]).records[OPENSSL]] == ["DEBIAN-CVE-2026-1"]

    assert stores == {"osv": OsvService, "off": type(None), "mirror": OsvMirror}
    assert place.osv.faults.requests == {"POST /v1/querybatch": 1, "GET /v1/vulns/DEBIAN-CVE-2026-1": 1}
    assert (place.folder / "cache" / "osv-1.sqlite3").is_file()
