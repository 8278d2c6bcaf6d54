"""The images of the demo and when each was published: upstream's, the platform team's own, and those of the apps."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from bot.sandbox.demo import systems
from bot.sandbox.demo.systems import System
from bot.sandbox.registry import RegistrySandbox, Runtime

COMPANY: Final = "registry.acme.example"
_BOTH: Final = ("linux/amd64", "linux/arm64")
_PLAIN: Final = Runtime()


class Wave(Enum):
    """When something is published: its value is the date."""

    LONG_AGO = datetime(2025, 10, 14, 11, 0, tzinfo=UTC)
    BEFORE = datetime(2025, 12, 9, 5, 30, tzinfo=UTC)
    """The last releases before the story: what the fleet stands on."""
    FIX = datetime(2026, 1, 6, 6, 0, tzinfo=UTC)
    """Everything is built again with the mended OpenSSL."""
    LATER = datetime(2026, 1, 20, 6, 0, tzinfo=UTC)
    """A second round, two weeks on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An image name, and what all its releases share."""

    name: str
    """With its registry, as files write it."""
    source: str
    """The GitHub repo that it is built from."""
    licenses: str
    platforms: tuple[str, ...] = _BOTH
    runtime: Runtime = _PLAIN
    attested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One image of a line, and the tags that stand for it from then on."""

    line: Line
    wave: Wave
    tags: tuple[str, ...]
    """The first is the release's own; further ones move to it."""
    system: System


PYTHON: Final = Line(
    name="docker.io/library/python",
    source="docker-library/python",
    licenses="PSF-2.0",
    runtime=Runtime(command=("python3",), environment=("LANG=C.UTF-8",)),
    attested=True,
)
GOLANG: Final = Line(name="docker.io/library/golang", source="docker-library/golang", licenses="BSD-3-Clause", attested=True)
NODE: Final = Line(
    name="docker.io/library/node", source="nodejs/docker-node", licenses="MIT", runtime=Runtime(command=("node",)), attested=True
)
NGINX: Final = Line(
    name="docker.io/library/nginx",
    source="nginx/docker-nginx",
    licenses="BSD-2-Clause",
    runtime=Runtime(command=("nginx", "-g", "daemon off;"), exposed_ports=("80/tcp",)),
    attested=True,
)
TEMURIN: Final = Line(name="docker.io/library/eclipse-temurin", source="adoptium/containers", licenses="Apache-2.0", attested=True)
MAVEN: Final = Line(name="docker.io/library/maven", source="carlossg/docker-maven", licenses="Apache-2.0", attested=True)
FRONTEND: Final = Line(name="docker.io/docker/dockerfile", source="moby/buildkit", licenses="Apache-2.0")
PHP: Final = Line(name="docker.io/library/php", source="docker-library/php", licenses="PHP-3.01", attested=True)
POSTGRES: Final = Line(name="docker.io/library/postgres", source="docker-library/postgres", licenses="PostgreSQL", attested=True)
REDIS: Final = Line(name="docker.io/library/redis", source="redis/docker-library-redis", licenses="AGPL-3.0-only", attested=True)
BUSYBOX: Final = Line(name="docker.io/library/busybox", source="docker-library/busybox", licenses="GPL-2.0-only", attested=True)
CURL: Final = Line(name="docker.io/curlimages/curl", source="curl/curl-container", licenses="curl")
STATIC: Final = Line(
    name="gcr.io/distroless/static-debian12",
    source="GoogleContainerTools/distroless",
    licenses="Apache-2.0",
    runtime=Runtime(user="65532"),
)
GRAFANA: Final = Line(
    name="docker.io/grafana/grafana",
    source="grafana/grafana",
    licenses="AGPL-3.0-only",
    runtime=Runtime(user="472", entrypoint=("/run.sh",), exposed_ports=("3000/tcp",)),
)
PROMETHEUS: Final = Line(
    name="quay.io/prometheus/prometheus",
    source="prometheus/prometheus",
    licenses="Apache-2.0",
    runtime=Runtime(user="nobody", entrypoint=("/bin/prometheus",), exposed_ports=("9090/tcp",)),
)
LOGIN: Final = Line(
    name="quay.io/oauth2-proxy/oauth2-proxy",
    source="oauth2-proxy/oauth2-proxy",
    licenses="MIT",
    runtime=Runtime(user="65532", entrypoint=("/bin/oauth2-proxy",)),
)
EXPORTER: Final = Line(name="docker.io/nginx/nginx-prometheus-exporter", source="nginx/nginx-prometheus-exporter", licenses="Apache-2.0")

BASES: Final = tuple(
    Release(line=line, wave=wave, tags=tuple(tags.split()), system=system)
    for line, wave, tags, system in (
        (PYTHON, Wave.LONG_AGO, "3.12.11-slim-bookworm", systems.DEBIAN),
        (PYTHON, Wave.BEFORE, "3.12.12-slim-bookworm 3.12-slim-bookworm", systems.DEBIAN),
        (PYTHON, Wave.BEFORE, "3.13.11-slim-bookworm 3.13-slim-bookworm", systems.DEBIAN),
        (PYTHON, Wave.BEFORE, "3.12.12-alpine3.22 3.12-alpine", systems.ALPINE),
        (PYTHON, Wave.FIX, "3.12.13-slim-bookworm 3.12-slim-bookworm", systems.DEBIAN_FIXED),
        (PYTHON, Wave.FIX, "3.13.12-slim-bookworm 3.13-slim-bookworm", systems.DEBIAN_FIXED),
        (PYTHON, Wave.LATER, "3.12.14-slim-bookworm 3.12-slim-bookworm", systems.DEBIAN_LATER),
        (GOLANG, Wave.LONG_AGO, "1.25.4-bookworm", systems.DEBIAN),
        (GOLANG, Wave.BEFORE, "1.25.5-bookworm 1.25-bookworm", systems.DEBIAN),
        (GOLANG, Wave.FIX, "1.25.6-bookworm 1.25-bookworm", systems.DEBIAN_FIXED),
        (NODE, Wave.BEFORE, "22.21.1-alpine3.22 22-alpine", systems.ALPINE),
        (NODE, Wave.BEFORE, "24.11.1-alpine3.22 24-alpine", systems.ALPINE),
        (NODE, Wave.FIX, "22.22.0-alpine3.22 22-alpine", systems.ALPINE_FIXED),
        (NGINX, Wave.BEFORE, "1.28.0-alpine stable-alpine", systems.ALPINE),
        (NGINX, Wave.BEFORE, "1.29.3-alpine mainline-alpine", systems.ALPINE),
        (NGINX, Wave.FIX, "1.28.1-alpine stable-alpine", systems.ALPINE_FIXED),
        (TEMURIN, Wave.BEFORE, "21.0.9_10-jre-noble 21-jre-noble", systems.UBUNTU),
        (TEMURIN, Wave.BEFORE, "25.0.1_8-jre-noble 25-jre-noble", systems.UBUNTU),
        (TEMURIN, Wave.LATER, "21.0.10_7-jre-noble 21-jre-noble", systems.UBUNTU_FIXED),
        (MAVEN, Wave.BEFORE, "3.9.11-eclipse-temurin-21-noble", systems.UBUNTU),
        (FRONTEND, Wave.BEFORE, "1.20 1", systems.ALPINE),
        (PHP, Wave.LONG_AGO, "8.1.33-apache-bookworm", systems.DEBIAN),
        (PHP, Wave.BEFORE, "8.1.34-apache-bookworm", systems.DEBIAN),
        (POSTGRES, Wave.BEFORE, "17.7-alpine3.22 17-alpine", systems.ALPINE),
        (REDIS, Wave.BEFORE, "8.2.3-alpine3.22", systems.ALPINE),
        (REDIS, Wave.FIX, "8.2.4-alpine3.22", systems.ALPINE_FIXED),
        (BUSYBOX, Wave.BEFORE, "1.37.0 stable", systems.ALPINE),
        (CURL, Wave.BEFORE, "8.17.0", systems.ALPINE),
        (STATIC, Wave.BEFORE, "nonroot", systems.DISTROLESS),
        (STATIC, Wave.FIX, "nonroot", systems.DISTROLESS_FIXED),
        (GRAFANA, Wave.BEFORE, "12.3.0", systems.ALPINE),
        (GRAFANA, Wave.FIX, "12.3.1", systems.ALPINE_FIXED),
        (PROMETHEUS, Wave.BEFORE, "v3.8.0", systems.ALPINE),
        (PROMETHEUS, Wave.FIX, "v3.8.1", systems.ALPINE_FIXED),
        (LOGIN, Wave.BEFORE, "v7.13.0", systems.DISTROLESS),
        (LOGIN, Wave.LATER, "v7.13.1", systems.DISTROLESS_FIXED),
        (EXPORTER, Wave.BEFORE, "1.5.1", systems.DISTROLESS),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An image of the company, built on another one of the table."""

    name: str
    """The repository under `registry.acme.example`."""
    tag: str
    base: tuple[str, str]
    """Name and tag, as the Dockerfile writes them."""
    source: str
    """The GitHub repo that it is built from."""


OWN_BASE: Final = Built(name="base/python", tag="3.12-r7", base=(PYTHON.name, "3.12.12-slim-bookworm"), source="acme/base-images")
OWN_BASE_FIXED: Final = Built(name="base/python", tag="3.12-r8", base=(PYTHON.name, "3.12.13-slim-bookworm"), source="acme/base-images")
"""What the platform team's pipeline publishes once its own update is merged."""

APPS: Final = (
    *(
        Built(name="apps/payments-service", tag=tag, base=(TEMURIN.name, "21.0.9_10-jre-noble"), source="acme/payments-service")
        for tag in ("4.18.2", "4.18.3", "4.19.0-rc.1")
    ),
    *(
        Built(name="apps/storefront", tag=tag, base=(NGINX.name, "1.28.0-alpine"), source="acme/storefront")
        for tag in ("7.4.0", "7.4.1", "7.5.0")
    ),
    *(
        Built(name="apps/orders-api", tag=tag, base=(PYTHON.name, "3.12.12-slim-bookworm"), source="acme/orders-api")
        for tag in ("2.2.7", "2.3.0")
    ),
    Built(name="apps/nightly-settlement", tag="1.9.3", base=(PYTHON.name, "3.12-slim-bookworm"), source="acme/nightly-settlement"),
    Built(name="apps/invoice-worker", tag="5.1.0", base=(f"{COMPANY}/base/python", "3.12-r7"), source="acme/invoice-worker"),
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
    layer = {f"opt/{image.name}/VERSION": f"{image.tag}\n".encode()}
    registry.push_image(name, image.tag, layers=[layer], labels=told, annotations=told, base=image.base, created=at)


def _publish(registry: RegistrySandbox, release: Release) -> None:
    line, own = release.line, release.tags[0]
    told = _told(title=line.name, version=own, source=line.source, at=release.wave.value) | {
        "org.opencontainers.image.licenses": line.licenses
    }
    registry.push_image(
        line.name,
        own,
        layers=[release.system.layer, {f"usr/local/share/{line.name.rpartition('/')[2]}/VERSION": f"{own}\n".encode()}],
        labels=told,
        annotations=told,
        platforms=line.platforms,
        created=release.wave.value,
        runtime=line.runtime,
        attested=line.attested,
    )
    for tag in release.tags[1:]:
        registry.tag(line.name, tag, own)


def _told(*, title: str, version: str, source: str, at: datetime) -> dict[str, str]:
    """The labels that the OCI image specification defines, as builders fill them in."""
    return {
        "org.opencontainers.image.title": title.rpartition("/")[2],
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.created": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "org.opencontainers.image.source": f"https://github.com/{source}",
        "org.opencontainers.image.revision": hashlib.sha256(f"{source} {version}".encode()).hexdigest()[:40],
    }
