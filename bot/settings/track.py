"""The section of the configuration on where what runs is known from."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from pydantic import Field, model_validator

from bot.settings.assess import PathText
from bot.settings.rule_entries import fault_at
from bot.settings.types import Count, Days, PlainGlob, RepoName, Section

_NAME = Annotated[str, Field(min_length=1, max_length=128)]


class ArtifactEntry(Section):
    """What a workflow uploads."""

    repo: RepoName
    """owner/name."""
    name: Annotated[str, Field(min_length=1, max_length=256)]
    """Of the artifact; the newest counts, of a run of the default branch that succeeded."""


class BranchEntry(Section):
    """A file, or a folder of them, on a branch."""

    repo: RepoName
    """owner/name."""
    ref: Annotated[str, Field(min_length=1, max_length=255)]
    """The branch."""
    path: Annotated[str, Field(min_length=1, max_length=1_000, pattern=r"^[^/.][^\\]*$", examples=["clusters/prod/pods.json"])]
    """From the root of the repo."""


class InventoryEntry(Section):
    """A list of what a cluster runs, in one of three places."""

    path: PathText | None = None
    """A file, or a folder of them, seen from the configuration's."""
    artifact: ArtifactEntry | None = None
    """The newest artifact of a workflow."""
    branch: BranchEntry | None = None
    """A file, or a folder of them, on a branch of a repo."""
    stage: _NAME | None = None
    """Of all that it lists; null: by the words of namespaces, cluster and file name, as `stages` has them."""
    cluster: Annotated[str, Field(max_length=253)] = ""
    """Its name, for people and for GitHub's deployment records."""
    namespaces: Annotated[tuple[PlainGlob, ...], Field(min_length=1)] = ("*",)
    """Which of its namespaces count."""
    max_age_days: Annotated[Days, Field(gt=0)] = 3

    @model_validator(mode="after")
    def _lies_somewhere(self) -> "InventoryEntry":
        if sum(place is not None for place in (self.path, self.artifact, self.branch)) != 1:
            raise fault_at("path", "a list lies in one place; set one of path, artifact and branch")
        return self

    @property
    def max_age(self) -> timedelta:
        """What is older tells nothing of today."""
        return timedelta(days=self.max_age_days)


class Track(Section):
    """Where it is known from what runs."""

    inventories: tuple[InventoryEntry, ...] = ()
    purpose_tags: bool = False
    """Whether tags that are named for a stage are followed: a request for each of them."""
    github_deployments: bool = False
    """Whether GitHub's environments are asked for: a request for each 50 repos."""
    deployment_records: bool = False
    """Whether the organisation's linked artifacts are asked for: a request for each digest."""
    attestations: bool = False
    """Whether GitHub's attestations are asked for of images that the fleet uses and publishes: a request for each 1,024 digests."""
    write_deployment_records: bool = False
    """Whether a run tells the linked artifacts what the lists show to run."""
    write_storage_records: bool = False
    """Whether a run tells the linked artifacts where published images lie: two requests for each digest, once."""
    digests_per_run: Count = 200
    """For how many digests at most."""
    frozen_after_days: Days = 90
    """After how long a stage that takes no newer release is told as frozen."""

    @property
    def frozen_after(self) -> timedelta:
        return timedelta(days=self.frozen_after_days)

    @property
    def asks_github(self) -> bool:
        """Whether anything is asked of GitHub, or told to it."""
        reads = self.github_deployments or self.deployment_records or self.attestations
        return reads or self.write_deployment_records or self.write_storage_records

    def paths(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every path of this section as it is written, with its place in the configuration."""
        for position, entry in enumerate(self.inventories):
            if entry.path is not None:
                yield ("track", "inventories", position, "path"), entry.path
