"""How far a fix has come in an image that is used as others build it: in each stage where it is seen to run.

What is merged is written to run by that; only what a source saw to run tells more. Pods name no repo: where a stage runs such an image both
with and without the fix, nobody knows which of them is the app's.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.model.deployment import Deployment, SeenBy
from bot.model.exposure import Known, StageState
from bot.model.image import ImageReference
from bot.track.base_age import Age, BaseAges, Value
from bot.track.deployments.same_image import Kin
from bot.track.way import Way, not_read

_HAS: Final = {Age.OLDER: Known.NO, Age.SAME: Known.YES, Age.NEWER: Known.YES, Age.UNKNOWN: Known.UNKNOWN}
_SAID: Final = {Known.YES: "has it", Known.NO: "does not have it", Known.UNKNOWN: "which of the two is newer is not known"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One image that nobody in the fleet builds, wherever it is deployed."""

    deployments: tuple[Deployment, ...] = ()
    """In the order of the way to production."""
    kin: Kin = field(default_factory=Kin)
    problem: str = ""
    """Why a source that could tell more was not read; empty: all were. What it does not tell ends nothing."""


def way_of_used(used: Used, ages: BaseAges, at_least: Value, written_at: Collection[str]) -> Way | None:
    """How far it has come; None: nothing tells what runs. `written_at` are the places (`Deployment.where`) where the app's files name it.

    Where the stages of these are known, what runs in others is not the app's.
    """
    mine = {one.stage for one in used.deployments if one.seen_by is SeenBy.MANIFEST and one.where in written_at} - {""}
    by_stage: dict[str, list[Deployment]] = defaultdict(list)
    for one in used.deployments:
        if one.is_running and (not mine or one.stage in mine):
            by_stage[one.stage].append(one)
    stages = tuple(_state(stage, running, used.kin, ages, at_least) for stage, running in by_stage.items())
    if used.problem:
        stages += (not_read(used.problem),)
    return Way(built=None, stages=stages) if stages else None


def _state(stage: str, running: Sequence[Deployment], kin: Kin, ages: BaseAges, at_least: Value) -> StageState:
    answers = [(_HAS[_age(one.image, kin, ages, at_least)], one) for one in running]
    said = {answer for answer, _ in answers}
    answer, one = next((pair for pair in answers if pair[0] is not Known.YES), answers[0])
    if len(said) == 1:
        has_fix, why = answer, f"it runs {_shown(one.image)}, which {_SAID[answer]}" if answer is not Known.UNKNOWN else _doubt(one)
    else:
        has_fix, why = Known.UNKNOWN, f"it runs {_several(one.image for _, one in answers)}, and which of these is the app's is not known"
    return StageState(
        stage=stage,
        image=_shown(one.image),
        has_fix=has_fix,
        why=why,
        since=max((each.since for each in running if each.since), default=None) if has_fix is Known.YES else None,
        source=f"{one.where} ({one.seen_by}, {one.as_of:%Y-%m-%d})",
        is_running=True,
    )


def _doubt(one: Deployment) -> str:
    return f"it runs {_shown(one.image)}, and {_SAID[Known.UNKNOWN]}"


def _age(image: ImageReference, kin: Kin, ages: BaseAges, than: Value) -> Age:
    """By its digest where that was seen at a tag, by itself or as an index's; else by its tag, where that alone is asked for."""
    if image.digest is not None:
        indexes = {index for index, held in kin.platforms.items() if any(image.digest in some for some in held.values())}
        digests = frozenset({image.digest, *indexes})
        if than.short and any(digest.partition(":")[2].startswith(than.short) for digest in digests):
            return Age.SAME
        if ages.knows(digests):
            return ages.age(digests, than)
    if image.tag is None or (image.tag == than.tag and than.short):
        return Age.UNKNOWN
    return ages.age_of_tag(image.tag, than.tag)


def _several(images: Iterable[ImageReference]) -> str:
    shown = sorted(set(map(_shown, images)))
    return " and ".join(shown[:2]) + (f" and {len(shown) - 2} more" if len(shown) > 2 else "")  # noqa: PLR2004 - as many as are named


def _shown(image: ImageReference) -> str:
    tag = f":{image.tag}" if image.tag else ""
    return image.familiar + tag + (f"@{image.digest.short}" if image.digest else "")
