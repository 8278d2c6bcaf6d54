"""Docker Hub's pull limit, read from its headers and kept: a GET of a manifest counts, HEAD does not."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

import httpx

_REMAINING: Final = re.compile(r"([0-9]{1,9});w=([0-9]{1,9})", re.ASCII)


class PullLimitError(Exception):
    """One more pull would come too near to the limit; the message says when it can go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    remaining: int
    resumes_at: datetime


class PullLimits:
    """What each host said last of the pulls that are left (Docker's documentation, "Docker Hub pull usage and limits").

    The last few are left to whoever else pulls from here: the builds and clusters that share the address. Safe to use from several threads.
    """

    def __init__(self, *, now: Callable[[], datetime], reserve: int = 5) -> None:
        self._now = now
        self._reserve = reserve
        self._lock = Lock()
        self._states: dict[str, _State] = {}

    def observe(self, host: str, headers: httpx.Headers) -> None:
        """Take note of an answer; one without the headers says nothing."""
        found = _REMAINING.fullmatch(headers.get("ratelimit-remaining", ""))
        if found is None:
            return
        window = timedelta(seconds=int(found[2]))
        with self._lock:
            self._states[host] = _State(remaining=int(found[1]), resumes_at=self._now() + window)

    def take(self, host: str) -> None:
        """Count a pull that is about to be made. Raises PullLimitError where only the reserve is left."""
        with self._lock:
            state = self._states.get(host)
            if state is None or state.resumes_at <= self._now():
                self._states.pop(host, None)
                return
            if state.remaining <= self._reserve:
                raise PullLimitError(
                    f"{host}: {state.remaining} pulls are left, and {self._reserve} are kept for others. It resumes at the latest at "
                    f"{state.resumes_at:%Y-%m-%d %H:%M} UTC. Log in to have more."
                )
            self._states[host] = _State(remaining=state.remaining - 1, resumes_at=state.resumes_at)

    def give_back(self, host: str) -> None:
        """The pull that was taken last was not made after all."""
        with self._lock:
            state = self._states.get(host)
            if state is not None:
                self._states[host] = _State(remaining=state.remaining + 1, resumes_at=state.resumes_at)
