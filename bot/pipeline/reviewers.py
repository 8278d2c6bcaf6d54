"""Whom a rule wants asked for a review."""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final

from bot.model.rules import CODE_OWNERS
from bot.track import codeowners

_MOST: Final = 15


def reviewers_of(asked: Sequence[str], files: Iterable[PurePosixPath], owners: str | None) -> tuple[str, ...]:
    """The people and teams, each once; for `codeowners` those that CODEOWNERS (its text) names for the changed files.

    Owners that are known by an e-mail address alone can't be asked.
    """
    if CODE_OWNERS not in asked:
        return tuple(asked)
    known = codeowners.parse(owners or "")
    found = [owner for file in files for owner in known.owners_of(file) if owner.startswith("@")]
    each: dict[str, str] = {}
    for name in (*(name for name in asked if name != CODE_OWNERS), *found):
        each.setdefault(name.removeprefix("@").lower(), name)
    return tuple(each.values())[:_MOST]
