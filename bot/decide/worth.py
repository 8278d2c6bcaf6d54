"""Policy: of images, only what closes a hole, leaves an operating system past its end or replaces something old is worth a pull request."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.decide.evidence import Evidence
from bot.model.comparison import ImageStep
from bot.model.contents import Contents
from bot.model.rules import Worth
from bot.model.update import Hold, Update


@dataclass(frozen=True, slots=True, kw_only=True)
class WorthIt:
    """Holds an update back only where it is known to be worth nothing: what could not be opened or checked goes out."""

    only_if: Worth | None
    evidence: Evidence
    name: ClassVar[str] = "worth it"

    def objection(self, update: Update, now: datetime) -> Hold | None:
        step = None if self.only_if is None else self.evidence.step(update)
        if self.only_if is None or step is None or _is_worth(step, self.only_if, now):
            return None
        return Hold(update=update, policy=self.name, reason="; ".join(_reasons(step, self.only_if)))


def _is_worth(step: ImageStep, wanted: Worth, now: datetime) -> bool:
    old, new = step.comparison.old, step.comparison.new
    holes = step.holes
    may_fix = bool(holes.closed or holes.unclear or not holes.is_known or holes.has_failed or holes.has_unchecked_changes)
    leaves_end = _is_past_end(old, now) and not _is_past_end(new, now)
    is_old = wanted.older_than is not None and (old.created_at is None or now - old.created_at > wanted.older_than)
    return (wanted.fixes and may_fix) or (wanted.end_of_life and (leaves_end or old.operating_system is None)) or is_old


def _is_past_end(contents: Contents, now: datetime) -> bool:
    system = contents.operating_system
    return system is not None and system.end_of_life is not None and system.end_of_life < now.date()


def _reasons(step: ImageStep, wanted: Worth) -> list[str]:
    """Why it is worth nothing, one for each wish."""
    old = step.comparison.old
    reasons = [str(step.holes)] if wanted.fixes else []
    if wanted.end_of_life:
        reasons.append("the operating system in use is not past its end, or the new one is past its own")
    if wanted.older_than is not None and old.created_at is not None:
        reasons.append(f"the image in use was built on {old.created_at:%Y-%m-%d}, no more than {wanted.older_than.days} days ago")
    return reasons
