"""An image: no token, no folder, no fleet."""

from bot.inspect.inspector import Inspector
from bot.model.contents import Contents
from bot.model.image import ImageReference, Platform
from bot.pipeline.progress import Progress, silent
from bot.settings import Settings
from bot.wiring.clients import http_client, registry_client


def inspect(reference: ImageReference, settings: Settings, *, platform: Platform | None = None, progress: Progress = silent) -> Contents:
    """What is inside an image, asked of its registry. Raises RegistryError."""
    with http_client(settings) as http:
        return Inspector(registry=registry_client(settings, http)).inspect(reference, platform, progress)
