"""What a look at pins works with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.decide.decider import Decider
from bot.inspect.lineage.lineages import Lineages
from bot.ledger.ledger import Ledger
from bot.pipeline.progress import Progress, silent
from bot.pipeline.steps import ImageSteps
from bot.pipeline.tripwire import Tripwire
from bot.watch.watcher import Watcher


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a look at pins works with; `bot.wiring` makes it."""

    watcher: Watcher
    decider: Decider
    ledger: Ledger
    stage_of: Callable[[PurePosixPath], str]
    """The stage that a file deploys to; empty: none."""
    stages: tuple[str, ...] = ()
    """Their names, the earliest first."""
    steps: ImageSteps | None = None
    """Opens the images of updates; None: nothing is configured that tells of holes."""
    lineages: Lineages | None = None
    """Tells which bases published images stand on; None: nobody asks."""
    tripwire: Tripwire | None = None
    """Tells of tags that are not to move and moved; None: nobody asks."""
    progress: Progress = silent
