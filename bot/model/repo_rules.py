"""What a repo's own file asks of the bot: it can make it quieter there, and nothing else."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bot.model.rules import Rule

PLACES: Final = (PurePosixPath(".github/rebuild-bot.yaml"), PurePosixPath(".github/rebuild-bot.yml"))
"""Where it may stand; the first one that is there counts."""
MAX_CHARACTERS: Final = 32_000
"""No more of it is ever read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoRules:
    """The file as far as it is obeyed."""

    rules: tuple[Rule, ...] = ()
    """In the order in which they count; they never let out what the organisation's rules keep back."""
    silence: str = ""
    """Why nothing new goes out, and nothing that is open is changed; empty: something may."""
    most_open: int | None = None
    """Pull requests that may be open in the repo; None: as many as elsewhere."""
    faults: tuple[str, ...] = ()
    """What is wrong in it, a line each, with the remedy."""


NOTHING: Final = RepoRules()
"""What a repo without the file asks for."""
