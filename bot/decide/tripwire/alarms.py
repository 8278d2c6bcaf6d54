"""The alarm of one dependency, worked out anew from the whole way of its tags: what was wrong on one night is wrong on the next."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from bot.decide.tripwire.git_tags import GitTags
from bot.decide.tripwire.images import ImageTags, Origins
from bot.decide.tripwire.moves import Move, Sight, occasions, present
from bot.decide.tripwire.verdict import Judged
from bot.model.alarm import WITHIN, AcceptedMove, Alarm, AlarmKind, MovedTag, together
from bot.model.dependency import GIT_TAGS, GITHUB_TAGS, OCI, Dependency

DATASOURCES: Final = (OCI, GITHUB_TAGS, GIT_TAGS)
"""Whose values stand at something that can be compared."""
_MANY: Final = 5
_MANY_REPOSITORIES: Final = 3


class _Judge(Protocol):
    def judge(self, moves: Sequence[tuple[Move, str]]) -> list[Judged | None]: ...


def alarm_of(dependency: Dependency, sights: Sequence[Sight], origins: Origins, accepted: Sequence[AcceptedMove] = ()) -> Alarm | None:
    """What is wrong with where the tags of a dependency stand; None: nothing that is known.

    A tag that went back to where it stood, or on to a pure rebuild of that, is right again; so is one that somebody accepted.
    """
    judge: _Judge = ImageTags(dependency=dependency, origins=origins) if dependency.datasource == OCI else GitTags()
    wrong: dict[tuple[str, str], tuple[MovedTag, Judged]] = {}
    good: dict[str, str] = {}
    for occasion in occasions(sights):
        right = {move for move in occasion if any(one.holds_for(dependency, move.value, move.now) for one in accepted)}
        asked = [(move, good.setdefault(move.value, move.was)) for move in occasion if move not in right]
        good |= {move.value: move.now for move in occasion if move in right}
        for (move, before), judged in zip(asked, judge.judge(asked), strict=True):
            if judged is None:
                good[move.value] = move.now
            else:
                moved = MovedTag(value=move.value, last_good=before, now=move.now, at=move.at)
                wrong[move.value, move.now] = moved, judged
    there = present(sights)
    standing = [one for (value, digest), one in sorted(wrong.items()) if there.get(value) == digest]
    return _alarm(dependency, standing) if standing else None


def with_projects(alarms: Mapping[Dependency, Alarm]) -> dict[Dependency, Alarm]:
    """The same alarms; those of several repositories of one project whose tags were moved within the same hour say so."""
    found = dict(alarms)
    for group in together(alarms.values()):
        many = len(group) >= _MANY_REPOSITORIES or sum(len(one.tags) for one in group) >= _MANY
        for one in group if len(group) > 1 else ():
            said = f"tags of {len(group)} repositories of {one.project} were moved within the hour"
            kind = AlarmKind.MANY_TAGS if many else one.kind
            found[one.dependency] = replace(one, kind=kind, reason=f"{said}; {one.reason}")
    return found


def _alarm(dependency: Dependency, standing: Sequence[tuple[MovedTag, Judged]]) -> Alarm:
    tags = tuple(tag for tag, _ in standing)
    kinds = {judged.kind for _, judged in standing}
    together = _most_within_the_hour([tag.at for tag in tags])
    reasons = list(dict.fromkeys(judged.reason for _, judged in standing))
    if together >= _MANY:
        kinds.add(AlarmKind.MANY_TAGS)
        reasons.insert(0, f"{together} tags were moved within the hour")
    worst = next(kind for kind in AlarmKind if kind in kinds)
    more = f"; and {len(reasons) - 2} more" if len(reasons) > 2 else ""  # noqa: PLR2004 - two are read
    return Alarm(dependency=dependency, kind=worst, reason="; ".join(reasons[:2]) + more, tags=tags)


def _most_within_the_hour(times: Sequence[datetime]) -> int:
    ordered = sorted(times)
    first, most = 0, 0
    for last, at in enumerate(ordered):
        while at - ordered[first] > WITHIN:
            first += 1
        most = max(most, last - first + 1)
    return most
