"""Where an image reference is asked for: Docker Hub's real host, mirrors, plain HTTP on loopback."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.clients.address import is_loopback
from bot.model.image import DOCKER_HUB, ImageReference

DOCKER_HUB_HOST: Final = "registry-1.docker.io"
"""Where Docker Hub speaks the distribution API (Docker's documentation, "registry-1")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """Images whose name begins with `prefix` are asked for at `location` instead: a pull-through cache, an air-gapped copy."""

    prefix: str
    """A registry, or a registry and the beginning of a path: `docker.io`, `docker.io/library`."""
    location: str
    """Host, port and path to put in its place: `cache.example.org:5000/hub`."""
    plain_http: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where the API of a repository answers."""

    scheme: str
    host: str
    """With its port, as in a URL."""
    repository: str
    credential_host: str
    """The name under which credentials for it are kept: `docker.io` for Docker Hub, else the host."""

    def url(self, path: str) -> str:
        """The address of what the repository has at `path` (`tags/list`, `manifests/3.12`)."""
        return f"{self.scheme}://{self.host}/v2/{self.repository}/{path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host(Endpoint):
    """The API's own root, which tells whether a credential is taken (distribution specification, "Determining Support")."""

    def url(self, path: str) -> str:
        return f"{self.scheme}://{self.host}/v2/{path}"


def resolve(reference: ImageReference, mirrors: Mapping[str, Mirror]) -> Endpoint:
    """The endpoint of a reference's repository. The longest mirror prefix that fits wins."""
    mirror = _mirror(reference.name, mirrors)
    if mirror is None:
        host = DOCKER_HUB_HOST if reference.registry == DOCKER_HUB else reference.registry
        return Endpoint(
            scheme="http" if is_loopback(host) else "https",
            host=host,
            repository=reference.repository,
            credential_host=reference.registry,
        )
    host, _, path = mirror.location.partition("/")
    rest = reference.name.removeprefix(mirror.prefix).lstrip("/")
    return Endpoint(
        scheme="http" if mirror.plain_http or is_loopback(host) else "https",
        host=DOCKER_HUB_HOST if host == DOCKER_HUB else host,
        repository="/".join(filter(None, (path.strip("/"), rest))),
        credential_host=host,
    )


def host_of(prefix: str, mirrors: Mapping[str, Mirror]) -> Host:
    """The root of the registry that is asked for what begins with a prefix: `docker.io`, `docker.io/library`."""
    mirror = _mirror(prefix, mirrors)
    named = (mirror.location if mirror else prefix).partition("/")[0]
    is_plain = is_loopback(named) or (mirror is not None and mirror.plain_http)
    host = DOCKER_HUB_HOST if named == DOCKER_HUB else named
    return Host(scheme="http" if is_plain else "https", host=host, repository="", credential_host=named)


def _mirror(name: str, mirrors: Mapping[str, Mirror]) -> Mirror | None:
    fitting = [mirror for mirror in mirrors.values() if name == mirror.prefix or name.startswith(f"{mirror.prefix}/")]
    return max(fitting, key=lambda mirror: len(mirror.prefix), default=None)
