"""Tags that are not to move and moved: what, since when, the last good digest or commit, and who pins it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from bot.model.alarm import Alarm, AlarmKind, MovedTag, together
from bot.model.dependency import Dependency
from bot.model.run import AppDecisions
from bot.report.markdown import code, number_of, plain, table

HEAD: Final = ("What moved", "Alarm", "Last good → now", "Who pins it")
_MAX_TAGS: Final = 3
_MAX_REPOSITORIES: Final = 10
_MAX_PLACES: Final = 20
_MAX_REASON: Final = 600
_SHORT: Final = 12
_MAX_ALARMS: Final = 10
_HELP: Final = (
    "Nothing of these is proposed. Look at what moved; pin the last good digest or commit; what is right is accepted by an entry in "
    "`tripwire.accepted`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedAt:
    """A pin of the dependency."""

    app: str
    place: str
    """`owner/name: file:line`."""
    takes_it: bool
    """It takes a tag that moved, as that stands now."""
    asked: tuple[str, ...]
    """What open pull requests ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAlarm:
    """An alarm with all pins of what moved, those that take it first; one for all repositories of a project that moved together."""

    alarm: Alarm
    """The worst of them."""
    places: tuple[PinnedAt, ...]
    others: tuple[Alarm, ...] = ()
    """Of the same project, moved within the same hour."""

    @property
    def name(self) -> str:
        """What moved, in a word."""
        return self.alarm.project if self.others else self.alarm.dependency.name

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        return (self.alarm, *self.others)

    @property
    def since(self) -> datetime:
        return min(one.since for one in self.alarms)


def alarms(apps: Iterable[AppDecisions]) -> list[ToldAlarm]:
    """Each alarm once, the worst kind first; repositories of one project whose tags were moved within the same hour are one."""
    found: dict[Dependency, tuple[Alarm, list[PinnedAt]]] = {}
    for entry in apps:
        for decision in entry.decisions:
            if decision.alarm is None:
                continue
            file = f"{decision.pin.file}:{decision.pin.line}"
            place = PinnedAt(
                app=entry.app.name,
                place=f"{entry.app.repo}: {file}" if entry.app.repo else file,
                takes_it=decision.alarm.is_on_it,
                asked=decision.alarm.asked,
            )
            # Of shards one may have seen more of it than another.
            dependency = decision.alarm.alarm.dependency
            alarm, places = found.get(dependency, (decision.alarm.alarm, []))
            found[dependency] = max(alarm, decision.alarm.alarm, key=lambda one: len(one.tags)), [*places, place]
    told = [_told(group, [found[one.dependency][1] for one in group]) for group in together(alarm for alarm, _ in found.values())]
    return sorted(told, key=lambda one: (_rank(one.alarm), -len(one.places), str(one.alarm.dependency)))


def _told(group: Sequence[Alarm], places: Iterable[list[PinnedAt]]) -> ToldAlarm:
    worst, *others = sorted(group, key=_rank)
    ordered = sorted(dict.fromkeys(chain.from_iterable(places)), key=lambda place: (not place.takes_it, place.place))
    return ToldAlarm(alarm=worst, others=tuple(others), places=tuple(ordered))


def _rank(alarm: Alarm) -> tuple[int, int]:
    return list(AlarmKind).index(alarm.kind), -len(alarm.tags)


def rows(found: Sequence[ToldAlarm]) -> list[tuple[str, ...]]:
    """By HEAD."""
    return [
        (
            _what(one),
            f"**{one.alarm.kind.value}** since {one.since:%Y-%m-%d %H:%M} UTC: {plain(one.alarm.reason, most=_MAX_REASON)}",
            _ways(one),
            _places(one.places),
        )
        for one in found
    ]


def section(found: Sequence[ToldAlarm]) -> str:
    """For the weekly issue; empty: there is none."""
    if not found:
        return ""
    more = (
        f"\n*{number_of(len(found) - _MAX_ALARMS, 'more alarm')}; the summaries of runs tell them.*\n" if len(found) > _MAX_ALARMS else ""
    )
    return f"## Alarms: tags that are not to move, and moved\n\n{_HELP}\n\n{table(HEAD, rows(found[:_MAX_ALARMS]))}{more}"


def _what(told: ToldAlarm) -> str:
    if not told.others:
        return f"{code(told.name)}<br>{_tags(told.alarm.tags)}"
    lines = [f"{code(one.dependency.name)}: {_tags(one.tags)}" for one in told.alarms[:_MAX_REPOSITORIES]]
    return "<br>".join(lines) + _more(len(told.alarms), _MAX_REPOSITORIES, "repository")


def _tags(tags: Sequence[MovedTag]) -> str:
    return ", ".join(code(tag.value) for tag in tags[:_MAX_TAGS]) + _more(len(tags), _MAX_TAGS, "tag")


def _ways(told: ToldAlarm) -> str:
    tags = [(one.dependency.name if told.others else "", tag) for one in told.alarms for tag in one.tags]
    most = _MAX_TAGS if not told.others else _MAX_REPOSITORIES
    ways = [
        f"{f'{code(name)} ' if name else ''}{code(tag.value)}: {code(tag.last_good)} → {code(_short(tag.now))}" for name, tag in tags[:most]
    ]
    return "<br>".join(ways) + _more(len(tags), most, "tag")


def _places(places: Sequence[PinnedAt]) -> str:
    lines = []
    for one in places[:_MAX_PLACES]:
        asked = f"; an open pull request asks for {', '.join(map(code, one.asked[:_MAX_TAGS]))}: do not merge it" if one.asked else ""
        lines.append(f"{code(one.place)}{' **takes it**' if one.takes_it else ''}{asked}")
    return "<br>".join(lines) + _more(len(places), _MAX_PLACES, "place")


def _more(count: int, most: int, noun: str) -> str:
    return f" and {number_of(count - most, f'more {noun}')}" if count > most else ""


def _short(digest: str) -> str:
    kind, colon, rest = digest.rpartition(":")
    return f"{kind}{colon}{rest[:_SHORT]}"
