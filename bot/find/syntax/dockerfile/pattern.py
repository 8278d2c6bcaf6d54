"""The wildcards of `${name#pattern}`, `${name%pattern}` and `${name/pattern/text}`: `*` and `?`, in bounded time."""

from collections.abc import Sequence
from typing import Final

from bot.find.syntax.dockerfile.traced import Traced

_ANY_RUN: Final = "*"
_ANY_ONE: Final = "?"
_MAX_STEPS: Final = 100_000
"""Places to begin at, times characters, times tokens; a real reference needs some thousand."""


class PatternError(Exception):
    """Not a pattern; the message says why."""


def without_prefix(value: Traced, pattern: str, *, greedy: bool) -> Traced:
    """The value without the shortest beginning (with `greedy`: the longest) that the pattern matches. Raises PatternError."""
    tokens = _tokens(pattern)
    _check_steps(len(value), tokens)
    ends = _ends(value.text, tokens)
    return value.slice((max if greedy else min)(ends)) if ends else value


def without_suffix(value: Traced, pattern: str, *, greedy: bool) -> Traced:
    """The value without the shortest end (with `greedy`: the longest) that the pattern matches. Raises PatternError."""
    tokens = _tokens(pattern)[::-1]
    _check_steps(len(value), tokens)
    ends = _ends(value.text[::-1], tokens)
    return value.slice(0, len(value) - (max if greedy else min)(ends)) if ends else value


def with_replacement(value: Traced, pattern: str, replacement: Traced, *, replaces_all: bool) -> Traced:
    """The value with the leftmost longest match (or all that do not overlap) replaced. Raises PatternError."""
    tokens = _tokens(pattern)
    if not tokens:
        raise PatternError("an empty pattern replaces nothing")
    _check_steps(len(value) * len(value), tokens)
    parts: list[Traced] = []
    position = 0
    start = 0
    while start < len(value):
        ends = _ends(value.text[start:], tokens)
        if not ends or max(ends) == 0:
            start += 1
            continue
        parts += (value.slice(position, start), replacement)
        position = start = start + max(ends)
        if not replaces_all:
            break
    return Traced.joined((*parts, value.slice(position)))


def _check_steps(places: int, tokens: Sequence[tuple[str, bool]]) -> None:
    if places * len(tokens) > _MAX_STEPS:
        raise PatternError("its pattern and value are too long")


def _tokens(pattern: str) -> list[tuple[str, bool]]:
    """The pattern's characters, each with whether it is a wildcard."""
    tokens: list[tuple[str, bool]] = []
    characters = iter(enumerate(pattern))
    for index, character in characters:
        following = pattern[index + 1 : index + 2]
        if character != "\\":
            tokens.append((character, character in (_ANY_RUN, _ANY_ONE)))
        elif following and following in "*?\\":
            tokens.append((following, False))
            next(characters)
        elif not following or following not in "}/":
            raise PatternError(f"its pattern escapes {following!r}")
    return tokens


def _ends(text: str, tokens: Sequence[tuple[str, bool]]) -> list[int]:
    """Every length of a beginning of the text that the tokens match wholly."""
    states = _skipping_runs({0}, tokens)
    ends = [0] if len(tokens) in states else []
    for length, character in enumerate(text, 1):
        states = _skipping_runs({following for state in states for following in _after(state, character, tokens)}, tokens)
        if not states:
            break
        if len(tokens) in states:
            ends.append(length)
    return ends


def _after(state: int, character: str, tokens: Sequence[tuple[str, bool]]) -> tuple[int, ...]:
    if state == len(tokens):
        return ()
    token, is_wildcard = tokens[state]
    if is_wildcard:
        return (state,) if token == _ANY_RUN else (state + 1,)
    return (state + 1,) if token == character else ()


def _skipping_runs(states: set[int], tokens: Sequence[tuple[str, bool]]) -> set[int]:
    """The states with those that a `*` matching nothing leads to."""
    reached = set(states)
    for state in states:
        following = state
        while following < len(tokens) and tokens[following] == (_ANY_RUN, True):
            following += 1
            reached.add(following)
    return reached
