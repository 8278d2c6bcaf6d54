"""Qualys Container Security: what its sensors found in an image, which it knows by the digest of its configuration.

By the published OpenAPI of `csapi/v1.3` (kept by kongyew/qualys_cli, `goclient/api/swagger.yaml`; its `details` is in truth a list), by the
pages "Fetch Image Details" and "Fetch Vulnerability Details for an Image" of docs.qualys.com/en/cs with their samples, and by what the
vendor's Jenkins plugin (jenkinsci/qualys-cs-plugin) takes answers for: 204 is an image that is not known, and one that was not scanned yet
has a record already. The login (`/auth`) is the platform's: 201 with a token that lives four hours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from threading import Lock
from typing import Final

import httpx

from bot.assess.fields import Object, UnreadableError, entries, objects, text, texts
from bot.assess.reports.report import MAX_HOLES, TOO_MANY, Coverage, Named, Report, Scanned, fix_state, named, unread
from bot.assess.servers.scanner import Documents, Image, Mark, NoReport, Server, State
from bot.assess.servers.wire import Credential, DeniedError, Wire
from bot.model.assessment import FixState, Hole
from bot.model.contents import KnownBy, Package
from bot.model.secret import Secret
from bot.model.severity import Severity

_SEVERITIES: Final = {1: Severity.LOW, 2: Severity.LOW, 3: Severity.MEDIUM, 4: Severity.HIGH, 5: Severity.CRITICAL}
"""Its levels are minimal, medium, serious, critical and urgent: by what an attacker gains. Level 1 has no word of ours below low."""
_UNKNOWN: Final = frozenset({httpx.codes.NOT_FOUND, httpx.codes.NO_CONTENT})
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_MAX_TOKEN: Final = 16_384
_TOKEN_STAYS: Final = timedelta(hours=3)
_DEB_ARCHITECTURES: Final = frozenset({"amd64", "arm64", "armel", "armhf", "i386", "mips64el", "ppc64el", "riscv64", "s390x", "all"})
_RPM_ARCHITECTURES: Final = frozenset({"x86_64", "aarch64", "i686", "ppc64le", "s390x", "noarch"})
_MAX_WHY: Final = 200
_MAX_DIGITS: Final = 14
_NAMES_AT_ONCE: Final = 100
"""So many names of one entry does `named` tell apart."""


@dataclass(slots=True, kw_only=True)
class Qualys:
    """Satisfies Scanner. Exceptions that users of it made are holes here: it is asked without them."""

    wire: Wire
    _lock: Lock = field(default_factory=Lock, init=False)
    _refusal: str = field(default="", init=False)
    """Why the login was denied."""
    _token: Secret | None = field(default=None, init=False)
    _token_since: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False)

    def mark(self) -> Mark | None:
        """It tells of no state of its data."""
        return None

    def greet(self) -> None:
        """One of the images that it knows."""
        path = "/csapi/v1.3/images?pageNumber=1&pageSize=1"
        said = self.wire.ask("GET", path, credential=self._credential(), expected=frozenset({httpx.codes.NO_CONTENT}))
        if said.status != httpx.codes.NO_CONTENT:
            _ = said.document

    def ask(self, image: Image) -> Documents | NoReport:
        configuration = image.configuration_digest()
        if configuration is None:
            return NoReport(state=State.UNSUPPORTED, why="its manifest names no configuration, by which it would be known there")
        path = f"/csapi/v1.3/images/{configuration.removeprefix('sha256:')}"
        said = self.wire.ask("GET", path, credential=self._credential(), expected=_UNKNOWN)
        if said.status in _UNKNOWN:
            return NoReport(state=State.NEVER_SCANNED)
        record = said.document
        if text(record.get("sha")) != configuration.removeprefix("sha256:"):
            raise UnreadableError(f"it is of another image ({text(record.get('sha'))[:64] or 'it does not say which'})")
        if _at(record.get("lastScanned")) is None:
            error = text(record.get("scanErrorCode"))
            return NoReport(state=State.FAILED, why=error[:_MAX_WHY]) if error else NoReport(state=State.QUEUED)
        found = self.wire.ask("GET", f"{path}/vuln?type=ALL&applyException=false", credential=self._credential(), expected=_UNKNOWN)
        holes = {"details": record.get("vulnerabilities")} if found.status in _UNKNOWN else found.document
        return (record, holes)

    def submit(self, image: Image) -> NoReport | None:  # noqa: ARG002 - the signature of the Protocol
        """Its sensors look for images by themselves: on hosts, in registries, in builds."""
        return NoReport(state=State.NEVER_SCANNED, why="its sensors scan what they see alone")

    def read(self, documents: Documents, image: Image, where: str) -> Report:
        """Of the image whose configuration the question named: that the answer says the same is seen to where it is asked."""
        record, found = (*documents, {}, {})[:2]
        if not isinstance(found.get("details"), list):
            raise UnreadableError("it lacks the list of vulnerabilities")
        reading = _Reading(where=where)
        return Report(
            form=where,
            where=where,
            image=Scanned(digests=frozenset({image.digest})),
            holes=tuple(dict.fromkeys(chain.from_iterable(map(reading.holes, entries(found["details"]))))),
            coverage=Coverage(packages=tuple(filter(None, map(_package, objects(record.get("softwares")))))),
            made_at=_at(record.get("lastScanned")),
            not_checked=unread(reading.unread, f"the report of {where}"),
        )

    def _credential(self) -> Credential | None:
        """The token that is configured, else one that the user name and the password are good for; None: nothing is configured."""
        login = self.wire.login
        if login.token or not login.username or not login.password:
            return login.bearer()
        with self._lock:
            if self._refusal:
                raise DeniedError(self._refusal, is_of_login=True)
            if self._token is None or self.wire.now() - self._token_since > _TOKEN_STAYS:
                asked_at = self.wire.now()
                self._token, self._token_since = self._logged_in(login.username, login.password), asked_at
            return Credential(value=Secret(f"Bearer {self._token.reveal()}"))

    def _logged_in(self, username: str, password: Secret) -> Secret:
        form = {"username": username, "password": password.reveal(), "token": "true"}
        try:
            said = self.wire.ask("POST", "/auth", headers={"accept": "*/*"}, form=form).answer.body.decode(errors="replace").strip()
        except DeniedError as error:
            # Whoever shows a wrong password again and again is locked out.
            self._refusal = str(error)
            raise
        if len(said) > _MAX_TOKEN or not _TOKEN.fullmatch(said):
            raise UnreadableError("its answer to the login is no token")
        return Secret(said)


@dataclass(slots=True, kw_only=True)
class _Reading:
    where: str
    unread: int = 0
    count: int = 0

    def holes(self, told: Object) -> Iterator[Hole]:
        """One for each package and CVE of an entry; by the number of the entry (QID) where it has no CVE."""
        number = told.get("qid")
        packages = [(package, text(one.get("fixVersion"))) for one in objects(told.get("software")) if (package := _package(one))]
        if isinstance(number, bool) or not isinstance(number, int) or not packages:
            self.unread += 1
            return
        level, severity = _severity(told)
        source = f"{self.where}, severity {level} of 5" if level else self.where
        source = f"{source}, not confirmed" if text(told.get("typeDetected")) == "POTENTIAL" else source
        names = list(_names(f"QID-{number}", told, source))
        self.count += len(names) * len(packages)
        if self.count > MAX_HOLES:
            raise UnreadableError(TOO_MANY)
        for package, fixed_in in packages:
            for one in names:
                yield Hole(
                    id=one.id,
                    aliases=one.aliases,
                    package=package,
                    severity=severity,
                    fixed_in=fixed_in,
                    fix_state=_fix_state(told.get("patchAvailable"), fixed_in),
                    summary=text(told.get("title")),
                    source=one.source,
                )


def _names(number: str, told: Object, source: str) -> Iterator[Named]:
    """All CVEs of an entry, however many: one for a new kernel has hundreds."""
    cves = list(dict.fromkeys(filter(None, texts(told.get("cveids")))))
    for start in range(0, len(cves) or 1, _NAMES_AT_ONCE):
        yield from named(number, cves[start : start + _NAMES_AT_ONCE], source)


def _severity(told: Object) -> tuple[int, Severity]:
    """The level, the organisation's own where it set one, and what it is in our words; 0 and unknown where there is none."""
    levels = (_level(told.get(key)) for key in ("customerSeverity", "severity"))
    level = next((level for level in levels if level in _SEVERITIES), 0)
    return level, _SEVERITIES.get(level, Severity.UNKNOWN)


def _level(value: object) -> int:
    """Written as a number, or as text."""
    if isinstance(value, str):
        return int(value) if len(value) == 1 and value in "12345" else 0
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _fix_state(is_patched: object, fixed_in: str) -> FixState:
    said = "fixed" if is_patched is True else "not-fixed" if is_patched is False and not fixed_in else ""
    return fix_state(said, fixed_in)


def _package(software: Object) -> Package | None:
    """Without the architecture, which stands behind the name of a Debian package (`libc6:amd64`) and behind the version of an RPM."""
    name, version = text(software.get("name")), text(software.get("version"))
    if not name or not version:
        return None
    bare_name, _, behind_name = name.rpartition(":")
    bare_version, _, behind_version = version.rpartition(".")
    return Package(
        type="",
        name=bare_name if bare_name and behind_name in _DEB_ARCHITECTURES else name,
        version=bare_version if bare_version and behind_version in _RPM_ARCHITECTURES else version,
        path=text(software.get("packagePath")).lstrip("/"),
        known_by=KnownBy.DECLARED,
    )


def _at(value: object) -> datetime | None:
    """A time in milliseconds since 1970, written as text."""
    said = text(value)
    if not said.isascii() or not said.isdigit() or len(said) > _MAX_DIGITS:
        return None
    return datetime.fromtimestamp(int(said) / 1000, UTC)


SERVER: Final = Server(make=Qualys, title="Qualys")
