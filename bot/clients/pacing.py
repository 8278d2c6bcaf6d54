"""When a host may be asked: how many questions at once, and not before it lets itself be asked again.

One for a whole process: what a host told one thread holds for all of them, whichever client it asks with.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from threading import BoundedSemaphore, Lock

import structlog

log = structlog.get_logger()


class Cause(Enum):
    """Why a host is left alone."""

    LIMIT = auto()
    """It said when it may be asked again: whoever has the time waits."""
    UNREACHED = auto()
    """Nothing answers there: nobody waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A host that is left alone until a moment; `why` ends with what people can do about it."""

    until: datetime
    why: str
    cause: Cause


class ClosedError(Exception):
    """A host was not asked, for it is left alone for longer than anybody waits."""

    def __init__(self, closed: Closed) -> None:
        super().__init__(closed.why)
        self.closed = closed


def steady_clock(
    wall: Callable[[], datetime] = lambda: datetime.now(UTC), monotonic: Callable[[], float] = time.monotonic
) -> Callable[[], datetime]:
    """A clock that goes on from the present time, whatever is set on the machine meanwhile: no wait becomes days."""
    start, began = wall(), monotonic()
    return lambda: start + timedelta(seconds=monotonic() - began)


class Pacing:
    """What is known of each host's patience. Safe to use from several threads."""

    def __init__(
        self,
        *,
        requests_per_host: int = 8,
        now: Callable[[], datetime] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Without `now`, by a clock that does not jump (`steady_clock`)."""
        self._requests_per_host = requests_per_host
        self._now = now or steady_clock()
        self._sleep = sleep
        self._lock = Lock()
        self._places: dict[str, BoundedSemaphore] = {}
        self._closed: dict[str, Closed] = {}

    def place(self, host: str) -> BoundedSemaphore:
        """One of the host's places, to be held while it is asked."""
        with self._lock:
            return self._places.setdefault(host, BoundedSemaphore(self._requests_per_host))

    def leave_alone(self, host: str, *, until: datetime, why: str, cause: Cause) -> None:
        """Until then, or later where that was said before."""
        with self._lock:
            known = self._closed.get(host)
            if known is None or known.until < until or known.until <= self._now():
                self._closed[host] = Closed(until=until, why=why, cause=cause)

    def closed(self, host: str) -> Closed | None:
        """Until when the host is left alone, and why; None: it may be asked."""
        with self._lock:
            closed = self._closed.get(host)
        return closed if closed is not None and closed.until > self._now() else None

    def wait(self, *hosts: str, longest: timedelta) -> None:
        """Come back once all of them may be asked. Raises ClosedError at once where that takes longer, or nobody answers there."""
        waited, last = timedelta(), None
        while True:
            closed = max(filter(None, map(self.closed, hosts)), key=lambda one: one.until, default=None)
            if closed is None or closed == last:
                return
            wait = self.wait_until(closed.until)
            waited += wait
            if closed.cause is Cause.UNREACHED or waited > longest:
                raise ClosedError(closed)
            log.info("host.waited_for", hosts=hosts, seconds=round(wait.total_seconds(), 3))
            self._sleep(wait.total_seconds())
            last = closed

    def wait_until(self, moment: datetime) -> timedelta:
        """From now on; zero for a time gone by."""
        return max(timedelta(), moment - self._now())

    def after(self, wait: timedelta) -> datetime:
        return self._now() + wait

    def pause(self, wait: timedelta) -> None:
        """Let so much time go by in this thread alone."""
        self._sleep(wait.total_seconds())

    def retry_at(self, header: str | None) -> datetime | None:
        """The time that a Retry-After header names, in seconds from now or as an HTTP date (RFC 9110 section 10.2.3); None for nonsense."""
        if header is None:
            return None
        with suppress(ValueError, OverflowError):
            return self.after(timedelta(seconds=int(header)))
        with suppress(ValueError, OverflowError):
            named = parsedate_to_datetime(header)
            return named if named.tzinfo else named.replace(tzinfo=UTC)
        return None
