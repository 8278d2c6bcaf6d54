"""Policy: a release must have been seen by this bot for a while; the publisher's own dates do not count."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from bot.decide.evidence import Evidence
from bot.model.update import Hold, Update, UpdateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooldown:
    cooldown: timedelta
    """For a new version."""
    digest_cooldown: timedelta
    """For a digest of the tag in use."""
    evidence: Evidence
    name: ClassVar[str] = "cooldown"

    def objection(self, update: Update, now: datetime) -> Hold | None:
        wait = self.digest_cooldown if update.kind in {UpdateKind.DIGEST, UpdateKind.PIN} else self.cooldown
        first_seen = update.release.first_seen or now
        if now - first_seen >= wait or self.evidence.fixes(update):
            return None
        return Hold(
            update=update,
            policy=self.name,
            reason=f"first seen {first_seen:%Y-%m-%d %H:%M} UTC; releases wait {_in_words(wait)}",
            until=first_seen + wait,
        )


def _in_words(wait: timedelta) -> str:
    days = wait / timedelta(days=1)
    return f"{days:g} day{'' if days == 1 else 's'}" if days >= 1 else f"{wait / timedelta(hours=1):g} hours"
