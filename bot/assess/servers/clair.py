"""Clair 4: its indexer, which looks into the layers, and its matcher, which compares what was found with its data.

By quay/clair: `httptransport/api/v1/openapi.yaml` and `httptransport/types/v1/*.schema.json` (API 1.2.0), `httptransport/matcher_v1.go`
(202 while the matcher has no data yet; 404 where the indexer has not seen the image), `httptransport/indexer_v1.go`, and `middleware/auth`
(tokens by RFC 7519, signed with a key that both sides know, by an issuer that is on the server's list).
"""

import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs

import httpx
import jwt

from bot.assess.fields import MAX_ENTRIES, Object, UnreadableError, mapping, moment, objects, severity, text, vectors
from bot.assess.reports.report import (
    MAX_HOLES,
    TOO_MANY,
    Coverage,
    Report,
    Scanned,
    digests_in,
    fix_state,
    named,
    unread,
)
from bot.assess.servers.scanner import Documents, Image, Mark, NoReport, Server, State
from bot.assess.servers.wire import Credential, DeniedError, Wire
from bot.assess.servers.words import names_in, rated
from bot.model.assessment import Hole
from bot.model.contents import KnownBy, Package
from bot.model.secret import Secret

_LIFE: Final = timedelta(minutes=5)
_SKEW: Final = timedelta(seconds=30)
_DATABASES: Final = {
    "var/lib/dpkg": "deb", "lib/apk/db": "apk", "usr/lib/apk/db": "apk", "sqlite:": "rpm", "bdb:": "rpm", "ndb:": "rpm",
    "python:": "pypi", "nodejs:": "npm", "maven:": "maven", "go:": "golang", "ruby:": "gem",
}  # fmt: skip
"""What the beginning of the place where a package was found tells of its type."""
_NOT_FOUND: Final = frozenset({httpx.codes.NOT_FOUND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Clair:
    """Satisfies Scanner."""

    wire: Wire

    def mark(self) -> Mark | None:
        """The newest update of the matcher's data. Only who may ask for it: it is no part of the published interface."""
        path = "/matcher/api/v1/internal/update_operation?latest=true"
        try:
            said = self.wire.ask(
                "GET", path, credential=self._credential, expected=frozenset({httpx.codes.NOT_FOUND, httpx.codes.FORBIDDEN})
            )
            if said.status not in {httpx.codes.NOT_FOUND, httpx.codes.FORBIDDEN} and (name := said.answer.headers.get("etag", "")):
                days = [moment(update.get("date")) for updates in said.document.values() for update in objects(updates)]
                return Mark(name=name[:200], as_of=max(filter(None, days), default=None))
        except (DeniedError, UnreadableError):
            pass
        return None

    def greet(self) -> None:
        _ = self.wire.ask("GET", "/indexer/api/v1/index_state", credential=self._credential).document

    def ask(self, image: Image) -> Documents | NoReport:
        path = f"/matcher/api/v1/vulnerability_report/{image.digest}"
        said = self.wire.ask("GET", path, credential=self._credential, expected=_NOT_FOUND)
        match said.status:
            case httpx.codes.NOT_FOUND:
                return NoReport(state=State.NEVER_SCANNED)
            case httpx.codes.ACCEPTED:
                return NoReport(state=State.QUEUED, why="its matcher has no data yet")
            case _:
                return (said.document,)

    def submit(self, image: Image) -> NoReport | None:
        """Have it fetch the layers from their registry, with a token that lets it pull this one repository for some minutes."""
        if not image.contents.layers:
            return NoReport(state=State.UNSUPPORTED, why="it has no layer")
        token = image.pull_token()
        headers = {"Authorization": [token.reveal()]} if token else {}
        layers = [
            {"hash": layer.digest, "uri": image.endpoint.url(f"blobs/{layer.digest}"), "headers": headers}
            for layer in image.contents.layers
        ]
        body = json.dumps({"hash": image.digest, "layers": layers}).encode()
        expected = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.PRECONDITION_FAILED})
        said = self.wire.ask("POST", "/indexer/api/v1/index_report", credential=self._credential, json=body, expected=expected)
        if said.status == httpx.codes.PRECONDITION_FAILED:
            # It has an index by just these indexers.
            return None
        if said.status == httpx.codes.BAD_REQUEST:
            return NoReport(state=State.UNSUPPORTED, why="its indexer can't read the layers")
        report = said.document
        if report.get("success") is False and text(report.get("err")):
            return NoReport(state=State.FAILED, why=text(report.get("err"))[:200])
        return None

    def read(self, documents: Documents, image: Image, where: str) -> Report:  # noqa: ARG002 - the signature of the Protocol
        report = next(iter(documents), {})
        if not all(isinstance(report.get(key), dict) for key in ("packages", "vulnerabilities", "package_vulnerabilities")):
            raise UnreadableError("it lacks the packages, the vulnerabilities, or which has which")
        if any(len(report[key]) > MAX_ENTRIES for key in ("packages", "vulnerabilities", "package_vulnerabilities")):
            raise UnreadableError(TOO_MANY)
        reading = _Reading(report=report, where=where)
        holes = tuple(dict.fromkeys(reading.holes()))
        return Report(
            form=where,
            where=where,
            image=Scanned(digests=digests_in(report.get("manifest_hash"))),
            holes=holes,
            coverage=Coverage(packages=tuple(reading.packages())),
            not_checked=unread(reading.unread, f"the report of {where}"),
        )

    @property
    def _credential(self) -> Credential | None:
        """A token that lives for some minutes; None: no key is configured."""
        login = self.wire.login
        if not login.token:
            return None
        try:
            key = b64decode(login.token.reveal(), validate=True)
        except (Base64Error, ValueError) as error:
            raise DeniedError(
                "the key in the variable that `token_from` names is no base64, as Clair's own configuration has it"
            ) from error
        now = self.wire.now()
        claims = {"iss": self.wire.issuer, "iat": now - _SKEW, "nbf": now - _SKEW, "exp": now + _LIFE}
        return Credential(value=Secret(f"Bearer {jwt.encode(claims, key, algorithm='HS256')}"))


@dataclass(slots=True, kw_only=True)
class _Reading:
    report: Object
    where: str
    unread: int = 0

    def packages(self) -> Iterator[Package]:
        """Those that it compared: packages as they are installed, not what they were built from."""
        for name, package in self.report["packages"].items():
            if text(mapping(package).get("kind")).lower() != "source" and (found := self._package(name)):
                yield found

    def holes(self) -> Iterator[Hole]:
        count = 0
        scores = _scores(self.report)
        for package_name, names in self.report["package_vulnerabilities"].items():
            package = self._package(package_name)
            for name in _names(names):
                found = self._holes(mapping(self.report["vulnerabilities"].get(name)), package, scores.get(name, ""))
                self.unread += not found
                count += len(found)
                if count > MAX_HOLES:
                    raise UnreadableError(TOO_MANY)
                yield from found

    def _package(self, name: str) -> Package | None:
        told = mapping(mapping(self.report["packages"]).get(name))
        called, version = text(told.get("name")), text(told.get("version"))
        if not called or not version:
            return None
        places = [text(one.get("package_db")) for one in objects(mapping(self.report.get("environments")).get(name))]
        kind = next(filter(None, map(_type, places)), "")
        return Package(type=kind, name=called, version=version, known_by=KnownBy.DECLARED)

    def _holes(self, told: Object, package: Package | None, vector: str) -> list[Hole]:
        name, others = names_in(text(told.get("name")), text(told.get("links")))
        if not name or package is None:
            return []
        fixed_in = _fixed_in(told.get("fixed_in_version"))
        return [
            Hole(
                id=one.id,
                aliases=one.aliases,
                package=package,
                severity=rated(severity(told.get("normalized_severity")), vector),
                cvss=vector,
                fixed_in=fixed_in,
                fix_state=fix_state("", fixed_in),
                summary=text(told.get("description")),
                source=one.source,
            )
            for one in named(name, others, self.where)
        ]


def _names(told: object) -> list[str]:
    """Of the vulnerabilities of one package. Raises UnreadableError: what is passed over would look like none."""
    if not isinstance(told, list) or not all(isinstance(name, str) for name in told):
        raise UnreadableError("what a package has is no list of names")
    return list(dict.fromkeys(told))


def _type(place: str) -> str:
    """Empty: it tells none, and the name and version must do."""
    return next((kind for sign, kind in _DATABASES.items() if place.startswith(sign)), "")


def _fixed_in(value: object) -> str:
    """The version, which of some languages stands in a query: `fixed=1.2.3&introduced=1.0`."""
    said = text(value)
    if "fixed=" not in said and "introduced=" not in said and "lastAffected=" not in said:
        return said
    try:
        return next(iter(parse_qs(said, max_num_fields=10).get("fixed", [])), "")
    except ValueError:
        return ""


def _scores(report: Object) -> dict[str, str]:
    """The CVSS vector of each vulnerability that an enrichment tells one of."""
    found: dict[str, list[str]] = {}
    for entries in mapping(report.get("enrichments")).values():
        for entry in objects(entries):
            for name, told in entry.items():
                found.setdefault(name, []).extend(text(one.get("vectorString")) for one in objects(told))
    return {name: next(vectors(told), "") for name, told in found.items()}


SERVER: Final = Server(make=Clair, title="Clair")
