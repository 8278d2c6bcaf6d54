"""`report --out DIR`: a dashboard of a folder of clones, by the command line as a process."""

import json

from tests.clones import clone
from tests.end_to_end.conftest import rebuild_bot


def test_the_dashboard_of_a_fleet_is_a_folder_of_files(acme, tmp_path):
    acme.release("3.12.4-slim")
    acme.release("3.12.5-slim")
    clone(tmp_path / "src" / "shop", {"Dockerfile": "FROM python:3.12.4-slim\n"}, origin="https://github.com/acme/shop.git")
    out = tmp_path / "site"
    done = rebuild_bot(
        *("--config", str(acme.config), "report", "--forge", "local", str(tmp_path / "src"), "--dry-run", "--format", "json"),
        *("--out", str(out)),
        folder=acme.folder,
    )

    assert done.returncode == 0, done.stderr
    assert f"dashboard: {out / 'index.html'}" in done.stderr
    assert len(json.loads(done.stdout)["exposures"]) == 1
    (page,) = (out / "apps").iterdir()
    assert "3.12.4-slim" in page.read_text(encoding="utf-8")
    assert "1 app has not taken all updates" in (out / "index.html").read_text(encoding="utf-8")
    assert (out / "data" / "exposures.csv").read_text(encoding="utf-8").count("3.12.5-slim") == 1


def test_a_chat_that_is_not_there_is_told_and_stops_nothing(acme, tmp_path):
    acme.release("3.12.4-slim")
    clone(tmp_path / "src" / "shop", {"Dockerfile": "FROM python:3.12.4-slim\n"}, origin="https://github.com/acme/shop.git")
    acme.config.write_text(acme.config.read_text(encoding="utf-8").replace(", report_repo: acme/platform", ""), encoding="utf-8")
    done = rebuild_bot(
        *("--config", str(acme.config), "report", "--forge", "local", str(tmp_path / "src")),
        folder=acme.folder,
        environment={"REBUILD_BOT_WEBHOOK_URL": "http://127.0.0.1:1/s3cret"},
    )

    assert done.returncode == 4, done.stderr
    assert "webhook at 127.0.0.1: it could not be reached" in done.stderr
    assert "s3cret" not in done.stderr + done.stdout
    assert "issue " in done.stderr
