"""What GitHub's failures mean: each becomes a ForgeError that says what, where and the remedy."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import requests
import structlog
from github.GithubException import BadAttributeException, GithubException, RateLimitExceededException

from bot.clients.pacing import ClosedError
from bot.clients.trouble import trouble
from bot.model.failure import told
from bot.model.forge import ClockError, ForgeError, NoIssuesError, NotNowError, StaleHeadError

log = structlog.get_logger()

UNREADABLE: Final = (ValueError, requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)
"""An answer that came, but not whole or not as JSON."""
_UNREACHED: Final = (requests.RequestException, RuntimeError)
"""The HTTP library below PyGithub, and PyGithub's own way to refuse a redirect to another host."""
_SERVER_FAULT: Final = 500
_REMEDIES: Final = {
    400: "Run again later; if it stays so, check the API address and report it.",
    401: "Give a token that is valid.",
    403: "Give the token the permissions that the README lists.",
    404: "Check the name, and that the token may see it.",
    422: "Check what was asked for.",
}
_REMEDIES_BY_WORD: Final = (
    ("archived", "Nothing is to be done: the next run passes it over."),
    ("rule violation", "Let the bot bypass that rule, or set github.branch_prefix to what no rule holds."),
    ("pull requests are disabled", "Turn them on in the settings of that repo, or leave it out by github.repos.exclude."),
    ("protected branch", "Let the bot bypass that rule, or set github.branch_prefix to what no rule holds."),
)
"""Where the number alone would lead astray: GitHub says 403 to whoever writes to an archive, too."""
_STATUSES: Final = {
    "NOT_FOUND": 404,
    "FORBIDDEN": 403,
    "UNAUTHENTICATED": 401,
    "UNPROCESSABLE": 422,
    "STALE_DATA": 409,
    "RATE_LIMITED": 429,
}
"""GraphQL's kinds of failure, in the numbers of REST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One entry of a GraphQL answer's `errors`."""

    message: str
    kind: str = ""
    """`NOT_FOUND`, `FORBIDDEN`, `STALE_DATA`, ...; empty where GitHub does not say."""
    is_passing: bool = False
    """GitHub broke off ("Something went wrong while executing your query"): no kind, and nothing that is wrong with the question."""
    path: tuple[str | int, ...] = ()
    """Where in the data the hole is that it explains; empty: the whole request."""

    @property
    def status(self) -> int:
        """What REST would have answered; 400 where nothing fits."""
        return _STATUSES.get(self.kind, 400)

    @property
    def is_about_weight(self) -> bool:
        """Whether a smaller question may be answered (GitHub Docs, "Rate limits and query limits for the GraphQL API")."""
        return self.is_passing or self.kind in {"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED"}

    @property
    def is_about_pace(self) -> bool:
        """Whether nothing was done because too much was asked for."""
        return self.kind == "RATE_LIMITED" or "secondary rate limit" in self.message


class RefusedError(Exception):
    """GraphQL answered with errors."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("; ".join(refusal.message for refusal in refusals))
        self.refusals = tuple(refusals)


class TooHeavyError(Exception):
    """GitHub did not come to an end with a question; a smaller one may pass."""


class UnreadableError(Exception):
    """An answer that nobody can understand: cut short, no JSON, a page of some proxy, nothing where something is due."""


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Whatever goes wrong between us and GitHub becomes a ForgeError; what nobody foresaw leaves its traceback in the log."""
    try:
        yield
    except (ForgeError, ClockError):
        raise
    except ClosedError as error:
        raise NotNowError(where, str(error), resumes_at=error.closed.until) from error
    except Exception as error:  # an answer of another shape than GitHub documents can break anything that reads it
        failure = _forge_error(where, error)
        failure.where = where
        raise failure from error


def refusals_of(answer: Mapping[str, Any]) -> tuple[Refusal, ...]:
    """The failures that a GraphQL answer tells of."""
    entries = answer.get("errors")
    return tuple(_refusal(entry) for entry in (entries if isinstance(entries, list) else ()) if isinstance(entry, dict))


def _refusal(entry: Mapping[str, Any]) -> Refusal:
    path = entry.get("path")
    parts = tuple(part for part in path if isinstance(part, str | int)) if isinstance(path, list) else ()
    return Refusal(
        message=_line(str(entry.get("message") or "nothing")),
        kind=str(entry.get("type") or ""),
        is_passing=not {"type", "extensions", "locations"} & entry.keys(),
        path=parts,
    )


def refused(where: str, refusals: Sequence[Refusal]) -> ForgeError:
    """The failure that these errors of a GraphQL answer are."""
    kinds = {refusal.kind for refusal in refusals}
    status = next((refusal.status for refusal in refusals if refusal.kind), 400)
    said = f"GitHub said {status}: {_joined(refusal.message for refusal in refusals)}"
    if "STALE_DATA" in kinds:
        return _stale(where, said)
    if any(refusal.is_about_pace for refusal in refusals):
        return _limited(where, said)
    if all(refusal.is_passing for refusal in refusals):
        what = f"GitHub broke off: {_joined(refusal.message for refusal in refusals)}"
        return ForgeError(_sentence(where, what, "Run again later."), is_temporary=True)
    return ForgeError(_sentence(where, said, _remedy(status, said)))


def _forge_error(where: str, error: Exception) -> ForgeError:
    match error:
        case RefusedError():
            return refused(where, error.refusals)
        case GithubException():
            return _rest_error(where, error)
        case UnreadableError():
            return ForgeError(f"{where}: GitHub's answer can't be read ({_line(str(error))}). Run again later.", is_temporary=True)
        case _ if isinstance(error, _UNREACHED) and not isinstance(error, UNREADABLE):
            # The library's own words name its classes and not the trouble; the log has them.
            log.info("github.unreached", where=where, error=_line(str(error)))
            is_down = isinstance(error, requests.exceptions.RetryError)
            what = "GitHub answers with nothing but errors" if is_down else f"GitHub can't be reached: {trouble(error)}"
            return ForgeError(f"{where}: {what}. Check the network and the API address, or run again later.", is_temporary=True)
        case _ if isinstance(
            error, (*UNREADABLE, BadAttributeException, LookupError, TypeError, AttributeError, AssertionError, OverflowError)
        ):
            log.warning("github.answer_not_understood", where=where, exc_info=error)
            return ForgeError(f"{where}: GitHub's answer can't be read. Check the API address, then run again.", is_temporary=True)
        case _:
            log.error("github.unforeseen", where=where, exc_info=error)
            return ForgeError(f"{where}: {told(error)}")


def _rest_error(where: str, error: GithubException) -> ForgeError:
    said = f"GitHub said {error.status}: {_said(error)}"
    if error.status == requests.codes.conflict:
        return _stale(where, said)
    if error.status == requests.codes.gone and "issues" in said.casefold():
        return NoIssuesError(_sentence(where, said, "Turn issues on in the settings of that repo, or choose another one."))
    if isinstance(error, RateLimitExceededException) or error.status == requests.codes.too_many_requests:
        return _limited(where, said)
    is_temporary = error.status >= _SERVER_FAULT
    remedy = "Run again later." if is_temporary else _remedy(error.status, said)
    return ForgeError(_sentence(where, said, remedy), is_temporary=is_temporary)


def _remedy(status: int, said: str) -> str:
    by_word = (remedy for word, remedy in _REMEDIES_BY_WORD if word in said.casefold())
    return next(by_word, _REMEDIES.get(status, _REMEDIES[400]))


def _stale(where: str, said: str) -> StaleHeadError:
    return StaleHeadError(_sentence(where, f"the branch has moved ({said})", "Read it again."), is_temporary=True)


def _limited(where: str, said: str) -> ForgeError:
    return ForgeError(
        _sentence(where, f"the rate limit is used up ({said})", "Run again later, or give the bot an App of its own."), is_temporary=True
    )


def _sentence(where: str, said: str, remedy: str) -> str:
    return f"{where}: {said.rstrip('. ')}. {remedy}".rstrip()


def _said(error: GithubException) -> str:
    """The message of a failure with those of its parts, each once."""
    data = error.data if isinstance(error.data, dict) else {}
    errors = data.get("errors")
    parts = [entry.get("message") if isinstance(entry, dict) else entry for entry in (errors if isinstance(errors, list) else ())]
    return _joined(text for text in (data.get("message") or error.message, *parts) if isinstance(text, str) and text)


def _joined(texts: Iterator[str] | Sequence[str]) -> str:
    """On one line, bounded; what stands in another text already is left out."""
    found: list[str] = []
    for text in map(_line, texts):
        if not any(text in other for other in found):
            found = [other for other in found if other not in text] + [text]
    return "; ".join(text.rstrip(". ") for text in found)[:500] or "nothing"


def _line(text: str) -> str:
    return " ".join(text.split())[:300]
