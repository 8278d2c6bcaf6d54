"""A document held against a model: the value, and every fault in words that say how to mend it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.settings.document import Document, Place
from bot.settings.fault import Fault, suggestion

M = TypeVar("M", bound=BaseModel)
_MAX_SHOWN: Final = 60
_MOMENT: Final = "must be a time with its offset from UTC, as in 2026-12-20T00:00:00+01:00"


def validated(document: Document, model: type[M]) -> tuple[M | None, tuple[Fault, ...]]:
    """The document as `model`, and all that is wrong in it; None where there is any fault. Values that look secret are never shown."""
    try:
        value = model.model_validate_json(json.dumps(document.data))
    except ValidationError as error:
        found = _faults(document, model, error.errors(include_url=False))
        return None, (*document.faults, *found)
    return (None if document.faults else value), tuple(document.faults)


def _faults(document: Document, model: type[BaseModel], errors: Sequence[ErrorDetails]) -> Iterator[Fault]:
    schema = _schema(model)
    inside = {tuple(error["loc"])[:-1] for error in errors}
    choices: dict[Place, list[ErrorDetails]] = {}
    for error in errors:
        if error["type"] in {"too_short", "missing"} and tuple(error["loc"]) in inside:
            continue  # a list whose only item is at fault is not empty
        if _is_of_a_choice(error, document, schema):
            choices.setdefault(tuple(error["loc"][:-1]), []).append(error)
            continue
        # pydantic writes `[key]` behind a key that is itself at fault.
        place: Place = tuple(step for step in error["loc"] if step != "[key]")
        key = error.get("ctx", {}).get("key")
        if key is not None:
            place = (*place, key)
        if not document.is_withheld(place):
            yield document.fault(place, _in_words(error, place, document, schema))
    for place, several in choices.items():
        if not document.is_withheld(place):
            wanted = ", or ".join(dict.fromkeys(_one_choice(error) for error in several))
            yield document.fault(place, f"{_path(place)}: must be {wanted}{_not(place, document)}")


@cache
def _schema(model: type[BaseModel]) -> Mapping[str, Any]:
    """Made once for all files with a fault: of the whole configuration it takes a sixth of a second."""
    return model.model_json_schema()


def _is_of_a_choice(error: ErrorDetails, document: Document, schema: Mapping[str, Any]) -> bool:
    """Whether it is why one of several forms of a value does not hold: pydantic writes the form's own name behind the place."""
    *place, last = error["loc"] or ("",)
    value: Any = document.data
    for step in place:
        is_there = step in value if isinstance(value, dict) else isinstance(value, list) and isinstance(step, int)
        if not is_there:
            return False
        value = value[step]
    is_key = last in _schema_at(schema, tuple(place)).get("properties", {})
    return bool(place) and isinstance(last, str) and not isinstance(value, dict) and not is_key


def _one_choice(error: ErrorDetails) -> str:
    if error["type"] == "literal_error":
        return str(error["ctx"]["expected"])
    return _message(error).removeprefix("must be ")


def _in_words(error: ErrorDetails, place: Place, document: Document, schema: Mapping[str, Any]) -> str:
    name = str(place[-1]) if place else "the file"
    match error["type"]:
        case "extra_forbidden":
            known = _schema_at(schema, place[:-1]).get("properties", {})
            return f"unknown key {name!r}{suggestion(name, known)}"
        case "missing":
            return f"{_path(place[:-1])}: the key {name!r} is missing"
        case "contradiction" | "value_error":
            return f"{_path(place)}: {error['msg'].removeprefix('Value error, ')}"
        case "enum" | "literal_error":
            return f"{_path(place)}: {_shown(place, document)} is not known here{suggestion(_text(place, document), _words(schema, place))}"
        case "string_type" if document.written.get(place) is not None and error["input"] is not None:
            return f"{_path(place)}: must be text; put quotes around it: {json.dumps(document.written[place])}"
        case _:
            examples = _schema_at(schema, place).get("examples", ()) if error["type"] == "string_pattern_mismatch" else ()
            like = f"must be written like {' or '.join(map(repr, examples))}" if examples else _message(error)
            return f"{_path(place)}: {like}{_not(place, document)}"


def _message(error: ErrorDetails) -> str:
    limits = error.get("ctx", {})
    expected = {
        "tuple_type": "must be a list",
        "list_type": "must be a list",
        "model_type": "must be a mapping (key: value)",
        "model_attributes_type": "must be a mapping (key: value)",
        "mapping_type": "must be a mapping (key: value)",
        "dict_type": "must be a mapping (key: value)",
        "bool_type": "must be true or false",
        "int_type": "must be a whole number",
        "float_type": "must be a number",
        "string_type": "must be text",
        "date_from_datetime_parsing": "must be a date, as in 2027-01-31",
        "date_parsing": "must be a date, as in 2027-01-31",
        "date_type": "must be a date, as in 2027-01-31",
        "datetime_from_date_parsing": _MOMENT,
        "datetime_object_invalid": _MOMENT,
        "datetime_parsing": _MOMENT,
        "datetime_type": _MOMENT,
        "finite_number": "must be a number",
        "too_short": "must not be empty",
        "string_too_short": "must not be empty",
        "timezone_aware": "must have an offset from UTC, as in 2026-12-20T00:00:00+01:00",
        "greater_than_equal": f"must be at least {_number(limits.get('ge'))}",
        "less_than_equal": f"must be at most {_number(limits.get('le'))}",
    }
    message = error["msg"].replace("Input should", "must").replace("String should", "must")
    return expected.get(error["type"], message)


def _number(limit: object) -> str:
    return f"{limit:g}" if isinstance(limit, float) else str(limit)


def _not(place: Place, document: Document) -> str:
    return f", not {_shown(place, document)}" if place in document.written else ""


def _shown(place: Place, document: Document) -> str:
    text = _text(place, document)
    return repr(text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…")


def _text(place: Place, document: Document) -> str:
    return document.written.get(place, "")


def _path(place: Place) -> str:
    """`rules[2].match.roles`: the way to a place as people write it; list positions count from 1."""
    text = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".") or "the file"


def _words(schema: Mapping[str, Any], place: Place) -> Sequence[str]:
    node = _schema_at(schema, place)
    return cast("Sequence[str]", node.get("enum", [node["const"]] if "const" in node else []))


def _schema_at(schema: Mapping[str, Any], place: Place) -> Mapping[str, Any]:
    """The part of a JSON Schema that speaks of a place."""
    node = _resolved(schema, schema)
    for step in place:
        named = node.get("properties", {}).get(step, node.get("additionalProperties"))
        inner = node.get("items") if isinstance(step, int) else named
        node = _resolved(schema, inner if isinstance(inner, dict) else {})
    return node


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in node:
        return cast("Mapping[str, Any]", schema["$defs"][node["$ref"].rpartition("/")[2]])
    choices = [choice for choice in node.get("anyOf", ()) if choice.get("type") != "null"]
    return _resolved(schema, choices[0]) if choices else node
