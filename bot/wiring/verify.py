"""A rebuild held against what it was for: no token, no folder, no fleet."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath

from bot.clients.oci.client import RegistryClient
from bot.find.build_places import build_places
from bot.inspect.chain import chains
from bot.inspect.lineage.lineages import Lineages
from bot.ledger.ledger import Ledger
from bot.model.failure import Failure
from bot.model.image import ImageReference
from bot.model.lineage import Confidence
from bot.model.rebuild import BuildPlace, BuiltImage, RebuildFinding, WantedBase
from bot.pipeline.attempt import attempt
from bot.pipeline.progress import Progress, silent
from bot.pipeline.rebuild_goals import Asked, AskedPackage, goal_of
from bot.pipeline.rebuilt import assessed, built_image, rebuild_finding
from bot.settings import Settings
from bot.wiring.assess import opening
from bot.wiring.clients import http_client, registry_client


def verify(
    old: ImageReference,
    new: ImageReference,
    holes: Sequence[str],
    packages: Sequence[AskedPackage],
    settings: Settings,
    *,
    base: ImageReference | None = None,
    old_base: ImageReference | None = None,
    built_by: Sequence[Path] = (),
    now: datetime,
    progress: Progress = silent,
) -> RebuildFinding:
    """Whether a new build of an image brought what it was for. Raises RegistryError, and OSError for a file in `built_by`."""
    places = tuple(place for file in built_by for place in _places(file))
    with ExitStack() as stack:
        http = stack.enter_context(http_client(settings))
        ledger = stack.enter_context(closing(Ledger.open(settings.ledger_url)))
        registry = registry_client(settings, http)
        opened = stack.enter_context(opening(settings, http, registry, ledger, now=lambda: now))
        wanted = None if base is None else _wanted_base(registry, base, old_base)
        asked = Asked(holes=tuple(holes), packages=tuple(packages), base=wanted, places=places)
        before, after = (built_image(each, partial(opened.inspector.inspect, progress=progress)) for each in (old, new))
        after = replace(after, base_layers=_base_layers(after, new, opened.lineages, registry))
        assess = opened.assessor.assess if opened.assessor is not None and asked.needs_holes else None
        goal = goal_of(asked, before, after, {} if assess is None else assessed(before, assess))
        return rebuild_finding(before, after, goal, assess)


def _wanted_base(registry: RegistryClient, base: ImageReference, old: ImageReference | None) -> WantedBase:
    return WantedBase(name=str(base), layers=chains(registry, base), old_layers={} if old is None else chains(registry, old))


def _base_layers(image: BuiltImage, reference: ImageReference, lineages: Lineages, registry: RegistryClient) -> dict[str, int]:
    """How many layers of the image are its base's, where who built it says which one that is and its layers bear that out."""
    found: dict[str, int] = {}
    for platform in image.platforms:
        lineage = lineages.of(reference.at(digest=image.digest), platform)
        if isinstance(lineage, Failure) or lineage.base is None or lineage.base.confidence is not Confidence.PROVED:
            continue
        layers = attempt(str(lineage.base.base), partial(chains, registry, lineage.base.base))
        if not isinstance(layers, Failure) and platform in layers:
            found[platform] = len(layers[platform])
    return found


def _places(file: Path) -> tuple[BuildPlace, ...]:
    return build_places(PurePosixPath(file.as_posix()), file.read_text(encoding="utf-8", errors="replace"))
