"""What the bot needs of registries: that each one which the configuration or a `docker login` names answers, with its credential."""

from collections.abc import Iterator
from typing import Final

from bot.clients.http import HttpClient
from bot.clients.oci.client import RegistryClient, RegistryError
from bot.clients.workers import Workers
from bot.model.checkup import Checkup, Subject
from bot.model.image import DOCKER_HUB
from bot.settings import Settings
from bot.wiring.clients import keychain, registry_client

_ABOUT: Final = Subject("registries")
_WORKERS: Final = 8


def look_at_registries(settings: Settings, http: HttpClient) -> Iterator[Checkup]:
    """Each registry by its root; Docker Hub in any case. Whether an image may be pulled is known once it is asked for."""
    registry, chain = registry_client(settings, http), keychain(settings)
    prefixes = dict.fromkeys([DOCKER_HUB, *settings.registries, *sorted(chain.hosts())])
    yield from _missing(settings)
    with Workers(_WORKERS, "registries") as pool:
        yield from pool.map(lambda prefix: _greeted(registry, prefix), prefixes)


def _missing(settings: Settings) -> Iterator[Checkup]:
    """Credentials that the configuration names and the environment does not have."""
    for prefix, registry in settings.registries.items():
        host = (registry.location or prefix).partition("/")[0]
        if registry.username_from is not None and host not in settings.secrets.registries:
            said = f"{registry.username_from} or {registry.password_from} is not set"
            remedy = "Set both in the environment, or take their names out of the configuration"
            yield _ABOUT.wrong(f"{prefix}: credential", said, remedy)


def _greeted(registry: RegistryClient, prefix: str) -> Checkup:
    try:
        host = registry.greet(prefix)
    except RegistryError as error:
        return _ABOUT.failed(prefix, error, "Check the registry")
    return _ABOUT.fine(prefix, f"{host} answers")
