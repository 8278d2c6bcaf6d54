"""Track: which published images a rebuild would put on a newer base, from what Git asks for and what the images stand on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from bot.model.failure import ToldError, told
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.model.lineage import Lineage
from bot.model.rebuild import RebuildGoal, WantedBase, WantedFix
from bot.model.rebuild_order import RebuildEvent, RebuildKey, RebuildPolicy, RebuildRule, RebuildStep, RebuildWish

Chains = Callable[[ImageReference], Mapping[str, tuple[str, ...]]]
"""The layers of an image on each platform (`bot.inspect.chain`). Raises ToldError."""
_NO_LAYERS: Final = "has no platform whose layers are known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Builds:
    """The app whose repo builds an image."""

    app: str
    repo: str
    default_branch: str
    release: str = ""
    """The tag of its newest release; empty: none is known."""
    files_on: Callable[[str], tuple[PurePosixPath, ...]] = lambda _: ()
    """The Dockerfiles of the app whose last stage names a base, by that base's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """An image that an app publishes, as it is now."""

    image: ImageReference
    """With its tag."""
    digest: Digest
    """Where the tag stands."""
    base: ImageReference
    """What Git asks for as the base of its last stage: with its digest, which a rolling tag stands at now."""
    lineage: Lineage | None = None
    """On what it stands; None: not known."""
    fixes: tuple[WantedFix, ...] = ()
    """What the newer base is known to fix in it."""


def wish_for(published: Published, builds: Builds, rule: RebuildRule, chains: Chains) -> RebuildWish | str | None:
    """What is to be rebuilt; None: it stands on the base that Git asks for, on every platform; a text: why that is not known.

    Nothing is started for an image whose base is not known for sure: a build would not show whether it helped.
    """
    if published.base.digest is None:
        return f"At which digest {published.base} stands is not known."
    try:
        layers = chains(published.base)
        own = chains(published.image.at(digest=published.digest))
    except ToldError as error:
        return told(error)
    if not layers or not own:
        return f"{published.base if not layers else published.image} {_NO_LAYERS}."
    missing = sorted(own.keys() - layers.keys())
    if missing:
        return f"{published.base} is not for {', '.join(missing)}: an image on it can't be told there."
    if all(mine[: len(layers[platform])] == layers[platform] for platform, mine in own.items()):
        return None
    old, reason = _old_base(published.lineage, chains)
    named = published.base.at(tag=published.base.tag)
    base = WantedBase(name=f"{named}@{published.base.digest.short}", layers=layers, old_layers=old)
    return RebuildWish(
        app=builds.app,
        repo=builds.repo,
        default_branch=builds.default_branch,
        release=builds.release,
        image=published.image,
        published=published.digest,
        base=str(named),
        base_digest=published.base.digest,
        goal=RebuildGoal(packages=published.fixes, base=base),
        rule=replace(rule, policy=RebuildPolicy.REPORT) if reason else rule,
        files=builds.files_on(published.base.name),
        doubt=reason,
    )


def _old_base(lineage: Lineage | None, chains: Chains) -> tuple[Mapping[str, tuple[str, ...]], str]:
    """The layers of what it stands on, and why that is not known for sure; empty: it is."""
    if lineage is None or lineage.base is None:
        return {}, (lineage.unknown if lineage is not None else "") or "the base of the published image is not known"
    if not lineage.base.is_in_the_image:
        return {}, "the base of the published image is only claimed"
    try:
        return chains(lineage.base.base), ""
    except ToldError as error:
        # It is in the image, though it can't be had any more: that is known by the ledger.
        return {}, "" if lineage.base.digests else told(error)


def wish_again(key: RebuildKey, past: Iterable[RebuildEvent], builds: Builds, rule: RebuildRule, chains: Chains) -> RebuildWish | str:
    """The wish behind a rebuild that was asked for and is not judged, wanted or not any more; a text: why it can't be made."""
    asked: Sequence[RebuildEvent] = [event for event in past if event.key == key and event.step is RebuildStep.ASKED]
    if not asked:
        return f"{key.image}: what was asked for is not known any more."
    try:
        image, base = ImageReference.parse(key.image), ImageReference.parse(asked[-1].said)
        layers = chains(base.at(digest=key.base))
    except (InvalidReferenceError, ToldError) as error:
        return f"{key.image}: {told(error) if isinstance(error, ToldError) else error}"
    return RebuildWish(
        app=builds.app,
        repo=builds.repo,
        default_branch=builds.default_branch,
        release=builds.release,
        image=image,
        published=Digest(asked[-1].digest),
        base=asked[-1].said,
        base_digest=key.base,
        goal=RebuildGoal(base=WantedBase(name=f"{base}@{key.base.short}", layers=layers)),
        rule=rule,
        files=builds.files_on(base.name),
    )
