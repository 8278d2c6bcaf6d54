"""Real advisories of the shared material as OSV records.

Those that are OSV are as they are; the others are put into the form that OSV's public records of them have.
"""

import json
import re
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ARCHIVE = Path(__file__).parents[5] / "shared" / "advisories" / "feeds.tar.gz"
needs_feeds = pytest.mark.skipif(not ARCHIVE.is_file(), reason="the real advisories (shared/advisories) are not on this machine")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DEBIAN = {"jessie": "8", "stretch": "9", "buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13"}


@cache
def files() -> dict[str, bytes]:
    """By path, without the folder that the archive may begin with."""
    with tarfile.open(ARCHIVE) as archive:
        members = [(member.name.removeprefix("./"), archive.extractfile(member)) for member in archive if member.isfile()]
        return {name: file.read() for name, file in members if file}


def found(pattern: str) -> Iterator[tuple[str, bytes]]:
    return ((name, data) for name, data in sorted(files().items()) if re.fullmatch(pattern, name))


@cache
def records() -> tuple[dict[str, Any], ...]:
    return (
        *_osv(),
        *_debian(),
        *_announced_by_debian(),
        *_alpine(),
        *_secdb("wolfi", "Wolfi"),
        *_secdb("chainguard", "Chainguard"),
        *_red_hat(),
    )


def _osv() -> Iterator[dict[str, Any]]:
    for pattern in (
        r"ubuntu/.*/osv(?:-esm-cases)?/.*\.json",
        r"alma/.*/advisories/.*\.json",
        r"rocky/.*/osv/.*\.json",
        r"chainguard/.*/input/osv/CGA.*\.json",
    ):
        for _, data in found(pattern):
            yield json.loads(data)


def _entry(ecosystem: str, name: str, fixed: str | None, **more: Any) -> dict[str, Any]:
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed is not None else [])]
    return {"package": {"ecosystem": ecosystem, "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}], **more}


def _debian() -> Iterator[dict[str, Any]]:
    """The tracker's file: what is resolved in version 0 was never there; what is open has no fix."""
    tracker = json.loads(files()["debian/test-fixtures/input/debian.json"])
    for package, holes in tracker.items():
        for cve, hole in holes.items():
            entries = [
                _entry(
                    f"Debian:{DEBIAN[name]}",
                    package,
                    release["fixed_version"] if release["status"] == "resolved" else None,
                    ecosystem_specific={"urgency": release["urgency"]},
                )
                for name, release in dict(hole["releases"]).items()
                if name in DEBIAN and (release["status"], release.get("fixed_version")) != ("resolved", "0")
            ]
            yield {"id": f"DEBIAN-{cve}", "upstream": [cve], "affected": entries}


def _announced_by_debian() -> Iterator[dict[str, Any]]:
    """The list of announcements: a head, the holes in braces, the fixed versions by release."""
    text = files()["debian/test-fixtures/input/DSA"].decode()
    for head, body in re.findall(r"^(\[.*)\n((?:[ \t].*\n?)*)", text, re.MULTILINE):
        name = re.match(r"\[(\d\d) (\w\w\w) (\d{4})\] (DSA-\S+)", head)
        cves = re.findall(r"CVE-\d+-\d+", body)
        entries = [
            _entry(f"Debian:{DEBIAN[release]}", package, version)
            for release, package, version in re.findall(r"\[(\w+)\] - (\S+) (\S+)", body)
            if release in DEBIAN
        ]
        if name and cves and entries:
            day = f"{name[3]}-{MONTHS.index(name[2]) + 1:02}-{name[1]}"
            upstream = [told for cve in cves for told in (f"DEBIAN-{cve}", cve)]
            yield {"id": name[4], "upstream": upstream, "published": f"{day}T00:00:00Z", "affected": entries}


def _alpine() -> Iterator[dict[str, Any]]:
    for name, data in found(r"alpine/.*/input/secdb/.*\.yaml"):
        branch = name.split("/")[-2]
        for one in yaml.safe_load(data)["packages"]:
            for version, cves in one["pkg"]["secfixes"].items():
                for cve in cves:
                    yield {
                        "id": f"ALPINE-{cve}",
                        "upstream": [cve],
                        "affected": [_entry(f"Alpine:{branch}", one["pkg"]["name"], str(version))],
                    }


def _secdb(folder: str, ecosystem: str) -> Iterator[dict[str, Any]]:
    for number, one in enumerate(json.loads(files()[f"{folder}/test-fixtures/input/secdb/security.json"])["packages"]):
        for version, names in one["pkg"]["secfixes"].items():
            for name in names:
                yield {"id": f"CGA-{number}-{name}"[:100], "upstream": [name], "affected": [_entry(ecosystem, one["pkg"]["name"], version)]}


def _red_hat() -> Iterator[dict[str, Any]]:
    """CSAF: each package that is fixed in a product, under the product's CPE; one record for each announcement."""
    for _, data in found(r"rhel/.*/csaf/.*rhsa-.*\.json"):
        told = json.loads(data)
        helpers = dict(_helpers(told["product_tree"]))
        fixed = {}
        for relation in told["product_tree"]["relationships"]:
            cpe, purl = helpers[relation["relates_to_product_reference"]], helpers[relation["product_reference"]]
            name, version = re.match(r"pkg:rpm/redhat/([^@]+)@([^?]+)", purl).groups()  # type: ignore[union-attr]
            epoch = re.search(r"epoch=(\d+)", purl)
            product = relation["full_product_name"]["product_id"]
            if any(product in hole["product_status"].get("fixed", []) for hole in told["vulnerabilities"]):
                fixed[re.sub("^cpe:/[oa]:redhat", "Red Hat", cpe), name] = f"{epoch[1] if epoch else 0}:{version}"
        yield {
            "id": told["document"]["tracking"]["id"],
            "upstream": [hole["cve"] for hole in told["vulnerabilities"]],
            "summary": told["document"]["title"],
            "published": told["document"]["tracking"]["initial_release_date"],
            "affected": [_entry(ecosystem, name, version) for (ecosystem, name), version in fixed.items()],
        }


def _helpers(tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for branch in tree.get("branches", []):
        if "product" in branch:
            helper = branch["product"].get("product_identification_helper", {})
            yield branch["product"]["product_id"], helper.get("cpe") or helper.get("purl") or ""
        yield from _helpers(branch)
