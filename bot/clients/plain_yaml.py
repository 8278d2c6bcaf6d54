"""YAML as plain data of texts, lists and mappings, within bounds: nothing is constructed, no alias is followed, no type is guessed."""

from collections.abc import Iterator
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

_MAX_DEPTH: Final = 50
_MAX_NODES: Final = 200_000
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})

Plain = str | list["Plain"] | dict[str, "Plain"] | None
"""None: a null. An alias is its name with the `*`."""


def read_yaml(text: str | bytes) -> Plain:
    """The first document. Raises ValueError for what is no YAML, or is nested or filled beyond bounds."""
    try:
        events = yaml.parse(text, Loader=yaml.CBaseLoader)
        for event in events:
            if isinstance(event, StreamEndEvent):
                break
            if not isinstance(event, StreamStartEvent | DocumentStartEvent):
                return build(event, events)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ValueError(f"no valid YAML in line {mark.line + 1}" if mark else "no valid YAML") from error
    return None


def read_documents(text: str | bytes) -> Iterator[Plain]:
    """Every document, one after another. Raises ValueError, as `read_yaml` does, where it comes to what is none."""
    try:
        events = yaml.parse(text, Loader=yaml.CBaseLoader)
        for event in events:
            if isinstance(event, StreamEndEvent):
                return
            if not isinstance(event, StreamStartEvent | DocumentStartEvent | DocumentEndEvent):
                yield build(event, events)
    except yaml.YAMLError as error:
        raise ValueError("no valid YAML") from error


def build(first: Any, events: Iterator[Any]) -> Plain:  # noqa: ANN401 libyaml's events have no common type
    """The node that begins with an event. What a mapping names twice has its last value; keys that are no text are left out."""
    holder: list[Plain] = []
    open_: list[tuple[list[Plain] | dict[str, Plain], list[str | None]]] = [(holder, [])]
    """Each container, and of a mapping the key at hand: none, or one, which is None where it is no text."""
    nodes = 0
    event = first
    while True:
        nodes += 1
        if nodes > _MAX_NODES or len(open_) > _MAX_DEPTH:
            raise ValueError(f"more than {_MAX_NODES:,} values, or nested deeper than {_MAX_DEPTH}")
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            open_.pop()
        else:
            made = _value(event)
            _put(open_[-1], made, is_key=isinstance(event, ScalarEvent))
            if isinstance(made, list | dict):
                open_.append((made, []))
        if len(open_) == 1:
            return holder[0] if holder else None
        event = next(events)


def _put(container: tuple[list[Plain] | dict[str, Plain], list[str | None]], value: Plain, *, is_key: bool) -> None:
    inside, key = container
    if isinstance(inside, list):
        inside.append(value)
    elif not key:
        key.append((value or "") if is_key and not isinstance(value, list | dict) else None)
    else:
        name = key.pop()
        if name is not None:
            inside[name] = value


def _value(event: Any) -> Plain:  # noqa: ANN401 see above
    match event:
        case MappingStartEvent():
            return {}
        case SequenceStartEvent():
            return []
        case AliasEvent():
            return f"*{event.anchor}"
        case ScalarEvent():
            is_null = not event.style and event.value in _NULLS
            return None if is_null else str(event.value)
        case _:
            raise ValueError("no valid YAML")


def skip(first: Any, events: Iterator[Any]) -> None:  # noqa: ANN401 see above
    """Pass over the node that begins with an event. Raises ValueError beyond the bound of nesting."""
    depth, event = 0, first
    while True:
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            depth += 1
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            depth -= 1
        if depth <= 0:
            return
        if depth > _MAX_DEPTH:
            raise ValueError(f"nested deeper than {_MAX_DEPTH}")
        event = next(events)
