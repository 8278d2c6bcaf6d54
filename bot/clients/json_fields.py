"""Documents of others, field by field: whatever stands there, an answer of the type that was asked for comes back."""

import json
from datetime import UTC, date, datetime, time
from typing import Any, Final

Object = dict[str, Any]

MAX_TEXT: Final = 2_000
"""Characters of one field that are kept."""
MAX_ENTRIES: Final = 200_000
"""Of one list: several times what the largest images, clusters and feeds have."""
_FIRST_YEAR: Final = 1990
"""Before, no vulnerability had a number, and nothing ran in a container: Go writes year 1 for "never"."""


class UnreadableError(Exception):
    """A document can't be read; the message says why, to stand behind "not read: "."""


def parsed(data: bytes) -> Object:
    """The JSON object in the bytes (UTF-8, -16 or -32, with or without a byte order mark). Raises UnreadableError."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("it is no valid JSON") from error
    if not isinstance(told, dict):
        raise UnreadableError("it is no JSON object")
    return told


def mapping(value: object) -> Object:
    return value if isinstance(value, dict) else {}


def within(value: object, *keys: str) -> Object:
    """The object below these keys; empty where there is none."""
    for key in keys:
        value = mapping(value).get(key)
    return mapping(value)


def objects(value: object) -> list[Object]:
    """The objects of a list. Raises UnreadableError where it is too long to be one of an honest document."""
    if not isinstance(value, list):
        return []
    if len(value) > MAX_ENTRIES:
        raise UnreadableError(f"a list in it has more than {MAX_ENTRIES} entries")
    return [item for item in value if isinstance(item, dict)]


def entries(value: object) -> list[Object]:
    """The findings of a list of them; what is no object is an empty one, for its reader to count as not read. Nothing, and null, are none.

    Raises UnreadableError for what is no list: passed over, it would look like none.
    """
    if not isinstance(value, list | None) or len(value or ()) > MAX_ENTRIES:
        raise UnreadableError("what should be a list of findings is none, or too long")
    return [mapping(item) for item in value or ()]


def parts(value: object) -> list[Object]:
    """The same of a list whose objects have the findings: an entry that is none raises UnreadableError, for nobody knows what it has."""
    if not isinstance(value, list | None) or not all(isinstance(item, dict) for item in value or ()):
        raise UnreadableError("what should be a list of objects is none, or holds something else")
    return objects(value)


def texts(value: object) -> list[str]:
    """The texts of a list, of one text or of nothing, without empty ones."""
    items = value[:MAX_ENTRIES] if isinstance(value, list) else [value]
    return [said for said in map(text, items) if said]


def text(value: object) -> str:
    """A text that can be written out, at most so long; empty for what is none."""
    if not isinstance(value, str):
        return ""
    return value[:MAX_TEXT].encode("utf-8", errors="replace").decode().strip()


def moment(value: object) -> datetime | None:
    """A time of ISO 8601; without a zone it is UTC, a day alone is its beginning. None for anything else, and for the year 1."""
    said = text(value)
    try:
        told = datetime.fromisoformat(said)
        told = (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        shown = day(said)  # a zone that the standard library does not know
        return datetime.combine(shown, time(), UTC) if shown else None
    return told if told.year >= _FIRST_YEAR else None


def day(value: object) -> date | None:
    try:
        told = date.fromisoformat(text(value)[:10])
    except ValueError:
        return None
    return told if told.year >= _FIRST_YEAR else None
