"""What tells what runs."""

from dataclasses import dataclass, field

from bot.ledger.ledger import Ledger
from bot.pipeline.lists import Lists, NoLists
from bot.track.deployments.read import StageOf


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSources:
    """The sources of `deployments`; `bot.wiring` makes them."""

    ledger: Ledger
    stage_of: StageOf
    lists: Lists = field(default_factory=NoLists)
