"""An image: no token, no folder, no fleet."""

from contextlib import closing

from bot.inspect.inspector import Inspector
from bot.inspect.memory import LedgerMemory
from bot.ledger.ledger import Ledger
from bot.model.contents import Contents
from bot.model.image import ImageReference, Platform
from bot.pipeline.progress import Progress, silent
from bot.settings import Settings
from bot.wiring.clients import http_client, registry_client


def inspect(reference: ImageReference, settings: Settings, *, platform: Platform | None = None, progress: Progress = silent) -> Contents:
    """What is inside an image, asked of its registry; layers that were read before are not read again. Raises RegistryError."""
    with http_client(settings) as http, closing(Ledger.open(settings.ledger_url)) as ledger:
        inspector = Inspector(registry=registry_client(settings, http), memory=LedgerMemory(ledger.layers))
        return inspector.inspect(reference, platform, progress)
