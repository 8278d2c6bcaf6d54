"""Which few bases would cover most apps, and what each move would close and cost. Pure; nothing is concluded from what is not known."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.model.catalogue import UNAPPROVED, Standing
from bot.model.fleet_bases import BaseKey, Inside, Pick, Swap, UsedBase
from bot.versions.successor import line_of, shown

_MOST_PICKS: Final = 10
_NO_TARGET: Final = UNAPPROVED | {Standing.ANNOUNCED}
SUCCESSOR: Final = "the catalogue names it as the successor"
SAME_VERSION: Final = "the same version of the same image"
HAS_ALL: Final = "a plain distribution, of which it holds every package"


def may_replace(old: UsedBase, new: UsedBase) -> str:
    """Why one base may take the place of another; empty: nothing that is known speaks for it, or it is to be left itself."""
    if old.key == new.key or new.judged.standing in _NO_TARGET:
        return ""
    if old.judged.successor and shown(old.judged.successor, old.key.image, old.key.tag) == f"{new.key.image}:{new.key.tag}":
        return SUCCESSOR
    line = line_of(old.key.tag)
    if old.key.image == new.key.image and line is not None and line == line_of(new.key.tag):
        return SAME_VERSION
    before, after = old.inside, new.inside
    if before is None or after is None or not _is_plain(old.key.image, before) or before.family != after.family:
        return ""
    return HAS_ALL if before.libc == after.libc and before.names <= after.names else ""


def _is_plain(image: str, inside: Inside) -> bool:
    """Whether it is a distribution and nothing besides: the runtime of others (Python's, Node's official images) is in no package."""
    return bool(inside.names) and inside.family.endswith(f" ({image.rpartition('/')[2]})")


def picks(bases: Sequence[UsedBase], *, most: int = _MOST_PICKS) -> tuple[Pick, ...]:
    """Greedy: each time the base that covers the most that is not covered yet; of several an approved one, then that of the most apps.

    What counts is an app and a base that its files or images stand on; an app is covered once all of them are.
    """
    reasons = {base.key: {other.key: why for other in bases if (why := may_replace(other, base))} for base in bases}
    open_: dict[BaseKey, UsedBase] = {base.key: base for base in bases if base.apps}
    found: list[Pick] = []
    while open_ and len(found) < most:

        def worth(base: UsedBase) -> tuple[int, bool, int, BaseKey]:
            count = sum(len(open_[key].apps) for key in (base.key, *reasons[base.key]) if key in open_)
            return -count, base.judged.standing is not Standing.APPROVED, -len(base.apps), base.key

        best = min((base for base in bases if base.judged.standing not in _NO_TARGET), key=worth, default=None)
        if best is None or worth(best)[0] == 0:
            break
        own = open_.pop(best.key, None)
        moved = [open_.pop(key) for key in reasons[best.key] if key in open_]
        found.append(
            Pick(
                base=best,
                as_it_is=0 if own is None else len(own.apps),
                swaps=tuple(swap(old, best, reasons[best.key][old.key]) for old in moved),
                covered=_covered(bases, open_),
            )
        )
    return tuple(found)


def _covered(bases: Iterable[UsedBase], open_: Iterable[BaseKey]) -> int:
    left = frozenset(open_)
    every = {app for base in bases for app in base.apps}
    return len(every - {app for base in bases if base.key in left for app in base.apps})


def swap(old: UsedBase, new: UsedBase, why: str) -> Swap:
    """What a move from one base to another is known to close, to bring and to cost."""
    closes = brings = lost = None
    changes: list[str] = []
    unknown = []
    if old.holes is None or new.holes is None:
        unknown.append("holes were not looked for in both")
    else:
        closes = tuple(sorted(old.holes.keys() - new.holes.keys())) if new.holes_are_whole else None
        brings = tuple(sorted(new.holes.keys() - old.holes.keys())) if old.holes_are_whole else None
        unknown += ["not all of both could be checked for holes"] if closes is None or brings is None else []
    before, after = old.inside, new.inside
    if before is None or after is None:
        unknown += [f"{one.key.image}:{one.key.tag}: {one.why_unknown}" for one in (old, new) if one.inside is None]
    else:
        lost = tuple(sorted({name for _, name in before.names} - {name for _, name in after.names}))
        if before.libc != after.libc:
            changes.append(f"libc: {before.libc} becomes {after.libc}")
        if before.has_shell and not after.has_shell:
            changes.append("no shell any more")
    return Swap(
        old=old,
        new=new,
        why=why,
        apps=old.apps,
        closes=closes,
        brings=brings,
        lost=lost,
        changes=tuple(changes),
        unknown="; ".join(unknown),
    )
