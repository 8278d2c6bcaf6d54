"""What a tag stood at, from when to when, by the sights of it that the ledger keeps."""

from collections.abc import Sequence

from bot.decide.stage_before import Span
from bot.ledger.sightings import Sighting


def spans_of(history: Sequence[Sighting]) -> list[Span]:
    """A span for each digest, of sights in the order of their first ones. The digest that was seen last is there still.

    Last sights are known to a day: where one digest took another's place, that one was there until then. Where an older one was seen
    again after it, the tag went back, and it is over since its last sight.
    """
    known = [one for one in history if one.digest]
    last = max((one.last_seen for one in known), default=None)
    now = max((one for one in known if one.last_seen == last), key=lambda one: one.first_seen, default=None)
    spans = []
    for place, one in enumerate(known):
        went_back = any(earlier.last_seen > one.last_seen for earlier in known[:place])
        replaced = None if place + 1 == len(known) or went_back else known[place + 1].first_seen
        until = None if one is now else max(one.last_seen, replaced or one.last_seen)
        spans.append(Span(value="", digest=one.digest, since=one.first_seen, until=until))
    return spans
