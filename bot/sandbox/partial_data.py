"""GraphQL answers with holes: status 200, the data that there is, and an error for what is missing."""

import json
from collections.abc import Iterator
from enum import Enum, auto
from typing import Any, Final, assert_never

_Place = tuple[str | int, ...]

_REQUEST: Final = "0000:1A2B3C:SANDBOX"


class Hole(Enum):
    """Why GitHub leaves something out."""

    FORBIDDEN = auto()
    """An organisation's rules keep it from this token."""
    BROKE_OFF = auto()
    """GitHub got no further there; the error names the place and no kind."""
    BROKE_OFF_SOMEWHERE = auto()
    """The same, and the error does not even say where."""
    TOO_MUCH = auto()
    """The question took more than GitHub gives to one (GitHub Changelog, "GraphQL API resource limits", 2025-09-01)."""


def with_hole(body: bytes, hole: Hole, *, where: float) -> bytes:
    """The answer without one of the things that may be null: a node of a list, or a field at the top. `where` says which, from 0 to 1.

    An answer that has none, or is no GraphQL answer, comes back as it is.
    """
    try:
        answer = json.loads(body)
    except ValueError:
        return body
    data = answer.get("data") if isinstance(answer, dict) else None
    places = list(_places(data)) if isinstance(data, dict) else []
    if not places:
        return body
    place = places[min(int(where * len(places)), len(places) - 1)]
    holder = data
    for step in place[:-1]:
        holder = holder[step]  # type: ignore[index] # the way that was gone to find it
    holder[place[-1]] = None  # type: ignore[index]
    return json.dumps({**answer, "errors": [*answer.get("errors", ()), _error(hole, place)]}).encode()


def _places(data: dict[str, Any]) -> Iterator[_Place]:
    """What the schema lets be null, and has a value: fields of the query itself, and nodes of the lists below."""
    for name, value in data.items():
        if name == "viewer" or value is None:  # who asks is never null
            continue
        if isinstance(value, list):
            yield from ((name, place) for place, node in enumerate(value) if node is not None)
        else:
            yield (name,)
            yield from _nodes(value, (name,))


def _nodes(value: Any, way: _Place) -> Iterator[_Place]:  # noqa: ANN401 - JSON
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if name == "nodes" and isinstance(inner, list):
            yield from ((*way, name, place) for place, node in enumerate(inner) if node is not None)
        else:
            yield from _nodes(inner, (*way, name))


def _error(hole: Hole, place: _Place) -> dict[str, Any]:
    located = {"path": list(place), "locations": [{"line": 3, "column": 5}]}
    broke_off = f"Something went wrong while executing your query. Please include `{_REQUEST}` when reporting this issue."
    match hole:
        case Hole.FORBIDDEN:
            said = "Although you appear to have the correct authorization credentials, the organization has an IP allow list enabled."
            return {"type": "FORBIDDEN", **located, "message": said}
        case Hole.BROKE_OFF:
            return {**located, "message": broke_off}
        case Hole.BROKE_OFF_SOMEWHERE:
            return {"message": broke_off}
        case Hole.TOO_MUCH:
            return {"type": "RESOURCE_LIMITS_EXCEEDED", **located, "message": "Resource limits for this query exceeded."}
        case _ as unreachable:
            assert_never(unreachable)
