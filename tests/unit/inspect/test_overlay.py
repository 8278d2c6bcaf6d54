"""Layers on top of one another, as the OCI image specification and the file systems under containers have it."""

import pytest

from bot.inspect.layers.overlay import Overlay
from bot.inspect.readers import READERS
from tests.images import archive, link, walked

STATUS = "var/lib/dpkg/status"
FOLDER = "var/lib/dpkg/status.d"
INSTALLED = "lib/apk/db/installed"
A = b"Package: a\nVersion: 1\n"
A2 = b"Package: a\nVersion: 2\n"
B = b"\nPackage: b\nVersion: 1\n"
APK = b"P:a\nV:1\n"


def overlaid(*layers):
    overlay = Overlay()
    for number, members in enumerate(layers):
        overlay.put(walked(archive(*members)), f"L{number}")
    return overlay


def seen(overlay):
    """Each package as `name version layer`."""
    return [f"{package.name} {package.version} {package.layer}" for _, found in overlay.found() for package in found.packages]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        pytest.param(
            [[(STATUS, A)], [(STATUS, A + B)]], ["a 1 L0", "b 1 L1"], id="a rewritten database: each package by the layer it came with"
        ),
        pytest.param([[(STATUS, A)], [(STATUS, A2)]], ["a 2 L1"], id="an upgrade"),
        pytest.param([[(STATUS, A + B)], [(STATUS, A)], [(STATUS, A + B)]], ["a 1 L0", "b 1 L2"], id="removed and installed again"),
        pytest.param([[(STATUS, A)], [("x", b"")]], ["a 1 L0"], id="untouched"),
        pytest.param([[(STATUS, A)], [("var/lib/dpkg/.wh.status", b"")]], [], id="whiteout of the file"),
        pytest.param([[(STATUS, A)], [("var/.wh.lib", b"")]], [], id="whiteout of a folder above"),
        pytest.param([[(STATUS, A)], [(".wh.var", b"")]], [], id="whiteout at the root"),
        pytest.param([[(STATUS, A)], [("var/lib/dpkg/.wh..wh..opq", b"")]], [], id="opaque folder"),
        pytest.param([[(STATUS, A)], [(".wh..wh..opq", b"")]], [], id="opaque root"),
        pytest.param([[(STATUS, A)], [("var/lib/.wh.dpk", b"")]], ["a 1 L0"], id="whiteout of another name"),
        pytest.param([[(STATUS, A)], [(STATUS, A2), ("var/lib/dpkg/.wh..wh..opq", b"")]], ["a 2 L1"], id="opaque hides only what is below"),
        pytest.param([[(STATUS, A)], [("var/.wh.lib", b""), (STATUS, A + B)]], ["a 1 L0", "b 1 L1"], id="taken away and written again"),
        pytest.param([[(STATUS, A)], [(STATUS, b"rubbish")]], [], id="an unreadable database hides the old one"),
        pytest.param([[(STATUS, A)], [(STATUS, None)]], [], id="a folder in the place of the file"),
        pytest.param([[(STATUS, A)], [("var/lib/dpkg", b"")]], [], id="a file in the place of the folder"),
        pytest.param([[(STATUS, A)], [link("var/lib/dpkg", "/opt")]], [], id="a link in the place of the folder"),
        pytest.param([[(f"{FOLDER}/a", A)], [(f"{FOLDER}/b", B)]], ["a 1 L0", "b 1 L1"], id="distroless: a file for each package"),
        pytest.param([[(f"{FOLDER}/a", A)], [(f"{FOLDER}/.wh.a", b"")]], [], id="distroless: one taken away"),
        pytest.param([[link("lib", "usr/lib"), (INSTALLED, APK)]], ["a 1 L0"], id="through a link of the same layer"),
        pytest.param(
            [[link("lib", "usr/lib"), (f"usr/{INSTALLED}", APK)], [(INSTALLED, APK)]], ["a 1 L0"], id="the same file by two paths"
        ),
        pytest.param(
            [[link("lib/apk", "../usr/lib/apk"), (f"usr/{INSTALLED}", APK)], [("lib/apk/db/.wh.installed", b"")]],
            [],
            id="whiteout through a link",
        ),
        pytest.param(
            [[link("lib", "usr/lib"), (f"usr/{INSTALLED}", APK)], [("lib", None), (INSTALLED, b"P:b\nV:2\n")]],
            ["b 2 L1", "a 1 L0"],
            id="a folder in the place of a link",
        ),
    ],
)
def test_layers_lie_on_one_another(layers, expected):
    assert seen(overlaid(*layers)) == expected


@pytest.mark.parametrize(
    ("member", "said"),
    [
        pytest.param(link("etc/os-release", "../usr/lib/os-release"), None, id="to another place that is read"),
        pytest.param(link("etc/os-release", "../../../../usr/lib/os-release"), None, id="above the root is the root"),
        pytest.param(link("etc/os-release", "/opt/release"), "etc/os-release: not read: it is a link to 'opt/release'", id="elsewhere"),
        pytest.param(link("var/lib/dpkg", "dpkg"), "var/lib/dpkg/status: not read: its links lead in a circle", id="to itself"),
    ],
)
def test_links_at_fixed_places_are_followed_or_said(member, said):
    strays = list(overlaid([("usr/lib/os-release", b"ID=x\n"), member]).strays(READERS))

    assert any(stray.startswith(said) for stray in strays) if said else not strays


def test_many_whiteouts_over_many_files_take_no_time():
    files = [(f"{FOLDER}/{n}", b"Package: p%d\nVersion: 1\n" % n) for n in range(2000)]
    removals = [(f"srv/{n}/.wh.x", b"") for n in range(20_000)]

    assert len(seen(overlaid(files, removals, [(f"{FOLDER}/.wh.7", b"")]))) == 1999
