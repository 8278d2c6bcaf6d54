"""Package databases as distributions write them into the layers of their images."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Final, assert_never

from bot.model.image import Platform
from bot.sandbox.registry import Layer
from bot.sandbox.registry.images import Files

_DEBIAN_NAMES: Final = {"arm64": "arm64", "amd64": "amd64"}
_ALPINE_NAMES: Final = {"arm64": "aarch64", "amd64": "x86_64"}
_MOST_NAMED: Final = 3


class Database(Enum):
    """Where the packages are listed."""

    DPKG = "var/lib/dpkg/status"
    DPKG_FOLDER = "var/lib/dpkg/status.d"
    """A file for each package, and a layer for each: as distroless images are built."""
    APK = "lib/apk/db/installed"
    NONE = ""
    """A program on an empty image: no list of packages, no os-release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A binary package at a version."""

    name: str
    version: str
    source: str = ""
    """The source package, where it has another name; with `(version)` behind it where that differs too."""

    @property
    def source_name(self) -> str:
        return self.source.partition(" ")[0] or self.name


def packages(table: str) -> tuple[Package, ...]:
    """One a line: name, version, and the source package where it has another name."""
    return tuple(
        Package(name=name, version=version, source=" ".join(source))
        for name, version, *source in map(str.split, table.strip().splitlines())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A distribution at one moment: the packages of its own image, and what can be installed on it."""

    release: str
    """Its os-release."""
    database: Database
    instruction: str
    """What made its image, as the history tells it."""
    built: datetime
    """When its own image was."""
    base: tuple[Package, ...] = ()
    available: tuple[Package, ...] = ()

    def updated(self, versions: Mapping[str, str], *, at: datetime) -> "System":
        """The same with other versions of source packages. Its own image is built anew only where it has one of them."""
        base = _at(self.base, versions)
        return replace(self, base=base, available=_at(self.available, versions), built=self.built if base == self.base else at)

    def steps(self, installed: Collection[str] = ()) -> list[Layer]:
        """The history of an image of it, with some of the packages that are available. The same packages make the same layers."""
        match self.database:
            case Database.NONE:
                return []
            case Database.DPKG_FOLDER:
                return [
                    Layer(
                        instruction=f"bazel build @bookworm//{one.name}:data_statusd",
                        files=partial(self._own_file, one),
                        created=self.built,
                    )
                    for one in self.base
                ]
            case Database.DPKG | Database.APK:
                lowest = Layer(instruction=self.instruction, files=partial(self._root, self.base), created=self.built)
                added = tuple(one for one in self.available if one.name in installed)
                return [lowest, *([self._install(added)] if added else [])]
            case _:
                assert_never(self.database)

    def _root(self, listed: Sequence[Package], platform: Platform) -> Files:
        return {"etc/os-release": self.release.encode(), **self._list(listed, platform)}

    def _install(self, added: Sequence[Package]) -> Layer:
        names = " ".join([one.name for one in added][:_MOST_NAMED]) + (" ..." if len(added) > _MOST_NAMED else "")
        command = "apk add --no-cache" if self.database is Database.APK else "apt-get update && apt-get install -y --no-install-recommends"
        return Layer(instruction=f"RUN {command} {names} # buildkit", files=partial(self._list, (*self.base, *added)))

    def _list(self, listed: Sequence[Package], platform: Platform) -> Files:
        stanza = _apk if self.database is Database.APK else _dpkg
        text = "".join(f"{stanza(one, platform)}\n" for one in sorted(listed, key=lambda one: one.name))
        return {self.database.value: text.encode()}

    def _own_file(self, package: Package, platform: Platform) -> Files:
        os_release = {"etc/os-release": self.release.encode()} if package == self.base[0] else {}
        return {**os_release, f"{self.database.value}/{package.name}": _dpkg(package, platform).encode()}


def _at(listed: Sequence[Package], versions: Mapping[str, str]) -> tuple[Package, ...]:
    return tuple(replace(one, version=versions.get(one.source_name, one.version)) for one in listed)


def _dpkg(package: Package, platform: Platform) -> str:
    fields = {
        "Package": package.name,
        "Status": "install ok installed",
        "Priority": "optional",
        "Section": "libs",
        "Maintainer": "The demo <demo@acme.example>",
        "Architecture": _DEBIAN_NAMES.get(platform.architecture, platform.architecture),
        "Source": package.source,
        "Version": package.version,
        "Description": f"{package.name}, of which the demo has the name alone",
    }
    return "".join(_lines(fields, ": "))


def _apk(package: Package, platform: Platform) -> str:
    fields = {
        "P": package.name,
        "V": package.version,
        "A": _ALPINE_NAMES.get(platform.architecture, platform.architecture),
        "T": f"{package.name}, of which the demo has the name alone",
        "o": package.source_name,
        "L": "MIT",
    }
    return "".join(_lines(fields, ":"))


def _lines(fields: Mapping[str, str], separator: str) -> Iterator[str]:
    yield from (f"{name}{separator}{value}\n" for name, value in fields.items() if value)
