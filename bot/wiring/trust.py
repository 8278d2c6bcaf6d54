"""What holds the signatures of images against the configuration, and against what admission controllers demand."""

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.clients.oci.client import RegistryClient
from bot.inspect.admission.policy import ImagePolicy
from bot.inspect.trust.trust import Trust
from bot.settings import Settings
from bot.watch.github import GitHubApi


def make_trust(
    settings: Settings,
    registry: RegistryClient,
    upstream: GitHubApi,
    *,
    now: datetime,
    elsewhere: Callable[[], Iterable[ImagePolicy]] = tuple,
) -> Trust:
    """What the settings demand; `upstream` is asked for attestations, `elsewhere` gives policies that are no files here.

    Nobody is asked where `signatures` is empty or off, and no policy of an admission controller is named.
    """
    if not (settings.signatures or settings.admission.policies or settings.admission.repos):
        return Trust((), digest_of=registry.digest)
    # Loads what reads keys and certificates, which a start without any demand has no use for.
    from bot.wiring.demanded import demanded  # noqa: PLC0415

    return demanded(settings, registry, upstream, now=now, elsewhere=elsewhere)
