"""What opens images and tells of their holes."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from bot.assess.assessor import Assessor
from bot.assess.osv.kept import Kept
from bot.assess.osv.service import OsvService
from bot.assess.osv.source import OsvSource
from bot.clients.http import HttpClient
from bot.clients.oci.client import RegistryClient
from bot.inspect.inspector import Inspector
from bot.inspect.memory import LedgerMemory, RecordingInspector
from bot.ledger.ledger import Ledger
from bot.pipeline.steps import ImageSteps
from bot.settings import Settings
from bot.settings.assess import OFF
from bot.wiring.clients import utc_now


def make_inspector(registry: RegistryClient, ledger: Ledger) -> RecordingInspector:
    """What opens images, each layer once ever."""
    reader = Inspector(registry=registry, memory=LedgerMemory(ledger.layers))
    return RecordingInspector(inspector=reader, ledger=ledger, now=utc_now)


@contextmanager
def assessor(settings: Settings, http: HttpClient) -> Iterator[Assessor | None]:
    """The sources of holes that the settings name, in the order of trust; None: they name none."""
    with closing(Kept(settings.cache_path / "osv-1.sqlite3", now=utc_now)) as kept:
        if settings.assess.advisories == OFF:
            yield None
            return
        store = OsvService(http=http, base_url=settings.assess.osv_url, kept=kept)
        yield Assessor(sources=[OsvSource(advisories=store)])


@contextmanager
def image_steps(settings: Settings, http: HttpClient, registry: RegistryClient, ledger: Ledger) -> Iterator[ImageSteps | None]:
    """What opens the images of updates; None: nothing is configured that tells of holes."""
    with assessor(settings, http) as found:
        yield None if found is None else ImageSteps(make_inspector(registry, ledger).inspect, found.assess)
