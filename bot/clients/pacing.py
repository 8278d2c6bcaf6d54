"""When a host may be asked: how many questions at once, and not before it lets itself be asked again."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import BoundedSemaphore, Lock


class Pacing:
    """What is known of each host's patience. Safe to use from several threads."""

    def __init__(self, *, requests_per_host: int, now: Callable[[], datetime]) -> None:
        self._requests_per_host = requests_per_host
        self._now = now
        self._lock = Lock()
        self._places: dict[str, BoundedSemaphore] = {}
        self._closed: dict[str, tuple[datetime, str]] = {}

    def place(self, host: str) -> BoundedSemaphore:
        """One of the host's places, to be held while it is asked."""
        with self._lock:
            return self._places.setdefault(host, BoundedSemaphore(self._requests_per_host))

    def leave_alone(self, host: str, *, until: datetime, why: str) -> None:
        """Until then; `why` ends with what people can do about it."""
        with self._lock:
            self._closed[host] = (until, why)

    def closed(self, host: str) -> tuple[datetime, str] | None:
        """The time until which the host is left alone, and why, with the remedy; None: it may be asked."""
        with self._lock:
            closed = self._closed.get(host)
        return closed if closed is not None and closed[0] > self._now() else None

    def wait_until(self, moment: datetime) -> timedelta:
        """From now on; zero for a time gone by."""
        return max(timedelta(), moment - self._now())

    def after(self, wait: timedelta) -> datetime:
        return self._now() + wait

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
