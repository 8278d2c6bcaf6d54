"""The fleet's bases: as rows, as Markdown, as CSV, as data, and in words."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, assert_never

from bot.model.base_lag import BaseLag, SameDigest
from bot.model.fleet_bases import FleetBases, Pick, Swap, UsedBase
from bot.report.exports.csv_files import safe
from bot.report.markdown import number_of, plain, table
from bot.versions.successor import shown

Rows = list[dict[str, object]]

BASE_COLUMNS: Final = {
    "Base": ("base",),
    "Apps": ("apps",),
    "By files": ("in_git",),
    "Images": ("in_images",),
    "Catalogue": ("standing",),
    "Family": ("family",),
    "System": ("system",),
    "Libc": ("libc",),
    "Holes": ("holes",),
    "Built": ("built",),
    "Not known": ("unknown",),
}
PICK_COLUMNS: Final = {
    "": ("place",),
    "Base": ("base",),
    "Apps as they are": ("as_it_is",),
    "Moved to it": ("moved",),
    "Covered so far": ("covered",),
}
SWAP_COLUMNS: Final = {
    "From": ("from",),
    "To": ("to",),
    "Why it may": ("why",),
    "Apps": ("apps",),
    "Closes": ("closes",),
    "Brings": ("brings",),
    "Packages lost": ("lost",),
    "Changes": ("changes",),
    "Not known": ("unknown",),
}
OWNER_COLUMNS: Final = {
    "Owner": ("owner",),
    "App": ("app",),
    "Base": ("base",),
    "Catalogue": ("standing",),
    "Since": ("since",),
    "Successor": ("successor",),
    "Why": ("why",),
}
LAG_COLUMNS: Final = {
    "Base": ("base",),
    "Upstream": ("upstream",),
    "Told to": ("owner",),
    "Teams may use": ("newest",),
    "Releases behind": ("behind",),
    "Days": ("days",),
    "In words": ("said",),
    "Known by": ("known_by",),
}
_MOST_NAMED: Final = 5


def base_rows(fleet: FleetBases) -> Rows:
    """One for each base, those of the most apps first."""
    return [
        {
            "base": name_of(base),
            "apps": len(base.apps),
            "in_git": len(base.in_git),
            "in_images": base.in_images,
            "standing": base.judged.standing.value if fleet.has_catalogue else "",
            "family": base.inside.family if base.inside else "not known",
            "system": base.system,
            "libc": base.inside.libc if base.inside else "",
            "holes": _holes(base),
            "built": f"{base.built_at:%Y-%m-%d}" if base.built_at else "",
            "unknown": base.why_unknown,
        }
        for base in fleet.bases
    ]


def pick_rows(fleet: FleetBases) -> Rows:
    """The few bases that would cover the most apps, in the order in which they are picked."""
    total = len(fleet.apps)
    return [
        {
            "place": place,
            "base": name_of(pick.base),
            "as_it_is": pick.as_it_is,
            "moved": _moved(pick),
            "covered": f"{pick.covered} of {total}",
        }
        for place, pick in enumerate(fleet.picks, 1)
    ]


def swap_rows(fleet: FleetBases) -> Rows:
    """What each move would close, bring and cost."""
    return [_swap_row(swap) for swap in swaps_of(fleet)]


def swaps_of(fleet: FleetBases) -> Iterator[Swap]:
    return (swap for pick in fleet.picks for swap in pick.swaps)


def owner_rows(fleet: FleetBases) -> Rows:
    """Apps on bases that are to be left, by owner; an app of several owners stands with each."""
    rows: Rows = [
        {
            "owner": owner,
            "app": fleet.names.get(app, app),
            "base": name_of(base),
            "standing": base.judged.standing.value,
            "since": base.judged.since.isoformat() if base.judged.since else "",
            "successor": shown(base.judged.successor, base.key.image, base.key.tag) if base.judged.successor else "",
            "why": base.judged.why,
        }
        for base in fleet.bases
        if base.is_unapproved
        for app in base.apps
        for owner in fleet.owners.get(app) or ("nobody",)
    ]
    return sorted(rows, key=lambda row: (row["owner"] == "nobody", *map(str, row.values())))


def lag_rows(fleet: FleetBases) -> Rows:
    """What teams may use against what is out upstream, those that are behind first."""
    return [
        {
            "base": f"{_familiar(lag.image)}:{lag.tag}",
            "upstream": _familiar(lag.upstream) if lag.upstream != lag.image else "",
            "owner": lag.owner,
            "newest": lag.newest or "not known",
            "behind": len(lag.missing) if lag.newest else "not known",
            "days": _days(lag, fleet),
            "said": said_of_lag(lag),
            "known_by": lag.known_by,
        }
        for lag in sorted(fleet.lags, key=lambda lag: not lag.is_behind)
    ]


def said_of_lag(lag: BaseLag) -> str:
    """`upstream has 3.12.6, your mirror does not`; what is not known is said as that."""
    is_own = lag.upstream == lag.image
    said = []
    if lag.missing:
        more = f" and {len(lag.missing) - 1} more" if len(lag.missing) > 1 else ""
        what = "what is approved" if is_own else "your own build" if lag.is_built else "your mirror"
        said.append(f"{'there is' if is_own else 'upstream has'} {lag.missing[0]}{more}, {what} does not have it")
    match lag.same_digest:
        case SameDigest.BEHIND:
            said.append(f"upstream built {lag.tag} again, your mirror has the one before")
        case SameDigest.OTHER:
            said.append(f"{lag.tag} is not the same by digest: upstream's was never seen to stand there")
        case SameDigest.YES | SameDigest.NOT_KNOWN | SameDigest.NOT_ASKED:
            pass
        case _:
            assert_never(lag.same_digest)
    said += [f"not known: {lag.unknown}"] if lag.unknown else []
    return "; ".join(said) or "nothing newer is out"


def _days(lag: BaseLag, fleet: FleetBases) -> object:
    days = None if fleet.recorded is None else lag.days(fleet.recorded)
    return days if days is not None else "since before the bot watched" if lag.is_behind else ""


def _familiar(name: str) -> str:
    return name.removeprefix("docker.io/").removeprefix("library/")


def document(fleet: FleetBases) -> dict[str, object]:
    """All of it, stable for other tools; None is what is not known."""
    return {
        "recorded": fleet.recorded and fleet.recorded.isoformat(),
        "bases": [_base(fleet, base) for base in fleet.bases],
        "cover": [
            {
                "image": pick.base.key.image,
                "tag": pick.base.key.tag,
                "apps_as_they_are": pick.as_it_is,
                "covered": pick.covered,
                "moves": [_swap(swap) for swap in pick.swaps],
            }
            for pick in fleet.picks
        ],
        "apps": len(fleet.apps),
        "not_approved": owner_rows(fleet),
        "lags": [_lag(lag, fleet) for lag in fleet.lags],
    }


def markdown(fleet: FleetBases) -> str:
    """The tables that have rows, each under its heading, and the summary."""
    parts = []
    for heading, columns, rows in tables(fleet):
        shown = {head: keys for head, keys in columns.items() if any(str(row[keys[0]]) for row in rows)}
        cells = [[plain(str(row[keys[0]])) for keys in shown.values()] for row in rows]
        parts += [f"## {heading}\n\n{table(list(shown), cells)}"] if rows else []
    return "\n".join([*parts, plain(summary(fleet), most=1000) + "\n"])


def tables(fleet: FleetBases) -> Iterator[tuple[str, Mapping[str, Sequence[str]], Rows]]:
    """What there is to be shown, each with its heading and columns."""
    yield "Bases", BASE_COLUMNS, base_rows(fleet)
    yield "Few bases for most apps", PICK_COLUMNS, pick_rows(fleet)
    yield "What the moves would bring", SWAP_COLUMNS, swap_rows(fleet)
    yield "Apps on bases that are to be left", OWNER_COLUMNS, owner_rows(fleet)
    yield "What teams may use, and what is out", LAG_COLUMNS, lag_rows(fleet)


def bases_csv(fleet: FleetBases) -> str:
    """A line for each base."""
    written = io.StringIO()
    out = csv.writer(written)
    out.writerow([keys[0] for keys in BASE_COLUMNS.values()])
    out.writerows([safe(row[keys[0]]) for keys in BASE_COLUMNS.values()] for row in base_rows(fleet))
    return written.getvalue()


def summary(fleet: FleetBases) -> str:
    """In one sentence: `212 apps on 31 bases of 3 families; 4 bases would cover 190 apps; 12 apps on bases that are to be left; …`."""
    if fleet.recorded is None:
        return "no base in use is known: `rebuild-bot run` records them from its first time on"
    families = {base.inside.family for base in fleet.bases if base.inside}
    unopened = sum(base.inside is None for base in fleet.bases)
    leaving = {app for base in fleet.bases if base.is_unapproved for app in base.apps}
    said = [
        f"{number_of(len(fleet.apps), 'app')} on {number_of(len(fleet.bases), 'base')}"
        + (f" of {number_of(len(families), 'family')}" if families else ""),
        f"{number_of(len(fleet.picks), 'base')} would cover {fleet.picks[-1].covered} of them" if fleet.picks else "",
        f"{number_of(len(leaving), 'app')} on bases that are to be left" if fleet.has_catalogue else "",
        f"{number_of(behind, 'base')} behind what is out upstream" if (behind := sum(lag.is_behind for lag in fleet.lags)) else "",
        f"of {number_of(unopened, 'base')} the inside is not known" if unopened else "",
        f"as of the run of {fleet.recorded:%Y-%m-%d}",
    ]
    return "; ".join(filter(None, said))


def name_of(base: UsedBase) -> str:
    """`python:3.12-slim`; of one that is named by its digest alone, that in short."""
    name = _familiar(base.key.image)
    digests = sorted(base.digests)
    return f"{name}:{base.key.tag}" if base.key.tag else f"{name}@{digests[0].partition(':')[2][:12]}" if digests else name


def _moved(pick: Pick) -> str:
    more = f" and {len(pick.swaps) - _MOST_NAMED} more" if len(pick.swaps) > _MOST_NAMED else ""
    named = ", ".join(f"{len(swap.apps)} from {name_of(swap.old)}" for swap in pick.swaps[:_MOST_NAMED])
    return named + more


def _holes(base: UsedBase) -> str:
    if base.holes is None:
        return "not known"
    least = "" if base.holes_are_whole else "at least "
    counts = [(sum(one == severity for one in base.holes.values()), severity) for severity in ("critical", "high")]
    bad = ", ".join(f"{count} {severity}" for count, severity in counts if count)
    return f"{least}{len(base.holes)}" + (f" ({bad})" if bad else "")


def _swap_row(swap: Swap) -> dict[str, object]:
    def told(names: Sequence[str] | None) -> str:
        if names is None:
            return "not known"
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        return f"{len(names)}: {', '.join(names[:_MOST_NAMED])}{more}" if names else "none"

    return {
        "from": name_of(swap.old),
        "to": name_of(swap.new),
        "why": swap.why,
        "apps": len(swap.apps),
        "closes": told(swap.closes),
        "brings": told(swap.brings),
        "lost": told(swap.lost),
        "changes": ", ".join(swap.changes),
        "unknown": swap.unknown,
    }


def _base(fleet: FleetBases, base: UsedBase) -> dict[str, object]:
    inside = base.inside
    return {
        "image": base.key.image,
        "tag": base.key.tag,
        "digests": sorted(base.digests),
        "apps": [fleet.names.get(app, app) for app in base.apps],
        "apps_by_files": [fleet.names.get(app, app) for app in base.in_git],
        "images_on_it": base.in_images,
        "standing": base.judged.standing.value,
        "since": base.judged.since and base.judged.since.isoformat(),
        "successor": shown(base.judged.successor, base.key.image, base.key.tag) if base.judged.successor else None,
        "why": base.judged.why,
        "family": inside and inside.family,
        "libc": inside and inside.libc,
        "has_shell": inside and inside.has_shell,
        "packages": inside and len(inside.names),
        "system": base.system or None,
        "ends": base.ends and base.ends.isoformat(),
        "built_at": base.built_at and base.built_at.isoformat(),
        "holes": None if base.holes is None else dict(base.holes),
        "holes_are_whole": base.holes_are_whole,
        "looked_at": base.looked_at and base.looked_at.isoformat(),
        "not_known": base.why_unknown,
    }


def _lag(lag: BaseLag, fleet: FleetBases) -> dict[str, object]:
    return {
        "image": lag.image,
        "tag": lag.tag,
        "upstream": lag.upstream,
        "known_by": lag.known_by,
        "owner": lag.owner or None,
        "newest": lag.newest or None,
        "missing": list(lag.missing),
        "same_digest": lag.same_digest.value,
        "days": None if fleet.recorded is None else lag.days(fleet.recorded),
        "not_known": lag.unknown,
    }


def _swap(swap: Swap) -> dict[str, object]:
    return {
        "image": swap.old.key.image,
        "tag": swap.old.key.tag,
        "why": swap.why,
        "apps": len(swap.apps),
        "closes": _listed(swap.closes),
        "brings": _listed(swap.brings),
        "packages_lost": _listed(swap.lost),
        "changes": list(swap.changes),
        "not_known": swap.unknown,
    }


def _listed(names: Sequence[str] | None) -> list[str] | None:
    return None if names is None else list(names)
