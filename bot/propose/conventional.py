"""Prefixes of conventional commits (conventionalcommits.org, v1.0.0), where a repo's own history has them."""

import re
from collections.abc import Sequence
from typing import Final

from bot.model.fleet import Repo
from bot.model.pin import Role
from bot.model.update import Update
from bot.settings.pull_requests import AUTO, NONE

_SUBJECT: Final = re.compile(
    r"(?:build|chore|ci|deps|docs|feat|fix|perf|refactor|revert|style|test)(?:\([^()\s]{1,60}\))?!?: \S", re.ASCII | re.IGNORECASE
)
_FEWEST: Final = 3
_SHARE: Final = 0.6
_BUILT_IN: Final = "{type}(deps): "
_SHIPPED: Final = frozenset({Role.FINAL_BASE, Role.COPY_FROM, Role.ONBUILD_BASE, Role.IMAGE, Role.CHART})
"""What of it runs later: its fix is one of the app. Everything else is a chore."""


def uses_conventional_commits(subjects: Sequence[str]) -> bool:
    """Whether of at least three first lines of commits three in five are written so."""
    fitting = sum(_SUBJECT.match(subject) is not None for subject in subjects)
    return len(subjects) >= _FEWEST and fitting >= _SHARE * len(subjects)


def prefix_for(repo: Repo, updates: Sequence[Update], setting: str) -> str:
    """`fix(deps): ` or `chore(deps): ` by the setting `pull_requests.commit_prefix`; empty: none."""
    if setting == NONE or (setting == AUTO and not uses_conventional_commits(repo.headlines)):
        return ""
    kinds = {update.kind.value for update in updates}
    made = (_BUILT_IN if setting == AUTO else setting).replace("{kind}", kinds.pop() if len(kinds) == 1 else "updates")
    return made.replace("{type}", "fix" if any(update.pin.role in _SHIPPED for update in updates) else "chore")
