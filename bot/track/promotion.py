"""What is not as it should be on the way to production: a stage that was skipped, one that is behind, one that takes nothing."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from bot.model.deployment import Deployment
from bot.model.exposure import Known
from bot.model.gap import Gap, GapKind
from bot.model.image import ImageReference
from bot.track.deployments.same_image import Kin
from bot.track.image_stages import ImageInStages, is_likely_same, shown, told


def promotion_gaps(image: ImageInStages, stages: Sequence[str], kin: Kin, *, frozen_after: timedelta, now: datetime) -> Iterator[Gap]:
    """Those of one image. `stages` are all, in the order of the way to production, which is the last of them."""
    if stages:
        yield from _skipped(image, stages, kin)
    yield from _behind(image, stages)
    yield from _frozen(image, stages, frozen_after, now)


def _skipped(image: ImageInStages, stages: Sequence[str], kin: Kin) -> Iterator[Gap]:
    """What is in production and was in no stage before it."""
    last = stages[-1]
    earlier = [stage for stage in stages[:-1] if image.stages.get(stage) or image.had.get(stage)]
    for one in _distinct(image.standing(last)):
        if not earlier:
            said = f"{shown(one.image)} is there, and nothing is known of a stage before it"
            yield _gap(GapKind.SKIPPED, image, last, said=said, evidence=(told(one),), is_so=Known.UNKNOWN)
            continue
        answers = [is_likely_same(one.image, other, kin) for stage in earlier for other in _was_there(image, stage)]
        if Known.YES in answers:
            continue
        standing = [other for stage in earlier for other in image.standing(stage)]
        is_newest = bool(standing) and all(image.releases.is_newer(one.image.tag, other.image.tag) for other in standing)
        if Known.UNKNOWN not in answers and any(image.releases.is_newer(other.image.tag, one.image.tag) for other in standing):
            continue  # it may have gone through before the bot looked; that it is behind is told
        is_so = Known.YES if is_newest and Known.UNKNOWN not in answers and not one.doubt else Known.UNKNOWN
        named = " and ".join(earlier)
        said = f"{shown(one.image)} is there and was not seen in {named}"
        yield _gap(GapKind.SKIPPED, image, last, said=said, evidence=(told(one), *map(told, _distinct(standing))), is_so=is_so)


def _was_there(image: ImageInStages, stage: str) -> Iterator[ImageReference]:
    yield from (one.image for one in image.stages.get(stage, ()) if not one.doubt)
    yield from (had.image for had in image.had.get(stage, ()))


def _behind(image: ImageInStages, stages: Sequence[str]) -> Iterator[Gap]:
    """Each stage against the nearest one before it that the image is in: the oldest here against the newest there."""
    present = [stage for stage in stages if image.stages.get(stage)]
    for before, stage in pairwise(present):
        here, there = _extreme(image, stage, is_newest=False), _extreme(image, before, is_newest=True)
        if here is None or there is None or not here.image.tag or not there.image.tag:
            continue
        if not image.releases.is_newer(there.image.tag, here.image.tag):
            continue
        releases = image.releases.between(here.image.tag, there.image.tag)
        count = "1 release" if releases == 1 else f"{releases} releases"
        days = _days_between(image, here.image.tag, there.image.tag)
        apart = "" if days is None else f" and {days} day{'' if days == 1 else 's'}"
        said = f"has {shown(here.image)}, {count}{apart} behind {before}, which has {shown(there.image)}"
        is_so = Known.UNKNOWN if here.doubt or there.doubt else Known.YES
        yield _gap(GapKind.BEHIND, image, stage, said=said, evidence=(told(here), told(there)), is_so=is_so)


def _extreme(image: ImageInStages, stage: str, *, is_newest: bool) -> Deployment | None:
    """The newest or the oldest of what is in a stage; None: nothing is, or two of them have no order."""
    standing = image.standing(stage)
    for one in standing:
        others = [other for other in standing if other.image.tag != one.image.tag]
        if all(
            image.releases.is_newer(one.image.tag, other.image.tag)
            if is_newest
            else image.releases.is_newer(other.image.tag, one.image.tag)
            for other in others
        ):
            return one
    return None


def _days_between(image: ImageInStages, old: str, new: str) -> int | None:
    first, second = image.releases.came(old), image.releases.came(new)
    return None if first is None or second is None or second < first else (second - first).days


def _frozen(image: ImageInStages, stages: Sequence[str], after: timedelta, now: datetime) -> Iterator[Gap]:
    for stage in stages:
        held = [one for one in image.stages.get(stage, ()) if one.frozen]
        if held:
            said = "; ".join(dict.fromkeys(one.frozen for one in held))
            yield _gap(GapKind.FROZEN, image, stage, said=said, evidence=tuple(map(told, _distinct(held))))
            continue
        oldest = _extreme(image, stage, is_newest=False)
        since = None if oldest is None or oldest.doubt else image.since(oldest)
        if oldest is None or since is None or now - since < after:
            continue
        newer = image.releases.newer_than(oldest.image.tag)
        if newer:
            count = f"{len(newer)} newer release{'' if len(newer) == 1 else 's'}"
            said = f"has {shown(oldest.image)} for {(now - since).days} days at least; there {'is' if len(newer) == 1 else 'are'} {count}"
            yield _gap(GapKind.FROZEN, image, stage, said=said, evidence=(told(oldest),))


def _distinct(deployments: Sequence[Deployment]) -> list[Deployment]:
    """One for each image and stage."""
    return list({(str(one.image), one.stage): one for one in reversed(deployments)}.values())[::-1]


def _gap(kind: GapKind, image: ImageInStages, stage: str, *, said: str, evidence: tuple[str, ...], is_so: Known = Known.YES) -> Gap:
    return Gap(kind=kind, app=image.app_name, image=image.name, stage=stage, said=said, evidence=evidence, is_so=is_so)
