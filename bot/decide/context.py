"""Where a pin stands in the fleet."""

from dataclasses import dataclass

from bot.decide.stage_before import StageBefore
from bot.model.fleet import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class PinContext:
    """What rules may ask about a pin besides itself."""

    repo: str
    """`owner/name`; empty for a folder."""
    app: str
    stage: str = ""
    """Where its file deploys to; empty: nowhere."""
    phase: Phase = Phase.BAU
    before: StageBefore | None = None
    """What the stage before held of the pin's dependency; asked by a soak alone."""
    asked: frozenset[str] = frozenset()
    """The values that the bot's open pull requests ask the app to take of the pin's dependency."""
    is_urgent: bool = False
    """Somebody wants it without a cooldown."""
