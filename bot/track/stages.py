"""Which stage a file deploys to, by its path."""

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final

_BETWEEN_WORDS: Final = re.compile(r"[-_.+ ]")


def stage_of(file: PurePosixPath, stages: Mapping[str, Sequence[str]]) -> str:
    """The stage that a path speaks of; empty: none.

    An entry of a stage is a word, which stands for a part of the path (`overlays/prod/`, `values-prod.yaml`), or a shell
    pattern with `*` or `/` for the whole path. Patterns count before words; of the words, the one nearest to the end.
    """
    path = str(file).lower()
    for stage, entries in stages.items():
        if any(_is_pattern(entry) and fnmatchcase(path, entry.lower()) for entry in entries):
            return stage
    by_word = {entry.lower(): stage for stage, entries in stages.items() for entry in entries if not _is_pattern(entry)}
    for part in reversed(path.split("/")):
        if part in by_word:
            return by_word[part]
        for word in reversed(_BETWEEN_WORDS.split(part)):
            if word in by_word:
                return by_word[word]
    return ""


def _is_pattern(entry: str) -> bool:
    return any(sign in entry for sign in "*?[/")
