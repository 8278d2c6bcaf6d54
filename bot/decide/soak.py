"""Policy: a stage gets what the stage before it has held for a while, and never anything else."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final

from bot.decide.cooldown import is_urgent
from bot.decide.days import in_days
from bot.decide.evidence import Evidence
from bot.decide.stage_before import Reached, Span, StageBefore, reached
from bot.model.dependency import Release
from bot.model.severity import Severity
from bot.model.update import SOAK, Hold, Update, UpdateKind
from bot.versions.ranges import InvalidRangeError, VersionRange
from bot.versions.scheme import VersionScheme

_MOST_TOLD: Final = 3
"""Values that the stage before is on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak:
    """Time counts from when the stage before got a value for as long as it has that or, in its place, something newer.

    So no rhythm of releases starves a stage: what is newer has the changes of what it replaced, and those soak on. Once the stage before
    falls back behind a value, that has to come and soak anew.
    """

    soak: timedelta | None
    before: StageBefore | None
    """None: there is none, and nothing waits."""
    scheme: VersionScheme
    evidence: Evidence
    urgent_from: Severity = Severity.UNKNOWN
    """What closes a known hole of this severity or worse waits until the stage before has it, and no longer; unknown: nothing does."""
    name: ClassVar[str] = SOAK

    def objection(self, update: Update, now: datetime) -> Hold | None:
        """Of a new version, whichever digest it is at, and of a new digest."""
        if update.kind in {UpdateKind.DIGEST, UpdateKind.PIN}:
            return self.objection_to_digest(update, now)
        if update.pin.value is None:  # Where no value is written, the digest decides.
            return None
        release = replace(update.release, digest=None)
        of_it = _named(self._spans, release, now, self._names)
        return self._young(update, _Looked(of_it=of_it, past_it=self._newer(release.value), what=release.value, tell=_value), now)

    def objection_to_digest(self, update: Update, now: datetime) -> Hold | None:
        """Why the digest that the update brings may not go out yet; None: consent, or there is no digest."""
        release = update.release
        if release.digest is None:
            return None
        digest = str(release.digest)
        same = [span for span in self._spans if span.digest and span.value in {"", release.value}]
        of_it = [span for span in same if span.digest == digest]
        of_it += _named([span for span in self._spans if not span.digest], release, now, self._names)
        past_it = [*self._newer(release.value), *_later(same, digest)]
        looked = _Looked(of_it=of_it, past_it=past_it, what=f"{release.value}@{_short(digest)}", tell=_value_and_digest)
        return self._young(update, looked, now)

    @property
    def _spans(self) -> tuple[Span, ...]:
        return () if self.before is None else self.before.spans

    def _young(self, update: Update, looked: "_Looked", now: datetime) -> Hold | None:
        soak, before = self.soak, self.before
        if soak is None or before is None:
            return None
        found = reached(looked.of_it, looked.past_it)
        until = None if found is None or found.since is None else found.since + soak
        has_soaked = found is not None and (not soak or (until is not None and until <= now))
        if has_soaked or (found is not None and is_urgent(update, self.urgent_from, self.evidence)):
            return None
        wait = f"held it for {in_days(soak)}" if soak else "it"
        reason = f"{before.own} gets {looked.what} once {before.name} has {wait}{_state(before, found, looked)}"
        return Hold(update=update, policy=self.name, reason=reason, until=until)

    def _newer(self, value: str) -> list[Span]:
        """The spans of newer values on the same line."""
        wanted = self.scheme.parse(value)
        if wanted is None:
            return []
        parsed = ((span, self.scheme.parse(span.value)) for span in self._spans)
        return [span for span, version in parsed if version is not None and version.is_newer_than(wanted)]

    def _names(self, text: str, value: str) -> bool:
        """Whether the text is the value, or a range with the value in it."""
        version = self.scheme.parse(value)
        if text == value or version is None or self.scheme.name == "docker" or self.scheme.parse(text) is not None:
            return text == value
        try:
            return VersionRange.parse(text).contains(version)
        except InvalidRangeError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What the stage before says of an update."""

    of_it: Sequence[Span]
    past_it: Sequence[Span]
    what: str
    """That for which it was looked."""
    tell: Callable[[Span], str]
    """A span in the same words."""


def _value(span: Span) -> str:
    return span.value or _value_and_digest(span)


def _value_and_digest(span: Span) -> str:
    return f"{span.value}@{_short(span.digest)}" if span.digest else span.value


def _named(spans: Iterable[Span], release: Release, now: datetime, names: Callable[[str, str], bool]) -> list[Span]:
    """The spans that name the release, as the times in which they did: a tag its digest, and a range a version, once that is out."""
    found = []
    for span in spans:
        if span.value == release.value and release.digest is None:
            found.append(span)
        elif names(span.value, release.value):
            since = None if span.since is None else max(span.since, release.first_seen or now)
            if since is None or span.until is None or since < span.until:
                found.append(replace(span, since=since))
    return found


def _later(spans: Sequence[Span], digest: str) -> list[Span]:
    """The spans of digests that came after this one: their texts give no order, and one that comes back is the old one still."""
    first: dict[str, datetime] = {}
    for span in spans:
        if span.since is not None:
            first[span.digest] = min(span.since, first.get(span.digest, span.since))
    return [span for span in spans if span.digest in first and digest in first and first[span.digest] > first[digest]]


def _state(before: StageBefore, found: Reached | None, looked: _Looked) -> str:
    """How far the stage before is."""
    if found is not None:
        return "; since when it has is not known here" if found.since is None else f" (since {found.since:%Y-%m-%d})"
    there = list(dict.fromkeys(map(looked.tell, before.now_there)))
    more = f" and {len(there) - _MOST_TOLD} more" if len(there) > _MOST_TOLD else ""
    return f"; {before.name} {'fell back behind it and is on' if looked.of_it else 'is on'} {', '.join(there[:_MOST_TOLD])}{more}"


def _short(digest: str) -> str:
    return (digest.partition(":")[2] or digest)[:12]
