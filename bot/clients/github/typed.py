"""Whether what was made of an answer is what its fields say: GitHub, or whoever answers in its place, may put anything anywhere."""

from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

_LARGEST: Final = 2**63
"""What no database takes as a number."""
_T = TypeVar("_T")


def typed(value: _T) -> _T:
    """The same value. Raises TypeError where a field of the dataclass, or an entry of one, is of another type than it says."""
    kind: Any = type(value)
    for name, kinds, inner in _fields_of(kind):
        held = getattr(value, name)
        if not _fits(held, kinds) or (inner and isinstance(held, tuple | frozenset) and not all(_fits(one, inner) for one in held)):
            raise TypeError(f"{name}: it holds another kind of value than it is to")
    return value


def _fits(held: object, kinds: tuple[type, ...]) -> bool:
    if isinstance(held, bool):
        return bool in kinds
    if isinstance(held, int) and abs(held) >= _LARGEST:
        return False
    return isinstance(held, kinds)


@cache
def _fields_of(kind: type) -> tuple[tuple[str, tuple[type, ...], tuple[type, ...]], ...]:
    """By name the classes that a field may be of, and those of its entries where it holds several; empty: any."""
    assert is_dataclass(kind)  # noqa: S101 - it is for our own values alone
    hints = get_type_hints(kind)
    return tuple((each.name, *_kinds_of(hints[each.name])) for each in fields(kind))


def _kinds_of(hint: Any) -> tuple[tuple[type, ...], tuple[type, ...]]:  # noqa: ANN401 - whatever stands behind a colon
    options = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    inner = {
        entry for option in options if get_origin(option) in {tuple, frozenset} for entry in get_args(option) if isinstance(entry, type)
    }
    return tuple(get_origin(option) or option for option in options), tuple(inner)
