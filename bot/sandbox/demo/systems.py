"""The operating systems that the demo's images stand on: a few packages each, in the place where the real ones list them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.sandbox.registry.images import Files


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A distribution at one moment."""

    id: str
    version: str
    title: str
    packages: Mapping[str, str]

    def with_packages(self, **versions: str) -> "System":
        """The same distribution with newer packages."""
        return replace(self, packages={**self.packages, **versions})

    @property
    def layer(self) -> Files:
        """The image layer that holds it."""
        release = f'ID={self.id}\nVERSION_ID="{self.version}"\nPRETTY_NAME="{self.title}"\n'
        path, text = self._package_list()
        return {"etc/os-release": release.encode(), path: text.encode()}

    def _package_list(self) -> tuple[str, str]:
        entries = sorted(self.packages.items())
        if self.id == "alpine":
            return "lib/apk/db/installed", "".join(f"P:{name}\nV:{version}\n\n" for name, version in entries)
        status = "Status: install ok installed"
        return "var/lib/dpkg/status", "".join(f"Package: {name}\n{status}\nVersion: {version}\n\n" for name, version in entries)


DEBIAN: Final = System(
    id="debian",
    version="12",
    title="Debian GNU/Linux 12 (bookworm)",
    packages={"base-files": "12.4+deb12u12", "libc6": "2.36-9+deb12u13", "libssl3": "3.0.17-1~deb12u2", "zlib1g": "1:1.2.13.dfsg-1"},
)
DEBIAN_FIXED: Final = DEBIAN.with_packages(libssl3="3.0.18-1~deb12u1")
DEBIAN_LATER: Final = DEBIAN_FIXED.with_packages(libc6="2.36-9+deb12u14")

UBUNTU: Final = System(
    id="ubuntu",
    version="24.04",
    title="Ubuntu 24.04.3 LTS",
    packages={
        "base-files": "13ubuntu10.3",
        "libc6": "2.39-0ubuntu8.6",
        "libssl3t64": "3.0.13-0ubuntu3.6",
        "zlib1g": "1:1.3.dfsg-3.1ubuntu2.1",
    },
)
UBUNTU_FIXED: Final = UBUNTU.with_packages(libssl3t64="3.0.13-0ubuntu3.7")

ALPINE: Final = System(
    id="alpine",
    version="3.22.2",
    title="Alpine Linux v3.22",
    packages={"busybox": "1.37.0-r19", "libcrypto3": "3.5.4-r0", "libssl3": "3.5.4-r0", "musl": "1.2.5-r10", "zlib": "1.3.1-r2"},
)
ALPINE_FIXED: Final = ALPINE.with_packages(libcrypto3="3.5.5-r0", libssl3="3.5.5-r0")

DISTROLESS: Final = System(
    id="debian",
    version="12",
    title="Distroless",
    packages={"base-files": "12.4+deb12u12", "netbase": "6.4", "tzdata": "2025b-0+deb12u2"},
)
DISTROLESS_FIXED: Final = DISTROLESS.with_packages(tzdata="2025c-0+deb12u1")
