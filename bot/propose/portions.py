"""A group that is larger than what one pull request can tell of -> several, by a rule that gives the same ones night after night. Pure.

Who is in which one hangs on a hash of the app and the dependency: a portion that is too large falls into two by the next bit of it, and so
on. Whatever comes into the group or leaves it, the portion that it belongs to is the only one that can change.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from bot.model.update import Update
from bot.propose.group import Group
from bot.propose.marker import most_characters
from bot.propose.takers import Takers

MAX_MARKER_CHARACTERS: Final = 40_000
"""More than this the marker of no portion has: of the 65,536 characters that a body may have enough are left for people to read."""
_STAYS_DIVIDED: Final = MAX_MARKER_CHARACTERS * 3 // 4
"""What is divided is joined again only below this, so that a group at the border does not go to and fro."""
_MOST_BITS: Final = 48


def portions(group: Group, takers: Takers, is_open: Callable[[Group], bool]) -> Iterator[Group]:
    """The group itself, or the portions that it falls into; `is_open` tells whether one has a pull request that is open.

    What one app has of one dependency stays together, unless that alone is too much.
    """
    most = most_characters(takers.by_app(group.updates), is_shared=takers.is_shared)
    is_too_large = most > MAX_MARKER_CHARACTERS
    was_divided = most > _STAYS_DIVIDED and any(is_open(half) for half in _halves(group, takers))
    if len(group.portion) == _MOST_BITS or len(group.updates) == 1 or not (is_too_large or was_divided):
        yield group
        return
    for half in _halves(group, takers):
        yield from portions(half, takers, is_open)


def possible(update: Update, takers: Takers, *, most: int = 8) -> Iterator[str]:
    """The portions that an update can be in, from the whole group on."""
    bits = _bits(takers.app_of(update).name, update)
    return (bits[:length] for length in range(most + 1))


def _halves(group: Group, takers: Takers) -> Sequence[Group]:
    """Those of the two that have something in them."""
    halves: dict[str, list[Update]] = {}
    for update in group.updates:
        bits = _bits(takers.app_of(update).name, update)
        halves.setdefault(bits[: len(group.portion) + 1], []).append(update)
    return [replace(group, updates=tuple(halves[portion]), portion=portion) for portion in sorted(halves)]


def _bits(app: str, update: Update) -> str:
    """By what stays as it is when a newer release comes out; what follows the first of it counts for one dependency with very many pins."""
    pin = update.pin
    told = f"{app}\0{pin.dependency}", str(pin.file), pin.value or ""
    return "".join(f"{int.from_bytes(hashlib.sha256(_bytes(one)).digest()[:2]):016b}" for one in told)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
