"""Exposures by owner, the worst first: whom to ask, and for what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.model.exposure import Exposure
from bot.report.markdown import code, html_code, number_of, table
from bot.report.weekly_pages import Rest
from bot.report.weekly_rows import HEAD, counted, row

NOBODY: Final = ""
"""The owner of what has none."""
_MAX_ASKED: Final = 8
"""Owners named in one line."""
_FINDING: Final = (
    "Nobody is named for these apps, so nobody is asked. Say who it is in the fleet file, a custom property of the repo, or CODEOWNERS.\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What one owner is asked for, the worst first; an app of several owners is asked of the first."""

    owner: str
    shown: tuple[Exposure, ...]
    """Among the first rows."""
    rest: tuple[Exposure, ...]

    @property
    def all(self) -> tuple[Exposure, ...]:
        return (*self.shown, *self.rest)


def owner_of(one: Exposure) -> str:
    """The first of its app's owners; NOBODY where there is none."""
    return one.app.owners[0] if one.app.owners else NOBODY


def fitting(exposures: Sequence[Exposure], now: datetime, *, room: int) -> int:
    """How many of the first have room in so many characters, each owner's heading among them."""
    owners: set[str] = set()
    for number, one in enumerate(exposures):
        owner = owner_of(one)
        heading = "" if owner in owners else f"### {code(owner)}" * 2 + _FINDING + table(HEAD, ())
        owners.add(owner)
        room -= len(heading) + len(table(row(one, now), ()))
        if room < 0:
            return number
    return len(exposures)


def grouped(exposures: Sequence[Exposure], *, top_rows: int) -> list[Group]:
    """In the order of each owner's worst; of `exposures`, the worst first, the first `top_rows` are shown."""
    shown: dict[str, list[Exposure]] = {}
    rest: dict[str, list[Exposure]] = {}
    order: dict[str, None] = {}
    for number, one in enumerate(exposures):
        owner = owner_of(one)
        order[owner] = None
        (shown if number < top_rows else rest).setdefault(owner, []).append(one)
    return [Group(owner=owner, shown=tuple(shown.get(owner, ())), rest=tuple(rest.get(owner, ()))) for owner in order]


def group_table(group: Group, name: str, now: datetime) -> str:
    """A heading and the rows that are shown. `name` is the owner in Markdown."""
    heading = f"### {name[:1].upper() + name[1:]}: {counted(group.all)}\n"
    more = f"*{number_of(len(group.rest), 'more fix')} of {name} below.*\n" if group.rest else ""
    return "\n".join(filter(None, (heading, _finding(group), table(HEAD, [row(one, now) for one in group.shown]), more)))


def rest_of(group: Group, now: datetime) -> Rest:
    """The rows that are not shown, to be folded."""
    name = html_code(group.owner) or "Without an owner"
    stale = sum(one.is_stale(now) for one in group.rest)
    more = " more" if group.shown else ""
    summary = f"{name}: {number_of(len(group.rest), f'{more} fix'.strip())}, {stale} past due"
    return Rest(summary=summary, head=HEAD, rows=[row(one, now) for one in group.rest])


def whom_to_ask(stale: Iterable[Exposure], names: Mapping[str, str]) -> str:
    """Each owner with the number of stale apps, the most burdened first; empty: there is none."""
    apps: dict[str, set[tuple[str, str]]] = {}
    for one in stale:
        apps.setdefault(owner_of(one), set()).add((one.app.repo, str(one.app.path)))
    nobody = apps.pop(NOBODY, set())
    ranked = sorted(apps, key=lambda owner: -len(apps[owner]))
    named = [f"{names.get(owner) or code(owner)} ({number_of(len(apps[owner]), 'app')})" for owner in ranked[:_MAX_ASKED]]
    others = [f"{number_of(len(ranked) - _MAX_ASKED, 'more owner')}"] if len(ranked) > _MAX_ASKED else []
    ownerless = [f"**{number_of(len(nobody), 'app')} {'has' if len(nobody) == 1 else 'have'} no owner**"] if nobody else []
    return ", ".join([*named, *others, *ownerless])


def _finding(group: Group) -> str:
    return _FINDING if group.owner == NOBODY else ""
