"""Packages of languages, and chisel's manifest: what each kind of file tells, and what it can't do to the reader."""

import importlib.metadata
import io
import json
import shutil
import struct
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from bot.inspect.layers.overlay import Overlay
from bot.inspect.reader import FileEntry, UnreadableError
from bot.inspect.readers import READERS
from bot.inspect.readers.chisel import ChiselReader
from bot.inspect.readers.go import GoReader
from bot.inspect.readers.java import JavaReader
from bot.inspect.readers.node import NodeReader
from bot.inspect.readers.python import PythonReader
from bot.inspect.readers.ruby import RubyReader
from tests.images import MATERIAL, archive, needs_material, read, walked

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SITE = "usr/lib/python3.12/site-packages"
MAGIC = b"\xff Go buildinf:"


def told(found):
    return [f"{package.namespace}/{package.name}".removeprefix("/") + f" {package.version}" for package in found.packages]


@pytest.mark.parametrize(
    ("path", "wanting"),
    [
        (f"{SITE}/attrs-23.1.0.dist-info/METADATA", "python"),
        (f"{SITE}/six.egg-info", "python"),
        (f"{SITE}/six.egg-info/PKG-INFO", "python"),
        (f"{SITE}/setuptools/METADATA", None),
        ("app/node_modules/express/package.json", "node"),
        ("app/node_modules/@types/node/package.json", "node"),
        ("app/node_modules/a/node_modules/b/package.json", "node"),
        ("app/node_modules/a/dist/esm/package.json", None),
        ("app/package.json", None),
        ("usr/lib/ruby/gems/3.2.0/specifications/default/json-2.6.gemspec", "ruby"),
        ("app/thing.gemspec", None),
        ("app/lib/x.JAR", "java"),
        ("usr/bin/python3", "go"),
    ],
)
def test_each_file_has_its_reader(path, wanting):
    entry = FileEntry(path=path, size=1000, is_executable="bin/" in path or path.endswith("package.json"))

    first = next((reader.name for reader in READERS if reader.wants(entry)), None)

    assert first == (wanting or ("go" if entry.is_executable else None))


def test_python_metadata_is_read_without_its_description():
    text = b"Metadata-Version: 2.1\r\nName: Zope.Interface\r\nVersion: 6.0\r\n\r\nName: other\r\nVersion: 9\r\n" + b"x" * 100_000

    assert told(read(PythonReader(), text, f"{SITE}/zope.interface-6.0.dist-info/METADATA")) == ["Zope.Interface 6.0"]


def test_the_list_of_this_environment_is_what_python_says():
    site = Path(importlib.metadata.distribution("pytest").locate_file(""))
    expected = sorted({f"{d.metadata['Name']} {d.version}" for d in importlib.metadata.distributions(path=[str(site)])})

    found = [
        text
        for path in site.glob("*.dist-info/METADATA")
        for text in told(read(PythonReader(), path.read_bytes(), f"{SITE}/{path.parent.name}/METADATA"))
    ]

    assert sorted(found) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param({"name": "express", "version": "4.18.2"}, ["express 4.18.2"], id="plain"),
        pytest.param({"name": "@types/node", "version": "20.1.0"}, ["@types/node 20.1.0"], id="scoped"),
        pytest.param({"type": "module"}, [], id="no package of its own"),
        pytest.param([1], [], id="no object"),
        pytest.param({"name": 1, "version": "1"}, [], id="another type"),
    ],
)
def test_node_packages_tell_name_and_version(document, expected):
    assert told(read(NodeReader(), json.dumps(document).encode(), "node_modules/x/package.json")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "# -*- encoding: utf-8 -*-\n# stub: rake 13.0.6 ruby lib\n\nGem::Specification.new do |s|\n", "rake 13.0.6", id="stub"
        ),
        pytest.param("Gem::Specification.new do |s|\n  s.name = 'json'.freeze\n  s.version = \"2.6.3\"\n", "json 2.6.3", id="assignments"),
    ],
)
def test_gems_are_read_and_never_run(text, expected):
    assert told(read(RubyReader(), text.encode(), "usr/lib/ruby/gems/specifications/x.gemspec")) == [expected]


def jar(entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return buffer.getvalue()


def pom(group, artifact, version):
    return {f"META-INF/maven/{group}/{artifact}/pom.properties": f"#made\nversion={version}\ngroupId={group}\nartifactId={artifact}\n"}


LOG4J = jar(pom("org.apache.logging.log4j", "log4j-core", "2.14.1"))


@pytest.mark.parametrize(
    ("path", "entries", "expected"),
    [
        pytest.param("app/x.jar", pom("org.slf4j", "slf4j-api", "2.0.9"), ["org.slf4j/slf4j-api 2.0.9"], id="pom.properties"),
        pytest.param("app/guava-31.1-jre.jar", {"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\r\n"}, ["guava 31.1-jre"], id="file name"),
        pytest.param(
            "app/x.jar",
            {"META-INF/MANIFEST.MF": "Implementation-Version: 1.\r\n 2\r\n\r\nName: y\r\nImplementation-Version: 9\r\n"},
            ["x 1.2"],
            id="manifest",
        ),
        pytest.param("app/x.jar", {"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n"}, [], id="no version anywhere: nothing is claimed"),
        pytest.param(
            "app/utils-3.5.jar",
            {"META-INF/MANIFEST.MF": "", **pom("commons-io", "commons-io", "2.17")},
            ["utils 3.5", "commons-io/commons-io 2.17"],
            id="shaded",
        ),
        pytest.param(
            "app/boot.jar",
            {**pom("com.acme", "boot", "1"), "BOOT-INF/lib/log4j-core-2.14.1.jar": LOG4J},
            ["com.acme/boot 1", "org.apache.logging.log4j/log4j-core 2.14.1"],
            id="an archive in an archive",
        ),
    ],
)
def test_java_archives_tell_what_is_in_them(path, entries, expected):
    assert told(read(JavaReader(), jar(entries), path)) == expected


def test_java_archives_in_archives_have_a_path():
    found = read(JavaReader(), jar({"WEB-INF/lib/l.jar": LOG4J, "WEB-INF/lib/bad.jar": b"PK"}), "app/x.war")

    assert found.packages[0].path == "app/x.war!/WEB-INF/lib/l.jar"
    assert found.problems == ("not read: WEB-INF/lib/bad.jar: it is no archive",)


def test_archives_that_never_end_are_left():
    inner = LOG4J
    for _ in range(5):
        inner = jar({"x.jar": inner})
    bomb = jar({"META-INF/MANIFEST.MF": b"\0" * (30 << 20)})

    assert "too deep" in read(JavaReader(), inner, "app/x.jar").problems[0]
    with pytest.raises(UnreadableError, match="more than 262144 bytes"):
        read(JavaReader(), bomb, "app/x.jar")


def test_a_list_of_a_million_entries_is_not_taken_in():
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    data = entry * 200_000
    data += struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0, 0, len(data), 0, 0)

    tracemalloc.start()
    with pytest.raises(UnreadableError, match="too many entries"):
        read(JavaReader(), data, "app/x.jar")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * len(data)


def program(version=b"go1.21.5", modules="path\tx\nmod\tgithub.com/acme/app\t(devel)\t\n", *, before=500_000, flags=2):
    """A program as Go's linker lays it out, as far as its build information goes."""

    def counted(data):
        length, head = len(data), b""
        while length > 127:
            head += bytes([length & 127 | 128])
            length >>= 7
        return head + bytes([length]) + data

    listed = b"0" * 16 + modules.encode() + b"1" * 16 if modules else b""
    head = (MAGIC + bytes([8, flags])).ljust(32, b"\0")
    return b"\x7fELF".ljust(before, b".") + b"." * (-before % 16) + head + counted(version) + counted(listed) + b"." * 100_000


DEPS = "mod\tgithub.com/acme/app\tv1.0.0\th1:x\ndep\tgolang.org/x/net\tv0.1.0\th1:x\n=>\tgithub.com/fork/net\tv0.2.0\th1:x\n"
DEPS += "dep\tk8s.io/api\tv0.3.0\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            program(modules=DEPS),
            ["stdlib 1.21.5", "github.com/acme/app v1.0.0", "github.com/fork/net v0.2.0", "k8s.io/api v0.3.0"],
            id="modules",
        ),
        pytest.param(program(b"go1.19.8", ""), ["stdlib 1.19.8"], id="built without modules"),
        pytest.param(program(before=(1 << 18) - 16), ["stdlib 1.21.5", "github.com/acme/app (devel)"], id="at the end of a piece"),
        pytest.param(
            program(before=(1 << 18) - 6 - (1 << 18) % 16), ["stdlib 1.21.5", "github.com/acme/app (devel)"], id="across two pieces"
        ),
        pytest.param(program(modules="dep\tx.y/z\tv1\n" * 40_000), ["stdlib 1.21.5", "x.y/z v1"], id="a long list"),
        pytest.param(
            b"\x7fELF" + b"." * 12 + MAGIC + b"\1\7" + b"." * 16 + program()[48:],
            ["stdlib 1.21.5", "github.com/acme/app (devel)"],
            id="decoy",
        ),
        pytest.param(b"\x7fELF" + b"." * 13 + MAGIC + program()[31:], ["stdlib 1.21.5", "github.com/acme/app (devel)"], id="decoy between"),
        pytest.param(b"\x7fELF".ljust(300_000, b"."), [], id="another language"),
        pytest.param(b"#!/bin/sh\n".ljust(300_000, b" ") + MAGIC, [], id="a script"),
        pytest.param(program()[:500_020], [], id="cut short"),
    ],
)
def test_go_programs_tell_their_modules(data, expected):
    assert told(read(GoReader(), data, "usr/bin/app", is_executable=True)) == expected


def test_the_form_of_old_go_programs_is_said():
    with pytest.raises(UnreadableError, match=r"before Go 1\.18"):
        read(GoReader(), program(flags=0), "usr/bin/app", is_executable=True)


@pytest.mark.parametrize("name", ["docker-registry", "skopeo", None])
def test_real_go_programs_are_read_as_go_reads_them(name):
    judge = pytest.importorskip("pygorpmrustinfo")
    path = shutil.which(name) if name else next(map(str, Path(judge.__file__).parent.glob("*.so")))
    if path is None:
        pytest.skip(f"{name} is not installed")
    expected = judge.get_go_build_info(path)

    found = told(read(GoReader(), Path(path).read_bytes(), "usr/bin/app", is_executable=True))

    main, deps = expected.get("Main") or {}, expected.get("Deps") or []
    modules = [f"{module['Path']} {module['Version']}" for module in (main, *deps) if module.get("Path")]
    assert found == [f"stdlib {expected['GoVersion'].removeprefix('go')}", *modules]


def test_a_script_in_the_place_of_a_program_hides_it():
    overlay = Overlay()
    overlay.put(walked(archive(("usr/bin/app", program()))), "L0")
    assert [text for _, found in overlay.found() for text in told(found)] == ["stdlib 1.21.5", "github.com/acme/app (devel)"]

    overlay.put(walked(archive(("usr/bin/app", b"#!/bin/sh\n"))), "L1")
    assert [text for _, found in overlay.found() for text in told(found)] == []


@needs_material
@pytest.mark.parametrize(("file", "count"), [("openssl.wall", 4), ("single.wall", 1)])
def test_real_manifests_of_chisel(file, count):
    found = read(ChiselReader(), (MATERIAL / "databases/chisel" / file).read_bytes(), "var/lib/chisel/manifest.wall")

    assert len(found.packages) == count, told(found)
    assert all(package.architecture for package in found.packages)


@pytest.mark.parametrize(
    "data", [b"rubbish", zstd.compress(b"invalid\n\ninvalid\n"), zstd.compress(b'{"a": 1}\n'), zstd.compress(b"[" * 100_000)]
)
def test_what_is_no_manifest_of_chisel_is_said(data):
    with pytest.raises(UnreadableError):
        read(ChiselReader(), data, "var/lib/chisel/manifest.wall")
