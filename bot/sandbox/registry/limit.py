"""Docker Hub's pull limit: so many manifests by GET in a window; HEAD is free."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta


class PullLimit:
    """Counts pulls in a sliding window and tells of it in Docker Hub's headers (Docker's documentation, "Pull usage and limits")."""

    def __init__(self, *, pulls: int, window: timedelta = timedelta(hours=6), clock: Callable[[], datetime]) -> None:
        self._pulls = pulls
        self._window = window
        self._clock = clock
        self._taken: deque[datetime] = deque()

    def take(self) -> bool:
        """Whether one more pull is let through; it is counted if so."""
        if self._remaining() == 0:
            return False
        self._taken.append(self._clock())
        return True

    def headers(self) -> dict[str, str]:
        window = int(self._window.total_seconds())
        return {
            "ratelimit-limit": f"{self._pulls};w={window}",
            "ratelimit-remaining": f"{self._remaining()};w={window}",
            "docker-ratelimit-source": "127.0.0.1",
        }

    def _remaining(self) -> int:
        while self._taken and self._taken[0] <= self._clock() - self._window:
            self._taken.popleft()
        return self._pulls - len(self._taken)
