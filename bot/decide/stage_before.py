"""What the stage before a pin's own held, and since when: what a soak is judged by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A value at one place of a stage, from its first sight to its last."""

    value: str
    """As it is written; empty: the digest stands alone."""
    digest: str = ""
    """Or commit; empty: none is written, or known."""
    since: datetime | None
    """When it was first seen there; None: that is not known."""
    until: datetime | None = None
    """When it was first seen to be gone; None: it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageBefore:
    """The nearest earlier stage of an app that has the dependency."""

    name: str
    own: str
    """The stage that waits for it."""
    spans: tuple[Span, ...]
    """Of the dependency in all places of that stage, those that are over among them."""

    @property
    def now_there(self) -> tuple[Span, ...]:
        return tuple(span for span in self.spans if span.until is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The stage has something, or what came after it."""

    since: datetime | None
    """When it got it, and never fell behind it again; None: that is not known."""


def reached(of_it: Sequence[Span], past_it: Sequence[Span]) -> Reached | None:
    """Since when the stage has had it, or something newer in its place, without a gap; None: it has not.

    `of_it` are the spans of just that, `past_it` those of what is newer. What it never had itself, it has not reached by what is newer.
    """
    start = _start_of_present([*of_it, *past_it])
    if any(span.since is None and span.until is None for span in of_it):
        return Reached(since=None)
    known = [span.since for span in of_it if span.since is not None and start is not None and (span.until is None or span.until >= start)]
    return Reached(since=min(known)) if known else None


def _start_of_present(spans: Sequence[Span]) -> datetime | None:
    """When the time began, up to now, in which there was always one of the spans; None: there is none now, or that is not known."""
    start: datetime | None = None
    end: datetime | None = None
    for since, until in sorted(((one.since, one.until) for one in spans if one.since is not None), key=itemgetter(0)):
        if start is None or (end is not None and since > end):
            start, end = since, until
        elif end is not None:
            end = None if until is None else max(end, until)
    return start if end is None else None
