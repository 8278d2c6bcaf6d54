"""What an attachment is wrapped in: an in-toto statement, a DSSE envelope around it, a sigstore bundle around that; or nothing.

No signature is checked here: what comes out is a declaration and no proof.
"""

import base64
import binascii
from collections.abc import Collection
from typing import Any, Final

from bot.clients.json_fields import mapping, objects
from bot.clients.json_text import read_json
from bot.inspect.reader import UnreadableError

_MAX_DEPTH: Final = 4


def document(data: bytes, digests: Collection[str]) -> dict[str, Any]:
    """The bill of materials in an attachment. Raises UnreadableError, also where the statement is about other images than `digests`."""
    told = _object(data)
    for _ in range(_MAX_DEPTH):
        if isinstance(told.get("dsseEnvelope"), dict):
            told = told["dsseEnvelope"]
        elif isinstance(told.get("payload"), str):
            told = _object(_decoded(told["payload"]))
        elif "predicateType" in told:
            _check_subject(told, digests)
            told = _predicate(told.get("predicate"))
        else:
            return told
    raise UnreadableError("it is wrapped too often")


def subject_names(data: bytes, digest: str) -> tuple[str, ...]:
    """What a statement calls the artifact at this digest; empty where it speaks of none, or can't be read."""
    try:
        told = _object(data)
        for _ in range(_MAX_DEPTH):
            if isinstance(told.get("dsseEnvelope"), dict):
                told = told["dsseEnvelope"]
            elif isinstance(told.get("payload"), str):
                told = _object(_decoded(told["payload"]))
    except UnreadableError:
        return ()
    algorithm, _, value = digest.partition(":")
    named = (one.get("name") for one in objects(told.get("subject")) if mapping(one.get("digest")).get(algorithm) == value)
    return tuple(name for name in named if isinstance(name, str))


def _check_subject(statement: dict[str, Any], digests: Collection[str]) -> None:
    subjects = statement.get("subject")
    named = {
        f"{algorithm}:{value}"
        for subject in (subjects if isinstance(subjects, list) else [])
        if isinstance(subject, dict) and isinstance(subject.get("digest"), dict)
        for algorithm, value in subject["digest"].items()
    }
    if not named & set(digests):
        raise UnreadableError("its statement is about another image")


def _predicate(predicate: object) -> dict[str, Any]:
    """The document itself; cosign's own kind of predicate has it as a text in `Data`."""
    if isinstance(predicate, dict) and isinstance(predicate.get("Data"), str):
        return _object(predicate["Data"].encode())
    if isinstance(predicate, dict) and isinstance(predicate.get("Data"), dict):
        return dict(predicate["Data"])
    if isinstance(predicate, str):
        return _object(predicate.encode())
    if not isinstance(predicate, dict):
        raise UnreadableError("its statement holds no document")
    return predicate


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("its envelope is broken") from error


def _object(data: bytes) -> dict[str, Any]:
    try:
        told = read_json(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("it is no valid JSON") from error
    if not isinstance(told, dict):
        raise UnreadableError("it is no JSON object")
    return told
