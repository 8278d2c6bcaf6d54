"""What the custom properties of repos stand for."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from bot.model.fleet import Criticality, Phase
from bot.settings.types import Section

PropertyName = Annotated[str, Field(min_length=1, max_length=75)]
_PHASES: Final = {
    "development": Phase.DEVELOPMENT,
    "active": Phase.DEVELOPMENT,
    "bau": Phase.BAU,
    "maintenance": Phase.BAU,
    "deprecated": Phase.RETIRED,
    "retired": Phase.RETIRED,
}
_CRITICALITIES: Final = {
    "low": Criticality.LOW,
    "medium": Criticality.MEDIUM,
    "high": Criticality.HIGH,
    "critical": Criticality.HIGH,
}


class Properties(Section):
    """Which custom properties of a repo say what of its apps. Of several names the first one that is set counts; capitals do not."""

    read: bool = False
    """Whether they are asked for: one request for each 100 repos of an owner."""
    phase: tuple[PropertyName, ...] = ("phase", "lifecycle")
    criticality: tuple[PropertyName, ...] = ("criticality",)
    owners: tuple[PropertyName, ...] = ("owner", "owners", "team")
    product_owner: tuple[PropertyName, ...] = ("product-owner", "product_owner")
    phases: Mapping[str, Phase] = _PHASES
    criticalities: Mapping[str, Criticality] = _CRITICALITIES
