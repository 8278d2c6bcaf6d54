"""`inspect` with what the settings name: a scanner's report, statements, the lists of what is exploited."""

import json
from datetime import UTC, datetime

import pytest

SCANNED_AT = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S+00:00}"
NAME = "docker.io/library/tool"
PURL = "pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=3.19.1"
ALPINE = {
    "etc/os-release": b"ID=alpine\nVERSION_ID=3.19.1\n",
    "lib/apk/db/installed": b"P:musl\nV:1.2.4-r2\nA:x86_64\no:musl\n\nP:zlib\nV:1.3-r0\nA:x86_64\no:zlib\n\n",
}


@pytest.fixture
def scanned(acme):
    """An image with a report on it, a statement and both lists beside the configuration."""
    digest = acme.registry.push_image(NAME, "1", layers=[ALPINE], platforms=("linux/amd64",))
    finding = {"PkgName": "musl", "InstalledVersion": "1.2.4-r2", "PkgIdentifier": {"PURL": PURL}, "Severity": "HIGH"}
    report = {
        "SchemaVersion": 2,
        "CreatedAt": SCANNED_AT,
        "ArtifactType": "container_image",
        "ArtifactName": "tool:1",
        "Metadata": {"RepoDigests": [f"tool@{digest}"]},
        "Results": [
            {
                "Class": "os-pkgs",
                "Type": "alpine",
                "Vulnerabilities": [
                    finding | {"VulnerabilityID": "CVE-2026-0001", "Status": "will_not_fix"},
                    finding | {"VulnerabilityID": "CVE-2026-0002", "FixedVersion": "1.2.4-r3"},
                ],
            }
        ],
    }
    statement = {"vulnerability": {"name": "CVE-2026-0002"}, "products": [f"pkg:oci/tool@{digest}"], "status": "not_affected"}
    statement |= {"justification": "vulnerable_code_not_in_execute_path"}
    vex = {"@context": "https://openvex.dev/ns/v0.2.0", "author": "Acme", "timestamp": SCANNED_AT, "statements": [statement]}
    folder = acme.folder / "security"
    folder.mkdir()
    (folder / "trivy.json").write_text(json.dumps(report))
    (folder / "vex.json").write_text(json.dumps(vex))
    (folder / "kev.json").write_text(json.dumps({"vulnerabilities": [{"cveID": "CVE-2026-0001", "dateAdded": "2026-10-03"}]}))
    (folder / "epss.csv").write_text("#model_version:v1,score_date:2026-10-03T00:00:00Z\ncve,epss,percentile\nCVE-2026-0001,0.75,0.9\n")
    named = f"reports: [{folder}/trivy.json], vex: [{folder}/vex.json], known_exploited: {folder}/kev.json, epss: {folder}/epss.csv"
    acme.config.write_text(acme.config.read_text().replace("{advisories: off}", f"{{advisories: off, {named}}}"))
    return acme


def test_a_report_alone_tells_of_holes_and_a_statement_takes_one_away(scanned):
    result = scanned.run("inspect", "tool:1", "--format", "json")

    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)["assessment"]
    [hole] = told["holes"]
    assert (hole["id"], hole["severity"], hole["package"]["name"]) == ("CVE-2026-0001", "high", "musl")
    assert (hole["exploited_since"], hole["exploit_probability"]) == ("2026-10-03", 0.75)
    [away] = told["taken_away"]
    assert (away["id"], away["statement"]["author"], away["statement"]["where"]) == ("CVE-2026-0002", "Acme", "vex.json")
    assert told["checked_packages"] == 2
    assert told["data"] == [{"name": "Trivy report", "as_of": SCANNED_AT}]
    assert told["not_checked"] == []


@pytest.mark.parametrize("key", ["vex", "reports"])
def test_a_document_is_used_wherever_it_lies(scanned, key):
    lines = scanned.config.read_text()
    start, end = lines.index("reports: ["), lines.index(", known_exploited")
    scanned.config.write_text(
        f"{lines[:start]}{key}: [{scanned.folder}/security/trivy.json, {scanned.folder}/security/vex.json]{lines[end:]}"
    )

    result = scanned.run("inspect", "tool:1", "--format", "json")

    told = json.loads(result.stdout)["assessment"]
    assert ([one["id"] for one in told["holes"]], [one["id"] for one in told["taken_away"]]) == (["CVE-2026-0001"], ["CVE-2026-0002"])


def test_a_statement_of_a_time_to_come_takes_nothing_away_and_is_said(scanned):
    vex = scanned.folder / "security" / "vex.json"
    vex.write_text(vex.read_text().replace(SCANNED_AT, "2999-01-01T00:00:00Z"))

    told = json.loads(scanned.run("inspect", "tool:1", "--format", "json").stdout)["assessment"]

    assert [one["id"] for one in told["holes"]] == ["CVE-2026-0001", "CVE-2026-0002"]
    assert "1 statement is of 2999-01-01, which is yet to come, and takes nothing away; correct the date" in json.dumps(told["not_checked"])


def test_a_document_that_can_not_be_read_is_told_and_stops_nothing(scanned):
    (scanned.folder / "security" / "vex.json").write_text("{")

    result = scanned.run("inspect", "tool:1")

    assert result.returncode == 4, result.stderr
    said = " ".join(result.stderr.split())
    assert "not checked: what vex.json tells: not read: it is no valid JSON" in said
    assert "CVE-2026-0002" in result.stdout, "without the statement the hole stays"
