"""The successor that a catalogue writes for a base -> the image that takes its place, where that is certain. Pure.

`registry.example/base/{name}:{major}.{minor}` is filled in from the reference in use: `name` is the last part of its repository, `tag` its
whole tag, `version` the number that the tag begins with, `major`, `minor` and `patch` its parts, `variant` what follows it (`-slim`).
`newest` stands for the highest number that is published there: `{major}.{minor}.{newest}` is the newest patch of the same line.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from bot.model.image import ImageReference, InvalidReferenceError, is_tag, split_tag

_VARIABLE: Final = re.compile(r"\{([a-z]{1,20})\}")
_HEAD: Final = re.compile(r"v?(?P<version>[0-9]{1,20}(?:\.[0-9]{1,20}){0,5})(?P<variant>.*)", re.ASCII | re.DOTALL)
_NUMBER: Final = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20}){0,5}", re.ASCII)
NEWEST: Final = "newest"
_REMEMBERED: Final = 4096
"""Answers: a fleet asks the same of each pair of its bases."""
_IN_NAME: Final = frozenset({"name"})
_IN_TAG: Final = frozenset({"name", "tag", "version", "major", "minor", "patch", "variant", NEWEST})


class UncertainError(Exception):
    """Which image would take the place is not certain; the message says why."""


def fault(pattern: str) -> str:
    """What is wrong with a successor as it is written; empty: nothing."""
    name, tag = split_tag(pattern)
    for text, known in ((name, _IN_NAME), (tag or "", _IN_TAG)):
        unknown = [variable for variable in _VARIABLE.findall(text) if variable not in known]
        if unknown:
            return f"{{{unknown[0]}}} can't stand there; there are {', '.join(f'{{{one}}}' for one in sorted(known))}"
    if (tag or "").count(f"{{{NEWEST}}}") > 1:
        return "{newest} can stand there once"
    try:
        ImageReference.parse(_VARIABLE.sub("1", pattern))
    except InvalidReferenceError as error:
        return str(error)
    return "a digest can't be a successor; name a tag" if "@" in pattern else ""


def name_of(pattern: str, dependency: str) -> str:
    """Registry and repository of the successor of a base, in normal form. Raises UncertainError."""
    try:
        return ImageReference.parse(_filled(split_tag(pattern)[0], {"name": dependency.rpartition("/")[2]})).name
    except InvalidReferenceError as error:
        raise UncertainError(str(error)) from error


def tag_of(pattern: str, dependency: str, tag: str | None, published: Iterable[str]) -> str:
    """The tag of the successor, one of those that are published there. Raises UncertainError."""
    wanted = split_tag(pattern)[1]
    if wanted is None:
        raise UncertainError("the catalogue names no tag of it")
    known = frozenset(published)
    before, newest, after = wanted.partition(f"{{{NEWEST}}}")
    variables = _variables(dependency, tag)
    before, after = _filled(before, variables), _filled(after, variables)
    if newest:
        return _newest(before, after, known)
    if not is_tag(before):
        raise UncertainError(f"{before[:80]!r} is no tag")
    if before not in known:
        raise UncertainError(f"it has no tag {before}")
    return before


@lru_cache(_REMEMBERED)
def shown(pattern: str, dependency: str, tag: str | None) -> str:
    """The successor of a base for people, as far as it can be filled in without knowing what is published."""
    name, wanted = split_tag(pattern)
    variables = _variables(dependency, tag)
    filled = [_VARIABLE.sub(lambda match: variables.get(match[1], match[0]), text) for text in (name, wanted or "")]
    return ":".join(filter(None, filled))


def _newest(before: str, after: str, known: Iterable[str]) -> str:
    numbers = {}
    for one in known:
        middle = one[len(before) : len(one) - len(after)]
        if one.startswith(before) and one.endswith(after) and len(one) > len(before) + len(after) and _NUMBER.fullmatch(middle):
            numbers[one] = tuple(map(int, middle.split(".")))
    if not numbers:
        raise UncertainError(f"it has no tag like {before}1{after}")
    return max(numbers, key=lambda one: (numbers[one], one))


def _variables(dependency: str, tag: str | None) -> Mapping[str, str]:
    """What is known of them."""
    known = {"name": dependency.rpartition("/")[2]}
    if tag is None:
        return known
    known["tag"] = tag
    head = _HEAD.fullmatch(tag)
    if head is not None:
        known |= {"version": head["version"], "variant": head["variant"]}
        known |= dict(zip(("major", "minor", "patch"), head["version"].split("."), strict=False))
    return known


def _filled(text: str, variables: Mapping[str, str]) -> str:
    lacking = [variable for variable in _VARIABLE.findall(text) if variable not in variables]
    if lacking:
        in_use = variables.get("tag")
        what = f"the tag in use, {in_use}, tells no {lacking[0]}" if in_use else "the reference in use has no tag"
        raise UncertainError(what)
    return _VARIABLE.sub(lambda match: variables[match[1]], text)


@lru_cache(_REMEMBERED)
def line_of(tag: str) -> tuple[str, ...] | None:
    """The first two numbers of a tag, which make its line of releases; None: it has fewer."""
    head = _HEAD.fullmatch(tag)
    numbers = () if head is None else tuple(head["version"].split(".")[:2])
    return numbers if len(numbers) == 2 else None  # noqa: PLR2004 - see above


def numbers_of(tag: str) -> tuple[tuple[int, ...], str] | None:
    """The numbers that a tag begins with, and what follows them: `3.12.4-slim`; None: it begins with none."""
    head = _HEAD.fullmatch(tag)
    return None if head is None else (tuple(map(int, head["version"].split("."))), head["variant"])
