"""The section of the configuration on published images that nobody rebuilds."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Final

from pydantic import Field, model_validator

from bot.model.build import Trigger
from bot.model.image import ImageReference
from bot.model.rebuild_order import FILLED_IN, BuiltFrom, RebuildLimits, RebuildPolicy, RebuildRule
from bot.settings.fault import suggestion
from bot.settings.rule_entries import fault_at
from bot.settings.types import Count, PlainGlob, Section

_MAX_INPUTS: Final = 25
"""GitHub's own limit."""
_NAMED: Final = re.compile(r"(?<!\{)\{([A-Za-z_]{1,40})\}", re.ASCII)
"""What reads as a name to be filled in: no JSON, and no expression of Actions."""
_Name = Annotated[str, Field(min_length=1, max_length=100)]
_File = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}\.ya?ml$", examples=["build.yml"])]


class RebuildEntry(Section):
    """How some images are rebuilt."""

    repos: Annotated[tuple[PlainGlob, ...], Field(min_length=1)] = ("*",)
    """Held against owner/name of the repo that builds them."""
    images: Annotated[tuple[PlainGlob, ...], Field(min_length=1)] = ("*",)
    """Held against registry and repository."""
    policy: RebuildPolicy = RebuildPolicy.REPORT
    workflow: _File | None = None
    """Started by workflow_dispatch: the name of its file in .github/workflows."""
    event: _Name | None = None
    """The type of a repository_dispatch, which starts whatever listens to it."""
    built_from: BuiltFrom = BuiltFrom.DEFAULT
    """The default branch, or the tag of the newest release; an event always builds the default branch."""
    inputs: Mapping[_Name, Annotated[str, Field(max_length=1000)]] = {}
    """Of the workflow or the event; {image}, {tag}, {base}, {digest} and {key} in the values are filled in."""

    @model_validator(mode="after")
    def _says_what_to_start(self) -> "RebuildEntry":
        if self.policy is RebuildPolicy.DISPATCH and (self.workflow is None) == (self.event is None):
            raise fault_at("policy", "dispatch wants one thing to start; set workflow, or event")
        starts = (self.workflow, self.event, self.inputs or None)
        if self.policy is RebuildPolicy.PULL_REQUEST and any(one is not None for one in starts):
            raise fault_at("policy", "pull-request starts nothing itself; leave workflow, event and inputs out, or set dispatch")
        if "policy" not in self.model_fields_set and any(one is not None for one in starts):
            named = "workflow" if self.workflow is not None else "event" if self.event is not None else "inputs"
            raise fault_at(
                named, "without a policy it starts nothing; set policy: dispatch, or policy: report while nothing shall be started"
            )
        if self.event is not None and self.built_from is BuiltFrom.RELEASE:
            raise fault_at("built_from", "an event always builds the default branch; take the tag as an input, or use a workflow")
        if len(self.inputs) > (_MAX_INPUTS if self.event is None else 10):
            raise fault_at("inputs", "too many: GitHub takes 25 for a workflow and 10 for an event")
        unknown = sorted({name for value in self.inputs.values() for name in _NAMED.findall(value)} - FILLED_IN)
        if unknown:
            raise fault_at("inputs", f"nothing is known to fill {unknown[0]!r} in braces with{suggestion(unknown[0], FILLED_IN)}")
        return self

    def holds(self, repo: str, image: ImageReference) -> bool:
        return _fits(repo.lower(), self.repos) and _fits(image.name, self.images)

    def rule(self) -> RebuildRule:
        return RebuildRule(
            policy=self.policy,
            trigger=Trigger.WORKFLOW if self.event is None else Trigger.REPOSITORY,
            name=self.event or self.workflow or "",
            built_from=self.built_from,
            inputs=self.inputs,
        )


def _fits(name: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, glob.lower()) for glob in globs)


class Rebuild(Section):
    """What is done about published images that stand on an old base though Git is current."""

    images: tuple[RebuildEntry, ...] = ()
    """The first that fits counts; none: it is told."""
    per_run: Count = 5
    per_hour: Count = 10
    tries: Annotated[int, Field(ge=1, le=10)] = 3
    """Of one image for one base; then it is somebody's."""

    def rule_for(self, repo: str, image: ImageReference) -> RebuildRule:
        """How an image is rebuilt that a repo (`owner/name`) publishes."""
        return next((entry.rule() for entry in self.images if entry.holds(repo, image)), RebuildRule())

    @property
    def limits(self) -> RebuildLimits:
        return RebuildLimits(per_run=self.per_run, per_hour=self.per_hour, tries=self.tries)
