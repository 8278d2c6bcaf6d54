"""Rebuilds of which it is known what they came to: images of three distributions, each with one failure planted."""

import json
import sqlite3
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from bot.inspect.inspector import Inspector
from bot.model.image import Digest, ImageReference
from bot.model.rebuild import BuildLine, BuildPlace, RebuildFinding, RebuildGoal, RebuildVerdict, WantedBase, WantedFix
from bot.pipeline.rebuilt import built_image, rebuild_finding
from bot.sandbox.clock import Clock
from bot.sandbox.registry import Layer, RegistrySandbox
from bot.sandbox.server import Server
from tests.registries import RegistryClient, plain_http

LONG_AGO, OLD, FIX, NEW = (datetime(2026, *day, tzinfo=UTC) for day in ((7, 1), (8, 6), (8, 10), (8, 13)))
TAGS = {"old": "1.0", "new": "1.1"}
Versions = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Distribution:
    name: str
    type: str
    os_release: str
    next_os_release: str
    """Of its next release, in which versions begin anew."""
    database: str
    write: Callable[[Versions], bytes]
    wanted: str
    sibling: str
    """Another package of the same source."""
    other: str
    """A package of another source."""
    old: str
    fixed: str
    upgrade: str
    install: str
    pin: str
    hold: str


def rpm_header(**fields: str | int) -> bytes:
    """The header of a package; tags by their names."""
    tags = {"name": 1000, "version": 1001, "release": 1002, "epoch": 1003, "architecture": 1022, "source": 1044}
    index, store = b"", b""
    for name, value in fields.items():
        kind, data = (4, struct.pack(">I", value)) if isinstance(value, int) else (6, value.encode() + b"\0")
        store += b"\0" * (-len(store) % 4)
        index += struct.pack(">IIII", tags[name], kind, len(store), 1)
        store += data
    return struct.pack(">II", len(fields), len(store)) + index + store


SOURCES = {"libssl3": "openssl", "libcrypto3": "openssl", "openssl-libs": "openssl", "zlib1g": "zlib", "zlib": "zlib"}


def _source(name: str) -> str:
    return SOURCES.get(name, name)


def _dpkg(versions: Versions) -> bytes:
    return "\n".join(
        f"Package: {name}\nStatus: install ok installed\nSource: {_source(name)}\nArchitecture: amd64\nVersion: {version}\n"
        for name, version in versions.items()
    ).encode()


def _apk(versions: Versions) -> bytes:
    return "\n".join(f"P:{name}\nV:{version}\nA:x86_64\no:{_source(name)}\n" for name, version in versions.items()).encode()


def _rpm(versions: Versions) -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
    for name, text in versions.items():
        epoch, _, rest = text.rpartition(":")
        version, _, release = rest.partition("-")
        source = f"{_source(name)}-{version}-{release}.src.rpm"
        numbered = {"epoch": int(epoch)} if epoch else {}
        blob = rpm_header(name=name, version=version, release=release, **numbered, architecture="x86_64", source=source)
        connection.execute("INSERT INTO Packages (blob) VALUES (?)", (blob,))
    connection.commit()
    return connection.serialize()


DEBIAN = Distribution(
    name="debian",
    type="deb",
    os_release='ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    next_os_release='ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
    database="var/lib/dpkg/status",
    write=_dpkg,
    wanted="libssl3",
    sibling="openssl",
    other="zlib1g",
    old="3.0.11-1~deb12u2",
    fixed="3.0.14-1~deb12u1",
    upgrade="RUN /bin/sh -c apt-get update && apt-get upgrade -y --with-new-pkgs && rm -rf /var/lib/apt/lists/* # buildkit",
    install="RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends libssl3 # buildkit",
    pin="RUN /bin/sh -c apt-get update && apt-get install -y libssl3=3.0.11-1~deb12u2 # buildkit",
    hold="RUN /bin/sh -c apt-mark hold libssl3 && apt-get update && apt-get -y dist-upgrade # buildkit",
)
ALPINE = Distribution(
    name="alpine",
    type="apk",
    os_release="ID=alpine\nVERSION_ID=3.19.1\n",
    next_os_release="ID=alpine\nVERSION_ID=3.20.0\n",
    database="lib/apk/db/installed",
    write=_apk,
    wanted="libssl3",
    sibling="libcrypto3",
    other="zlib",
    old="3.1.4-r2",
    fixed="3.1.4-r5",
    upgrade="RUN /bin/sh -c apk upgrade --no-cache # buildkit",
    install="RUN /bin/sh -c apk add --no-cache libssl3 # buildkit",
    pin="RUN /bin/sh -c apk add --no-cache libssl3=3.1.4-r2 # buildkit",
    hold="RUN /bin/sh -c apk add --no-cache 'libssl3<3.1.4-r3' && apk upgrade --no-cache # buildkit",
)
UBI = Distribution(
    name="ubi",
    type="rpm",
    os_release='ID="rhel"\nVERSION_ID="9.3"\nPRETTY_NAME="Red Hat Enterprise Linux 9.3 (Plow)"\n',
    next_os_release='ID="rhel"\nVERSION_ID="10.0"\n',
    database="var/lib/rpm/rpmdb.sqlite",
    write=_rpm,
    wanted="openssl-libs",
    sibling="openssl",
    other="zlib",
    old="1:3.0.7-24.el9",
    fixed="1:3.0.7-27.el9",
    upgrade="RUN /bin/sh -c microdnf upgrade -y && microdnf clean all # buildkit",
    install="RUN /bin/sh -c dnf install -y openssl-libs # buildkit",
    pin="RUN /bin/sh -c dnf install -y openssl-libs-3.0.7-24.el9 # buildkit",
    hold="RUN /bin/sh -c dnf upgrade -y --exclude=openssl-libs # buildkit",
)
DISTRIBUTIONS = (DEBIAN, ALPINE, UBI)


@dataclass
class World:
    """A registry that answers, and what of it is opened."""

    registry: "Registry"
    name: str
    """Of its own repositories there."""
    distribution: Distribution

    @property
    def sandbox(self) -> RegistrySandbox:
        return self.registry.sandbox

    def versions(self, *fixed: str) -> dict[str, str]:
        """What the distribution's image has, with some packages at the version with the fix."""
        one = self.distribution
        return {name: one.fixed if name in fixed else one.old for name in (one.wanted, one.sibling)} | {
            one.other: "1.2.13-r1" if one.other not in fixed else "1.2.13-r2"
        }

    @property
    def all_fixed(self) -> dict[str, str]:
        return self.versions(self.distribution.wanted, self.distribution.sibling, self.distribution.other)

    def base(self, tag: str, versions: Versions, at: datetime, *, os_release: str | None = None) -> tuple[str, str]:
        """An image of the distribution."""
        files = {"etc/os-release": (os_release or self.distribution.os_release).encode(), **self.files(versions)}
        layers = [Layer(instruction="ADD rootfs.tar.xz / # buildkit", files=files, created=at)]
        self.sandbox.push_image(f"{self.name}/base", tag, layers=layers, created=at, platforms=("linux/amd64", "linux/arm64"))
        return f"{self.name}/base", tag

    def at(self, repository: str, tag: str) -> tuple[str, str]:
        return f"{self.name}/{repository}", tag

    def files(self, versions: Versions) -> dict[str, bytes]:
        return {self.distribution.database: self.distribution.write(versions)}

    def run(self, instruction: str, versions: Versions, at: datetime) -> Layer:
        return Layer(instruction=instruction, files=self.files(versions), created=at)

    def copy(self, text: str, at: datetime) -> Layer:
        return Layer(instruction="COPY . /app # buildkit", files={"app/main.py": text.encode()}, created=at)

    def push(self, which: str, base: tuple[str, str], *layers: Layer, at: datetime, platforms: tuple[str, ...] = ("linux/amd64",), **more):
        """The app's image."""
        return self.sandbox.push_image(f"{self.name}/app", TAGS[which], layers=layers, base=base, created=at, platforms=platforms, **more)

    def goal(self, *places: BuildPlace, fixed_in: str | None = None, base: WantedBase | None = None) -> RebuildGoal:
        one = self.distribution
        wanted = WantedFix(type=one.type, name=one.wanted, fixed_in=one.fixed if fixed_in is None else fixed_in)
        return RebuildGoal(packages=(wanted,), places=places, base=base)

    def wanted_base(self, old: str = "old", new: str = "new") -> WantedBase:
        return WantedBase(name=f"base:{new}", layers=self.chain(new), old_layers=self.chain(old))

    def chain(self, tag: str) -> dict[str, tuple[str, ...]]:
        image = built_image(self.reference("base", tag), Inspector(registry=self.registry.client).inspect)
        return {name: tuple(layer.diff_id for layer in each.layers) for name, each in image.platforms.items() if not isinstance(each, str)}

    def reference(self, repository: str, tag: str) -> ImageReference:
        return ImageReference.parse(f"{self.registry.host}/{self.name}/{repository}:{tag}")

    def judged(self, goal: RebuildGoal) -> RebuildFinding:
        inspect = Inspector(registry=self.registry.client).inspect
        old, new = (built_image(self.reference("app", tag), inspect) for tag in TAGS.values())
        return rebuild_finding(old, new, goal)


@dataclass(frozen=True, kw_only=True)
class Registry:
    sandbox: RegistrySandbox
    host: str
    client: RegistryClient


@contextmanager
def running_registry() -> Iterator[Registry]:
    sandbox = RegistrySandbox(clock=Clock())
    with Server(sandbox.app) as server, plain_http() as http:
        yield Registry(sandbox=sandbox, host=f"127.0.0.1:{server.port}", client=RegistryClient(http=http))


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One kind of rebuild: `make` pushes both images and tells what the rebuild was for."""

    name: str
    expected: RebuildVerdict
    make: Callable[[World], RebuildGoal]
    says: str = ""
    """A part of the evidence or the remedy."""
    only: tuple[str, ...] = field(default=())
    """The distributions that have it; empty: all."""


def _old_by_upgrade(w: World, instruction: str, *platforms: str) -> tuple[str, str]:
    base = w.base("old", w.versions(), LONG_AGO)
    w.push("old", base, w.run(instruction, w.versions(), OLD), w.copy("1", OLD), at=OLD, platforms=platforms or ("linux/amd64",))
    return base


def _fixed_by_upgrade(w: World) -> RebuildGoal:
    base = _old_by_upgrade(w, w.distribution.upgrade)
    w.push("new", base, w.run(w.distribution.upgrade, w.all_fixed, NEW), w.copy("2", NEW), at=NEW)
    return w.goal()


def _fixed_by_base(w: World) -> RebuildGoal:
    w.push("old", w.base("old", w.versions(), LONG_AGO), w.copy("1", OLD), at=OLD)
    w.push("new", w.base("new", w.all_fixed, FIX), w.copy("1", NEW), at=NEW)
    return w.goal(base=w.wanted_base())


def _fixed_on_both_platforms(w: World) -> RebuildGoal:
    both = ("linux/amd64", "linux/arm64")
    base = _old_by_upgrade(w, w.distribution.upgrade, *both)
    w.push("new", base, w.run(w.distribution.upgrade, w.all_fixed, NEW), w.copy("2", NEW), at=NEW, platforms=both, attested=True)
    return w.goal()


def _removed(w: World) -> RebuildGoal:
    base = _old_by_upgrade(w, w.distribution.upgrade)
    left = {w.distribution.other: "1.2.13-r1"}
    w.push("new", base, w.run("RUN /bin/sh -c remove it # buildkit", left, NEW), w.copy("2", NEW), at=NEW)
    return w.goal()


def _cached_upgrade(w: World) -> RebuildGoal:
    base = _old_by_upgrade(w, w.distribution.upgrade)
    w.push("new", base, w.run(w.distribution.upgrade, w.versions(), OLD), w.copy("2", NEW), at=NEW)
    text = w.distribution.upgrade.removeprefix("RUN /bin/sh -c ").removesuffix(" # buildkit")
    return w.goal(
        BuildPlace(kind=BuildLine.RUN, file="Dockerfile", line=7, text=f"RUN {text}", stage="runtime"),
        BuildPlace(kind=BuildLine.BUILD_STEP, file=".github/workflows/build.yml", line=31),
    )


def _cached_install(w: World) -> RebuildGoal:
    base = _old_by_upgrade(w, w.distribution.install)
    w.push("new", base, w.run(w.distribution.install, w.versions(), OLD), w.copy("2", NEW), at=NEW)
    return w.goal()


def _cached_by_base_that_moved_not(w: World) -> RebuildGoal:
    """The pinned base did not move, and the upgrade above it is cached: the base that is wanted would have had it."""
    base = _old_by_upgrade(w, w.distribution.upgrade)
    w.base("new", w.all_fixed, FIX)
    w.push("new", base, w.run(w.distribution.upgrade, w.versions(), OLD), w.copy("2", NEW), at=NEW)
    return w.goal()


def _split(w: World) -> RebuildGoal:
    base = _old_by_upgrade(w, w.distribution.upgrade)
    w.push("new", base, w.run(w.distribution.upgrade, w.versions(w.distribution.sibling), NEW), w.copy("2", NEW), at=NEW)
    return w.goal()


def _pinned(w: World) -> RebuildGoal:
    base = _old_by_upgrade(w, w.distribution.pin)
    w.push("new", base, w.run(w.distribution.pin, w.versions(w.distribution.other), NEW), w.copy("2", NEW), at=NEW)
    return w.goal()


def _held(w: World) -> RebuildGoal:
    base = _old_by_upgrade(w, w.distribution.hold)
    w.push("new", base, w.run(w.distribution.hold, w.versions(w.distribution.other), NEW), w.copy("2", NEW), at=NEW)
    return w.goal()


def _left_alone(w: World) -> RebuildGoal:
    instruction = "RUN /bin/sh -c apt-get update && apt-get -y upgrade # buildkit"
    base = _old_by_upgrade(w, instruction)
    w.push("new", base, w.run(instruction, w.versions(w.distribution.other), NEW), w.copy("2", NEW), at=NEW)
    return w.goal()


def _mirror_lags(w: World) -> RebuildGoal:
    base = _old_by_upgrade(w, w.distribution.upgrade)
    w.push("new", base, w.run(w.distribution.upgrade, {**w.versions(), "rebuilt": "1.0-r1"}, NEW), w.copy("2", NEW), at=NEW)
    return w.goal()


def _put_back(w: World) -> RebuildGoal:
    base = _old_by_upgrade(w, w.distribution.upgrade)
    back = Layer(instruction="COPY --from=build /rootfs / # buildkit", files=w.files(w.versions()), created=NEW)
    w.push("new", base, w.run(w.distribution.upgrade, w.all_fixed, NEW), back, at=NEW)
    return w.goal()


def _not_in_base(w: World) -> RebuildGoal:
    w.push("old", w.base("old", w.versions(), LONG_AGO), w.copy("1", OLD), at=OLD)
    w.push("new", w.base("new", w.versions(w.distribution.other), FIX), w.copy("1", NEW), at=NEW)
    return w.goal(base=w.wanted_base())


def _not_in_base_that_is_not_known(w: World) -> RebuildGoal:
    w.push("old", w.base("old", w.versions(), LONG_AGO), w.copy("1", OLD), at=OLD)
    w.push("new", w.base("new", w.versions(w.distribution.other), FIX), w.copy("1", NEW), at=NEW)
    return w.goal()


def _base_not_taken(w: World) -> RebuildGoal:
    w.push("old", w.base("old", w.versions(), LONG_AGO), w.copy("1", OLD), at=OLD)
    w.base("new", w.all_fixed, FIX)
    w.push("new", w.at("base", "old"), w.copy("2", NEW), at=NEW)
    final = BuildPlace(kind=BuildLine.FROM, file="Dockerfile", line=3, text="FROM base:1@sha256:" + "0" * 64, stage="1")
    return w.goal(final, base=w.wanted_base())


def _fixed_but_on_old_base(w: World) -> RebuildGoal:
    """The packages are new by the app's own upgrade; the base that the rebuild was for is not below it."""
    base = _old_by_upgrade(w, w.distribution.upgrade)
    w.base("new", w.all_fixed, FIX)
    w.push("new", base, w.run(w.distribution.upgrade, w.all_fixed, NEW), w.copy("2", NEW), at=NEW)
    return w.goal(base=w.wanted_base())


def _other_stage_moved(w: World) -> RebuildGoal:
    w.push("old", w.base("old", w.versions(), LONG_AGO), w.copy("1", OLD), at=OLD)
    w.base("new", w.all_fixed, FIX)
    w.push("new", w.at("base", "old"), w.copy("2", NEW), at=NEW)
    return w.goal(
        BuildPlace(
            kind=BuildLine.FROM, file="Dockerfile", line=1, text="FROM base:new AS build", stage="build", is_final=False, was_changed=True
        ),
        BuildPlace(kind=BuildLine.FROM, file="Dockerfile", line=9, text="FROM base:old", stage="1"),
        base=w.wanted_base(),
    )


def _other_stage_upgrades(w: World) -> RebuildGoal:
    w.push("old", w.base("old", w.versions(), LONG_AGO), w.copy("1", OLD), at=OLD)
    w.push("new", w.at("base", "old"), w.copy("2", NEW), at=NEW)
    text = w.distribution.upgrade.removeprefix("RUN /bin/sh -c ")
    return w.goal(BuildPlace(kind=BuildLine.RUN, file="Dockerfile", line=2, text=text, stage="build", is_final=False))


def _tag_stays(w: World) -> RebuildGoal:
    _old_by_upgrade(w, w.distribution.upgrade)
    w.sandbox.tag(f"{w.name}/app", TAGS["new"], TAGS["old"])
    return w.goal()


def _one_platform(w: World) -> RebuildGoal:
    both = ("linux/amd64", "linux/arm64")
    base = _old_by_upgrade(w, w.distribution.upgrade, *both)

    def files(platform) -> dict[str, bytes]:
        return w.files(w.all_fixed if platform.architecture == "amd64" else w.versions())

    step = Layer(instruction=w.distribution.upgrade, files=files, created=NEW)
    w.push("new", base, step, w.copy("1", OLD), at=NEW, platforms=both)
    return w.goal()


def _platform_lost(w: World) -> RebuildGoal:
    base = _old_by_upgrade(w, w.distribution.upgrade, "linux/amd64", "linux/arm64")
    w.push("new", base, w.run(w.distribution.upgrade, w.all_fixed, NEW), w.copy("2", NEW), at=NEW)
    return w.goal()


def _labels_alone(w: World) -> RebuildGoal:
    base = _old_by_upgrade(w, w.distribution.upgrade)
    labels = {"org.opencontainers.image.revision": "b" * 40}
    w.push("new", base, w.run(w.distribution.upgrade, w.versions(), OLD), w.copy("1", OLD), at=NEW, labels=labels)
    return w.goal()


def _tag_went_back(w: World) -> RebuildGoal:
    base = w.base("old", w.versions(w.distribution.other), OLD)
    w.push("old", base, w.copy("2", NEW), at=NEW)
    w.push("new", base, w.copy("1", LONG_AGO), at=LONG_AGO)
    return w.goal()


def _database_gone(w: World) -> RebuildGoal:
    base = _old_by_upgrade(w, w.distribution.upgrade)
    folder, _, name = w.distribution.database.rpartition("/")
    gone = Layer(instruction="RUN /bin/sh -c slim # buildkit", files={f"{folder}/.wh.{name}": b""}, created=NEW)
    w.push("new", base, w.run(w.distribution.upgrade, w.versions(), OLD), gone, at=NEW)
    return w.goal()


def _layer_broken(w: World, *, which: str = "new") -> RebuildGoal:
    base = _old_by_upgrade(w, w.distribution.upgrade)
    w.push("new", base, w.run(w.distribution.upgrade, w.all_fixed, NEW), w.copy("2", NEW), at=NEW)
    last = json.loads(w.sandbox.store.manifest(*w.at("app", TAGS[which])).body)["layers"][-1]["digest"]
    w.sandbox.store.blobs[Digest(last)] = b"rubbish"
    return w.goal()


def _database_broken(w: World) -> RebuildGoal:
    base = _old_by_upgrade(w, w.distribution.upgrade)
    broken = Layer(instruction="COPY jars /srv # buildkit", files={"srv/odd.jar": b"PK\3\4 and no more"}, created=NEW)
    w.push("new", base, w.run(w.distribution.upgrade, w.all_fixed, NEW), broken, at=NEW)
    return w.goal()


def _next_release(w: World) -> RebuildGoal:
    """Of the next release the number with the fix is another one: the higher version says nothing."""
    w.push("old", w.base("old", w.versions(), LONG_AGO), w.copy("1", OLD), at=OLD)
    high = dict.fromkeys(w.versions(), "9.5.0-1")
    w.push("new", w.base("new", high, FIX, os_release=w.distribution.next_os_release), w.copy("1", NEW), at=NEW)
    return w.goal()


def _squashed(w: World) -> RebuildGoal:
    w.push("old", w.base("old", w.versions(), LONG_AGO), w.copy("1", OLD), at=OLD)
    w.base("new", w.all_fixed, FIX)
    w.base("flat", {**w.all_fixed, "app": "1-r1"}, NEW)
    w.push("new", w.at("base", "flat"), at=NEW)
    return w.goal(base=w.wanted_base())


def _no_fix_known(w: World) -> RebuildGoal:
    _fixed_by_upgrade(w)
    return w.goal(fixed_in="")


def _never_there(w: World) -> RebuildGoal:
    _fixed_by_upgrade(w)
    return RebuildGoal(packages=(WantedFix(type=w.distribution.type, name="another", fixed_in="1"),))


V = RebuildVerdict
PLANTED = (
    Planted(name="fixed by an upgrade", expected=V.FIXED, make=_fixed_by_upgrade),
    Planted(name="fixed by its base", expected=V.FIXED, make=_fixed_by_base, says="It stands on base:new"),
    Planted(name="fixed on both platforms", expected=V.FIXED, make=_fixed_on_both_platforms, says="linux/arm64"),
    Planted(name="removed", expected=V.REMOVED, make=_removed, says="not in the new image any more"),
    Planted(name="cached upgrade", expected=V.CACHED, make=_cached_upgrade, says="`no-cache-filters: runtime`"),
    Planted(name="cached install", expected=V.CACHED, make=_cached_install, says="of 2026-08-06"),
    Planted(name="cached on a pinned base", expected=V.CACHED, make=_cached_by_base_that_moved_not),
    Planted(name="split package", expected=V.HELD_BACK, make=_split, says="of the same source openssl"),
    Planted(name="pinned version", expected=V.HELD_BACK, make=_pinned, says="names the version"),
    Planted(name="held", expected=V.HELD_BACK, make=_held),
    Planted(name="left for a new package", expected=V.HELD_BACK, make=_left_alone, says="--with-new-pkgs", only=("debian",)),
    Planted(name="mirror lags", expected=V.NOT_FIXED, make=_mirror_lags, says="was run anew on 2026-08-13"),
    Planted(name="put back by a copy", expected=V.NOT_FIXED, make=_put_back, says="which comes after it"),
    Planted(name="not in the base", expected=V.FIX_NOT_IN_BASE, make=_not_in_base),
    Planted(name="not in a base that nobody told", expected=V.FIX_NOT_IN_BASE, make=_not_in_base_that_is_not_known),
    Planted(name="old base again", expected=V.BASE_NOT_TAKEN, make=_base_not_taken, says="pinned by its digest (Dockerfile:3)"),
    Planted(name="packages fixed on the old base", expected=V.BASE_NOT_TAKEN, make=_fixed_but_on_old_base),
    Planted(name="another stage moved", expected=V.OTHER_STAGE, make=_other_stage_moved, says="Dockerfile:1 (stage build)"),
    Planted(name="another stage upgrades", expected=V.OTHER_STAGE, make=_other_stage_upgrades, says="Dockerfile:2 (stage build)"),
    Planted(name="tag stays", expected=V.TAG_DID_NOT_MOVE, make=_tag_stays),
    Planted(name="one platform", expected=V.ONE_PLATFORM, make=_one_platform, says="linux/arm64"),
    Planted(name="platform lost", expected=V.ONE_PLATFORM, make=_platform_lost, says="was for linux/arm64"),
    Planted(name="labels alone", expected=V.NOTHING_CHANGED, make=_labels_alone),
    Planted(name="tag went back", expected=V.NOT_FIXED, make=_tag_went_back, says="the tag went back"),
    Planted(name="database gone", expected=V.UNKNOWN, make=_database_gone, says="no list of"),
    Planted(name="layer broken", expected=V.UNKNOWN, make=_layer_broken),
    Planted(name="old layer broken", expected=V.UNKNOWN, make=partial(_layer_broken, which="old")),
    Planted(name="file broken", expected=V.UNKNOWN, make=_database_broken, says="odd.jar"),
    Planted(name="next release", expected=V.UNKNOWN, make=_next_release, says="another release of the distribution"),
    Planted(name="squashed", expected=V.UNKNOWN, make=_squashed, says="of neither base"),
    Planted(name="no fix known", expected=V.UNKNOWN, make=_no_fix_known),
    Planted(name="never there", expected=V.UNKNOWN, make=_never_there, says="in neither"),
)


def cases() -> Iterator[tuple[Planted, Distribution]]:
    """Every kind on every distribution that has it."""
    return ((planted, one) for planted in PLANTED for one in DISTRIBUTIONS if not planted.only or one.name in planted.only)


def outcome(planted: Planted, distribution: Distribution, registry: Registry) -> RebuildFinding:
    """What is said of one of them."""
    name = f"{distribution.name}-{planted.name.replace(' ', '-')}"
    made = World(registry=registry, name=name, distribution=distribution)
    goal = planted.make(made)
    return made.judged(goal)
