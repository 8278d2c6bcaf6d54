"""Which stage a file deploys to, by its path."""

import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Final

_BETWEEN_WORDS: Final = re.compile(r"[-_.+ ]")
_PATHS_KEPT: Final = 10_000


def stage_of(file: PurePosixPath, stages: Mapping[str, Sequence[str]]) -> str:
    """The stage that a path speaks of; empty: none. For many files take `stages_of`."""
    return stages_of(stages)(file)


def stages_of(stages: Mapping[str, Sequence[str]]) -> Callable[[PurePosixPath], str]:
    """Tells the stage that a path speaks of; empty: none.

    An entry of a stage is a word, which stands for a part of the path (`overlays/prod/`, `values-prod.yaml`), or a shell
    pattern with `*` or `/` for the whole path. Patterns count before words; of the words, the one nearest to the end.
    """
    entries = [(entry.lower(), stage) for stage, entries in stages.items() for entry in entries]
    patterns = [(entry, stage) for entry, stage in entries if _is_pattern(entry)]
    by_word = {entry: stage for entry, stage in entries if not _is_pattern(entry)}

    # The repos of a fleet name their files alike, and each pin of a file asks several times.
    @lru_cache(_PATHS_KEPT)
    def of(path: str) -> str:
        for pattern, stage in patterns:
            if fnmatchcase(path, pattern):
                return stage
        for part in reversed(path.split("/")):
            for word in (part, *reversed(_BETWEEN_WORDS.split(part))):
                if word in by_word:
                    return by_word[word]
        return ""

    return lambda file: of(str(file).lower())


def _is_pattern(entry: str) -> bool:
    return any(sign in entry for sign in "*?[/")
