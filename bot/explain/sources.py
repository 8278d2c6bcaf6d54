"""Where an image's or a chart's source is: by its label, else by what is known of it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

GITHUB: Final = "github.com"
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)

KNOWN: Final[Mapping[str, str]] = {
    "docker.io/bitnami/kubectl": "kubernetes/kubernetes",
    "docker.io/fluent/fluent-bit": "fluent/fluent-bit",
    "docker.io/grafana/grafana": "grafana/grafana",
    "docker.io/grafana/loki": "grafana/loki",
    "docker.io/grafana/tempo": "grafana/tempo",
    "docker.io/hashicorp/terraform": "hashicorp/terraform",
    "docker.io/hashicorp/vault": "hashicorp/vault",
    "docker.io/library/caddy": "caddyserver/caddy",
    "docker.io/library/composer": "composer/composer",
    "docker.io/library/eclipse-temurin": "adoptium/containers",
    "docker.io/library/influxdb": "influxdata/influxdb",
    "docker.io/library/kong": "Kong/kong",
    "docker.io/library/memcached": "memcached/memcached",
    "docker.io/library/nats": "nats-io/nats-server",
    "docker.io/library/nginx": "nginx/nginx",
    "docker.io/library/node": "nodejs/node",
    "docker.io/library/php": "php/php-src",
    "docker.io/library/redis": "redis/redis",
    "docker.io/library/registry": "distribution/distribution",
    "docker.io/library/rust": "rust-lang/rust",
    "docker.io/library/telegraf": "influxdata/telegraf",
    "docker.io/library/traefik": "traefik/traefik",
    "docker.io/library/valkey": "valkey-io/valkey",
    "docker.io/prom/alertmanager": "prometheus/alertmanager",
    "docker.io/prom/node-exporter": "prometheus/node_exporter",
    "docker.io/prom/prometheus": "prometheus/prometheus",
    "docker.io/rancher/k3s": "k3s-io/k3s",
    "quay.io/argoproj/argocd": "argoproj/argo-cd",
    "quay.io/jetstack/cert-manager-controller": "cert-manager/cert-manager",
    "quay.io/keycloak/keycloak": "keycloak/keycloak",
    "quay.io/prometheus/alertmanager": "prometheus/alertmanager",
    "quay.io/prometheus/node-exporter": "prometheus/node_exporter",
    "quay.io/prometheus/prometheus": "prometheus/prometheus",
}
"""Images without a source label whose releases are published on GitHub, by their name in normal form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRepo:
    """A repo on a host that speaks GitHub's API."""

    address: str
    """Scheme and host, and the path below which GitHub lies there."""
    name: str
    """`owner/name`."""
    tag_prefix: str | None = None
    """Of the releases that count, where the configuration says so."""
    changelog: str | None = None
    """The path of its changelog, where the configuration says so."""

    @classmethod
    def parse(cls, url: str, hosts: Iterable[str]) -> Self | None:
        """The repo that a label names: `https://host/owner/name[.git][/...]`, `git@host:owner/name`, `host/owner/name`.

        None: it is not one of `hosts` (`host[:port][/path]`, the path below which its repos are), or no repo.
        """
        text = url.strip()[:500].removeprefix("git+")
        if text.startswith("git@"):
            text = "https://" + text.removeprefix("git@").replace(":", "/", 1)
        if "://" not in text:
            text = f"https://{text}"
        try:
            address = urlsplit(text)
        except ValueError:
            return None
        host = address.netloc.rpartition("@")[2].lower().removeprefix("www.")
        parts = [part for part in address.path.split("/") if part]
        place = next((known for known in hosts if [host, *parts][: known.count("/") + 1] == known.split("/")), None)
        below = parts if place is None else parts[place.count("/") :]
        if place is None or len(below) < 2:  # noqa: PLR2004 - owner and name
            return None
        owner, name = below[0], below[1].removesuffix(".git")
        if not (_NAME.fullmatch(owner) and _NAME.fullmatch(name)) or {owner, name} & {".", ".."}:
            return None
        scheme = "http" if address.scheme == "http" else "https"
        return cls(address=f"{scheme}://{place}", name=f"{owner}/{name}")

    @property
    def url(self) -> str:
        return f"{self.address}/{self.name}"

    def compare_url(self, old: str, new: str) -> str:
        return f"{self.url}/compare/{old}...{new}"
