"""What could not be learned of an update."""

from collections.abc import Callable
from dataclasses import dataclass, field
from textwrap import shorten
from typing import Final, TypeVar

import structlog

from bot.clients.oci.session import NotFoundError
from bot.model.failure import ToldError, told
from bot.model.listing import NotListedError

log = structlog.get_logger()
_T = TypeVar("_T")
_MAX_PROBLEM_CHARACTERS: Final = 300


@dataclass(slots=True)
class Gaps:
    """Filled while an update is explained."""

    problems: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    def attempt(self, what: str, call: Callable[[], _T]) -> _T | None:
        """What the source says; None where it fails, which is noted."""
        try:
            return call()
        except (NotListedError, NotFoundError) as error:
            log.info("notes.nothing_there", what=what, error=str(error))
            self.unseen.append(f"Not there, or not shown to the bot: {what}")
        except ToldError as error:
            log.warning("notes.source_failed", what=what, error=str(error))
            said = shorten(told(error, where=error.where), _MAX_PROBLEM_CHARACTERS, placeholder=" …")
            self.problems.append(f"Could not read {what}: {said}")
        except Exception as error:
            log.exception("notes.source_failed", what=what)
            self.problems.append(f"Could not read {what}: {told(error)}")
        return None
