"""Policy: a release must have been seen by this bot for a while; the publisher's own dates do not count."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from bot.decide.days import in_days
from bot.decide.evidence import Evidence
from bot.model.rules import Rule
from bot.model.severity import Severity
from bot.model.update import Hold, Update, UpdateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooldown:
    cooldown: timedelta
    """For a new version."""
    digest_cooldown: timedelta
    """For a new digest of a value that was there before."""
    evidence: Evidence
    urgent_from: Severity = Severity.UNKNOWN
    """A release that closes a known hole of this severity or worse waits `urgent_cooldown` instead; unknown: none does."""
    urgent_cooldown: timedelta = timedelta()
    name: ClassVar[str] = "cooldown"

    def objection(self, update: Update, now: datetime) -> Hold | None:
        wait = self.digest_cooldown if update.kind in {UpdateKind.DIGEST, UpdateKind.PIN} else self.cooldown
        return self._young(update, wait, now, "")

    def objection_to_digest(self, update: Update, now: datetime) -> Hold | None:
        """Why the digest that a new version stands at by now may not go out yet; None: consent."""
        return self._young(update, self.digest_cooldown, now, f"the digest of {update.release.value} was ")

    def _young(self, update: Update, wait: timedelta, now: datetime, what: str) -> Hold | None:
        first_seen = update.release.first_seen or now
        if now - first_seen >= wait:
            return None
        if self.urgent_cooldown < wait and is_urgent(update, self.urgent_from, self.evidence):
            wait = self.urgent_cooldown
            if now - first_seen >= wait:
                return None
        return Hold(
            update=update,
            policy=self.name,
            reason=f"{what}first seen {first_seen:%Y-%m-%d %H:%M} UTC; releases wait {in_days(wait)}",
            until=first_seen + wait,
        )


def cooldown_of(rule: Rule, evidence: Evidence) -> Cooldown:
    """The cooldown that a rule asks for; digests wait as long as versions where it says nothing of them."""
    cooldown = rule.cooldown or timedelta()
    digest_cooldown = cooldown if rule.digest_cooldown is None else rule.digest_cooldown
    return Cooldown(
        cooldown=cooldown,
        digest_cooldown=digest_cooldown,
        evidence=evidence,
        urgent_from=rule.urgent_from or Severity.UNKNOWN,
        urgent_cooldown=rule.urgent_cooldown or timedelta(),
    )


def is_urgent(update: Update, urgent_from: Severity, evidence: Evidence) -> bool:
    """Whether an update closes a known hole of this severity or worse, and brings none as bad; unknown: none does."""
    if urgent_from is Severity.UNKNOWN:
        return False
    step = evidence.step(update)
    if step is None or step.holes.severity.rank < urgent_from.rank:
        return False
    brought = max((hole.severity.rank for one in step.holes.brought for hole in one), default=0)
    return brought < step.holes.severity.rank
