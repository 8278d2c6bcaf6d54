"""What the words in tags mean. Words that stand in no list are names of variants: they never change."""

from typing import Final


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


SNAPSHOT, ALPHA, BETA, MILESTONE, PREVIEW, CANDIDATE, FINAL, PART = 0, 1, 2, 3, 4, 5, 9, 10
"""Ranks. PART is what follows one prerelease as a part of it: `alpha8.1` comes after `alpha8` and before `alpha9`."""

PRERELEASES: Final = {
    "snapshot": SNAPSHOT,
    "alpha": ALPHA,
    "a": ALPHA,
    "beta": BETA,
    "milestone": MILESTONE,
    "m": MILESTONE,
    "pre": PREVIEW,
    "preview": PREVIEW,
    "prerelease": PREVIEW,
    "ea": PREVIEW,
    "rc": CANDIDATE,
    "cr": CANDIDATE,
}
"""Words that put a version before its final one, in their order."""

NUMBERED_PRERELEASES: Final = {"dev": SNAPSHOT, **PRERELEASES}
"""The same with a number (`.dev20240120`); without one, `-dev` is a stream or a variant."""

GLUED_PRERELEASES: Final = {"b": BETA, "c": CANDIDATE, **NUMBERED_PRERELEASES}
"""The same where they stand right behind the number, as PEP 440 writes them (`3.14.0a1`)."""

CHANNELS: Final = _words(
    "branch canary dev devel develop development edge experimental head insiders main master nightly rolling test testing",
    "trunk unstable weekly",
)
"""Words of streams that are never final: a pin on one stays there, a pin elsewhere never moves to one."""

COUNTERS: Final = _words(
    "amzn b bld build buildkite ce cu dfsg do ee eksbuild fix gke hf hotfix k0s k3s ls p patch pl post r rancher redhat rel",
    "release rev revision rke2r run security sp u up update vmware",
)
"""Words whose number counts rebuilds or patches of one version: it is ordered, after the version."""

SINGLE_RUN_PREFIXES: Final = frozenset({"b", "build", "r", "rel", "release", "rev", "version", "ver", "ls"})
"""Words that may be glued to the number of a whole version (`b4567`)."""

SYSTEMS: Final = _words(
    "al alpine amazonlinux centos debian el fc fedora leap ltsc mariner nanoserver oraclelinux photon rhel rocky ubi ubuntu",
    "windowsservercore",
)
RUNTIMES: Final = SYSTEMS | _words(
    "corretto cuda cudnn dotnet erlang go golang graalvm hadoop java jdk jre lua node nodejs openjdk otp perl pg php postgres py python",
    "rocm ruby rust sapmachine scala semeru spark temurin zulu",
)
"""Words of what an image is built on. A number behind one is its number: no counter, and not the image's version if another can be."""

UNORDERED: Final = frozenset({"pr", "pull", "mr", "issue", "ticket", "feature", "feat", "bugfix"})
"""Words of branches: what is built there is numbered by the request, not by time."""

HASH_WORDS: Final = ("sha", "git", "commit", "sha1", "sha256")
"""Words behind which digits alone are a hash too."""

PLATFORMS: Final = _words(
    "386 aarch64 amd64 arm arm32 arm32v5 arm32v6 arm32v7 arm64 arm64v8 arm64e armel armhf armv5 armv6 armv6l armv7 armv7hf armv7l armv8",
    "i386 i686 linux loong64 mips64le ppc64 ppc64el ppc64le riscv64 s390x windows x64 x86 x86_64",
)
"""Words of operating systems and processors: a tag with one is a part of a tag without it."""
