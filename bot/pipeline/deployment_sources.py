"""What tells what runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.find.finder import Finder
from bot.find.scan import SourceTree
from bot.ledger.ledger import Ledger
from bot.model.dependency import Release
from bot.model.failure import Failure
from bot.model.fleet import Repo
from bot.model.runtime import DeploymentRecord, Environments, NewRecord
from bot.pipeline.lists import Lists, NoLists
from bot.track.deployments.read import StageOf

EnvironmentsOf = Callable[[Sequence[Repo]], Mapping[str, Environments | Failure]]
"""By the repo's name; a request for each 50 of them. Never raises."""
RecordsOf = Callable[[str, str], Sequence[DeploymentRecord] | None]
"""Of an organisation and a digest; None: GitHub does not know the question. Raises ForgeError."""

WriteRecords = Callable[[str, str, str, Sequence[NewRecord]], Sequence[str]]
"""Tells an organisation, of a cluster and a stage, what runs there; the names of what was not taken. Raises ForgeError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSources:
    """The sources of `deployments`; `bot.wiring` makes them."""

    ledger: Ledger
    stage_of: StageOf
    lists: Lists = field(default_factory=NoLists)
    open_tree: Callable[[Repo], SourceTree] | None = None
    """A repo at the commit that it is given as its head; None: no other commit can be had. Raises ForgeError."""
    finders: Sequence[Finder] = ()
    """For the files of such a commit."""
    environments_of: EnvironmentsOf | None = None
    """None: they are not asked for."""
    records_of: RecordsOf | None = None
    """None: nobody wants to know."""
    digests_per_run: int = 0
    """For how many `records_of` is asked at most."""
    describe: Callable[[Release], Release] | None = None
    """What stands at a tag; None: nobody wants to know. Raises DatasourceError."""
    known_records: RecordsOf | None = None
    """What is there already, before anything is written; None: nothing is."""
    write_records: WriteRecords | None = None
    """None: nothing is to be written."""
