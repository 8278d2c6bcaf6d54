"""What opens images and tells of their holes."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.assess.assessor import Assessor
from bot.assess.documents import Failure, UnreadDocuments, load
from bot.assess.epss import Scores
from bot.assess.epss import load as load_scores
from bot.assess.exploited import Catalogue
from bot.assess.exploited import load as load_exploited
from bot.assess.marks import Marks
from bot.assess.osv.source import OsvSource
from bot.assess.reports.source import ReportsSource
from bot.assess.source import HoleSource
from bot.assess.vex.applies import Statements
from bot.clients.http import HttpClient
from bot.clients.oci.client import RegistryClient
from bot.inspect.inspector import Inspector
from bot.inspect.memory import LedgerMemory, RecordingInspector
from bot.ledger.ledger import Ledger
from bot.pipeline.steps import ImageSteps
from bot.settings import Settings
from bot.wiring.advisories import advisories
from bot.wiring.clients import utc_now


def make_inspector(registry: RegistryClient, ledger: Ledger) -> RecordingInspector:
    """What opens images, each layer once ever."""
    reader = Inspector(registry=registry, memory=LedgerMemory(ledger.layers))
    return RecordingInspector(inspector=reader, ledger=ledger, now=utc_now)


@contextmanager
def assessor(settings: Settings, http: HttpClient) -> Iterator[Assessor | None]:
    """The sources of holes that the settings name, in the order of trust; None: they name none."""
    named = settings.assess
    documents = load([settings.beside(path) for path in (*named.vex, *named.reports)])
    exploited = None if named.known_exploited is None else load_exploited(settings.beside(named.known_exploited))
    scores = None if named.epss is None else load_scores(settings.beside(named.epss))
    unread = [*documents.failures, *(one for one in (exploited, scores) if isinstance(one, Failure))]
    marks = Marks(exploited=exploited if isinstance(exploited, Catalogue) else None, scores=scores if isinstance(scores, Scores) else None)
    with advisories(settings, http) as store:
        sources: list[HoleSource] = [ReportsSource(reports=documents.reports)] if named.reports else []
        sources += [] if store is None else [OsvSource(advisories=store)]
        if not sources:
            yield None
            return
        yield Assessor(
            sources=[*sources, *([UnreadDocuments(failures=unread)] if unread else [])],
            statement_for=Statements.of(documents.statements).taking_away,
            marked=marks.on,
            marks=tuple(one.data for one in (marks.exploited, marks.scores) if one is not None),
        )


@contextmanager
def image_steps(settings: Settings, http: HttpClient, registry: RegistryClient, ledger: Ledger) -> Iterator[ImageSteps | None]:
    """What opens the images of updates; None: nothing is configured that tells of holes."""
    with assessor(settings, http) as found:
        yield None if found is None else ImageSteps(make_inspector(registry, ledger).inspect, found.assess)
