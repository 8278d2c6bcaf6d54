"""Rebuilds that were asked for: what was done for each when, and where it stands."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from bot.model.build import Trigger
from bot.model.image import Digest, ImageReference
from bot.model.rebuild import RebuildFinding, RebuildGoal


class RebuildPolicy(StrEnum):
    """What is done about a published image that stands on an old base though Git is current."""

    REPORT = "report"
    """It is told."""
    DISPATCH = "dispatch"
    """Its build is started."""
    PULL_REQUEST = "pull-request"
    """A small pull request is opened, whose merge makes the app's own pipeline build it."""


FILLED_IN: Final = frozenset({"image", "tag", "base", "digest", "key"})
"""What stands in braces in the inputs of a build and is filled in."""


class BuiltFrom(StrEnum):
    """What is built anew."""

    DEFAULT = "default"
    """The default branch."""
    RELEASE = "release"
    """The tag of the newest release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildRule:
    """How images of some repos are rebuilt."""

    policy: RebuildPolicy = RebuildPolicy.REPORT
    trigger: Trigger = Trigger.WORKFLOW
    name: str = ""
    """The file of the workflow, or the type of the event."""
    built_from: BuiltFrom = BuiltFrom.DEFAULT
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Values may hold {image}, {tag}, {base}, {digest} and {key}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildLimits:
    """How much is asked for."""

    per_run: int = 5
    per_hour: int = 10
    tries: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildKey:
    """What a rebuild is asked for once: an app's image, for a base."""

    app: str
    image: str
    """Registry, repository and tag."""
    base: Digest

    @property
    def text(self) -> str:
        """Short, the same in every run, and fit for a title or an input."""
        return hashlib.sha256(f"{self.app}\n{self.image}\n{self.base}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildWish:
    """A published image that a rebuild would put on a newer base; Git asks for that base already."""

    app: str
    repo: str
    default_branch: str
    release: str = ""
    """The tag of the newest release; empty: none is known."""
    image: ImageReference
    """With its tag."""
    published: Digest
    """Where the tag stands now."""
    base: str
    """For people: its name and tag."""
    base_digest: Digest
    """What the new image should stand on."""
    goal: RebuildGoal
    rule: RebuildRule
    files: tuple[PurePosixPath, ...] = ()
    """The Dockerfiles of the app whose last stage names that base."""
    doubt: str = ""
    """Why its build is not started though the rules say so; empty: nothing speaks against it."""

    @property
    def key(self) -> RebuildKey:
        return RebuildKey(app=self.app, image=str(self.image.at(tag=self.image.tag)), base=self.base_digest)


class RebuildStep(StrEnum):
    """What happens to one try, in this order; each is recorded once."""

    ASKED = "asked"
    """Before the request: from here on there may be a build."""
    STARTED = "started"
    REFUSED = "refused"
    """In the place of started: surely none was."""
    ENDED = "ended"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildEvent:
    """One step of one try."""

    key: RebuildKey
    attempt: int
    """From 1."""
    step: RebuildStep
    at: datetime
    digest: str = ""
    """Of asked: the image that was to be replaced; of judged: the one that was found."""
    build: int = 0
    """The forge's number of the build; 0: not known."""
    url: str = ""
    verdict: str = ""
    """Of ended the forge's word, of judged the name of the verdict."""
    said: str = ""
    """In words: why it was refused, what shows the verdict."""


class RebuildStanding(StrEnum):
    """Where the rebuild of an image stands."""

    REPORTED = "has to be rebuilt"
    """Nobody asked for it: the rules do not, or there is nothing to ask by."""
    WAITS = "waits for its turn"
    ASKED = "asked for"
    """Whether it was started is not known yet."""
    PROPOSED = "waits for its pull request to be merged"
    RUNNING = "is being built"
    FIXED = "rebuilt"
    NEEDS_SOMEBODY = "the rebuild did not fix it"
    NOT_KNOWN = "not known now"
    """The forge or the registry could not be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildTold:
    """One image, for people and for whoever joins the parts of a run: plain values alone."""

    app: str
    repo: str
    image: str
    """Registry, repository and tag."""
    base: str
    """What it should stand on: name, tag and short digest."""
    standing: RebuildStanding
    said: str
    url: str = ""
    """Of the last build; empty: none is known."""
    attempt: int = 0
    tries: int = 0
    """How many there may be."""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildRow:
    """One image, for people."""

    wish: RebuildWish
    standing: RebuildStanding
    said: str
    """Why, and what would help: in words."""
    url: str = ""
    """Of the last build; empty: none is known."""
    attempt: int = 0
    since: datetime | None = None
    """Since when it stands so."""
    finding: RebuildFinding | None = None
    """Where it was judged in this run."""

    def told(self, tries: int) -> RebuildTold:
        wish = self.wish
        return RebuildTold(
            app=wish.app,
            repo=wish.repo,
            image=wish.key.image,
            base=f"{wish.base}@{wish.base_digest.short}",
            standing=self.standing,
            said=self.said,
            url=self.url,
            attempt=self.attempt,
            tries=tries,
            since=self.since,
        )
