"""Two images that were assessed, side by side: holes closed, left and brought. What was not checked closes nothing."""

from collections.abc import Iterator

from bot.assess.known import Known, names_of
from bot.model.assessment import AssessedImage, Dismissed, HoleChanges, Vulnerability
from bot.model.contents import Package


def hole_changes(old: AssessedImage, new: AssessedImage) -> HoleChanges:
    """What becomes of the known holes: closed only where the new image was checked for it, brought only where the old one was.

    Of images for two platforms, or that were not checked against the same data, nothing is clear.
    """
    is_comparable = old.contents.platform == new.contents.platform
    before, after = Known.of(old), Known.of(new)
    away = {name: one for one in new.assessment.dismissed for name in one.hole.names}
    closed: list[Vulnerability] = []
    dismissed: list[Dismissed] = []
    unclear: list[Vulnerability] = []
    for one in before.vulnerabilities:
        if after.has(one):
            continue
        word = next((away[name] for name in sorted(names_of(one)) if name in away), None)
        if word is not None:
            dismissed.append(word)
        elif is_comparable and after.was_checked_for(one):
            closed.append(one)
        else:
            unclear.append(one)
    brought: list[Vulnerability] = []
    left = [one for one in after.vulnerabilities if before.has(one)]
    was_away = {name for one in old.assessment.dismissed for name in one.hole.names}
    for one in after.vulnerabilities:
        if not before.has(one) and not was_away.isdisjoint(names_of(one)):
            # The statement that took it away is missing of the new image: the hole was there before.
            left.append(one)
        elif not before.has(one):
            (brought if is_comparable and before.was_checked_for(one) else unclear).append(one)
    return HoleChanges(
        closed=tuple(closed),
        left=tuple(left),
        brought=tuple(brought),
        unclear=tuple(unclear),
        dismissed=tuple(dismissed),
        taken_away=old.assessment.dismissed,
        data=tuple(source for source in new.assessment.data if any(source.name == other.name for other in old.assessment.data)),
        marks=new.assessment.marks,
        checked=min(len(old.assessment.checked), len(new.assessment.checked)),
        not_checked=tuple(_gaps(old, new)),
        has_unchecked_changes=_has_unchecked(old, new) or _has_unchecked(new, old),
        has_failed=any(gap.is_failure for image in (old, new) for gap in image.assessment.not_checked),
    )


def _has_unchecked(image: AssessedImage, other: AssessedImage) -> bool:
    """Whether an image holds a package, at a version that the other one lacks, that was not checked."""
    there = {_identity(package) for package in other.contents.packages}
    checked = set(image.assessment.checked)
    return any(package not in checked and _identity(package) not in there for package in image.contents.packages)


def _identity(package: Package) -> tuple[str, str, str, str]:
    return (package.type, package.namespace, package.name, package.version)


def _gaps(old: AssessedImage, new: AssessedImage) -> Iterator[str]:
    for which, image in (("the old image", old), ("the new image", new)):
        yield from (f"{which}: {gap}" for gap in image.assessment.not_checked)
