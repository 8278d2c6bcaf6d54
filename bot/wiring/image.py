"""Images: no token, no folder, no fleet."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from bot.explain.compare import differences
from bot.inspect.compare import compare as compare_contents
from bot.inspect.inspector import Inspector
from bot.inspect.memory import LedgerMemory, RecordingInspector
from bot.ledger.ledger import Ledger
from bot.model.comparison import Comparison
from bot.model.contents import Contents
from bot.model.image import ImageReference, Platform
from bot.model.notes import ImageFacts
from bot.pipeline.progress import Progress, silent
from bot.settings import Settings
from bot.wiring.clients import http_client, registry_client, utc_now


def inspect(reference: ImageReference, settings: Settings, *, platform: Platform | None = None, progress: Progress = silent) -> Contents:
    """What is inside an image, asked of its registry; layers that were read before are not read again. Raises RegistryError."""
    with _inspector(settings) as inspector:
        return inspector.inspect(reference, platform, progress)


def compare(
    old: ImageReference, new: ImageReference, settings: Settings, *, platform: Platform | None = None, progress: Progress = silent
) -> Comparison:
    """What of one image is not in the other. Raises RegistryError."""
    with _inspector(settings) as inspector:
        before, after = (inspector.inspect(reference, platform, progress) for reference in (old, new))
    return compare_contents(before, after, differences(_facts(before), _facts(after)))


@contextmanager
def _inspector(settings: Settings) -> Iterator[RecordingInspector]:
    with http_client(settings) as http, closing(Ledger.open(settings.ledger_url)) as ledger:
        inspector = Inspector(registry=registry_client(settings, http), memory=LedgerMemory(ledger.layers))
        yield RecordingInspector(inspector=inspector, ledger=ledger, now=utc_now)


def _facts(contents: Contents) -> ImageFacts:
    """How an image runs, in the form that notes on updates have it."""
    runs = contents.configuration
    return ImageFacts(
        labels=dict(runs.labels),
        platforms=contents.platforms,
        user=runs.user,
        entrypoint=runs.entrypoint,
        command=runs.command,
        environment=runs.environment,
        exposed_ports=runs.exposed_ports,
        working_folder=runs.working_folder,
        volumes=runs.volumes,
        healthcheck=runs.healthcheck,
        stop_signal=runs.stop_signal,
    )
