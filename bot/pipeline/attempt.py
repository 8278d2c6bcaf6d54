"""Where one part of the fleet fails, the rest goes on: what it throws becomes a value here, and nowhere else in the pipeline."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from bot.clients.database import DatabaseError
from bot.model.failure import Failure, ToldError, told

log = structlog.get_logger()
_T = TypeVar("_T")


def attempt(where: str, do: Callable[[], _T]) -> _T | Failure:
    """What comes of it, or why nothing does. Only a ledger that fails stops everything: DatabaseError passes."""
    try:
        return do()
    except DatabaseError:
        raise
    except ToldError as error:
        log.warning("part.failed", where=where, error=str(error))
        return Failure(where=where, what=told(error, where=where), resumes_at=error.resumes_at)
    except Exception as error:
        log.exception("part.failed", where=where)
        return Failure(where=where, what=told(error))
