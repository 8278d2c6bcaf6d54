"""The verdict on a new build of an image: what each platform shows, and what that comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.inspect.rebuild import remedies
from bot.inspect.rebuild.bases import Stands, standing_on
from bot.inspect.rebuild.causes import Cause, cause_of, old_base, other_stage, same_layers
from bot.inspect.rebuild.fates import Fate, State, fate_of
from bot.inspect.rebuild.pair import Pair
from bot.model.assessment import HoleChanges
from bot.model.contents import Contents
from bot.model.image import Digest
from bot.model.rebuild import MAX_EVIDENCE, BuildPlace, BuiltImage, RebuildFinding, RebuildGoal, RebuildVerdict, plain_platform

_ORDER: Final = tuple(RebuildVerdict)
_MAX_NOT_READ: Final = 5
_NOT_READ: Final = "Find out why it can't be read (the reason says where), and look again."


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnPlatform:
    """What one platform shows."""

    platform: str
    verdict: RebuildVerdict
    evidence: tuple[str, ...] = ()
    remedy: str = ""
    at: tuple[BuildPlace, ...] = ()
    has_wanted: bool = True
    """Whether what was to be fixed is, or was, there at all."""


def did_not_move(image: str, digest: Digest, why: str = "") -> RebuildFinding:
    """The verdict where the tag stands where it stood."""
    remedy = "See whether the build ran to its end and pushed the image under this tag."
    said = f"The tag stands at {digest.short} as before{f': {why}' if why else ''}."
    return RebuildFinding(image=image, old=digest, new=None, verdict=RebuildVerdict.TAG_DID_NOT_MOVE, evidence=(said,), remedy=remedy)


def judge(old: BuiltImage, new: BuiltImage, goal: RebuildGoal, changes: Mapping[str, HoleChanges] | None = None) -> RebuildFinding:
    """Whether a new build of an image brought what it was for, and if not, why. `changes` tell of holes, by platform.

    It is fixed only where every platform that either image has was read wholly, each wanted package is at a version with its fix in every
    place that the image has it, advisories agree where holes were asked for, and the layers of the wanted base lie below.
    """
    if old.digest == new.digest:
        return did_not_move(new.image, old.digest)
    platforms = sorted({plain_platform(each) for each in (*old.platforms, *new.platforms) if not each.startswith("unknown/")})
    shown = [_on_platform(each, old, new, goal, (changes or {}).get(each)) for each in platforms]
    verdict, deciding = _together(shown, goal)
    told = (*deciding, *(one for one in shown if one not in deciding))
    evidence = [f"{f'{one.platform}: ' if len(shown) > 1 else ''}{said}" for one in told for said in one.evidence]
    # Remedies that are the same are said once.
    steps = list(dict.fromkeys(one.remedy for one in deciding if one.remedy))
    if verdict is RebuildVerdict.ONE_PLATFORM:
        steps.insert(0, remedies.one_platform())
    named = "" if len(deciding) == len(shown) else ", ".join(one.platform for one in deciding)
    return RebuildFinding(
        image=new.image,
        old=old.digest,
        new=new.digest,
        platform=named,
        verdict=verdict,
        evidence=_cut(dict.fromkeys(evidence)) or ("The image names no platform that could be opened.",),
        remedy=" ".join(steps),
        at=tuple(dict.fromkeys(place for one in deciding for place in one.at)),
    )


def _cut(evidence: Mapping[str, None]) -> tuple[str, ...]:
    told = tuple(evidence)
    return told if len(told) <= MAX_EVIDENCE else (*told[: MAX_EVIDENCE - 1], f"And {len(told) - MAX_EVIDENCE + 1} more.")


def _together(shown: Sequence[_OnPlatform], goal: RebuildGoal) -> tuple[RebuildVerdict, Sequence[_OnPlatform]]:
    """The verdict on the whole, and the platforms that make it so."""
    unfixed = [one for one in shown if not one.verdict.is_fixed and one.verdict is not RebuildVerdict.UNKNOWN]
    if unfixed:
        is_apart = any(one.verdict.is_fixed and one.has_wanted for one in shown)
        if is_apart or any(one.verdict is RebuildVerdict.ONE_PLATFORM for one in unfixed):
            return RebuildVerdict.ONE_PLATFORM, unfixed
        changed = [one for one in unfixed if one.verdict is not RebuildVerdict.NOTHING_CHANGED]
        worst = min(changed or unfixed, key=lambda one: _ORDER.index(one.verdict)).verdict
        return worst, [one for one in unfixed if one.verdict is worst]
    unknown = [one for one in shown if one.verdict is RebuildVerdict.UNKNOWN]
    if unknown or not shown:
        return RebuildVerdict.UNKNOWN, unknown
    removed = [one for one in shown if one.verdict is RebuildVerdict.REMOVED]
    if goal.packages and not any(one.has_wanted for one in shown):
        return RebuildVerdict.UNKNOWN, shown
    return (RebuildVerdict.REMOVED, removed) if removed else (RebuildVerdict.FIXED, shown)


def _on_platform(platform: str, old: BuiltImage, new: BuiltImage, goal: RebuildGoal, changes: HoleChanges | None) -> _OnPlatform:
    before, after = _of(old, platform), _of(new, platform)
    if after is None:
        said = f"The old image was for {platform}, and the new one is not."
        return _OnPlatform(platform=platform, verdict=RebuildVerdict.ONE_PLATFORM, evidence=(said,))
    if isinstance(after, str):
        return _unknown(platform, f"The new image could not be read: {after}.")
    if isinstance(before, str):
        return _unknown(platform, f"The old image could not be read: {before}.")
    unread = _unread(after, before or after)
    if any(one.is_layer for image in filter(None, (before, after)) for one in image.not_read):
        return _unknown(platform, *unread)
    standing = None if goal.base is None else standing_on(goal.base, after)
    known = new.base_layers.get(platform)
    pair = Pair(old=before or after, new=after, goal=goal, changes=changes, standing=standing, base_layers=known)
    fates = [fate_of(wanted, pair) for wanted in goal.packages]
    if before is None and any(fate.state is State.STILL_OLD for fate in fates):
        evidence = (*(sentence for fate in fates for sentence in fate.said), f"The old image was not for {platform}.")
        return _OnPlatform(platform=platform, verdict=RebuildVerdict.NOT_FIXED, evidence=evidence)
    return _unfixed(pair, fates, platform) or _not_known(pair, fates, unread, platform) or _fixed(pair, fates, platform)


def _unread(new: Contents, old: Contents) -> tuple[str, ...]:
    """Parts of the two that could not be read, so that nothing can be called fixed."""
    parts = {"new": new.not_read, "old": () if old is new else old.not_read}
    return tuple(f"The {which} image was not read wholly: {one}." for which, missing in parts.items() for one in missing)[:_MAX_NOT_READ]


def _unfixed(pair: Pair, fates: Sequence[Fate], platform: str) -> _OnPlatform | None:
    """Where it is certain that something was not fixed."""
    if still := [fate for fate in fates if fate.state is State.STILL_OLD]:
        return _with_cause(platform, [cause_of(fate, pair) for fate in still], still)
    if pair.standing is None or pair.standing.stands is not Stands.ON_OLD:
        return None
    cause = _of_base(pair)
    if cause is None:
        return None
    said = tuple(sentence for fate in fates for sentence in fate.said)
    return _OnPlatform(platform=platform, verdict=cause.verdict, evidence=(*cause.evidence, *said), remedy=cause.remedy, at=cause.at)


def _not_known(pair: Pair, fates: Sequence[Fate], unread: tuple[str, ...], platform: str) -> _OnPlatform | None:
    """Where something is missing that would show that it is fixed."""
    standing, said = pair.standing, tuple(sentence for fate in fates for sentence in fate.said)
    doubts = [*unread, *pair.goal.not_known, *(sentence for fate in fates if fate.state is State.NOT_KNOWN for sentence in fate.said)]
    if not fates and standing is None and not pair.goal.not_known:
        doubts.append("Nothing is known of what the rebuild was for.")
    if standing is not None and standing.stands is not Stands.ON_NEW:
        doubts.append(standing.said)
    if not doubts:
        return None
    evidence = tuple(dict.fromkeys((*doubts, *said)))
    return _OnPlatform(platform=platform, verdict=RebuildVerdict.UNKNOWN, evidence=evidence, remedy=_NOT_READ if unread else "")


def _fixed(pair: Pair, fates: Sequence[Fate], platform: str) -> _OnPlatform:
    said = tuple(sentence for fate in fates for sentence in fate.said)
    on_base = () if pair.standing is None else (pair.standing.said,)
    states = {fate.state for fate in fates}
    verdict = RebuildVerdict.REMOVED if State.REMOVED in states else RebuildVerdict.FIXED
    has_wanted = not fates or states != {State.NEVER_THERE}
    return _OnPlatform(platform=platform, verdict=verdict, evidence=(*said, *on_base), has_wanted=has_wanted)


def _of_base(pair: Pair) -> Cause | None:
    """Why it stands on the old base."""
    return same_layers(pair) or other_stage(pair) or old_base(pair)


def _with_cause(platform: str, causes: Sequence[Cause], still: Sequence[Fate]) -> _OnPlatform:
    first = min(causes, key=lambda cause: _ORDER.index(cause.verdict))
    evidence = dict.fromkeys(
        sentence
        for cause, fate in sorted(zip(causes, still, strict=True), key=lambda each: _ORDER.index(each[0].verdict))
        for sentence in (*fate.said, *cause.evidence)
    )
    same = list(dict.fromkeys(cause.remedy for cause in causes if cause.verdict is first.verdict))
    at = dict.fromkeys(place for cause in causes if cause.verdict is first.verdict for place in cause.at)
    return _OnPlatform(platform=platform, verdict=first.verdict, evidence=tuple(evidence), remedy=" ".join(same), at=tuple(at))


def _unknown(platform: str, *said: str) -> _OnPlatform:
    return _OnPlatform(platform=platform, verdict=RebuildVerdict.UNKNOWN, evidence=said, remedy=_NOT_READ)


def _of(image: BuiltImage, platform: str) -> Contents | str | None:
    found = {plain_platform(name): contents for name, contents in image.platforms.items()}
    return found.get(platform)
