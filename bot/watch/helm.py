"""Charts of HTTP repositories: index.yaml, read as a stream of events, for it may be tens of megabytes."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import IO, Any, BinaryIO, Final

import httpx
import structlog
import yaml
from yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from bot.clients.http import Answer, HttpClient, HttpError
from bot.clients.http_cache import Caching, Validated
from bot.clients.oci.credentials import Anonymous, CredentialError, Keychain, Login
from bot.model.dependency import HELM, Dependency, Release
from bot.model.listing import DatasourceError, NotListedError
from bot.model.secret import Secret
from bot.watch.web import text, time

log = structlog.get_logger()

MAX_INDEX_BYTES: Final = 200 << 20
_MAX_DEPTH: Final = 50
_MAX_VERSIONS: Final = 500_000
"""Of all charts of one repository."""
_CHART_DEPTH: Final = 2
_KEPT: Final = frozenset({"version", "created", "deprecated", "home"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _ChartVersion:
    version: str
    created_at: datetime | None
    is_deprecated: bool
    source_url: str | None


_Index = dict[str, tuple[_ChartVersion, ...]]


class HelmRepositories:
    """Every version of a chart that a repository's index lists. Each index is fetched and read once. OCI charts are images' business."""

    name: Final = HELM

    def __init__(self, http: HttpClient, *, keychain: Keychain | None = None) -> None:
        """The keychain is asked for the repository's host; only a user name and password are of use."""
        self._http = http
        self._keychain = keychain or Anonymous()
        self._lock = Lock()
        self._locks: dict[str, Lock] = {}
        self._indexes: dict[str, _Index | DatasourceError] = {}

    def releases(self, dependency: Dependency) -> Sequence[Release]:
        url, hash_sign, chart = dependency.name.rpartition("#")
        if not hash_sign or not chart or not url.startswith(("https://", "http://")):
            raise DatasourceError(f"{dependency}: no chart of the form https://repository#chart. Correct the repository's address.")
        index = self._index(url.rstrip("/"))
        if chart not in index:
            raise NotListedError(f"{dependency}: the repository lists no chart {chart!r}. Check the chart's name.")
        return tuple(
            Release(
                dependency=dependency,
                value=version.version,
                published_at=version.created_at,
                source_url=version.source_url,
                deprecation="the chart is deprecated" if version.is_deprecated else None,
            )
            for version in index[chart]
        )

    def describe(self, release: Release) -> Release:
        """The release as it is: the index tells all that is known."""
        return release

    def _index(self, url: str) -> _Index:
        with self._lock:
            lock = self._locks.setdefault(url, Lock())
        with lock:
            if url not in self._indexes:
                try:
                    self._indexes[url] = self._fetch(url)
                except DatasourceError as error:
                    self._indexes[url] = error
        found = self._indexes[url]
        if isinstance(found, DatasourceError):
            raise found
        return found

    def _fetch(self, url: str) -> _Index:
        with tempfile.TemporaryFile() as file:
            try:
                answer = fetch(self._http, self._keychain, f"{url}/index.yaml", file, max_bytes=MAX_INDEX_BYTES)
            except HttpError as error:
                raise DatasourceError(str(error), is_temporary=error.is_temporary) from error
            except CredentialError as error:
                raise DatasourceError(str(error)) from error
            if not answer.is_success:
                raise DatasourceError(f"{answer}. Check that it is the address of a chart repository.")
            size = file.tell()
            file.seek(0)
            try:
                index = read_index(file)
            except yaml.YAMLError as error:
                mark = getattr(error, "problem_mark", None)
                place = f"no valid YAML in line {mark.line + 1}" if mark else "no valid YAML"
                raise DatasourceError(f"{answer}: no index of charts ({place}). Report it to the repository.") from error
            except ValueError as error:
                raise DatasourceError(f"{answer}: no index of charts ({error}). Report it to the repository.") from error
        log.info("releases.listed", repository=url, charts=len(index), bytes=size)
        return index


def fetch(http: HttpClient, keychain: Keychain, url: str, file: BinaryIO, *, max_bytes: int, caching: Caching | None = None) -> Answer:
    """What a chart repository has at an address, into a file. Raises HttpError and CredentialError.

    Credentials go along at once under TLS; without it only when asked for, and where the configuration permits it.
    """

    def ask(authorization: Secret | None) -> Answer:
        return http.download("GET", url, file, authorization=authorization, max_body_bytes=max_bytes, caching=caching or Validated())

    credential = keychain.credential(url.partition("://")[2].partition("/")[0])
    login = credential.basic() if isinstance(credential, Login) else None
    if url.startswith("https:") or login is None:
        return ask(login)
    answer = ask(None)
    return ask(login) if answer.status == httpx.codes.UNAUTHORIZED else answer


@dataclass(slots=True)
class _Place:
    """Where in the document the events are: the containers around, and the key at hand in each mapping."""

    kinds: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def open(self, kind: str) -> None:
        if len(self.kinds) >= _MAX_DEPTH:
            raise ValueError(f"nested deeper than {_MAX_DEPTH}")
        self.kinds.append(kind)
        self.keys.append(None)

    def close(self) -> None:
        self.kinds.pop()
        self.keys.pop()
        self.value_done()

    def value_done(self) -> None:
        """A whole value stood here: in a mapping the next scalar is a key again."""
        if self.kinds and self.kinds[-1] == "mapping":
            self.keys[-1] = None

    def wants_key(self) -> bool:
        return bool(self.kinds) and self.kinds[-1] == "mapping" and self.keys[-1] is None


def read_index(file: IO[bytes]) -> _Index:
    """The versions of every chart under `entries`. No more of the document is ever held than one chart version.

    Raises YAMLError and ValueError.
    """
    charts: dict[str, list[_ChartVersion]] = {}
    count = 0
    for chart, fields in _chart_versions(yaml.parse(file, Loader=yaml.CBaseLoader)):
        version = text(fields, "version")
        if version is None:
            continue
        count += 1
        if count > _MAX_VERSIONS:
            raise ValueError(f"more than {_MAX_VERSIONS:,} versions")
        charts.setdefault(chart, []).append(
            _ChartVersion(
                version=version,
                created_at=time(fields, "created"),
                is_deprecated=fields.get("deprecated") == "true",
                source_url=next((url for url in (fields.get("sources"), fields.get("home")) if url and url.startswith("https://")), None),
            )
        )
    return {chart: tuple(versions) for chart, versions in charts.items()}


def _chart_versions(events: Iterator[Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each item of each list under `entries`: the chart, and the few fields that are of use (the first of `sources`)."""
    place = _Place()
    fields: dict[str, str] = {}
    for event in events:
        if isinstance(event, ScalarEvent):
            _take(place, event.value, fields)
        elif isinstance(event, MappingStartEvent):
            if _is_item(place):
                fields = {}
            place.open("mapping")
        elif isinstance(event, SequenceStartEvent):
            place.open("sequence")
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            place.close()
            if isinstance(event, MappingEndEvent) and _is_item(place):
                yield place.keys[1] or "", fields
        elif isinstance(event, AliasEvent):
            place.value_done()


def _is_item(place: _Place) -> bool:
    """Whether what begins or has just ended here is one version of one chart."""
    return place.kinds == ["mapping", "mapping", "sequence"] and place.keys[0] == "entries"


def _take(place: _Place, value: str, fields: dict[str, str]) -> None:
    if place.wants_key():
        place.keys[-1] = value
        return
    if place.kinds[:3] == ["mapping", "mapping", "sequence"] and place.keys[0] == "entries":
        key = place.keys[3] if len(place.keys) > 3 else None  # noqa: PLR2004 the mapping of one version
        if place.kinds[3:] == ["mapping"] and key in _KEPT:
            fields[str(key)] = value
        elif place.kinds[3:] == ["mapping", "sequence"] and key == "sources":
            fields.setdefault("sources", value)
    place.value_done()
