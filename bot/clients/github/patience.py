"""What GitHub told one thread about its limits, obeyed by all of them.

PyGithub repeats in the thread that was told (`PatientRetry`, the one place of this path that does); the others learn of it before they ask.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Final, Self
from urllib.parse import urlsplit

import github
from github.GithubException import RateLimitExceededExceedsMaxWait
from github.Repository import Repository
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester

from bot.clients.http import Answer
from bot.clients.pacing import Cause, ClosedError, Pacing
from bot.model.forge import ClockError

_LIMITED: Final = frozenset({403, 429})
_MAX_DIGITS: Final = 11
_SECONDARY: Final = b"secondary rate limit"
_AFTER_SECONDARY: Final = timedelta(minutes=1)
"""What GitHub asks for where it does not say (GitHub Docs, "Rate limits for the REST API")."""
_CLOCKS_APART: Final = timedelta(hours=1)
"""More than any cooldown is meant to bear, and than a cache on the way makes of a date."""
_SECOND: Final = timedelta(seconds=1)


class Resource(StrEnum):
    """What GitHub counts by itself (`x-ratelimit-resource`)."""

    CORE = "core"
    GRAPHQL = "graphql"

    @classmethod
    def of(cls, url: str) -> "Resource":
        return cls.GRAPHQL if urlsplit(url).path.endswith("/graphql") else cls.CORE


class Patience:
    """The limits of one identity at one GitHub. Safe to use from several threads."""

    def __init__(
        self,
        pacing: Pacing,
        *,
        host: str,
        who: str,
        longest: timedelta,
        reserve_percent: int = 0,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """Of each hourly limit `reserve_percent` are left for others who share the identity. `now` is held against GitHub's clock.

        `who` tells identities apart that have budgets of their own; what GitHub says of pace holds for the whole host.
        """
        self._pacing: Final = pacing
        self._host: Final = host
        self._who: Final = who
        self._longest: Final = longest
        self._reserve_percent: Final = reserve_percent
        self._now = now

    def waiting_at_most(self, longest: timedelta) -> "Patience":
        """The same limits, for who has no more time than that."""
        return Patience(self._pacing, host=self._host, who=self._who, longest=longest, reserve_percent=self._reserve_percent)

    def wait(self, resource: Resource) -> None:
        """Until GitHub may be asked. Raises ClosedError where that takes too long."""
        self._pacing.wait(self._host, self._budget(resource), longest=self._longest)

    def note(self, resource: Resource, headers: Mapping[str, str], *, is_refused: bool) -> bool:
        """Learn from an answer; whether it said until when it wants to be left alone."""
        retry_at = self._pacing.retry_at(headers.get("retry-after"))
        if retry_at is not None:
            self._close(self._host, retry_at, "asked to be left alone")
            return True
        remaining, limit, reset = (_number(headers.get(f"x-ratelimit-{name}")) for name in ("remaining", "limit", "reset"))
        reserve = (limit or 0) * self._reserve_percent // 100
        if remaining is not None and reset is not None and remaining <= reserve:
            # When in its second the counter begins anew is not said.
            resets_at = datetime.fromtimestamp(reset, UTC) + _SECOND
            self._close(self._budget(resource), resets_at, self._used_up(resource, remaining, limit or 0))
            return is_refused and remaining == 0
        return False

    def compare_clocks(self, headers: Mapping[str, str]) -> None:
        """By the first answer that has a date (RFC 9110 section 6.6.1). Raises ClockError where this machine's time is another."""
        # TypeError: a date without a zone.
        with suppress(ValueError, OverflowError, KeyError, TypeError):
            if self._now is None:
                return
            off = self._now() - parsedate_to_datetime(headers["date"])
            self._now = None
            if abs(off) > _CLOCKS_APART:
                raise ClockError(_wrong_clock(self._host, off))

    def slow_down(self, wait: timedelta) -> None:
        """GitHub said that it is asked too much, and not until when."""
        self._close(self._host, self._pacing.after(wait), "said that it is asked too much")

    def pause(self, resource: Resource, wait: timedelta) -> None:
        """Before a question is repeated. Raises ClosedError where GitHub wants to be left alone for too long meanwhile."""
        self._pacing.pause(wait)
        self.wait(resource)

    def refuse_to_wait_too_long(self, resource: Resource) -> None:
        """Raises ClosedError where GitHub is closed for longer than anybody waits."""
        for host in (self._host, self._budget(resource)):
            closed = self._pacing.closed(host)
            if closed is not None and self._pacing.wait_until(closed.until) > self._longest:
                raise ClosedError(closed)

    def _used_up(self, resource: Resource, remaining: int, limit: int) -> str:
        left = f" ({remaining:,} of {limit:,} requests are left for others: github.reserve_percent)" if remaining else ""
        return f"the hourly limit of its {resource.value} API is used up{left}"

    def _budget(self, resource: Resource) -> str:
        return f"{self._host} {self._who} {resource.value}"

    def _close(self, key: str, until: datetime, why: str) -> None:
        said = f"{self._host}: {why}. It resumes at {until:%Y-%m-%d %H:%M:%S} UTC; run again then."
        self._pacing.leave_alone(key, until=until, why=said, cause=Cause.LIMIT)


class RestLimits:
    """The same limits for those that ask GitHub's REST API with `HttpClient`: one budget, whichever way it is spent."""

    def __init__(self, patience: Patience) -> None:
        self._patience: Final = patience

    def wait(self) -> None:
        """Until GitHub may be asked. Raises ClosedError where that takes too long."""
        self._patience.wait(Resource.CORE)

    def note(self, answer: Answer) -> None:
        """Learn from an answer, unless nobody was asked for it."""
        if answer.is_kept:
            return
        is_limited = answer.status in _LIMITED
        says_until = self._patience.note(Resource.CORE, answer.headers, is_refused=is_limited)
        if is_limited and not says_until and _SECONDARY in answer.body:
            self._patience.slow_down(_AFTER_SECONDARY)


def _wrong_clock(host: str, off: timedelta) -> str:
    amount = f"{abs(off).days:,} days" if abs(off) >= timedelta(days=2) else f"{abs(off) / timedelta(hours=1):.1f} hours"
    which = "ahead of" if off > timedelta() else "behind"
    return f"this machine's clock is {amount} {which} that of {host}: waits and first sights would be wrong. Set it, then run again."


def _number(text: str | None) -> int | None:
    """A counter of GitHub's; None for what is none."""
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else None


class PatientRetry(github.GithubRetry):
    """PyGithub's way to repeat, which hands on what GitHub says of its limits, and ends at once where the wait is too long."""

    def __init__(self, *, patience: Patience, resource: Resource = Resource.CORE, **options: Any) -> None:  # noqa: ANN401 - urllib3's own
        self._patience: Final = patience
        self._resource = resource
        super().__init__(**options)

    def new(self, **options: Any) -> Self:  # noqa: ANN401
        return super().new(patience=self._patience, resource=self._resource, **options)

    def increment(self, method: Any = None, url: Any = None, response: Any = None, *rest: Any, **named: Any) -> Any:  # noqa: ANN401
        self._resource = Resource.of(url or "")
        if response is None:
            return super().increment(method, url, response, *rest, **named)
        is_limited = response.status in _LIMITED
        says_until = self._patience.note(self._resource, response.headers, is_refused=is_limited)
        self._patience.refuse_to_wait_too_long(self._resource)
        try:
            retry = super().increment(method, url, response, *rest, **named)
        except RateLimitExceededExceedsMaxWait as error:
            self._patience.slow_down(timedelta(seconds=error.wait or 0))
            raise
        if is_limited and not says_until:
            self._patience.slow_down(timedelta(seconds=retry.get_backoff_time()))
        if is_limited or says_until:
            retry.get_backoff_time = _nothing  # type: ignore[method-assign]
        return retry

    def sleep(self, _response: Any = None) -> None:  # noqa: ANN401
        """Where GitHub said until when it wants to be left alone, until then, else a little."""
        self._patience.pause(self._resource, timedelta(seconds=self.get_backoff_time()))


def _nothing() -> float:
    return 0.0


class PatientRequester(Requester):
    """PyGithub's requester, which holds each request back until GitHub may be asked."""

    def __init__(self, patience: Patience, **options: Any) -> None:  # noqa: ANN401 - PyGithub's own
        self._patience: Final = patience
        super().__init__(**options)

    def requestJson(  # noqa: N802, PLR0917 - PyGithub's name and arguments
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        input: Any | None = None,  # noqa: A002, ANN401
        cnx: HTTPRequestsConnectionClass | HTTPSRequestsConnectionClass | None = None,
        follow_302_redirect: bool = False,  # noqa: FBT001, FBT002
    ) -> tuple[int, dict[str, Any], str]:
        resource = Resource.of(url)
        self._patience.wait(resource)
        status, told, body = super().requestJson(verb, url, parameters, headers, input, cnx, follow_302_redirect)
        self._patience.compare_clocks(told)
        self._patience.note(resource, told, is_refused=status in _LIMITED)
        return status, told, body


class Client:
    """PyGithub as far as the bot needs it, for one thread."""

    def __init__(self, requester: Requester) -> None:
        self.requester: Final = requester

    def get_repo(self, full_name: str) -> Repository:
        """Not asked for before something of it is wanted."""
        return Repository(self.requester, url=f"/repos/{full_name}")

    def close(self) -> None:
        self.requester.close()
