"""What every look at pins works with, whether it is at a folder or at a fleet."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.clients.http import HttpClient
from bot.clients.oci.client import RegistryClient
from bot.clients.once import once
from bot.decide.case import Detail
from bot.decide.decider import Decider
from bot.decide.image_evidence import ImageEvidence
from bot.ledger.ledger import Ledger
from bot.model.dependency import OCI, Dependency, Release
from bot.model.image import Digest, ImageReference, Platform
from bot.model.lineage import BuiltBy
from bot.model.notes import ImageFacts
from bot.model.rules import Rule
from bot.model.signature import SignatureCheck
from bot.model.update import Update
from bot.pipeline.charts import ChartSteps
from bot.pipeline.parts import Parts
from bot.pipeline.progress import Progress
from bot.pipeline.steps import ImageSteps
from bot.pipeline.tripwire import Tripwire
from bot.settings import Settings
from bot.track.stages import stages_of
from bot.watch import datasources
from bot.watch.charts import chart_places
from bot.watch.github import GitHubApi
from bot.watch.watcher import Watcher
from bot.wiring.clients import keychain

Facts = Callable[[ImageReference, Platform | None], ImageFacts]
PlatformsOf = Callable[[ImageReference], tuple[str, ...]]

_PLATFORMS_STAY: Final = timedelta(days=7)
"""How long a tag's platforms are believed without asking what it stands for today: a rebuild hardly ever drops one."""


def make_watcher(settings: Settings, *, http: HttpClient, registry: RegistryClient, upstream: GitHubApi) -> Watcher:
    places = datasources(http=http, registry=registry, github=upstream, keychain=keychain(settings))
    return Watcher(places, workers=settings.limits.parallel_lookups)


def chart_steps(settings: Settings, *, http: HttpClient, registry: RegistryClient, watcher: Watcher) -> ChartSteps:
    """What opens the charts of updates; which versions there are the watcher has asked for already."""

    def versions_of(dependency: Dependency) -> list[str]:
        return [release.value for release in watcher.look_up([dependency])[dependency].releases]

    return ChartSteps(chart_places(http=http, registry=registry, keychain=keychain(settings)), versions_of)


def make_parts(
    settings: Settings,
    *,
    watcher: Watcher,
    facts: Facts,
    platforms_of: PlatformsOf,
    ledger: Ledger,
    progress: Progress,
    above: Sequence[Rule] = (),
    detail: Detail = Detail.NEWER,
    steps: ImageSteps | None = None,
    built_by: Callable[[ImageReference], Sequence[BuiltBy]] | None = None,
    signature_of: Callable[[Update], SignatureCheck | None],
) -> Parts:
    """`above` are rules that come after those of the settings, and so win; `detail` is which values decisions tell about.

    `steps` opens the images of updates, `built_by` asks for their provenance where a tag moved, `signature_of` for who signed.
    """
    evidence = ImageEvidence(
        facts,
        platforms_of,
        needed=settings.platforms,
        step_of=steps.of if steps else lambda _: None,
        signature_of=signature_of,
    )
    return Parts(
        watcher=watcher,
        decider=Decider((*settings.rules, *above), settings.catalogue.entries, evidence=evidence, detail=detail),
        ledger=ledger,
        stage_of=stages_of(settings.stages),
        stages=tuple(settings.stages),
        steps=steps,
        tripwire=Tripwire(facts=facts, accepted=settings.tripwire.accepted, built_by=built_by),
        progress=progress,
    )


def remembered_facts(registry: RegistryClient, watcher: Watcher, ledger: Ledger, now: datetime) -> Facts:
    """What the registry tells of an image, asked for once and kept in the ledger's history. What a tag stands for the watcher knows."""

    @once
    def known(reference: ImageReference, platform: Platform | None) -> ImageFacts:
        found = registry.facts(reference, platform)
        ledger.images.record_facts(found, now)
        return found

    def facts(reference: ImageReference, platform: Platform | None) -> ImageFacts:
        if reference.digest is not None:
            return known(reference, platform)
        tagged = Release(dependency=Dependency(datasource=OCI, name=reference.name), value=reference.tag or "latest")
        digest = watcher.describe(tagged).digest
        return known(reference.at(tag=tagged.value, digest=Digest(digest) if digest else None), platform)

    return facts


def remembered_platforms(registry: RegistryClient, ledger: Ledger, now: datetime) -> PlatformsOf:
    """Which platforms an image is for: a digest is asked for once and for all, a tag that stands alone once a week."""

    @once
    def platforms_of(reference: ImageReference) -> tuple[str, ...]:
        tagged = Release(dependency=Dependency(datasource=OCI, name=reference.name), value=reference.tag or "latest")
        digest = reference.digest or ledger.sightings.latest_digest(tagged.dependency, tagged.value, since=now - _PLATFORMS_STAY)
        known = None if digest is None else ledger.images.platforms(digest)
        if known is not None:
            return known
        found = registry.published(reference)
        ledger.images.record_published(found)
        if reference.digest is None:
            ledger.sightings.seen(replace(tagged, digest=found.digest), now)
        return found.platforms

    return platforms_of
