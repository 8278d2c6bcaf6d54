"""How far a fix has come behind the merge: in the images that an app publishes, and in each stage that runs them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from bot.model.built import AppImages, DeployedImage, PublishedBuild
from bot.model.exposure import Known, StageState
from bot.model.lineage import Confidence, FoundBase, Lineage
from bot.track.base_age import Age, BaseAges, Value

_WORST_FIRST: Final = (Known.NO, Known.UNKNOWN, Known.YES)
_CLOCKS_DIFFER: Final = timedelta(hours=1)
_REPRODUCIBLE_UNTIL: Final = 2000
"""Reproducible builds give a day near 1970 or 1980."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Whether one image has a fix. What another base makes of it: the fix is not in question there."""

    has_fix: Known
    why: str
    is_concerned: bool = True
    """False: the image stands on another base, so that the fix says nothing of it."""


Test = Callable[[PublishedBuild], Answer]
"""Whether an image has one fix."""


def on_base(
    name: str, ages: BaseAges, *, at_least: Value | None = None, newer_than: Value | None = None, not_before: Value | None = None
) -> Test:
    """Whether an image stands on `name` at one of these, or at a later one. Only what its layers prove counts as an answer.

    Where an app's files name several values of one base, an image on one before `not_before` may be built from another file.
    """

    def test(built: PublishedBuild) -> Answer:
        lineage = built.lineage
        if lineage is None:
            return Answer(has_fix=Known.UNKNOWN, why=built.problem or "what it stands on was not looked up")
        found = lineage.base
        if found is None:
            return Answer(has_fix=Known.UNKNOWN, why=lineage.unknown or "its base is not known")
        if not found.is_in_the_image:
            return Answer(has_fix=Known.UNKNOWN, why=f"{_named(found)} is said to be its base, and its layers do not prove that")
        base = digests_of(found)
        if not ages.knows(base):
            return _elsewhere(found, name)
        wanted = at_least or newer_than
        age = Age.UNKNOWN if wanted is None else ages.age(base, wanted)
        has_it = {Age.OLDER: Known.NO, Age.NEWER: Known.YES, Age.UNKNOWN: Known.UNKNOWN}
        verdict = has_it[age] if age is not Age.SAME else Known.YES if at_least else Known.NO
        if verdict is Known.NO and not_before is not None and ages.age(base, not_before) in {Age.OLDER, Age.UNKNOWN}:
            why = f"it stands on {_named(found)}, and which of the app's files it is built from is not known"
            return Answer(has_fix=Known.UNKNOWN, why=why, is_concerned=False)
        doubt = ", and which of the two is newer is not known" if verdict is Known.UNKNOWN else ""
        return Answer(has_fix=verdict, why=f"it stands on {_named(found)}{doubt}")

    return test


def built_after(merged_at: datetime, now: datetime) -> Test:
    """Whether an image was built after a merge, by its builder's own date: of what leaves no layers in it, nothing else tells.

    A date after the image was first seen here, or in the future, is no date: whoever writes one would be after every merge.
    """

    def test(built: PublishedBuild) -> Answer:
        created = _claimed(built)
        if created is None:
            return Answer(has_fix=Known.UNKNOWN, why=built.problem or "it does not tell when it was built")
        seen = min(built.first_seen or now, now)
        if created > seen + _CLOCKS_DIFFER:
            why = f"its builder says that it was built on {created:%Y-%m-%d}, after it was seen here on {seen:%Y-%m-%d}"
            return Answer(has_fix=Known.UNKNOWN, why=why)
        after = created > merged_at
        return Answer(
            has_fix=Known.YES if after else Known.NO,
            why=f"it was built on {created:%Y-%m-%d}, {'after' if after else 'before'} the merge, as its builder says",
        )

    return test


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How far one fix has come."""

    built: StageState | None
    """None: the app publishes no image that it concerns."""
    stages: tuple[StageState, ...] = ()

    @property
    def lacking(self) -> tuple[StageState, ...]:
        """Where it is known to be missing."""
        return tuple(state for state in (self.built, *self.stages) if state is not None and state.has_fix is Known.NO)

    @property
    def is_at_its_end(self) -> bool:
        """Whether everything that is known has it."""
        return all(state.has_fix is Known.YES for state in (self.built, *self.stages) if state is not None)


def way_of(images: AppImages, test: Test) -> Way:
    """How far a fix has come: an app's image has it where any of its newest builds does, a stage where all that runs there does.

    What is seen to run in a stage counts before what is only written to run there.
    """
    published = [(built, test(built)) for built in images.published]
    names = [_newest(list(one)) for _, one in groupby(published, key=lambda pair: pair[0].image.name)]
    concerned = [pair for pair in names if pair[1].is_concerned]
    stages = tuple(filter(None, (_stage(stage, list(some), test) for stage, some in _by_stage(images.deployed))))
    if images.unread:
        stages += (not_read(images.unread),)
    if not names:
        return Way(built=None, stages=stages)
    built, answer = min(concerned or names, key=lambda pair: _WORST_FIRST.index(pair[1].has_fix))
    state = StageState(
        stage="",
        image=built.short,
        has_fix=answer.has_fix,
        why=answer.why,
        since=built.first_seen or _claimed(built) if answer.has_fix is Known.YES else None,
        source="registry",
        reference=built.image,
    )
    return Way(built=state, stages=stages)


def not_read(why: str) -> StageState:
    """Of whatever stages a source would have told that was not read."""
    return StageState(stage="", image="", has_fix=Known.UNKNOWN, why=why)


def _claimed(built: PublishedBuild) -> datetime | None:
    """When a build was made, by its builder's word; None: it does not tell."""
    created = None if built.lineage is None else built.lineage.created_at
    return created if created is not None and created.year >= _REPRODUCIBLE_UNTIL else None


def _newest(builds: Sequence[tuple[PublishedBuild, Answer]]) -> tuple[PublishedBuild, Answer]:
    """Of one image's builds the one that tells most: that has the fix, else the newest that is concerned."""
    best = [pair for pair in builds if pair[1].has_fix is Known.YES and pair[1].is_concerned]
    if best:
        return best[0]
    return next((pair for pair in builds if pair[1].is_concerned), builds[0])


def _by_stage(deployed: Iterable[DeployedImage]) -> Iterable[tuple[str, list[DeployedImage]]]:
    found: dict[str, list[DeployedImage]] = defaultdict(list)
    for one in deployed:
        found[one.deployment.stage].append(one)
    return found.items()


def _stage(stage: str, deployed: Sequence[DeployedImage], test: Test) -> StageState | None:
    """The least that is known of one stage; None: nothing in it is concerned."""
    running = [one for one in deployed if one.deployment.is_running]
    answers = [(one, test(one.built)) for one in running or deployed]
    concerned = [pair for pair in answers if pair[1].is_concerned]
    if not concerned:
        return None
    one, answer = min(concerned, key=lambda pair: _WORST_FIRST.index(pair[1].has_fix))
    return StageState(
        stage=stage,
        image=one.built.short,
        has_fix=answer.has_fix,
        why=answer.why,
        since=one.deployment.since if answer.has_fix is Known.YES else None,
        source=f"{one.deployment.where} ({one.deployment.seen_by}, {one.deployment.as_of:%Y-%m-%d})",
        is_running=one.deployment.is_running,
    )


def _elsewhere(found: FoundBase, name: str) -> Answer:
    """Of an image on a base that no tag of `name` stood at."""
    if found.base.name == name:
        return Answer(has_fix=Known.UNKNOWN, why=f"it stands on {_named(found)}, which no tag was seen at")
    if found.confidence is not Confidence.PROVED:
        return Answer(has_fix=Known.UNKNOWN, why=f"it stands on {_named(found)}, and whether {name} lies between is not known")
    return Answer(has_fix=Known.YES, why=f"it stands on {_named(found)}, not on {name}", is_concerned=False)


def _named(found: FoundBase) -> str:
    base = found.base
    return base.familiar + (f":{base.tag}" if base.tag else "") + (f"@{base.digest.short}" if base.digest else "")


def base_in_use(lineage: Lineage | None) -> frozenset[str] | None:
    """The base that is in an image for sure, by all digests that stand for it; None: none is."""
    found = None if lineage is None else lineage.base
    return digests_of(found) if found is not None and found.is_in_the_image else None


def digests_of(found: FoundBase) -> frozenset[str]:
    """All digests that stand for a base."""
    return frozenset(filter(None, (found.base.digest, *found.digests)))
