"""Report: the look of a run that proposes nothing, written down once a week."""

from dataclasses import dataclass
from datetime import datetime

from bot.model.exposure import Exposure, KeptBack, Moved
from bot.model.failure import Failure
from bot.model.pin import Pin
from bot.pipeline.decide_fleet import decide_fleet
from bot.pipeline.find import find
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.track import track
from bot.pipeline.watch import watch
from bot.report.weekly import Style, Text, weekly_issue
from bot.track.exposures import moved
from bot.track.kept_back import kept_back


@dataclass(frozen=True, kw_only=True)
class Report:
    """The weekly issue as it should be, and what could not be looked at."""

    now: datetime
    text: Text
    exposures: tuple[Exposure, ...]
    moved: tuple[Moved, ...]
    kept_back: tuple[KeptBack, ...]
    failures: tuple[Failure, ...]


def report(parts: FleetParts, *, style: Style, now: datetime) -> Report:
    """Look at the whole fleet as a run does, propose nothing, and write down who has not taken what. Raises ForgeError as `run` does."""
    scanned, failures = find(parts)
    pins = (finding for entry in scanned for finding in entry.findings if isinstance(finding, Pin))
    listings = watch(parts, (pin.dependency for pin in pins), now=now)
    decided = decide_fleet(parts, scanned, listings, now=now)
    behind = track(parts, decided, (), now=now)
    taken = moved((app.app for _, app in decided), parts.ledger, since=now - style.period)
    unseen = [failure.where for failure in failures]
    failures += [Failure(where=str(listing.dependency), what=listing.problem) for listing in listings.values() if listing.problem]
    refused = kept_back(app for _, app in decided)
    text = weekly_issue(behind, taken, refused, now=now, unseen_repos=unseen, style=style)
    return Report(now=now, text=text, exposures=tuple(behind), moved=tuple(taken), kept_back=tuple(refused), failures=tuple(failures))
