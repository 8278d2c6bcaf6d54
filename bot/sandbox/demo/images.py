"""Which image of whom is published when: upstream's, the platform team's own, and those of the apps."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from bot.sandbox.demo import lines, systems
from bot.sandbox.demo.company import COMPANY, Built
from bot.sandbox.demo.lines import Line
from bot.sandbox.demo.packages import System
from bot.sandbox.registry import Layer, RegistrySandbox, Runtime


class Wave(Enum):
    """When something is published: its value is the date."""

    LONG_AGO = datetime(2025, 10, 14, 11, 0, tzinfo=UTC)
    BEFORE = datetime(2025, 12, 9, 5, 30, tzinfo=UTC)
    """The last releases before the story: what the fleet stands on."""
    FIX = datetime(2026, 1, 6, 6, 0, tzinfo=UTC)
    """Everything is built again with the mended OpenSSL."""
    LATER = datetime(2026, 1, 20, 6, 0, tzinfo=UTC)
    """A second round, two weeks on."""
    ADVISORIES = datetime(2026, 2, 2, 6, 0, tzinfo=UTC)
    """More holes become known, and no image is built again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One image of a line, and the tags that stand for it from then on."""

    line: Line
    wave: Wave
    tags: tuple[str, ...]
    """The first is the release's own; further ones move to it."""
    system: System


BASES: Final = tuple(
    Release(line=line, wave=wave, tags=tuple(tags.split()), system=system)
    for line, wave, tags, system in (
        (lines.PYTHON, Wave.LONG_AGO, "3.12.11-slim-bookworm", systems.DEBIAN),
        (lines.PYTHON, Wave.BEFORE, "3.12.12-slim-bookworm 3.12-slim-bookworm", systems.DEBIAN),
        (lines.PYTHON, Wave.BEFORE, "3.13.11-slim-bookworm 3.13-slim-bookworm", systems.DEBIAN),
        (lines.PYTHON, Wave.BEFORE, "3.12.12-alpine3.22 3.12-alpine", systems.ALPINE),
        (lines.PYTHON, Wave.FIX, "3.12.13-slim-bookworm 3.12-slim-bookworm", systems.DEBIAN_FIXED),
        (lines.PYTHON, Wave.FIX, "3.13.12-slim-bookworm 3.13-slim-bookworm", systems.DEBIAN_FIXED),
        (lines.PYTHON, Wave.LATER, "3.12.14-slim-bookworm 3.12-slim-bookworm", systems.DEBIAN_LATER),
        (lines.GOLANG, Wave.LONG_AGO, "1.25.4-bookworm", systems.DEBIAN),
        (lines.GOLANG, Wave.BEFORE, "1.25.5-bookworm 1.25-bookworm", systems.DEBIAN),
        (lines.GOLANG, Wave.FIX, "1.25.6-bookworm 1.25-bookworm", systems.DEBIAN_FIXED),
        (lines.NODE, Wave.BEFORE, "22.21.1-alpine3.22 22-alpine", systems.ALPINE),
        (lines.NODE, Wave.BEFORE, "24.11.1-alpine3.22 24-alpine", systems.ALPINE),
        (lines.NODE, Wave.FIX, "22.22.0-alpine3.22 22-alpine", systems.ALPINE_FIXED),
        (lines.NGINX, Wave.BEFORE, "1.28.0-alpine stable-alpine", systems.ALPINE),
        (lines.NGINX, Wave.BEFORE, "1.29.3-alpine mainline-alpine", systems.ALPINE),
        (lines.NGINX, Wave.FIX, "1.28.1-alpine stable-alpine", systems.ALPINE_FIXED),
        (lines.TEMURIN, Wave.BEFORE, "21.0.9_10-jre-noble 21-jre-noble", systems.UBUNTU),
        (lines.TEMURIN, Wave.BEFORE, "25.0.1_8-jre-noble 25-jre-noble", systems.UBUNTU),
        (lines.TEMURIN, Wave.LATER, "21.0.10_7-jre-noble 21-jre-noble", systems.UBUNTU_FIXED),
        (lines.MAVEN, Wave.BEFORE, "3.9.11-eclipse-temurin-21-noble", systems.UBUNTU),
        (lines.FRONTEND, Wave.BEFORE, "1.20 1", systems.BARE),
        (lines.PHP, Wave.LONG_AGO, "8.1.33-apache-bookworm", systems.DEBIAN),
        (lines.PHP, Wave.BEFORE, "8.1.34-apache-bookworm", systems.DEBIAN),
        (lines.POSTGRES, Wave.BEFORE, "17.7-alpine3.22 17-alpine", systems.ALPINE),
        (lines.POSTGRES, Wave.BEFORE, "17.7-alpine3.19", systems.ALPINE_PAST_ITS_END),
        (lines.POSTGRES, Wave.FIX, "17.8-alpine3.22 17-alpine", systems.ALPINE_FIXED),
        (lines.POSTGRES, Wave.FIX, "17.8-alpine3.19", systems.ALPINE_PAST_ITS_END),
        (lines.REDIS, Wave.BEFORE, "8.2.3-alpine3.22", systems.ALPINE),
        (lines.REDIS, Wave.FIX, "8.2.4-alpine3.22", systems.ALPINE_FIXED),
        (lines.BUSYBOX, Wave.BEFORE, "1.37.0 stable", systems.BARE),
        (lines.CURL, Wave.BEFORE, "8.17.0", systems.ALPINE),
        (lines.STATIC, Wave.BEFORE, "nonroot", systems.DISTROLESS),
        (lines.STATIC, Wave.FIX, "nonroot", systems.DISTROLESS_FIXED),
        (lines.GRAFANA, Wave.BEFORE, "12.3.0", systems.ALPINE),
        (lines.GRAFANA, Wave.FIX, "12.3.1", systems.ALPINE_FIXED),
        (lines.PROMETHEUS, Wave.BEFORE, "v3.8.0", systems.ALPINE),
        (lines.PROMETHEUS, Wave.FIX, "v3.8.1", systems.ALPINE_FIXED),
        (lines.LOGIN, Wave.BEFORE, "v7.13.0", systems.DISTROLESS),
        (lines.LOGIN, Wave.LATER, "v7.13.1", systems.DISTROLESS_FIXED),
        (lines.EXPORTER, Wave.BEFORE, "1.5.1", systems.DISTROLESS),
    )
)


CHARTS: Final = ((Wave.BEFORE, "charts/redis", "22.0.7"), (Wave.LATER, "charts/redis", "22.0.8"))
"""The company's copies of charts, name and version."""


def publish(registry: RegistrySandbox, wave: Wave) -> None:
    """Push what is published in a wave by others than the apps' own teams."""
    for release in BASES:
        if release.wave is wave:
            _publish(registry, release)
    for chart_wave, name, version in CHARTS:
        if chart_wave is wave:
            registry.push_chart(f"{COMPANY}/{name}", version)


def publish_own(registry: RegistrySandbox, image: Built, *, at: datetime) -> None:
    """Push an image of the company."""
    name = f"{COMPANY}/{image.name}"
    base_name, base_tag = image.base
    told = _told(title=name, version=image.tag, source=image.source, at=at)
    told["org.opencontainers.image.base.name"] = f"{base_name}:{base_tag}"
    told["org.opencontainers.image.base.digest"] = registry.store.manifest(base_name, base_tag).digest
    registry.push_image(
        name,
        image.tag,
        layers=[*image.steps, *_started(image.runtime)],
        labels=told,
        annotations=told,
        base=image.base,
        created=at,
        runtime=image.runtime,
    )


def _publish(registry: RegistrySandbox, release: Release) -> None:
    line, own = release.line, release.tags[0]
    short = line.name.rpartition("/")[2]
    told = _told(title=line.name, version=own, source=line.source, at=release.wave.value) | {
        "org.opencontainers.image.licenses": line.licenses
    }
    registry.push_image(
        line.name,
        own,
        layers=[
            *release.system.steps(line.installs.split()),
            Layer(instruction=line.made_by, files={**line.program(own), f"usr/local/share/{short}/VERSION": f"{own}\n".encode()}),
            *_started(line.runtime),
        ],
        labels=told,
        annotations=told,
        platforms=line.platforms,
        created=release.wave.value,
        runtime=line.runtime,
        attested=line.attested,
    )
    for tag in release.tags[1:]:
        registry.tag(line.name, tag, own)


def _started(runtime: Runtime) -> Iterator[Layer]:
    """The steps that say how it is started; they add no layer."""
    yield from (Layer(instruction=f"ENV {variable}") for variable in runtime.environment)
    yield from (Layer(instruction=f"EXPOSE {port}") for port in runtime.exposed_ports)
    if runtime.user:
        yield Layer(instruction=f"USER {runtime.user}")
    yield from (
        Layer(instruction=f"{name} {json.dumps(words)}")
        for name, words in (("ENTRYPOINT", runtime.entrypoint), ("CMD", runtime.command))
        if words
    )


def _told(*, title: str, version: str, source: str, at: datetime) -> dict[str, str]:
    """The labels that the OCI image specification defines, as builders fill them in."""
    return {
        "org.opencontainers.image.title": title.rpartition("/")[2],
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.created": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "org.opencontainers.image.source": f"https://github.com/{source}",
        "org.opencontainers.image.revision": hashlib.sha256(f"{source} {version}".encode()).hexdigest()[:40],
    }
