"""Policy: stretches of time in which nothing goes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.model.rules import Freeze
from bot.model.update import Hold, Update


@dataclass(frozen=True, slots=True, kw_only=True)
class Freezes:
    freezes: Sequence[Freeze]
    name: ClassVar[str] = "freeze"

    def objection(self, update: Update, now: datetime) -> Hold | None:
        running = [freeze for freeze in self.freezes if freeze.starts <= now < freeze.ends]
        if not running:
            return None
        last = max(running, key=lambda freeze: freeze.ends)
        return Hold(update=update, policy=self.name, reason=f"frozen: {last.reason}", until=last.ends)
