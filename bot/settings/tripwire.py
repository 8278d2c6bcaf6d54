"""The section of the configuration on tags that are not to move and moved."""

from typing import Annotated

from pydantic import Field, model_validator

from bot.model.alarm import AcceptedMove
from bot.settings.rule_entries import fault_at
from bot.settings.types import PlainGlob, ReadAs, Section


class AcceptedMoveEntry(Section):
    """A move that somebody has looked at, and takes to be right."""

    dependency: PlainGlob
    """Names in normal form: docker.io/acme/base, acme/deploy-action."""
    tag: PlainGlob
    at: Annotated[str, Field(pattern=r"^(?:sha256:)?[0-9a-f]{7,64}$", examples=["3f2a9c0d4b", "sha256:9d0e77c1ab54"])] | None = None
    """The digest or commit that is right, or how it begins; null: wherever the tag moves to."""
    reason: Annotated[str, Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _speaks_of_something(self) -> "AcceptedMoveEntry":
        if self.dependency.strip("*") == "":
            raise fault_at("dependency", "an entry for every dependency would end all alarms there are; name the dependency")
        return self

    def accepted(self) -> AcceptedMove:
        return AcceptedMove(dependency=self.dependency, tag=self.tag, at=self.at or "", reason=self.reason)


class Tripwire(Section):
    """Alarms of tags that are not to move and moved."""

    exit_code: bool = False
    """Whether `run` and `merge` end with 10 while there is an alarm."""
    accepted: tuple[Annotated[AcceptedMove, ReadAs(AcceptedMoveEntry, AcceptedMoveEntry.accepted)], ...] = ()
