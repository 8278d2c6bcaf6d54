"""Images: no token, no folder, no fleet."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog

from bot.assess.assessor import Assessor
from bot.assess.who_must_move import who_must_move
from bot.clients.oci.session import RegistryError
from bot.inspect.memory import RecordingInspector
from bot.ledger.ledger import Ledger
from bot.model.assessment import AssessedImage, Assessment, HoleChanges
from bot.model.base_state import Lag
from bot.model.comparison import Comparison
from bot.model.contents import Contents
from bot.model.dependency import OCI, Dependency
from bot.model.failure import Failure, told
from bot.model.image import ImageReference, Platform
from bot.model.mover import Move
from bot.model.update import Propose, UpToDate
from bot.pipeline.attempt import attempt
from bot.pipeline.progress import Progress, silent
from bot.pipeline.standing import standing_of
from bot.pipeline.steps import ImageSteps, compare_contents, step_between
from bot.settings import Settings
from bot.wiring.assess import opening
from bot.wiring.clients import http_client, registry_client
from bot.wiring.local import candidates

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What is inside an image, and what is known of its holes."""

    contents: Contents
    assessment: Assessment | None = None
    """None: not asked for."""
    moves: tuple[Move, ...] = ()
    """Whose turn it is, for each hole."""
    others: tuple[tuple[str, Comparison | str], ...] = ()
    """The image's other platforms, each compared with this one, or why it can't be; empty: not asked for, or there are none."""
    lag: Lag | None = None
    """How long its publisher took so far from a fix to an image that has it; None: nothing was seen."""


def inspect(
    reference: ImageReference,
    settings: Settings,
    *,
    now: datetime,
    platform: Platform | None = None,
    with_holes: bool = True,
    all_platforms: bool = False,
    progress: Progress = silent,
) -> Inspected:
    """What is inside an image, asked of its registry; layers that were read before are not read again. Raises RegistryError."""
    with _opening(settings, now) as (inspector, known, ledger):
        contents = inspector.inspect(reference, platform, progress)
        others = tuple(_others(inspector, reference, contents, progress)) if all_platforms else ()
        if known is None or not with_holes:
            return Inspected(contents=contents, others=others)
        steps = ImageSteps(partial(inspector.inspect, progress=progress), known.assess)
        image = AssessedImage(contents=contents, assessment=known.assess(contents))
        opened = partial(_opened, steps, platform)
        moves = who_must_move(standing_of(image, _newest(image.contents, reference, settings), opened), now.date())
        dependency = str(Dependency(datasource=OCI, name=reference.name))
        lag = Lag.of(ledger.base_fixes.of([dependency])[dependency])
    return Inspected(contents=contents, assessment=image.assessment, moves=moves, others=others, lag=lag)


def _others(
    inspector: RecordingInspector, reference: ImageReference, contents: Contents, progress: Progress
) -> Iterator[tuple[str, Comparison | str]]:
    """Each other platform of the image, beside the one that was opened."""
    for platform in contents.platforms:
        if platform == contents.platform or platform.startswith("unknown/"):
            continue
        try:
            other = inspector.inspect(reference.at(tag=reference.tag, digest=contents.index_digest), Platform.parse(platform), progress)
        except RegistryError as error:
            yield platform, told(error)
        else:
            yield platform, compare_contents(contents, replace(other, platform=contents.platform))


def compare(
    old: ImageReference,
    new: ImageReference,
    settings: Settings,
    *,
    now: datetime,
    platform: Platform | None = None,
    with_holes: bool = True,
    progress: Progress = silent,
) -> tuple[Comparison, HoleChanges | None]:
    """What of one image is not in the other, and what becomes of holes; None: not asked for. Raises RegistryError."""
    with _opening(settings, now) as (inspector, known, _):
        before, after = (inspector.inspect(reference, platform, progress) for reference in (old, new))
        if known is None or not with_holes:
            return compare_contents(before, after), None
        step = step_between(*(AssessedImage(contents=each, assessment=known.assess(each)) for each in (before, after)))
    return step.comparison, step.holes


def _newest(contents: Contents, reference: ImageReference, settings: Settings) -> ImageReference | None:
    """The newest image of the tag's line, by the rules that `check` obeys; None: not known, or the image stands on another one."""
    if reference.tag is None or (contents.base is not None and contents.base.digest is not None):
        return None
    tagged = replace(reference, digest=None)
    found = attempt(str(tagged), lambda: candidates(tagged, settings, largest=None, tags=None))
    match None if isinstance(found, Failure) else found.verdict:
        case Propose(update=update):
            return update.new_image
        case UpToDate():
            return tagged
        case _:
            return None


def _opened(steps: ImageSteps, platform: Platform | None, reference: ImageReference) -> AssessedImage | None:
    found = attempt(str(reference), lambda: steps.image(reference, platform))
    return None if isinstance(found, Failure) else found


@contextmanager
def _opening(settings: Settings, now: datetime) -> Iterator[tuple[RecordingInspector, Assessor | None, Ledger]]:
    with ExitStack() as stack:
        http = stack.enter_context(http_client(settings))
        ledger = stack.enter_context(closing(Ledger.open(settings.ledger_url)))
        opened = stack.enter_context(opening(settings, http, registry_client(settings, http), ledger, now=lambda: now))
        yield opened.inspector, opened.assessor, ledger
