"""Advisories in OSV's format, as short as the format allows, and what the format asks of them."""

from typing import Any

MODIFIED = "2026-01-02T03:04:05.678901Z"


def advisory(id_: str, *packages: tuple[str, str], modified: str = MODIFIED, **more: Any) -> dict[str, Any]:
    """One that says of each (ecosystem, name) that all versions below 2 are affected."""
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}]
    affected = [{"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges} for ecosystem, name in packages]
    return {"schema_version": "1.7.3", "id": id_, "modified": modified, "affected": affected, **more}


_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
_EVENT = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "propertyNames": {"enum": ["introduced", "fixed", "last_affected", "limit"]},
    "additionalProperties": {"type": "string"},
}
_RANGE = {
    "type": "object",
    "required": ["type", "events"],
    "properties": {
        "type": {"enum": ["GIT", "SEMVER", "ECOSYSTEM"]},
        "events": {"type": "array", "minItems": 1, "items": _EVENT, "contains": {"required": ["introduced"]}},
    },
}
_PACKAGE = {
    "type": "object",
    "required": ["ecosystem", "name"],
    "properties": {key: {"type": "string"} for key in ("ecosystem", "name", "purl")},
}
_AFFECTED = {
    "type": "object",
    "properties": {
        "package": _PACKAGE,
        "ranges": {"type": "array", "items": _RANGE},
        "versions": {"type": "array", "items": {"type": "string"}},
    },
}
RECORD = {
    "type": "object",
    "required": ["id", "modified"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "modified": _TIME,
        "published": _TIME,
        "withdrawn": _TIME,
        "aliases": {"type": "array", "items": {"type": "string"}},
        "affected": {"type": "array", "items": _AFFECTED},
    },
}
"""What the format asks of a record, in the parts that are read here (ossf.github.io/osv-schema)."""
_NAME_AND_TIME = {"id": {"type": "string"}, "modified": _TIME}
IN_SHORT = {"type": "object", "required": ["id", "modified"], "properties": _NAME_AND_TIME, "additionalProperties": False}


def page_of(item: dict[str, Any]) -> dict[str, Any]:
    """What the service's interface says of one list of vulnerabilities: nothing of it need be there, and nothing else may."""
    properties = {"vulns": {"type": "array", "minItems": 1, "items": item}, "next_page_token": {"type": "string", "minLength": 1}}
    return {"type": "object", "properties": properties, "additionalProperties": False}


_RESULTS = {"results": {"type": "array", "items": page_of(IN_SHORT)}}
BATCH = {"type": "object", "required": ["results"], "properties": _RESULTS, "additionalProperties": False}
PROBLEM = {"type": "object", "required": ["code", "message"], "properties": {"code": {"type": "integer"}, "message": {"type": "string"}}}
