"""Who has a package: asked of the ledger alone."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from bot.ledger.ledger import Ledger
from bot.model.dependency import OCI
from bot.model.holding import WhoHas
from bot.model.use import KnownFrom, KnownUse
from bot.track.wanted_package import WantedPackage
from bot.track.who_has import Known, matches
from bot.track.who_has import who_has as answer


def who_has(ledger: Ledger, asked: str, wanted: WantedPackage, *, day: date | None, now: datetime) -> WhoHas:
    """Which images in use hold the package on a day (in UTC), or now. Raises DatabaseError."""
    end = now + timedelta(seconds=1) if day is None else datetime.combine(day + timedelta(days=1), time(), UTC)
    found = matches(wanted, ledger.contents.packages_called([wanted.name]))
    uses = ledger.uses.until(end)
    known = Known(
        matches=found,
        carriers=ledger.contents.carriers(found),
        opened=ledger.contents.opened(),
        uses=_at_todays_digests(ledger, uses) if day is None or day >= now.date() else uses,
        owners=ledger.uses.owners(),
        recorded=ledger.uses.recorded(),
    )
    return answer(asked, known, day=day)


def _at_todays_digests(ledger: Ledger, uses: Iterable[KnownUse]) -> list[KnownUse]:
    """The uses by tag that no run knew a digest of, at the one that the tag was last seen at meanwhile (`inspect` sees it, too)."""
    known = list(uses)
    names = {use.use.place.image for use in known if _is_open(use)}
    digests = ledger.sightings.latest_digests(OCI, names) if names else {}
    return [
        replace(use, use=replace(use.use, digest=digests.get((use.use.place.image, use.use.tag), ""))) if _is_open(use) else use
        for use in known
    ]


def _is_open(use: KnownUse) -> bool:
    return use.ended_at is None and not use.use.digest and use.use.known_from is KnownFrom.TAGGED
