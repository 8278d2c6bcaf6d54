"""Images: no token, no folder, no fleet."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.assess.assessor import Assessor
from bot.assess.who_must_move import Standing, who_must_move
from bot.clients.oci.session import RegistryError
from bot.inspect.memory import RecordingInspector
from bot.ledger.ledger import Ledger
from bot.model.assessment import AssessedImage, Assessment, HoleChanges
from bot.model.base_state import Lag
from bot.model.comparison import Comparison
from bot.model.contents import Contents
from bot.model.dependency import OCI, Dependency
from bot.model.failure import told
from bot.model.image import ImageReference, InvalidReferenceError, Platform
from bot.model.mover import Move
from bot.pipeline.progress import Progress, silent
from bot.pipeline.steps import compare_contents, step_between
from bot.settings import Settings
from bot.wiring.assess import opening
from bot.wiring.clients import http_client, registry_client

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
        opener = _Opener(inspector=inspector, assessor=known, progress=progress)
        image = opener.assessed(contents)
        moves = who_must_move(opener.standing(image, reference, platform), now.date())
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opener:
    """Opens images and tells their holes."""

    inspector: RecordingInspector
    assessor: Assessor
    progress: Progress

    def assessed(self, contents: Contents) -> AssessedImage:
        return AssessedImage(contents=contents, assessment=self.assessor.assess(contents))

    def standing(self, image: AssessedImage, reference: ImageReference, platform: Platform | None) -> Standing:
        """What the image stands on: the base that its labels name, where its layers bear that out; else it is taken as a base itself."""
        named = _base_reference(image.contents)
        base = None if named is None or named.digest is None else self._opened(named, platform)
        if named is not None and base is not None and _stands_on(image.contents, base):
            newest = self._opened(replace(named, digest=None), platform) if named.tag else None
            return Standing(image=image, base=base, newest_base=None if newest is None else self.assessed(newest))
        if reference.digest is None:
            return Standing(image=image, base=image.contents, newest_base=image)
        newest = self._opened(replace(reference, digest=None), platform) if reference.tag else None
        return Standing(image=image, base=image.contents, newest_base=None if newest is None else self.assessed(newest))

    def _opened(self, reference: ImageReference, platform: Platform | None) -> Contents | None:
        try:
            return self.inspector.inspect(reference, platform, self.progress)
        except RegistryError as error:
            log.info("inspect.base_not_read", image=str(reference), error=str(error))
            return None


def _base_reference(contents: Contents) -> ImageReference | None:
    """The base as the image's labels name it; they are their publisher's word."""
    if contents.base is None or not contents.base.name:
        return None
    try:
        return replace(ImageReference.parse(contents.base.name), digest=contents.base.digest)
    except InvalidReferenceError:
        return None


def _stands_on(contents: Contents, base: Contents) -> bool:
    """Whether the image begins with all the layers of its base."""
    below = [layer.diff_id for layer in base.layers]
    return bool(below) and [layer.diff_id for layer in contents.layers[: len(below)]] == below


@contextmanager
def _opening(settings: Settings, now: datetime) -> Iterator[tuple[RecordingInspector, Assessor | None, Ledger]]:
    with ExitStack() as stack:
        http = stack.enter_context(http_client(settings))
        ledger = stack.enter_context(closing(Ledger.open(settings.ledger_url)))
        opened = stack.enter_context(opening(settings, http, registry_client(settings, http), ledger, now=lambda: now))
        yield opened.inspector, opened.assessor, ledger
