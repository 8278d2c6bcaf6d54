"""Every folder of tests/cases, and what holds for each of them."""

import json
from pathlib import Path, PurePosixPath
from typing import Any

import jsonschema
import pytest

from bot.clients.folder import FolderTree
from bot.clients.text import decode
from bot.find.proof import Wanted, change_files
from bot.find.scan import scan
from bot.model.pin import Pin, Skip
from tests.record_case import CASES, case_tree, finders_of, pin_facts, skip_facts

SCHEMA = json.loads((CASES / "schema.json").read_text(encoding="utf-8"))
FOLDERS = sorted(path.parent for path in CASES.glob("*/*/expected.json"))


@pytest.fixture(params=FOLDERS, ids=[str(folder.relative_to(CASES)) for folder in FOLDERS])
def case(request: pytest.FixtureRequest) -> "Case":
    return Case(request.param)


class Case:
    def __init__(self, folder: Path) -> None:
        self.answers: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        self.tree: FolderTree = case_tree(folder)
        self.finders = finders_of(self.answers)
        findings = list(scan(self.tree, finders=self.finders))
        self.pins = [finding for finding in findings if isinstance(finding, Pin)]
        self.skips = [finding for finding in findings if isinstance(finding, Skip)]

    def text(self, path: PurePosixPath) -> str:
        text = self.tree.read(path)
        assert text is not None
        return text


def test_the_answers_are_well_formed(case: Case) -> None:
    jsonschema.validate(case.answers, SCHEMA)


def test_finds_the_expected_pins(case: Case) -> None:
    expected = [{"value": None, "digest": None, "opt_out": None} | pin for pin in case.answers["pins"]]
    shown = [pin_facts(pin) for pin in case.pins]

    kept = [{key: facts[key] for key in wanted} for facts, wanted in zip(shown, expected, strict=False)] + shown[len(expected) :]

    assert kept == expected


def test_finds_the_expected_skips(case: Case) -> None:
    expected = case.answers.get("skips", [])
    shown = [skip_facts(skip) for skip in case.skips]

    places = [(skip["file"], skip["line"]) for skip in shown]
    assert places == [(skip["file"], skip["line"]) for skip in expected], shown
    for skip, wanted in zip(shown, expected, strict=True):
        assert wanted["reason"] in str(skip["reason"])


def test_spans_are_exact(case: Case) -> None:
    for pin in case.pins:
        assert pin.sites
        for site in pin.sites:
            text = case.text(site.file or pin.file)
            assert site.span.of(text) == site.text
            assert text.count("\n", 0, site.span.start) + 1 == site.line
        assert pin.line in {site.line for site in pin.sites} or all(site.file for site in pin.sites)


def test_writing_every_pins_own_value_changes_nothing(case: Case) -> None:
    changed = change_files(case.tree, [Wanted(pin=pin, value=pin.value, digest=pin.digest) for pin in case.pins], finders=case.finders)

    assert changed.changes == ()
    assert changed.failures == ()


def test_edits_do_what_is_expected(case: Case) -> None:
    for wanted in case.answers.get("edits", []):
        pin = case.pins[wanted["pin"]]
        change = Wanted(pin=pin, value=wanted.get("value"), digest=wanted.get("digest"))
        changed = change_files(case.tree, [change], finders=case.finders)
        if "refused" in wanted:
            assert changed.changes == ()
            assert any(wanted["refused"] in str(failure) for failure in changed.failures), changed.failures
            continue
        assert changed.failures == ()
        lines = {}
        for file in changed.changes:
            old, new = decode(file.old)[0].split("\n"), decode(file.new)[0].split("\n")
            lines |= {f"{file.path}:{number}": b for number, (a, b) in enumerate(zip(old, new, strict=True), 1) if a != b}
        assert lines == wanted["lines"]
