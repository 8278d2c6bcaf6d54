"""The databases of rpm, judged by rpm itself and by Go's reader."""

import sqlite3
import struct
import subprocess
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inspect.reader import UnreadableError
from bot.inspect.readers.rpm import RpmReader
from bot.inspect.readers.rpm_manifest import RpmManifestReader
from tests.images import MATERIAL, needs_material, read
from tests.registries import needed

SQLITE = "var/lib/rpm/rpmdb.sqlite"
NDB = "usr/lib/sysimage/rpm/Packages.db"
SPEC = """
Name: {name}
Version: 1.2
Release: 3
{epoch}
Summary: x
License: x
BuildArch: noarch
Source0: x
%description
x
%package libs
Summary: x
%description libs
x
%files
%files libs
"""


def header(**fields):
    """The header of a package; tags by their names."""
    tags = {"name": 1000, "version": 1001, "release": 1002, "epoch": 1003, "architecture": 1022, "source": 1044, "module": 5096}
    index, store = b"", b""
    for name, value in fields.items():
        kind, data = (4, struct.pack(">I", value)) if isinstance(value, int) else (6, value.encode() + b"\0")
        store += b"\0" * (-len(store) % 4)
        index += struct.pack(">IIII", tags[name], kind, len(store), 1)
        store += data
    return struct.pack(">II", len(fields), len(store)) + index + store


def sqlite(*blobs, schema="CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)"):
    connection = sqlite3.connect(":memory:")
    connection.execute(schema)
    if blobs:
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in blobs])
    connection.commit()
    return connection.serialize()


BASH = header(name="bash", version="5.1", release="9.el9", architecture="x86_64", source="bash-5.1-9.el9.src.rpm")
OPENSSL = header(
    name="openssl-libs",
    version="3.0.7",
    release="2.el9",
    epoch=1,
    architecture="(none)",
    source="openssl-3.0.7-2.el9.src.rpm",
    module="m:1",
)


def test_a_header_becomes_a_package_with_its_epoch_and_source():
    found = read(RpmReader(), sqlite(BASH, OPENSSL), SQLITE)

    assert [(p.name, p.version, p.architecture, p.source_name, p.source_version, p.module) for p in found.packages] == [
        ("bash", "5.1-9.el9", "x86_64", "bash", "5.1-9.el9", ""),
        ("openssl-libs", "1:3.0.7-2.el9", "", "openssl", "1:3.0.7-2.el9", "m:1"),
    ]


def test_a_broken_header_costs_only_itself():
    found = read(RpmReader(), sqlite(BASH[:40], BASH, b"", header(name="x")), SQLITE)

    assert [package.name for package in found.packages] == ["bash"]
    assert len(found.problems) == 3


ENDLESS = "CREATE VIEW Packages AS WITH RECURSIVE n(blob) AS (SELECT x'00' UNION ALL SELECT blob FROM n) SELECT count(*) AS blob FROM n"


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        pytest.param(SQLITE, b"rubbish" * 100, "no SQLite", id="no SQLite"),
        pytest.param(SQLITE, sqlite(BASH)[:3000], "SQLite can't", id="cut short"),
        pytest.param(SQLITE, sqlite(schema="CREATE TABLE Names (x)"), "no such table", id="another database"),
        pytest.param(SQLITE, sqlite(schema=ENDLESS), "interrupted", id="a schema that never ends"),
        pytest.param(NDB, b"rubbish" * 100, "no ndb", id="no ndb"),
        pytest.param(NDB, b"RpmP" + b"\0\0\0\0" * 2 + struct.pack("<I", 1) + b"x" * 4096, "table", id="ndb of rubbish"),
        pytest.param("var/lib/rpm/Packages", b"x", "Berkeley", id="the known gap"),
        pytest.param(SQLITE, b"SQLite format 3\0".ljust(49 << 20, b"\0"), "at most", id="too large"),
    ],
)
def test_what_is_not_read_is_said(path, data, said):
    with pytest.raises(UnreadableError, match=said):
        read(RpmReader(), data, path)


def test_a_log_that_was_not_taken_in_is_said():
    assert read(RpmReader(), b"", f"{SQLITE}-wal").problems == ()
    assert "last ones may be missing" in read(RpmReader(), b"x", f"{SQLITE}-wal").problems[0]


@given(st.binary(max_size=300), st.integers(0, 20_000))
def test_a_damaged_database_ends_in_an_answer(rubbish, place):
    data = sqlite(*[BASH, OPENSSL] * 20)
    damaged = data[:place] + rubbish + data[place + len(rubbish) :]
    try:
        found = read(RpmReader(), damaged, SQLITE)
    except UnreadableError:
        return
    assert len(found.packages) + len(found.problems) <= 40


def test_the_manifest_of_distroless_images_is_read():
    line = "filesystem\t1.1-10.cm2\t1653816591\t1653753130\tMicrosoft Corporation\t(none)\t7596\tx86_64\t2\tfilesystem-1.1-10.cm2.src.rpm\n"

    [package] = read(RpmManifestReader(), line.encode(), "var/lib/rpmmanifest/container-manifest-2").packages

    assert (package.name, package.version, package.source_name) == ("filesystem", "2:1.1-10.cm2", "filesystem")


@needs_material
@pytest.mark.parametrize(("file", "path", "count"), [("cbl-mariner-2.0-rpmdb.sqlite", SQLITE, 129), ("sle15-bci-Packages.db", NDB, 35)])
def test_real_databases_are_read_as_the_go_library_reads_them(file, path, count):
    judge = pytest.importorskip("pygorpmrustinfo")
    told = judge.get_rpm_db_info(str(MATERIAL / "databases" / file))
    data = (MATERIAL / "databases" / file).read_bytes()

    tracemalloc.start()
    found = read(RpmReader(), data, path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    expected = sorted(
        (
            entry["Name"],
            f"{entry['Epoch']}:" * bool(entry["Epoch"]) + f"{entry['Version']}-{entry['Release']}",
            f"{entry['Arch']} {entry['SourceRpm'].rsplit('-', 2)[0]}",
        )
        for entry in told
    )
    assert sorted((p.name, p.version, f"{p.architecture} {p.source_name}") for p in found.packages) == expected
    assert len(found.packages) == count
    assert peak < 3 * len(data)


def test_the_list_is_what_rpm_says(tmp_path):
    needed("rpmbuild")
    defines = ["--define", f"_topdir {tmp_path}", "--define", "_db_backend sqlite", "--define", f"_dbpath {tmp_path}/db"]
    for name, epoch in (("plain", ""), ("with-dash", "Epoch: 2")):
        (tmp_path / "x.spec").write_text(SPEC.replace("Source0: x\n", "").format(name=name, epoch=epoch))
        subprocess.run(["rpmbuild", *defines, "-bb", tmp_path / "x.spec"], check=True, capture_output=True)
    packages = sorted(map(str, tmp_path.glob("RPMS/noarch/*.rpm")))
    subprocess.run(["rpm", *defines, "-i", "--justdb", "--nodeps", "--noscripts", *packages], check=True, capture_output=True)
    form = "%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE} %{ARCH} %{SOURCERPM}\n"
    told = subprocess.run(["rpm", *defines, "-qa", "--qf", form], check=True, capture_output=True, text=True).stdout

    found = read(RpmReader(), (tmp_path / "db/rpmdb.sqlite").read_bytes(), SQLITE)

    assert sorted(f"{p.name} {p.version} {p.architecture} {p.source_name}-1.2-3.src.rpm" for p in found.packages) == sorted(
        told.splitlines()
    )
    assert len(found.packages) == 4
