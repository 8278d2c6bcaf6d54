"""A scanner's server as a source of holes: asked once for each image that matters, its word kept until its data changes."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, assert_never

import structlog

from bot.assess.fields import UnreadableError, mapping, moment, objects
from bot.assess.reports.report import Report
from bot.assess.reports.source import ReportsSource
from bot.assess.servers.patience import Patience
from bot.assess.servers.scanner import Documents, Image, Mark, NoReport, Scanner, State
from bot.assess.servers.wire import DeniedError, DownError
from bot.assess.source import Told
from bot.clients.oci.session import RegistryError
from bot.clients.once import Turns
from bot.clients.shelf import Shelf
from bot.model.assessment import DataSource, NotChecked
from bot.model.contents import Contents

log = structlog.get_logger()

_STAYS: Final = timedelta(hours=4)
"""How long a report is believed of a server that does not tell when its data changes."""
_STAYS_MARKED: Final = timedelta(days=7)
_GIVES_UP: Final = 3
"""After so many failures in a row a server is not asked again in the same run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One server as it is configured."""

    name: str
    """Unique among all servers: its reports' form, and whose word each hole is."""
    place: str
    """Kind and address, under which its reports are kept."""
    trust: int
    """Its place in the order of trust, 0 for the first."""
    serves: Callable[[Image], bool]
    submits: bool
    """Whether images that it never scanned are handed over."""


class ServerSource:
    """Satisfies HoleSource. What fails is told as not checked: no image and no update is lost by it. Safe to use from several threads."""

    def __init__(
        self,
        setup: Setup,
        scanner: Scanner,
        *,
        image_of: Callable[[Contents], Image],
        shelf: Shelf,
        patience: Patience,
        now: Callable[[], datetime],
    ) -> None:
        self._setup = setup
        self._scanner = scanner
        self._image_of = image_of
        self._shelf = shelf
        self._patience = patience
        self._now = now
        self._turns: Final = Turns()
        self._lock: Final = Lock()
        self._gaps: Final[dict[Hashable, NotChecked]] = {}
        self._marks: Final[list[Mark | None]] = []
        self._failures = 0

    def told(self, contents: Contents) -> Told | None:
        image = self._image_of(contents)
        if not self._setup.serves(image):
            return None
        with self._turns.at(_key(image)):
            found = self._gaps.get(_key(image)) or self._report(image)
        if isinstance(found, NotChecked):
            # Nothing comes of asking again in the same run.
            self._gaps[_key(image)] = found
            return Told(not_checked=(found,), trust=self._setup.trust)
        told = ReportsSource(reports=(found,), now=self._now).told(contents)
        return None if told is None else replace(told, trust=self._setup.trust)

    def _report(self, image: Image) -> Report | NotChecked:
        try:
            mark = self._mark()
            kept = self._kept(image, mark)
            at, documents = (self._now(), self._asked(image)) if kept is None else kept
            if isinstance(documents, NoReport):
                return self._without(documents)
            report = self._dated(self._scanner.read(documents, image, self._setup.name), at, mark)
        except (DeniedError, DownError, RegistryError) as error:
            return self._failed(error)
        except UnreadableError as error:
            return self._gap(f"its report is not read: {error}. Report it to the server's operators", is_failure=True)
        if report.image.spoken_of(image.contents) is None:
            others = ", ".join(sorted(report.image.digests)[:2]) or "it does not say which"
            return self._gap(f"its report is of another image ({others}) and is not used", is_failure=True)
        if kept is None:
            value = {"at": at.isoformat(), "documents": list(documents)}
            self._shelf.put(self._setup.place, str(_key(image)), value, mark=mark.name if mark else "")
        return report

    def _dated(self, report: Report, at: datetime, mark: Mark | None) -> Report:
        told = DataSource(name=f"the data of {self._setup.name}", as_of=mark.as_of) if mark and mark.as_of else None
        return replace(report, made_at=report.made_at or at, database=report.database or told)

    def _asked(self, image: Image) -> Documents | NoReport:
        """The server's word, where it is worth it by and by."""
        self._may_be_asked()
        found = self._scanner.ask(image)
        if self._setup.submits and isinstance(found, NoReport) and found.state is State.NEVER_SCANNED:
            log.info("scanner.submitted", scanner=self._setup.name, digest=image.digest)
            found = self._scanner.submit(image) or self._scanner.ask(image)
            if isinstance(found, NoReport) and found.state is State.NEVER_SCANNED and not found.why:
                found = NoReport(state=State.QUEUED)
        tries = 0
        while isinstance(found, NoReport) and found.state is State.QUEUED and self._patience.wait(tries=tries):
            tries += 1
            found = self._scanner.ask(image)
        with self._lock:
            self._failures = 0
        return found

    def _mark(self) -> Mark | None:
        with self._turns.at("mark"):
            if not self._marks:
                self._may_be_asked()
                self._marks.append(self._scanner.mark())
            return self._marks[0]

    def _may_be_asked(self) -> None:
        with self._lock:
            if self._failures >= _GIVES_UP:
                raise DownError(f"it failed {_GIVES_UP} times in a row and is not asked again in this run")

    def _kept(self, image: Image, mark: Mark | None) -> tuple[datetime, Documents] | None:
        value = mapping(self._shelf.get(self._setup.place, str(_key(image)), mark=mark.name if mark else ""))
        at = moment(value.get("at"))
        stays = _STAYS if mark is None else _STAYS_MARKED
        if at is None or not self._now() - stays < at <= self._now() + stays:
            return None
        return at, objects(value.get("documents"))

    def _without(self, found: NoReport) -> NotChecked:
        words = f" ({found.why})" if found.why else ""
        match found.state:
            case State.NEVER_SCANNED:
                may_help = not self._setup.submits and not found.why
                remedy = f"have it scanned there{', or set `submit` for it under `scanners`' if may_help else ''}"
                return self._gap(f"it was never scanned there{words}; {remedy}")
            case State.QUEUED:
                bound = f"within the {self._patience.total.total_seconds():.0f} s that one run waits in all (`wait_seconds`)"
                return self._gap(f"its scan is not done {bound}{words}; the next run asks again", is_failure=True)
            case State.UNSUPPORTED:
                return self._gap(f"it can't scan an image of this kind{words}")
            case State.FAILED:
                return self._gap(f"its scan failed{words}; look into its log", is_failure=True)
            case _ as unreachable:
                assert_never(unreachable)

    def _failed(self, error: DeniedError | DownError | RegistryError) -> NotChecked:
        is_down = isinstance(error, DownError)
        with self._lock:
            # A credential that is not known is not shown again and again: some servers lock who does.
            self._failures += is_down or (isinstance(error, DeniedError) and error.is_of_login)
        log.warning("scanner.failed", scanner=self._setup.name, error=str(error))
        return self._gap(f"{'not reached' if is_down else 'denied'}: {str(error).rstrip('.')}", is_failure=True)

    def _gap(self, reason: str, *, is_failure: bool = False) -> NotChecked:
        return NotChecked(what=f"what {self._setup.name} knows of this image", reason=reason, is_failure=is_failure)


def _key(image: Image) -> tuple[str, str, str]:
    return image.endpoint.host, image.endpoint.repository, image.digest
