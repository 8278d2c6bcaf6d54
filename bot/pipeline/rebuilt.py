"""Inspect, assess: a published image on each of its platforms, and what a new build of it came to."""

from collections.abc import Callable, Collection, Mapping, Sequence

from bot.assess.changes import hole_changes
from bot.inspect.rebuild.judge import judge
from bot.model.assessment import AssessedImage, Assessment, HoleChanges
from bot.model.contents import Contents
from bot.model.failure import ToldError, told
from bot.model.image import ImageReference, Platform
from bot.model.rebuild import BuiltImage, RebuildFinding, RebuildGoal, plain_platform

Inspect = Callable[[ImageReference, Platform | None], Contents]
Assess = Callable[[Contents], Assessment]


def built_image(reference: ImageReference, inspect: Inspect, *, only: Collection[str] | None = None) -> BuiltImage:
    """A published image, opened on every platform that its index names. Raises ToldError where there is no such image.

    Of `only` those platforms, where some are named: others are not opened.

    A platform that can't be opened stands there with the reason. All platforms are of one index, also where the tag moves meanwhile.
    """
    first = inspect(reference, None)
    digest = first.index_digest or first.digest
    platforms: dict[str, Contents | str] = {plain_platform(first.platform): first}
    for text in first.platforms:
        is_wanted = only is None or plain_platform(text) in only
        if not is_wanted or text.startswith("unknown/") or plain_platform(text) in platforms:
            continue
        try:
            platforms[plain_platform(text)] = inspect(reference.at(digest=digest), Platform.parse(text))
        except ToldError as error:
            platforms[plain_platform(text)] = told(error)
    return BuiltImage(image=str(reference.at(tag=reference.tag)), digest=digest, platforms=platforms)


def changes_of(old: Mapping[str, AssessedImage], new: Mapping[str, AssessedImage]) -> dict[str, HoleChanges]:
    """What becomes of holes on each platform that both images have."""
    return {platform: hole_changes(old[platform], new[platform]) for platform in old if platform in new}


def assessed(image: BuiltImage, assess: Assess) -> dict[str, AssessedImage]:
    """Each platform that could be opened, with its known holes."""
    opened: Sequence[tuple[str, Contents]] = [(name, each) for name, each in image.platforms.items() if not isinstance(each, str)]
    return {platform: AssessedImage(contents=contents, assessment=assess(contents)) for platform, contents in opened}


def rebuild_finding(old: BuiltImage, new: BuiltImage, goal: RebuildGoal, assess: Assess | None = None) -> RebuildFinding:
    """Whether the new build brought what it was for. Without `assess` no hole counts as closed."""
    with_holes = assess is not None and any(wanted.holes for wanted in goal.packages)
    changes = changes_of(assessed(old, assess), assessed(new, assess)) if assess is not None and with_holes else None
    return judge(old, new, goal, changes)
