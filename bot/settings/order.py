"""The section `order` of the configuration: who goes first."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, model_validator

from bot.settings.rule_entries import fault_at
from bot.settings.types import Count, Days, Section


class CanaryEntry(Section):
    """Updates that concern many apps go to a few of them first."""

    from_apps: Count = 20
    """How many apps an update has to concern."""
    first: Count = 3
    """How many of them get it first."""
    stop_at_percent: Annotated[int, Field(ge=1, le=100)] = 30
    """Of those that got it: so many that are red or declined stop it."""
    most_days: Days = 7
    """After so many days it goes on without merges, unless it is stopped."""

    @model_validator(mode="after")
    def _leaves_some(self) -> "CanaryEntry":
        if self.first >= self.from_apps:
            raise fault_at("first", f"the first {self.first} of {self.from_apps} apps (from_apps) leave none to wait; give fewer")
        return self

    @property
    def most(self) -> timedelta:
        return timedelta(days=self.most_days)


class Order(Section):
    """Who goes first."""

    wait_for_bases_days: Days = 7
    wait_with_build_stages_days: Days = 30
    canary: CanaryEntry | None = None
    """null: every update goes to all apps at once."""

    @property
    def wait_for_bases(self) -> timedelta:
        """How long an app waits for the new build of an image that another app of the fleet publishes."""
        return timedelta(days=self.wait_for_bases_days)

    @property
    def wait_with_build_stages(self) -> timedelta:
        """How long a new digest of a build stage waits for another rebuilt image of the app."""
        return timedelta(days=self.wait_with_build_stages_days)
