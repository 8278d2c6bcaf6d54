"""Documents on disk: told apart by what is in them; what can't be read stands beside what can."""

import gzip
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assess import documents
from bot.assess.documents import load
from bot.assess.reports import cyclonedx as cyclonedx_module
from bot.assess.reports import grype as grype_module
from bot.assess.reports import sarif as sarif_module
from bot.assess.reports import trivy as trivy_module
from bot.assess.reports.source import ReportsSource
from tests.unit.assess.documents import (
    OPENSSL,
    contents,
    cyclonedx,
    cyclonedx_vulnerability,
    encoded,
    grype,
    grype_match,
    grype_sarif,
    language_result,
    system_result,
    trivy,
    trivy_finding,
    trivy_sarif,
)

REPORTS = {
    "Trivy report": trivy(system_result(trivy_finding()), language_result("gobinary", target="bin/tool")),
    "Grype report": grype(grype_match(), ignoredMatches=[grype_match(appliedIgnoreRules=[{"vex-status": "fixed"}])]),
    "CycloneDX of Trivy": cyclonedx(cyclonedx_vulnerability(analysis={"state": "not_affected"})),
    "SARIF of Trivy": trivy_sarif(("libssl3", "3.0.11-1~deb12u2", "3.0.12")),
    "SARIF of Grype": grype_sarif(),
}


@pytest.mark.parametrize(
    ("document", "form"),
    [pytest.param(REPORTS[form], form, id=form) for form in REPORTS],
)
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(encoded, id="UTF-8"),
        pytest.param(lambda document: b"\xef\xbb\xbf" + encoded(document), id="byte order mark"),
        pytest.param(lambda document: json.dumps(document).encode("utf-16"), id="UTF-16, as PowerShell redirects"),
        pytest.param(lambda document: gzip.compress(encoded(document)), id="gzip"),
    ],
)
def test_the_form_is_told_by_what_is_in_it(tmp_path, document, form, write):
    (tmp_path / "anything").write_bytes(write(document))

    loaded = load([tmp_path / "anything"])

    assert loaded.failures == ()
    assert [report.form for report in loaded.reports] == [form]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"", "no valid JSON", id="empty"),
        pytest.param(b"{", "no valid JSON", id="cut"),
        pytest.param(b"[" * 1_000_000, "no valid JSON", id="nested without end"),
        pytest.param(b'{"a": ' + b"9" * 10_000 + b"}", "no valid JSON", id="a number without end"),
        pytest.param(b"\xff\xfe\x00", "no valid JSON", id="no text"),
        pytest.param(b"[]", "no JSON object", id="a list, as Trivy wrote before 2021"),
        pytest.param(b"{}", "no JSON of Trivy", id="nothing known"),
        pytest.param(b"\x1f\x8bno gzip", "gzip is broken", id="broken gzip"),
        pytest.param(gzip.compress(encoded(trivy()))[:-9], "gzip is broken", id="cut gzip"),
        pytest.param(encoded(trivy(SchemaVersion=3)), "SchemaVersion", id="Trivy: a schema of tomorrow"),
        pytest.param(encoded(trivy(ArtifactType="repository")), "of repository, not of a container image", id="Trivy: of a repo"),
        pytest.param(encoded(grype(source={"type": "directory"})), "of directory, not of an image", id="Grype: of a folder"),
        pytest.param(encoded(cyclonedx()), "--scanners vuln", id="CycloneDX of Trivy without a look for vulnerabilities"),
        pytest.param(encoded({"version": "2.1.0", "runs": []}), "0 runs", id="SARIF without a run"),
        pytest.param(
            encoded({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "CodeQL"}}}]}), "CodeQL", id="SARIF of another tool"
        ),
    ],
)
def test_what_can_not_be_read_is_said_beside_what_can(tmp_path, data, said):
    (tmp_path / "a.json").write_bytes(data)
    (tmp_path / "b.json").write_bytes(encoded(REPORTS["Trivy report"]))

    loaded = load([tmp_path])

    assert len(loaded.reports) == 1
    (failure,) = loaded.failures
    assert said in str(failure)
    assert str(tmp_path / "a.json") in str(failure)


def test_folders_are_walked_once_and_files_that_are_missing_are_said(tmp_path):
    deep = tmp_path / "one" / "two"
    deep.mkdir(parents=True)
    (deep / "report.sarif").write_bytes(encoded(REPORTS["SARIF of Trivy"]))
    (deep / "notes.txt").write_text("not asked for")
    (deep / ".hidden.json").write_text("{")
    (tmp_path / "out.json").symlink_to("/etc/passwd")

    loaded = load([tmp_path, deep / "report.sarif", tmp_path / "missing.json"])

    assert [report.where for report in loaded.reports] == [f"{tmp_path.name}/one/two/report.sarif"], "without this machine's folders"
    assert [failure.where for failure in loaded.failures] == [str(tmp_path / "missing.json")]
    assert "check the path" in loaded.failures[0].reason


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "loop.json").symlink_to("loop.json")

    loaded = load([tmp_path, tmp_path / "pipe.json"])

    assert [failure.where for failure in loaded.failures] == [str(tmp_path / "loop.json"), str(tmp_path / "pipe.json")]
    assert "no file" in loaded.failures[1].reason


def test_a_mounted_folder_is_read_through_its_links(tmp_path):
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "report.json").write_bytes(encoded(REPORTS["Trivy report"]))
    (tmp_path / "report.json").symlink_to("..data/report.json")

    assert len(load([tmp_path]).reports) == 1


def test_a_clone_of_a_vex_repository_is_read_without_noise(tmp_path):
    listed = {"updated_at": "2026-01-01T00:00:00Z", "packages": [{"id": "pkg:npm/a", "location": "a.json"}]}
    (tmp_path / "index.json").write_bytes(encoded(listed))
    (tmp_path / "vex-repository.json").write_bytes(encoded({"name": "x", "description": "y", "versions": [{"spec_version": "0.1"}]}))

    assert load([tmp_path]) == documents.Documents()


def test_a_folder_without_a_document_is_said(tmp_path):
    (tmp_path / "notes.txt").write_text("x")

    assert "holds no document" in str(load([tmp_path]).failures[0])


def test_a_report_with_findings_without_end_is_not_half_read(tmp_path, monkeypatch):
    for module in (trivy_module, grype_module, cyclonedx_module, sarif_module):
        monkeypatch.setattr(module, "MAX_HOLES", 0)
    for form, document in REPORTS.items():
        (tmp_path / f"{form}.json").write_bytes(encoded(document))

    loaded = load([tmp_path])

    assert loaded.reports == ()
    assert all("more than" in failure.reason for failure in loaded.failures)


def test_a_document_without_end_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "MAX_BYTES", 1_000)
    (tmp_path / "bomb.json").write_bytes(gzip.compress(b" " * 10_000_000))
    (tmp_path / "long.json").write_bytes(b" " * 1_001)

    assert all("more than" in failure.reason for failure in load([tmp_path]).failures)
    assert len(load([tmp_path]).failures) == 2


def test_a_vex_document_that_links_to_a_report_is_about_its_image(tmp_path):
    link = f"urn:cdx:3ff14136-e09f-4df9-80ea-000000000006/1#{OPENSSL.purl}"
    (tmp_path / "report.json").write_bytes(encoded(cyclonedx(cyclonedx_vulnerability())))
    (tmp_path / "vex.json").write_bytes(
        encoded(cyclonedx(cyclonedx_vulnerability(ref=link, analysis={"state": "not_affected"}), component={}))
    )

    loaded = load([tmp_path])

    told = ReportsSource(reports=loaded.reports).told(contents())
    assert [(said.products, said.subcomponents) for said in told.statements] == [((contents().digest,), (OPENSSL.purl,))]


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("\ud800") | st.just("pkg:deb/a@1?x"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def mangled(draw, forms):
    """A real document in which a few values have become something else."""
    document = json.loads(json.dumps(draw(st.sampled_from(forms))))
    for _ in range(draw(st.integers(1, 4))):
        place = document
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and place[key] and draw(st.integers(0, 4)):
                place = place[key]
                continue
            place[key] = draw(ODD)
            break
    return document


@given(document=mangled(list(REPORTS.values())))
def test_mangled_documents_end_in_an_answer(tmp_path_factory, document):
    path = tmp_path_factory.mktemp("mangled") / "report.json"
    path.write_text(json.dumps(document), encoding="utf-8")

    loaded = load([path])

    assert len(loaded.reports) + len(loaded.failures) <= 1
    answer = ReportsSource(reports=loaded.reports).told(contents())
    if answer is not None:
        assert repr(answer).encode()
        for hole in answer.holes:
            f"{hole.id} {hole.source} {hole.summary} {hole.package.purl}".encode()


@given(data=st.binary(max_size=200))
def test_bytes_that_are_no_document_end_in_an_answer(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("bytes") / "report.json"
    path.write_bytes(data)

    assert len(load([path]).failures) == 1
