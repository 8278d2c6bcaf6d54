from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clients.folders.issues import Issues
from bot.clients.folders.records import Record, Records, Remark
from bot.model.forge import ForgeError
from bot.model.pull_request import PullRequestState

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
CLONE = Path("/src/shop")
RECORD = Record(
    repo="acme/shop",
    number=1,
    state=PullRequestState.OPEN,
    branch="rebuild-bot/shop/python",
    base="main",
    base_head="a" * 40,
    head="b" * 40,
    title="Update python",
    body="It is `older`.\n\n---\n\n> quoted\n\n<!-- rebuild-bot:pull-request:v1 e30= -->\n",
    opened_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(RECORD, id="open"),
        pytest.param(replace(RECORD, body=""), id="without a body"),
        pytest.param(replace(RECORD, body="> quoted first\n\nand then"), id="a body that begins with a quotation"),
        pytest.param(replace(RECORD, title='It\'s "x": {a}, #1 & ü'), id="signs in the title"),
        pytest.param(replace(RECORD, labels=("a: b", "#1"), labels_ever=("a: b", "#1", "gone"), reviewers=("@x", "@acme/y")), id="labels"),
        pytest.param(replace(RECORD, remarks=(Remark(at=NOW, text="one\n"), Remark(at=NOW, text="two"))), id="remarks"),
        pytest.param(replace(RECORD, state=PullRequestState.MERGED, merged_at=NOW, closed_at=NOW, merge_commit="c" * 40), id="merged"),
        pytest.param(replace(RECORD, state=PullRequestState.CLOSED, closed_at=NOW, closed_by="bot"), id="closed"),
    ],
)
def test_what_is_written_is_read_again(tmp_path, record):
    records = Records(tmp_path)
    records.write(record, clone=CLONE)

    assert records.of("acme/shop") == [record]
    assert records.next_number("acme/shop") == 2


def test_line_ends_of_another_system_change_nothing(tmp_path):
    records = Records(tmp_path)
    records.write(RECORD, clone=CLONE)
    file = records.path(RECORD)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))

    assert records.of("acme/shop") == [RECORD]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param('state: "open"', "state: perhaps", "perhaps", id="no state"),
        pytest.param('base: "main"', "base: [main]", "base is no text", id="a list"),
        pytest.param("b" * 40, "--upload-pack=x", "head is no commit", id="no commit"),
        pytest.param("2026-05-04T12", "yesterday", "opened_at is no time", id="no time"),
        pytest.param("number: 1", "number: 1\nlabels: {a: 1}", "labels is no list of texts", id="a mapping"),
        pytest.param("---\n", "", "are gone", id="no facts"),
        pytest.param('state: "open"', "a: [", "no valid YAML", id="no YAML"),
        pytest.param('state: "open"', f"a: {'[' * 100}{']' * 100}", "nested deeper", id="deep"),
    ],
)
def test_a_file_that_is_spoilt_is_told_with_its_place(tmp_path, old, new, said):
    records = Records(tmp_path)
    records.write(RECORD, clone=CLONE)
    file = records.path(RECORD)
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    with pytest.raises(ForgeError, match=said) as caught:
        records.of("acme/shop")
    assert str(file) in str(caught.value)


def test_a_file_speaks_for_the_repo_and_number_that_it_lies_at(tmp_path):
    records = Records(tmp_path)
    records.write(RECORD, clone=CLONE)
    file = records.path(RECORD)
    text = file.read_text(encoding="utf-8").replace('repo: "acme/shop"', 'repo: "../../away"').replace("number: 1", "number: x")
    file.write_text(text, encoding="utf-8")

    assert records.of("acme/shop") == [RECORD]


def test_other_files_are_nobodys_business(tmp_path):
    (tmp_path / "acme" / "shop" / "issues").mkdir(parents=True)
    for name in ("notes.md", ".0123.draft", "1.md", "x-1.md"):
        (tmp_path / "acme" / "shop" / name).write_text("mine\n", encoding="utf-8")

    assert Records(tmp_path).of("acme/shop") == []


def test_an_issue_is_written_once_and_found_by_its_marker(tmp_path):
    issues = Issues(tmp_path)
    made = issues.open("acme/platform", title="Stale apps", body="<!-- mark -->\nNone.\n", labels=["x"], now=NOW)
    file = tmp_path / "acme" / "platform" / "issues" / "1.md"
    before = file.stat().st_mtime_ns
    issues.edit("acme/platform", 1, title="Stale apps", body="<!-- mark -->\nNone.\n", is_open=True, now=NOW.replace(year=2027))

    assert issues.find("acme/platform", "<!-- mark -->") == made
    assert issues.find("acme/platform", "<!-- other -->") is None
    assert file.stat().st_mtime_ns == before

    issues.edit("acme/platform", 1, title="No stale apps", body="<!-- mark -->\n", is_open=False, now=NOW.replace(year=2027))
    found = issues.find("acme/platform", "<!-- mark -->")

    assert (found.title, found.is_open, found.labels) == ("No stale apps", False, frozenset({"x"}))
