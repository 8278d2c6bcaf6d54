"""GraphQL's pages: connections, with GitHub's limits."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, Final

from graphql import GraphQLResolveInfo

from bot.sandbox.github.rest import ApiError

Info = GraphQLResolveInfo[Any]
"""What graphql-core hands to every function that answers a field."""

_MAX_PAGE_SIZE: Final = 100


def connection(field: str, items: Sequence[Any], shape: Callable[[Any], Any], options: dict[str, Any]) -> dict[str, Any]:
    """One page of a list, by `first` and `after` or `last` and `before`; only its items are shaped. Raises ApiError as GitHub refuses."""
    first, last = options.get("first"), options.get("last")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= _MAX_PAGE_SIZE:
            limit = f"exceeds the `{name}` limit of {_MAX_PAGE_SIZE} records."
            raise ApiError(422, f"Requesting {size} records on the `{field}` connection {limit}")
    if first is None and last is None:
        raise ApiError(422, f"You must provide a `first` or `last` value to properly paginate the `{field}` connection.")
    start, end = position(options.get("after"), 0), position(options.get("before"), len(items) + 1) - 1
    start, end = min(start, len(items)), max(min(end, len(items)), 0)
    if first is not None:
        end = min(end, start + first)
    if last is not None:
        start = max(start, end - last)
    shown = range(start, max(start, end))
    return {
        "totalCount": len(items),
        "nodes": lambda _info: [shape(items[place]) for place in shown],
        "edges": lambda _info: [{"cursor": cursor(place), "node": shape(items[place])} for place in shown],
        "pageInfo": {
            "hasNextPage": end < len(items),
            "hasPreviousPage": start > 0,
            "startCursor": cursor(shown[0]) if shown else None,
            "endCursor": cursor(shown[-1]) if shown else None,
        },
    }


def cursor(place: int) -> str:
    return base64.b64encode(f"cursor:v1:{place + 1}".encode()).decode()


def position(cursor: str | None, default: int) -> int:
    """How many items stand up to a cursor, its own included."""
    if cursor is None:
        return default
    try:
        return int(base64.b64decode(cursor, validate=True).decode().rpartition(":")[2])
    except (binascii.Error, ValueError) as error:
        raise ApiError(422, f"`{cursor}` does not appear to be a valid cursor.") from error
