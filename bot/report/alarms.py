"""Tags that are not to move and moved: what, since when, the last good digest or commit, and who pins it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.model.alarm import Alarm, AlarmKind, MovedTag
from bot.model.dependency import Dependency
from bot.model.run import AppDecisions
from bot.report.markdown import code, number_of, plain, table

HEAD: Final = ("What moved", "Alarm", "Last good → now", "Who pins it")
_MAX_TAGS: Final = 3
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
    """An alarm with all pins of its dependency, those that take what moved first."""

    alarm: Alarm
    places: tuple[PinnedAt, ...]


def alarms(apps: Iterable[AppDecisions]) -> list[ToldAlarm]:
    """Each alarm once, the worst kind first."""
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
            alarm, places = found.get(decision.pin.dependency, (decision.alarm.alarm, []))
            found[decision.pin.dependency] = max(alarm, decision.alarm.alarm, key=lambda one: len(one.tags)), [*places, place]
    rank = list(AlarmKind).index
    told = [
        ToldAlarm(alarm=alarm, places=tuple(sorted(dict.fromkeys(places), key=lambda place: (not place.takes_it, place.place))))
        for alarm, places in found.values()
    ]
    return sorted(told, key=lambda one: (rank(one.alarm.kind), -len(one.places), str(one.alarm.dependency)))


def rows(found: Sequence[ToldAlarm]) -> list[tuple[str, ...]]:
    """By HEAD."""
    return [
        (
            f"{code(one.alarm.dependency.name)}<br>{_tags(one.alarm.tags)}",
            f"**{one.alarm.kind.value}** since {one.alarm.since:%Y-%m-%d %H:%M} UTC: {plain(one.alarm.reason, most=_MAX_REASON)}",
            _ways(one.alarm.tags),
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


def _tags(tags: Sequence[MovedTag]) -> str:
    return ", ".join(code(tag.value) for tag in tags[:_MAX_TAGS]) + _more(len(tags), _MAX_TAGS, "tag")


def _ways(tags: Sequence[MovedTag]) -> str:
    ways = [f"{code(tag.value)}: {code(tag.last_good)} → {code(_short(tag.now))}" for tag in tags[:_MAX_TAGS]]
    return "<br>".join(ways) + _more(len(tags), _MAX_TAGS, "tag")


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
