"""All settings of a run: the file's and the environment's, checked and frozen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, PrivateAttr

from bot.model.catalogue import Catalogue
from bot.model.image import DEFAULT_PLATFORMS
from bot.model.rules import Rule
from bot.model.secret import Secret
from bot.settings.accepted import AcceptedEntries
from bot.settings.admission import Admission
from bot.settings.assess import Assess
from bot.settings.bases import Bases
from bot.settings.order import Order
from bot.settings.properties import Properties
from bot.settings.pull_requests import PullRequests
from bot.settings.rebuild import Rebuild
from bot.settings.report import Report
from bot.settings.rule_entries import ApprovedBases, Defaults, DefaultsEntry, Rules
from bot.settings.scanners import Scanners
from bot.settings.secrets import Secrets
from bot.settings.sections import Find, GitHub, Ledger, Limits, Network, Phases, Registry, RegistryPrefix, Stale
from bot.settings.signatures import SignatureEntries
from bot.settings.sources import Sources
from bot.settings.track import Track
from bot.settings.tripwire import Tripwire
from bot.settings.types import PlainGlob, PlatformName, Section

Stages = Mapping[str, tuple[PlainGlob, ...]]
DEFAULT_STAGES: Stages = {
    "dev": ("dev", "develop", "development", "sandbox"),
    "ci": ("ci", "build"),
    "qa": ("qa", "test", "testing", "int", "integration", "uat"),
    "staging": ("staging", "stage", "stg", "preprod", "preproduction"),
    "production": ("production", "prod", "prd", "live"),
}


class Settings(Section):
    """The configuration of rebuild-bot. Every key may be left out; the comments of config/default.yaml say what each is for."""

    github: GitHub = GitHub()
    find: Find = Find()
    registries: Mapping[RegistryPrefix, Registry] = {}
    network: Network = Network()
    platforms: Annotated[tuple[PlatformName, ...], Field(min_length=1)] = DEFAULT_PLATFORMS
    defaults: Defaults = Field(default_factory=lambda: DefaultsEntry().rule())
    own_rules: Rules = Field(default=(), alias="rules")
    approved_bases: ApprovedBases = ()
    bases: Bases = Bases()
    signatures: SignatureEntries = ()
    admission: Admission = Admission()
    sources: Sources = ()
    assess: Assess = Assess()
    scanners: Scanners = ()
    pull_requests: PullRequests = PullRequests()
    limits: Limits = Limits()
    order: Order = Order()
    stale: Stale = Stale()
    phases: Phases = Phases()
    properties: Properties = Properties()
    stages: Stages = DEFAULT_STAGES
    fleet_file: Annotated[str, Field(min_length=1)] | None = None
    track: Track = Track()
    rebuild: Rebuild = Rebuild()
    cache_folder: Annotated[str, Field(min_length=1)] = "~/.cache/rebuild-bot"
    ledger: Ledger = Ledger()
    report: Report = Report()
    accepted: AcceptedEntries = ()
    tripwire: Tripwire = Tripwire()

    _secrets: Secrets = PrivateAttr(default_factory=Secrets)
    _home: Path = PrivateAttr(default=Path("~"))
    _folder: Path = PrivateAttr(default=Path())
    _text: str = PrivateAttr(default="")

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in the order in which they count: the defaults, then the file's own."""
        return (self.defaults, *self.own_rules)

    @property
    def catalogue(self) -> Catalogue:
        """Which bases the organisation approves of: `approved_bases`, then `bases`."""
        return self.bases.with_older(self.approved_bases)

    @property
    def secrets(self) -> Secrets:
        """What the environment gave."""
        return self._secrets

    @property
    def fleet_path(self) -> Path | None:
        """Where the fleet file is, seen from the folder of the configuration; None: every repo is one app."""
        return None if self.fleet_file is None else self.beside(self.fleet_file)

    @property
    def mirror_path(self) -> Path | None:
        """The folder of the advisories' mirror; None: they come from elsewhere, or from nowhere."""
        return None if self.assess.mirror is None else self.beside(self.assess.mirror)

    def beside(self, path: str) -> Path:
        """A path that the configuration names, seen from its folder; ~/ is the user's home."""
        return self._folder / self._at_home(path)

    @property
    def cache_path(self) -> Path:
        """The folder of what may be deleted at any time."""
        return self._at_home(self.cache_folder)

    @property
    def ledger_url(self) -> Secret:
        """The ledger's SQLAlchemy URL: the environment's (it may hold a password), else the file's."""
        written = self.ledger.url
        scheme, slashes, path = written.partition(":///")
        if slashes and path.startswith("~/"):
            written = f"{scheme}:///{self._at_home(path)}"
        return self._secrets.ledger_url or Secret(written)

    @property
    def text(self) -> str:
        """The file as it is written; empty: there is none."""
        return self._text

    def with_surroundings(self, *, secrets: Secrets, home: Path, folder: Path, text: str = "") -> Self:
        """The same settings with what is not in the file: secrets, the user's home, the folder of the file, and its text."""
        copy = self.model_copy()
        copy._secrets, copy._home, copy._folder, copy._text = secrets, home, folder, text  # noqa: SLF001 - a copy of its own
        return copy

    def _at_home(self, path: str) -> Path:
        return self._home / path.removeprefix("~/") if path.startswith("~/") else Path(path)
