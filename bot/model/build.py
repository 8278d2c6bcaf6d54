"""Builds that are asked of a forge, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Trigger(StrEnum):
    """How a build is started from the outside, in GitHub's own words."""

    WORKFLOW = "workflow_dispatch"
    REPOSITORY = "repository_dispatch"


class BuildState(StrEnum):
    RUNNING = "running"
    """Or waiting for a machine."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Cancelled ones and those that nobody let run, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOrder:
    """A build to be started."""

    repo: str
    trigger: Trigger
    name: str
    """The file of the workflow (`release.yml`), or the type of the event."""
    ref: str
    """The branch or tag that is built; of an event always the default branch, whatever stands here."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Of the workflow, or the payload of the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A build that was started, as the forge says it is."""

    id: int
    url: str
    """For people."""
    title: str = ""
    """What it calls itself: GitHub fills `run-name` in. Empty: not told."""
    state: BuildState
    said: str = ""
    """In the forge's own word: `success`, `cancelled`, `queued`; empty: not told."""
