"""What a scanner's server is asked, and what it may answer. One file of this folder for each server, behind the Protocol below."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from bot.assess.fields import Object
from bot.assess.reports.report import Report
from bot.assess.servers.wire import Wire
from bot.clients.oci.endpoint import Endpoint
from bot.model.contents import Contents
from bot.model.image import Digest
from bot.model.secret import Secret

Row = dict[str, object]
NO_IMAGE: Final = Digest(f"sha256:{'0' * 64}")
"""Of none: to be asked for where it matters only that there is an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image on one platform, by all that servers know images by. What costs a request is a call."""

    contents: Contents
    endpoint: Endpoint
    """Where its repository is really asked for, mirrors of the configuration minded."""
    configuration_digest: Callable[[], Digest | None]
    """The image id of daemons; None: its manifest names none. Raises RegistryError."""
    pull_token: Callable[[], Secret | None]
    """An Authorization header's value that lets whoever has it pull this repository for some minutes; None: none is wanted, or there are
    only credentials that last, which are handed to nobody. Raises RegistryError."""
    bill_of_materials: Callable[[], Row]
    """Its packages as CycloneDX 1.6, as `inspect` writes them."""

    @property
    def digest(self) -> Digest:
        """Of the platform's manifest."""
        return self.contents.digest


class State(StrEnum):
    """Why there is no report, though the server answered."""

    NEVER_SCANNED = "never scanned"
    QUEUED = "queued"
    """It will scan, or scans already: worth asking again."""
    UNSUPPORTED = "not supported"
    """It says that it can't scan an image of this kind."""
    FAILED = "failed"
    """It says that its scan failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReport:
    """The server has no report on the image. Never the same as a report without holes."""

    state: State
    why: str = ""
    """In the server's words, or what its answer means; empty: the state says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The state of a server's data: while it is the same, so are its reports."""

    name: str
    as_of: datetime | None = None
    """Of what day the newest of it is; None: not told."""


Documents = Sequence[Object]
"""The JSON objects that a server's report is made of, as they came: what is kept between runs."""


class Scanner(Protocol):
    """One configured server. Safe to use from several threads.

    What goes wrong on the way (`bot.assess.servers.wire`) raises DeniedError or DownError, what came and makes no sense UnreadableError.
    """

    def mark(self) -> Mark | None:
        """The state of its data; None: it does not tell. Asked once a run."""
        ...

    def greet(self) -> None:
        """Ask what costs it little, takes the credential, and is answered by such a server alone; what is wrong is raised, as ever."""
        ...

    def ask(self, image: Image) -> Documents | NoReport:
        """Its report on an image, all pages of it."""
        ...

    def submit(self, image: Image) -> NoReport | None:
        """Hand over what it needs to scan an image that it never scanned; what then still speaks against asking again; None: nothing."""
        ...

    def read(self, documents: Documents, image: Image, where: str) -> Report:
        """The report in words of ours; pure. Its `form` is `where`, the name under which the server is configured.

        Where they do not say when it was made it is when they were asked for, and its data's day is the mark's: the caller fills it in.
        `Report.image` is what the documents themselves say that they are of: that it is this image the caller finds out.
        """
        ...


class Make(Protocol):
    """A scanner's class is one."""

    def __call__(self, *, wire: Wire) -> Scanner: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A kind of server. Each file of this folder that is called like a `ScannerKind` ends with one of it, named `SERVER`."""

    make: Make
    """A configured one of it."""
    title: str
    """What people call it."""
    has_own_registry: bool = False
    """Whether it knows the images of the registry on its own host alone, unless the configuration says otherwise."""
    lives_on_submissions: bool = False
    """Whether it knows nothing but what it is handed, so that it is handed images unless the configuration says otherwise."""
