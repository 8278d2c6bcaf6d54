"""What GitHub keeps on what runs: environments with their deployments, and deployment records of linked artifacts."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """An environment of a repo, with the deployment to it that ended last. Hostile: any workflow of the repo may write it."""

    name: str
    commit: str
    """What was deployed; empty: nothing ever was."""
    state: str = ""
    """In GitHub's words (`DeploymentStatusState`): SUCCESS, FAILURE, ERROR, INACTIVE, ..."""
    at: datetime | None = None
    """When it came to that."""
    payload: str = ""
    """What the deploying program left there, as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environments:
    """Those of one repo."""

    listed: tuple[Environment, ...]
    is_cut: bool = False
    """There are more of them than were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRecord:
    """One entry of an organisation's linked artifacts: this digest runs there. An entry of the same place takes its place."""

    digest: str
    environment: str
    """`logical_environment`: the stage, in the words of who wrote it."""
    physical_environment: str = ""
    cluster: str = ""
    name: str = ""
    """`deployment_name`."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    origin: "Origin | None" = None
    """Where the bot itself saw it run; None: somebody else wrote the record, or it does not say so."""
    is_ended: bool = False
    """It was told to run there no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The container by which a record of the bot came to be; what the record's name says is not to be taken apart."""

    namespace: str
    workload: str
    """Kind and name: `deployment web`."""
    container: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecord:
    """What linked artifacts are to be told of one place of a cluster and stage: this digest runs there, or no more."""

    image: str
    """Registry and repository."""
    digest: str
    tag: str
    name: str
    """`deployment_name`."""
    repo: str
    """The name, without its owner, of the repo that publishes the image."""
    origin: Origin | None = None
    is_ended: bool = False
    """It runs there no more."""
