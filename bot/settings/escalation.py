"""How loudly the bot speaks of what is past due."""

from pydantic import model_validator

from bot.settings.rule_entries import fault_at
from bot.settings.types import Days, Label, Reviewer, Section


class Escalation(Section):
    """Steps by days past due, each taken once for a pull request; null: never. `report` takes them."""

    label: Label = "overdue"
    label_after_days: Days | None = 0
    """A label on the pull request."""
    comment_after_days: Days | None = None
    """A comment below it, which tells those who follow it."""
    mention_owners_after_days: Days | None = None
    """The same, with the app's owners mentioned."""
    mention_leads_after_days: Days | None = None
    """The same, with the leads mentioned."""
    leads: tuple[Reviewer, ...] = ()
    """People (@login) and teams (@owner/team)."""

    @model_validator(mode="after")
    def _has_leads(self) -> "Escalation":
        if self.mention_leads_after_days is not None and not self.leads:
            raise fault_at("mention_leads_after_days", "there is no lead to mention; name them in `leads`, or write null")
        return self
