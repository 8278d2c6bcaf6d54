"""What asks the outside world: made once for a command, closed with it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from bot.clients.address import host_and_port
from bot.clients.http import HttpClient, HttpLimits
from bot.clients.oci.client import RegistryClient
from bot.clients.oci.credentials import DockerKeychain, Login
from bot.clients.oci.endpoint import DOCKER_HUB_HOST, Mirror
from bot.clients.pacing import Pacing
from bot.clients.reach import Reach
from bot.model.secret import Secret
from bot.settings import Settings

Now = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def is_upstream(settings: Settings) -> bool:
    """Whether our own GitHub is the one that other projects live on: only then its token may be shown there."""
    return settings.github.upstream_api_url == settings.github.api_url


def http_client(settings: Settings, *, name: str = "http", limits: HttpLimits | None = None, pacing: Pacing | None = None) -> HttpClient:
    """What asks web interfaces, with answers kept in a file of its own name."""
    return HttpClient(cache=settings.cache_path / f"{name}.sqlite3", reach=reach(settings), limits=limits, pacing=pacing)


def reach(settings: Settings) -> Reach:
    """Which hosts may be asked: public ones, and those that the configuration, its secrets or a `docker login` name."""
    registries = {prefix: registry.location or prefix for prefix, registry in settings.registries.items()}
    hosts = {location.partition("/")[0] for location in registries.values()} | keychain(settings).hosts()
    urls = [settings.github.api_url, settings.github.upstream_api_url, f"https://{DOCKER_HUB_HOST}"]
    urls += [rule.content_trust.server for rule in settings.signatures if rule.content_trust]
    urls += [settings.assess.osv_url, settings.assess.archives_url, *(scanner.url for scanner in settings.scanners)]
    urls += [f"{scheme}://{host}" for host in hosts for scheme in ("https", "http")]
    plain = {location.partition("/")[0] for prefix, location in registries.items() if settings.registries[prefix].plain_http}
    return Reach(
        named=frozenset(map(_host_and_port, urls)),
        private_hosts=settings.network.private_hosts,
        only_hosts=settings.network.only_hosts,
        plain_http=frozenset(
            [
                *(_host_and_port(f"http://{host}") for host in plain),
                *(_host_and_port(scanner.url) for scanner in settings.scanners if scanner.plain_http),
            ]
        ),
    )


def _host_and_port(url: str) -> str:
    host, port = host_and_port(url)
    return f"{host}:{port}"


def upstream_token(settings: Settings) -> Secret | None:
    """What github.com is shown where the repos live elsewhere: the token for our own GitHub is not for another."""
    return settings.secrets.upstream_token


def notices(settings: Settings, *, clones: Path | None = None) -> tuple[str, ...]:
    """What a run will suffer from, though nothing of it is wrong; `clones` is the folder of them where they are the fleet."""
    return tuple(_notices(settings, clones))


def _notices(settings: Settings, clones: Path | None) -> Iterator[str]:
    if clones is not None and settings.properties.read:
        yield "properties.read does nothing here: a folder of clones has no custom properties"
    named = settings.track
    if clones is not None and named.asks_github:
        yield "what track says of GitHub's deployments, records and attestations does nothing here: the fleet is a folder of clones"
    has_own = is_upstream(settings) and (clones is None or settings.secrets.github_token is not None)
    if not has_own and settings.secrets.upstream_token is None:
        host = urlsplit(settings.github.upstream_api_url).netloc
        remedy = "set REBUILD_BOT_UPSTREAM_TOKEN to one of it that needs no permission"
        yield f"{host} is asked without a token, 60 times an hour at most; {remedy}"


def registry_client(settings: Settings, http: HttpClient) -> RegistryClient:
    return RegistryClient(http=http, keychain=keychain(settings), mirrors=mirrors(settings))


def mirrors(settings: Settings) -> dict[str, Mirror]:
    """Where images are asked for instead of where their names say."""
    return {
        prefix: Mirror(prefix=prefix, location=registry.location or prefix, plain_http=registry.plain_http)
        for prefix, registry in settings.registries.items()
        if registry.location or registry.plain_http
    }


def keychain(settings: Settings) -> DockerKeychain:
    """What the configuration names for a registry, else what Docker would use."""
    named = settings.secrets.registries.items()
    return DockerKeychain(known={host: Login(username=known.username, password=known.password) for host, known in named})
