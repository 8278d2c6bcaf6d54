"""Policy: the file's owner said to leave the pin alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.decide.days import end_of
from bot.model.update import OPT_OUT, Hold, Update


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut:
    name: ClassVar[str] = OPT_OUT

    def objection(self, update: Update, now: datetime) -> Hold | None:
        opt_out = update.pin.opt_out
        if opt_out is None:
            return None
        until = end_of(opt_out.until)
        if until is not None and now >= until:
            return None
        reason = "the file's owner asks to leave it alone" + (f": {opt_out.reason}" if opt_out.reason else "")
        return Hold(update=update, policy=self.name, reason=reason, until=until)
