"""The images of others that the demo's organisation stands on: a line each, with what all its releases share."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.sandbox.demo.language_packages import installed_by_pip
from bot.sandbox.registry import Runtime
from bot.sandbox.registry.images import Files

_BOTH: Final = ("linux/amd64", "linux/arm64")
_PLAIN: Final = Runtime()


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
    installs: str = ""
    """Packages of the system that it has beside the system's own."""
    made_by: str = "COPY . /usr/local/ # buildkit"
    """The instruction of its last layer."""
    program: Callable[[str], Files] = lambda _: {}
    """What that layer holds of other package managers, for a version."""


def _python(version: str) -> Files:
    cycle = ".".join(version.split(".")[:2])
    return installed_by_pip(f"usr/local/lib/python{cycle}/site-packages", pip="25.0.1")


def _node(_version: str) -> Files:
    own = "usr/local/lib/node_modules/npm"
    told = {own: ("npm", "10.9.4"), f"{own}/node_modules/tar": ("tar", "6.2.1"), f"{own}/node_modules/semver": ("semver", "7.6.3")}
    return {f"{folder}/package.json": json.dumps({"name": name, "version": version}).encode() for folder, (name, version) in told.items()}


PYTHON: Final = Line(
    name="docker.io/library/python",
    source="docker-library/python",
    licenses="PSF-2.0",
    runtime=Runtime(command=("python3",), environment=("LANG=C.UTF-8",)),
    attested=True,
    installs="ca-certificates libexpat1 libffi8 libreadline8 libsqlite3-0 libssl3 netbase openssl tzdata",
    made_by="RUN ./configure --enable-optimizations && make install # buildkit",
    program=_python,
)
GOLANG: Final = Line(
    name="docker.io/library/golang",
    source="docker-library/golang",
    licenses="BSD-3-Clause",
    attested=True,
    installs="ca-certificates git libcurl4 libexpat1 libssl3 netbase openssl tzdata",
    made_by="COPY /target/ / # buildkit",
)
NODE: Final = Line(
    name="docker.io/library/node",
    source="nodejs/docker-node",
    licenses="MIT",
    runtime=Runtime(command=("node",)),
    attested=True,
    installs="libgcc libstdc++",
    made_by="RUN addgroup -g 1000 node && tar -xJf node.tar.xz -C /usr/local # buildkit",
    program=_node,
)
NGINX: Final = Line(
    name="docker.io/library/nginx",
    source="nginx/docker-nginx",
    licenses="BSD-2-Clause",
    runtime=Runtime(command=("nginx", "-g", "daemon off;"), exposed_ports=("80/tcp",)),
    attested=True,
    installs="curl libcurl libxml2 nghttp2-libs pcre2 tzdata",
    made_by="RUN apk add nginx-module-njs # buildkit",
)
TEMURIN: Final = Line(
    name="docker.io/library/eclipse-temurin",
    source="adoptium/containers",
    licenses="Apache-2.0",
    attested=True,
    installs="ca-certificates fontconfig libexpat1 openssl tzdata",
    made_by="RUN tar --extract --file /tmp/openjdk.tar.gz --directory /opt/java/openjdk # buildkit",
)
MAVEN: Final = Line(
    name="docker.io/library/maven",
    source="carlossg/docker-maven",
    licenses="Apache-2.0",
    attested=True,
    installs="ca-certificates fontconfig libexpat1 openssl tzdata",
)
FRONTEND: Final = Line(name="docker.io/docker/dockerfile", source="moby/buildkit", licenses="Apache-2.0")
PHP: Final = Line(
    name="docker.io/library/php",
    source="docker-library/php",
    licenses="PHP-3.01",
    attested=True,
    installs="apache2-bin ca-certificates libcurl4 libexpat1 libsqlite3-0 libssl3 openssl",
)
POSTGRES: Final = Line(
    name="docker.io/library/postgres",
    source="docker-library/postgres",
    licenses="PostgreSQL",
    attested=True,
    installs="icu-libs libxml2 tzdata",
    made_by="RUN make -C contrib install # buildkit",
)
REDIS: Final = Line(
    name="docker.io/library/redis",
    source="redis/docker-library-redis",
    licenses="AGPL-3.0-only",
    attested=True,
    installs="setpriv tzdata",
    made_by="RUN make install # buildkit",
)
BUSYBOX: Final = Line(name="docker.io/library/busybox", source="docker-library/busybox", licenses="GPL-2.0-only", attested=True)
CURL: Final = Line(
    name="docker.io/curlimages/curl",
    source="curl/curl-container",
    licenses="curl",
    installs="curl libcurl nghttp2-libs",
)
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
    installs="ca-certificates tzdata",
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
