"""What opens images and tells of their holes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

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
from bot.assess.vex.applies import Statements, gaps
from bot.assess.vex.attached import AttachedStatements, AttachedTo
from bot.clients.http import HttpClient
from bot.clients.oci.client import RegistryClient
from bot.clients.short_memory import ShortMemory
from bot.inspect.attached.look import Look
from bot.inspect.attached.quiet import QuietRegistry
from bot.inspect.end_of_life import EndsOf, shipped
from bot.inspect.inspector import Inspector
from bot.inspect.lineage.lineages import Lineages
from bot.inspect.memory import LedgerMemory, RecordingInspector
from bot.inspect.registry import Registry
from bot.ledger.ledger import Ledger
from bot.model.contents import Contents
from bot.model.image import ImageReference
from bot.pipeline.fresh_ends import FreshEnds
from bot.pipeline.steps import ImageSteps
from bot.settings import Settings
from bot.settings.assess import OSV
from bot.watch.endoflife import EndOfLife
from bot.wiring.advisories import advisories
from bot.wiring.clients import Now, utc_now
from bot.wiring.scanners import scanners


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What opens images and tells of their holes."""

    inspector: RecordingInspector
    assessor: Assessor | None
    """None: the settings name nothing that tells of holes."""
    lineages: Lineages

    @property
    def steps(self) -> ImageSteps | None:
        """What opens the images of updates; None: nothing tells of holes."""
        return None if self.assessor is None else ImageSteps(self.inspector.inspect, self.assessor.assess)


@contextmanager
def opening(settings: Settings, http: HttpClient, registry: RegistryClient, ledger: Ledger, *, now: Now = utc_now) -> Iterator[Opening]:
    """What opens images, each layer once ever; what tells of their holes, in the order of trust."""
    memory = ShortMemory(settings.cache_path / "images.json")
    quiet = QuietRegistry(registry=registry, memory=memory, now=now)
    reader = Inspector(registry=quiet, memory=LedgerMemory(ledger.layers), ends_of=_ends_of(settings, http, memory))
    inspector = RecordingInspector(inspector=reader, ledger=ledger, now=now)
    lineages = Lineages(registry=quiet, ledger=ledger, now=now, memory=memory)
    try:
        with scanners(settings, http, registry, now) as servers, _assessor(settings, http, quiet, now, servers) as assessor:
            yield Opening(inspector=inspector, assessor=assessor, lineages=lineages)
    finally:
        memory.save(now())


def _ends_of(settings: Settings, http: HttpClient, memory: ShortMemory) -> EndsOf:
    """Until when distributions are cared for, refreshed where the settings say so and the network may be asked."""
    if settings.assess.end_of_life != "refreshed" or settings.assess.advisories != OSV:
        return shipped
    return FreshEnds(EndOfLife(http).ends, memory=memory, now=utc_now).of


@contextmanager
def _assessor(
    settings: Settings, http: HttpClient, registry: Registry, now: Now, servers: Sequence[HoleSource]
) -> Iterator[Assessor | None]:
    """The sources of holes that the settings name; None: they name none."""
    named = settings.assess
    documents = load([settings.beside(path) for path in (*named.vex, *named.reports)])
    exploited = None if named.known_exploited is None else load_exploited(settings.beside(named.known_exploited))
    scores = None if named.epss is None else load_scores(settings.beside(named.epss))
    late = (Failure(where=where, reason=reason) for where, reason in gaps(documents.statements, now()))
    unread = [*late, *documents.failures, *(one for one in (exploited, scores) if isinstance(one, Failure))]
    marks = Marks(exploited=exploited if isinstance(exploited, Catalogue) else None, scores=scores if isinstance(scores, Scores) else None)
    with advisories(settings, http, now=now) as store:
        reports = ReportsSource.by_form(documents.reports, now)
        reports += [ReportsSource(reports=())] if named.reports and not reports else []  # where none could be read, that is told
        sources: list[HoleSource] = [*servers, *reports]
        sources += [] if store is None else [OsvSource(advisories=store, now=now)]
        if not sources:
            yield None
            return
        attached = AttachedStatements(look=partial(_attached_to, registry), now=now)
        yield Assessor(
            sources=[*sources, attached, *([UnreadDocuments(failures=unread)] if unread else [])],
            statement_for=Statements.of(documents.statements, now).taking_away,
            marked=marks.on,
            marks=tuple(one.data for one in (marks.exploited, marks.scores) if one is not None),
        )


def _attached_to(registry: Registry, contents: Contents) -> AttachedTo:
    """The VEX documents that are attached to an image, and what of them could not be read."""
    look = Look(registry=registry, reference=ImageReference.parse(contents.image))
    found = [(one.where, one.document) for one in look.statements(contents)]
    return AttachedTo(documents=found, not_read=look.not_read)
