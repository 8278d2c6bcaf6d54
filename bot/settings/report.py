"""The section on the weekly issue. config/default.yaml says what each key is for."""

from typing import Annotated

from pydantic import Field

from bot.settings.escalation import Escalation
from bot.settings.sections import Url
from bot.settings.types import Count, Label, Section


class Report(Section):
    """The weekly issue for leads."""

    title: Annotated[str, Field(min_length=1, max_length=200)] = "Apps that have not taken an update"
    labels: tuple[Label, ...] = ("rebuild-bot",)
    top_rows: Count = 50
    mention_owners: bool = False
    dashboard_url: Url | None = None
    """Where the dashboard is published that `report --out` writes; the issue links it."""
    owner_issues: bool = False
    """Whether each owner has a sub-issue of its own."""
    escalation: Escalation = Escalation()
