"""Where one part of the fleet fails, the rest goes on: what it throws becomes a value here, and nowhere else in the pipeline."""

from collections.abc import Callable
from typing import Final, TypeVar

import structlog

from bot.clients.database import DatabaseError
from bot.model.failure import Failure
from bot.model.forge import ForgeError
from bot.model.listing import DatasourceError

log = structlog.get_logger()
_T = TypeVar("_T")
_FORESEEN: Final = (ForgeError, DatasourceError)
"""Their messages say what, where and the remedy."""


def attempt(where: str, do: Callable[[], _T]) -> _T | Failure:
    """What comes of it, or why nothing does. Only a ledger that fails stops everything: DatabaseError passes."""
    try:
        return do()
    except DatabaseError:
        raise
    except _FORESEEN as error:
        log.warning("part.failed", where=where, error=str(error))
        return Failure(where=where, what=str(error).removeprefix(f"{where}: "))
    except Exception as error:
        log.exception("part.failed", where=where)
        return Failure(where=where, what=unforeseen(error))


def unforeseen(error: BaseException) -> str:
    """A fault of ours in words: what was thrown, and what to do with it."""
    said = " ".join(str(error).split())[:200]
    return f"the bot met something that it does not know ({type(error).__name__}: {said}). Report it with the traceback in the log."
