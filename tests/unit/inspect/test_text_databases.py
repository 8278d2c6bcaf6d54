"""The databases that are text: dpkg, apk; and os-release."""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from bot.inspect.reader import MAX_RECORDS, FileEntry, UnreadableError
from bot.inspect.readers.apk import ApkReader
from bot.inspect.readers.dpkg import DpkgReader
from bot.inspect.readers.os_release import OsReleaseReader
from tests.images import MATERIAL, needs_material, read

STATUS = "var/lib/dpkg/status"
INSTALLED = "lib/apk/db/installed"
MACHINE = Path("/") / STATUS


def names(found):
    return [package.name for package in found.packages]


def test_dpkg_takes_source_and_version_from_the_record():
    text = b"Package: libssl3\nSource: openssl (3.0.11-1)\nVersion: 3.0.11-1+b1\nArchitecture: amd64\nDescription: x\n Version: 9\n\n"
    text += b"Package: zlib1g\nSource: zlib\nVersion: 1:1.2.13\n\nPackage: acl\nVersion: 2.3.1-3\nStatus: install ok installed\n"

    found = read(DpkgReader(), text, STATUS)

    assert [(p.name, p.version, p.source_name, p.source_version) for p in found.packages] == [
        ("libssl3", "3.0.11-1+b1", "openssl", "3.0.11-1"),
        ("zlib1g", "1:1.2.13", "zlib", "1:1.2.13"),
        ("acl", "2.3.1-3", "acl", "2.3.1-3"),
    ]
    assert found.packages[0].architecture == "amd64"
    assert found.problems == ()


@pytest.mark.parametrize(
    ("state", "is_there"),
    [
        pytest.param("install ok installed", True, id="installed"),
        pytest.param("hold ok installed", True, id="held back"),
        pytest.param("deinstall ok config-files", False, id="removed, configuration left"),
        pytest.param("purge ok not-installed", False, id="purged"),
        pytest.param("install reinstreq half-installed", True, id="half installed: its files are there"),
        pytest.param("install ok unpacked", True, id="unpacked: its files are there"),
    ],
)
def test_dpkg_counts_what_has_files(state, is_there):
    found = read(DpkgReader(), f"Package: a\nStatus: {state}\nVersion: 1\n".encode(), STATUS)

    assert bool(found.packages) is is_there


def test_dpkg_reads_distroless_folders_but_not_their_checksums():
    folder = "var/lib/dpkg/status.d"

    assert names(read(DpkgReader(), b"Package: a\nVersion: 1\n\nPackage: b\nVersion: 2\n", f"{folder}/base")) == ["a", "b"]
    assert not any(DpkgReader().wants(entry) for entry in (_entry(f"{folder}/base.md5sums"), _entry("var/lib/dpkg/status-old")))


def test_a_broken_record_costs_only_itself_and_is_said():
    text = b"Package: a\nVersion: 1\n\nVersion: 2\nArchitecture: all\n\nPackage: c\n\nPackage: d\xff\nVersion: 4\n"

    found = read(DpkgReader(), text, STATUS)

    assert names(found) == ["a", "d�"]
    assert found.problems == ("a record without Package: '2'", "a record without Version: 'c'")


@pytest.mark.parametrize("reader", [DpkgReader(), ApkReader(), OsReleaseReader()], ids=lambda reader: reader.name)
def test_rubbish_is_not_an_empty_database(reader):
    with pytest.raises(UnreadableError):
        read(reader, b"asdf\n\nyolo\n", min(reader.paths - {"var/lib/dpkg/status.d"}))


@pytest.mark.parametrize("reader", [DpkgReader(), ApkReader()], ids=lambda reader: reader.name)
def test_an_empty_database_is_an_answer(reader):
    assert read(reader, b"\n", min(reader.paths - {"var/lib/dpkg/status.d"})).packages == ()


def test_apk_takes_the_origin_and_not_the_fields_of_files():
    text = b"C:Q1\nP:libcrypto3\nV:3.1.4-r1\nA:x86_64\no:openssl\nF:usr/lib\nR:P:odd\na:0:0:755\n\nP:musl\nV:1.2.4-r2\n\n"

    found = read(ApkReader(), text, "usr/lib/apk/db/installed")

    assert [(p.name, p.version, p.architecture, p.source_name) for p in found.packages] == [
        ("libcrypto3", "3.1.4-r1", "x86_64", "openssl"),
        ("musl", "1.2.4-r2", "", "musl"),
    ]


def test_os_release_unquotes_as_a_shell_does():
    text = b'# x\nID=fedora\nVERSION_ID=\'40\'\nPRETTY_NAME="Fedora \\"40\\""\nID_LIKE="rhel centos"\nSUPPORT_END=2025-05-13\n'

    system = read(OsReleaseReader(), text, "usr/lib/os-release").system

    assert (system.id, system.version, system.name, system.like) == ("fedora", "40", 'Fedora "40"', ("rhel", "centos"))
    assert (system.end_of_life, system.end_of_life_source) == (date(2025, 5, 13), "its own os-release")


@needs_material
@pytest.mark.parametrize(
    ("file", "count"),
    [("valid", 7), ("single", 1), ("noversion", 2), ("nopackage", 2), ("statusfield", 6), ("transitional", 1), ("trailingnewlines", 1)],
)
def test_real_dpkg_databases(file, count):
    found = read(DpkgReader(), (MATERIAL / "databases/dpkg" / file).read_bytes(), STATUS)

    assert len(found.packages) == count, names(found)


@needs_material
def test_real_apk_database():
    found = read(ApkReader(), (MATERIAL / "databases/apk/installed").read_bytes(), INSTALLED)

    assert len(found.packages) == 15
    assert read(ApkReader(), (MATERIAL / "databases/apk/no-origin").read_bytes(), INSTALLED).packages[0].source_name == "pkgname"


@pytest.mark.skipif(not MACHINE.is_file(), reason="this machine has no dpkg")
def test_the_list_of_this_machine_is_what_dpkg_says():
    form = "${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n"
    told = subprocess.run(["dpkg-query", "-W", "-f", form], capture_output=True, text=True, check=True).stdout
    expected = sorted(line.split("\t")[1:] for line in told.splitlines() if line.split("\t")[0] not in {"config-files", "not-installed"})

    found = read(DpkgReader(), MACHINE.read_bytes(), STATUS)

    assert sorted([p.name, p.version, p.architecture, p.source_name, p.source_version] for p in found.packages) == expected
    assert found.problems == ()


def _entry(path):
    return FileEntry(path=path, size=1)


@pytest.mark.parametrize(
    ("reader", "path", "record"),
    [
        pytest.param(DpkgReader(), "var/lib/dpkg/status", b"Package: p%d\nVersion: 1\n\n", id="dpkg"),
        pytest.param(ApkReader(), "lib/apk/db/installed", b"P:p%d\nV:1\n\n", id="apk"),
    ],
)
def test_a_database_of_more_packages_than_anybody_has_is_said(reader, path, record):
    most = b"".join(record % number for number in range(MAX_RECORDS))

    assert len(read(reader, most, path).packages) == MAX_RECORDS
    with pytest.raises(UnreadableError, match="more than 25000 records"):
        read(reader, most + record % 1, path)
