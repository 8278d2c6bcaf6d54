"""What is told of real advisories equals what their feeds were normalised to: fixed versions, what is not affected, severities."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.assess.osv_records.feeds import found, needs_feeds, records
from tests.unit.assess.osv_records.samples import Records, package, system, told

pytestmark = needs_feeds

TYPES = {"debian": "deb", "alpine": "apk", "wolfi": "apk", "chainguard": "apk"}
FROM_ELSEWHERE = {("debian:10", "CVE-2012-0833")}
"""Comes of a file that the material lacks (the tracker's of another day)."""
ANY = {"deb": "1.0-1", "apk": "1.0-r0"}
BELOW_ALL_APK = "0.0.0_alpha1-r0"
WORDS = {"Negligible": "low", "Unknown": "unknown"}


def snapshots() -> Iterator[dict[str, Any]]:
    for _, data in found(r"(debian|alpine|wolfi|chainguard)/.*/snapshots/.*\.json"):
        told_ = json.loads(data)["item"].get("Vulnerability")
        # OSV holds nothing of Debian's unstable, and what the file says of 7 is that nothing is fixed in it.
        if (
            told_
            and told_["NamespaceName"] not in {"debian:7", "debian:unstable"}
            and (told_["NamespaceName"], told_["Name"]) not in FROM_ELSEWHERE
        ):
            yield told_


def test_fixed_versions_and_severities_are_those_of_the_snapshots() -> None:
    store, wrong, judged = Records(records=records()), [], 0
    for hole in snapshots():
        name, _, release = hole["NamespaceName"].partition(":")
        type_ = TYPES[name]
        for fixed_in in hole["FixedIn"]:
            fixed, source = fixed_in["Version"], fixed_in["Name"]
            if fixed == "0":
                cases = {ANY[type_]: None}
            elif fixed == "None":
                cases = {ANY[type_]: ""}
            else:
                cases = {fixed + "~" if type_ == "deb" else BELOW_ALL_APK: fixed, fixed: None}
            for version, expected in cases.items():
                one = package(type_, f"lib{source}", version, source_name=source, source_version=version)
                answer = told(store, system(f"{name} {release}" if release != "rolling" else name), one)
                got = [hole_.fixed_in for hole_ in answer.holes if hole["Name"] in hole_.names]
                severity = {hole_.severity.value for hole_ in answer.holes if hole["Name"] in hole_.names} - {"unknown"}
                judged += 1
                if got != ([] if expected is None else [expected]) or not answer.checked:
                    wrong.append((hole["NamespaceName"], hole["Name"], source, version, expected, got))
                if severity - {WORDS.get(hole["Severity"], hole["Severity"].lower())}:
                    wrong.append((hole["NamespaceName"], hole["Name"], severity, hole["Severity"]))

    assert wrong == []
    assert judged > 500


def test_no_two_holes_of_a_package_share_a_name() -> None:
    store, judged = Records(records=records()), 0
    systems = {
        "Debian": "debian",
        "Ubuntu": "ubuntu",
        "Alpine": "alpine",
        "AlmaLinux": "almalinux",
        "Rocky Linux": "rocky",
        "Wolfi": "wolfi",
    }
    for entry in (entry for raw in records() for entry in raw["affected"]):
        family, _, release = entry["package"]["ecosystem"].partition(":")
        if family not in systems:
            continue
        number = release.removeprefix("Pro:").removesuffix(":LTS").removeprefix("v")
        name = entry["package"]["name"]
        type_ = "apk" if family in {"Alpine", "Wolfi"} else "rpm" if family in {"AlmaLinux", "Rocky Linux"} else "deb"
        one = package(type_, name, "0.0.1-r0" if type_ == "apk" else "0.0.1-1", source_name=name)
        names = [name for hole in told(store, system(f"{systems[family]} {number}".strip()), one).holes for name in hole.names]
        judged += len(names)
        assert len(names) == len(set(names)), name

    assert judged > 500


def normalised_osv() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, data in found(r"(ubuntu|chainguard)/.*/snapshots/(ubuntu-|osv/).*\.json"):
        item = json.loads(data)["item"]
        yield name.split("/snapshots/")[1].removeprefix("osv/").partition("/")[0], item


@pytest.mark.parametrize("with_pro", [False, True], ids=["without Pro", "with Pro"])
def test_ubuntus_fixes_are_those_of_the_snapshots_with_and_without_pro(*, with_pro: bool) -> None:
    """The snapshots keep Pro as a release of its own, and say of the plain one that what Pro alone mends is not mended in it."""
    store, wrong, judged = Records(records=records()), [], 0
    for release, item in normalised_osv():
        if not release.startswith("ubuntu-") or ("ubuntu-pro-" in release) is not with_pro:
            continue
        number = release.removeprefix("ubuntu-").removeprefix("pro-").removesuffix("-lts")
        beside = (package("deb", "other", "1.0-1ubuntu1+esm1"),) if with_pro else ()
        for entry in item["affected"]:
            fixed = next((event["fixed"] for range_ in entry["ranges"] for event in range_["events"] if "fixed" in event), "")
            last = sorted(entry.get("versions", []))[:1] or [(fixed or "1.0-1") + "~"]
            for version, expected in {last[0]: fixed, **({fixed: None} if fixed else {})}.items():
                one = package("deb", "lib", version, source_name=entry["package"]["name"], source_version=version)
                got = [hole.fixed_in for hole in told(store, system(f"ubuntu {number}"), one, *beside).holes if item["id"] in hole.names]
                judged += 1
                if got != ([] if expected is None or item.get("withdrawn") else [expected]):
                    wrong.append((release, item["id"], entry["package"]["name"], version, expected, got))

    assert wrong == []
    assert judged > 10


def test_chainguards_records_are_told_as_the_snapshots_have_them() -> None:
    store, judged = Records(records=records()), 0
    for release, item in normalised_osv():
        for entry in item["affected"] if release.startswith("chainguard") else ():
            fixed = next(event["fixed"] for range_ in entry["ranges"] for event in range_["events"] if "fixed" in event)
            for version in (BELOW_ALL_APK, fixed if fixed != "0" else "9.9.9-r9"):
                one = package("apk", entry["package"]["name"], version, source_name=entry["package"]["name"])
                holes = told(store, system(entry["package"]["ecosystem"].lower()), one).holes
                judged += 1
                assert [hole.fixed_in for hole in holes if item["id"] in hole.names] == (
                    [fixed] if version == BELOW_ALL_APK and fixed != "0" else []
                )
                assert all(
                    hole.id == next(name for name in item["upstream"] if name.startswith("CVE-"))
                    for hole in holes
                    if item["id"] in hole.names
                )

    assert judged > 20
