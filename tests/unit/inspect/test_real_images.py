"""Images made by the real package managers, in a real registry: the list of packages is the package manager's own."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.clients.oci.client import RegistryClient
from bot.inspect.inspector import Inspector
from bot.model.contents import Contents
from bot.model.image import ImageReference
from tests.images import archive
from tests.layouts import PACKINGS, look, push, step
from tests.registries import docker_registry, needed, plain_http

DEBS = ("hello", "zlib1g", "libattr1", "libcap2", "libgmp10", "bsdutils", "gcc-12-base", "libssl3", "liblz4-1")
"""Of all kinds of versions, none with a script that runs in the root."""
SYSTEM = {"debian": b'ID=debian\nVERSION_ID="12"\n', "rpm": b'ID=fedora\nVERSION_ID="42"\n', "alpine": b"ID=alpine\nVERSION_ID=3.22.1\n"}
SPEC = """\
Name: {name}
Version: {version}
Release: 1%{{?dist}}
Summary: x
License: x
{more}
%description
x
%files
"""
RPMS = (("plain", "1.2", "BuildArch: noarch"), ("with-epoch", "5~rc1", "Epoch: 2"), ("old", "1.0^git1", "BuildArch: noarch"))


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with docker_registry(tmp_path_factory.mktemp("registry"), has_login=False) as (name, _):
        yield name


def opened(host: str, name: str) -> Contents:
    with plain_http() as http:
        return Inspector(registry=RegistryClient(http=http)).inspect(ImageReference.parse(f"{host}/{name}"))


def listed(contents: Contents) -> list[str]:
    return sorted(f"{one.name} {one.version} {one.architecture} {one.source_name}" for one in contents.packages)


def ran(*command: str | Path, folder: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Debian:
    """A root that dpkg is at home in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "var/lib/dpkg/info").mkdir(parents=True)
        (root / "var/lib/dpkg/updates").mkdir()
        (root / "var/lib/dpkg/status").touch()
        (root / "etc").mkdir()
        (root / "etc/os-release").write_bytes(SYSTEM["debian"])

    def dpkg(self, *arguments: str | Path) -> None:
        as_root = [] if os.geteuid() == 0 else [needed("fakeroot")]
        ran(*as_root, needed("dpkg"), f"--root={self.root}", "--force-depends", "--force-not-root", "--log=/dev/null", *arguments)

    def listed(self) -> list[str]:
        """What dpkg lists; of removed packages it keeps a line, with their state."""
        form = "${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package}\n"
        lines = ran("dpkg-query", f"--admindir={self.root}/var/lib/dpkg", "-W", "-f", form).splitlines()
        return sorted(line.partition(" ")[2] for line in lines if not line.startswith("config-files "))


@pytest.fixture(scope="module")
def debs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Debian's own packages, from wherever apt has them on this machine: the one look outside that these tests take."""
    needed("apt-get")
    folder = tmp_path_factory.mktemp("debs")
    done = subprocess.run(["apt-get", "download", "--quiet", *DEBS], cwd=folder, capture_output=True, text=True, check=False, timeout=90)
    if done.returncode != 0:
        pytest.skip(f"apt can't fetch Debian's packages here: {done.stderr[-200:]}")
    return sorted(folder.glob("*.deb"))


@pytest.fixture(scope="module")
def debian(debs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[list[bytes], list[str]]:
    """Layers of three steps (installed; one taken away, one unpacked; one upgraded from another build), and what dpkg lists in the end."""
    folder = tmp_path_factory.mktemp("debian")
    debian = Debian(folder / "root")
    late = next(deb for deb in debs if deb.name.startswith("zlib1g_"))
    first = [deb for deb in debs if deb != late]
    debian.dpkg("--install", *first)
    one = look(debian.root)
    debian.dpkg("--remove", "libattr1")
    debian.dpkg("--unpack", late)
    two = look(debian.root)
    ran("dpkg-deb", "--raw-extract", next(deb for deb in first if deb.name.startswith("hello_")), folder / "hello")
    control = folder / "hello/DEBIAN/control"
    control.write_text(control.read_text().replace("Version: 2.10-3\n", "Source: hello-src (2.11)\nVersion: 1:2.11~rc1-1+b2\n"))
    ran("dpkg-deb", "--build", "--root-owner-group", folder / "hello", folder / "hello.deb")
    debian.dpkg("--install", folder / "hello.deb")
    three = look(debian.root)
    return [step({}, one), step(one, two), step(two, three)], debian.listed()


@pytest.mark.parametrize("packing", PACKINGS)
def test_the_list_of_a_debian_image_is_dpkgs_own(debian, host, tmp_path, packing):
    layers, expected = debian
    push(layers, packing, tmp_path / "image", f"{host}/debian:1")

    told = opened(host, "debian:1")

    assert listed(told) == expected
    assert len(expected) == len(DEBS) - 1
    assert told.not_read == ()
    brought = {one.name: [layer.diff_id for layer in told.layers].index(one.layer) for one in told.packages}
    assert (brought["libssl3"], brought["zlib1g"], brought["hello"]) == (0, 1, 2)


@pytest.mark.parametrize(
    ("upper", "is_kept"),
    [
        pytest.param([("var/lib/dpkg/.wh.status", b"")], False, id="whiteout of the database"),
        pytest.param([("var/.wh.lib", b"")], False, id="whiteout of a folder above"),
        pytest.param([("var/lib/dpkg/.wh..wh..opq", b"")], False, id="opaque folder"),
        pytest.param([("srv/.wh..wh..opq", b""), ("var/lib/.wh.apk", b"")], True, id="whiteouts elsewhere"),
    ],
)
def test_what_a_layer_takes_away_is_gone_and_what_it_writes_again_is_there(debian, host, tmp_path, upper, is_kept):
    layers, expected = debian
    again = archive(("var/lib/dpkg/status", b"Package: late\nVersion: 3\nArchitecture: all\nStatus: install ok installed\n"))
    push([*layers, archive(*upper)], "tar+gzip", tmp_path / "one", f"{host}/less:1")
    push([*layers, archive(*upper), again], "tar+zstd", tmp_path / "two", f"{host}/less:2")

    assert listed(opened(host, "less:1")) == (expected if is_kept else [])
    assert listed(opened(host, "less:2")) == ["late 3 all late"]


@pytest.fixture(scope="module")
def rpms(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[bytes], list[str]]:
    """Layers of two steps (installed; one upgraded, one erased), and what rpm lists in the end."""
    needed("rpmbuild")
    folder = tmp_path_factory.mktemp("rpms")
    root = folder / "root"
    rpm = ["--define", f"_topdir {folder}", "--define", f"_dbpath {root}/var/lib/rpm", "--define", "_db_backend sqlite"]
    only_list = ["--justdb", "--nodeps", "--noscripts"]

    def built(name: str, version: str, more: str) -> Path:
        (folder / "x.spec").write_text(SPEC.format(name=name, version=version, more=more))
        [package] = ran("rpmbuild", *rpm, "-bb", folder / "x.spec").split("Wrote: ")[1:]
        return Path(package.partition("\n")[0])

    (root / "etc").mkdir(parents=True)
    (root / "etc/os-release").write_bytes(SYSTEM["rpm"])
    first = [built(*told) for told in RPMS]
    ran("rpm", *rpm, "--install", *only_list, *first)
    one = look(root)
    ran("rpm", *rpm, "--upgrade", *only_list, built("plain", "1.3", "Epoch: 1\nBuildArch: noarch"))
    ran("rpm", *rpm, "--erase", *only_list, "old")
    form = "%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE} %{ARCH} %{NAME}\n"
    expected = sorted(ran("rpm", *rpm, "-qa", "--qf", form).splitlines())
    return [step({}, one), step(one, look(root))], expected


@pytest.mark.parametrize("packing", PACKINGS)
def test_the_list_of_an_rpm_image_is_rpms_own(rpms, host, tmp_path, packing):
    layers, expected = rpms
    push(layers, packing, tmp_path / "image", f"{host}/fedora:1")

    told = opened(host, "fedora:1")

    assert listed(told) == expected
    assert [line.partition(" ")[0] for line in expected] == ["plain", "with-epoch"]
    assert told.not_read == ()


def installed(*packages: tuple[str, str, str]) -> bytes:
    """An apk database (apk-installed(5)) with what else stands in a real one."""
    record = "C:Q1pKvyAL9mrGVQZBNc1ZmxYvEfzeM=\nP:{}\nV:{}\nA:x86_64\nS:1\nI:2\nT:P:not a name\nU:https://x\nL:MIT\no:{}\nm:x\nt:1\nF:lib\nR:x\na:0:0:755\nZ:Q1x=\n\n"
    return "".join(record.format(*package) for package in packages).encode()


@pytest.mark.parametrize("packing", PACKINGS)
def test_the_list_of_an_apk_image_is_that_of_its_database(host, tmp_path, packing):
    musl, busybox, late = ("musl", "1.2.5-r10", "musl"), ("ssl_client", "1.37.0-r18", "busybox"), ("late", "0_git20260101-r0", "late")
    layers = [
        archive(("etc/os-release", SYSTEM["alpine"]), ("lib/apk/db/installed", installed(musl, busybox, ("gone", "1-r0", "gone")))),
        archive(("lib/apk/db/installed", installed(musl, busybox, late))),
    ]
    push(layers, packing, tmp_path / "image", f"{host}/alpine:1")

    told = opened(host, "alpine:1")

    assert listed(told) == sorted(f"{name} {version} x86_64 {source}" for name, version, source in (musl, busybox, late))
    assert told.not_read == ()
