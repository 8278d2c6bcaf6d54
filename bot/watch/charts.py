"""Charts of HTTP repositories and of registries, version by version: what is told of each, and the package itself."""

import hashlib
import io
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import IO, Any, Final, Protocol

import httpx
import yaml
from yaml.events import MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from bot.clients.http import HttpClient, HttpError
from bot.clients.http_cache import Content
from bot.clients.oci.client import NotFoundError, RegistryClient, RegistryError
from bot.clients.oci.credentials import Anonymous, CredentialError, Keychain
from bot.clients.oci.documents import HELM_CONFIG
from bot.clients.plain_yaml import Plain, build, skip
from bot.model.dependency import HELM, OCI, Dependency
from bot.model.image import ImageReference, InvalidReferenceError
from bot.model.listing import DatasourceError, NotListedError
from bot.watch.helm import MAX_INDEX_BYTES, fetch

Told = Mapping[str, Plain]
"""What a repository tells of one version: its Chart.yaml, or of that the annotations alone."""

_CHART_LAYER: Final = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_MOST_ASKED: Final = 10
"""Versions in a registry, each of which costs a request."""
_OCI: Final = "oci://"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class ChartPlace(Protocol):
    """Where charts of one datasource are."""

    def told(self, dependency: Dependency, versions: Sequence[str]) -> Mapping[str, Told]:
        """What is told of each of these versions (newest first); those that are not there are left out. Raises ToldError."""
        ...

    def package(self, dependency: Dependency, version: str, told: Told | None, *, max_bytes: int) -> bytes:
        """The chart's archive. Raises ToldError, NotListedError where there is none."""
        ...


class HelmCharts:
    """Of HTTP repositories: the index tells of every version in one request, which costs little where the watcher has asked for it."""

    def __init__(self, http: HttpClient, registry: RegistryClient, *, keychain: Keychain | None = None) -> None:
        """The registry is asked for packages that an index says are in one."""
        self._http = http
        self._registry = registry
        self._keychain = keychain or Anonymous()

    def told(self, dependency: Dependency, versions: Sequence[str]) -> Mapping[str, Told]:
        url, _, chart = dependency.name.rpartition("#")
        with tempfile.TemporaryFile() as file:
            self._fetch(f"{url.rstrip('/')}/index.yaml", file, max_bytes=MAX_INDEX_BYTES, digest="")
            file.seek(0)
            try:
                return dict(_entries_of(file, chart, frozenset(versions)))
            except (ValueError, yaml.YAMLError) as error:
                raise DatasourceError(
                    f"{dependency}: the index can't be read ({str(error)[:200]}). Report it to the repository."
                ) from error

    def package(self, dependency: Dependency, version: str, told: Told | None, *, max_bytes: int) -> bytes:
        listed = (told or {}).get("urls")
        address = listed[0] if isinstance(listed, list) and listed else None
        if not isinstance(address, str):
            raise NotListedError(f"{dependency}: no package of {version} is listed. Check the version.")
        if address.startswith(_OCI):
            return _package_at(self._registry, _parsed(address.removeprefix(_OCI)), max_bytes)
        base = f"{dependency.name.rpartition('#')[0].rstrip('/')}/"
        try:
            url = str(httpx.URL(base).join(address))
        except httpx.InvalidURL as error:
            raise DatasourceError(f"{dependency}: the package of {version} has no address. Report it to the repository.") from error
        digest = (told or {}).get("digest")
        sink = io.BytesIO()
        digest = digest if isinstance(digest, str) and _DIGEST.fullmatch(digest) else ""
        self._fetch(url, sink, max_bytes=max_bytes, digest=digest)
        if digest and hashlib.sha256(sink.getvalue()).hexdigest() != digest:
            raise DatasourceError(
                f"{dependency}: the package of {version} is not the one that the index names. Report it to the repository."
            )
        return sink.getvalue()

    def _fetch(self, url: str, sink: Any, *, max_bytes: int, digest: str) -> None:  # noqa: ANN401 a file, in memory or not
        caching = Content(name=f"chart {url} {digest}") if digest else None
        try:
            answer = fetch(self._http, self._keychain, url, sink, max_bytes=max_bytes, caching=caching)
        except HttpError as error:
            raise DatasourceError(str(error), is_temporary=error.is_temporary) from error
        except CredentialError as error:
            raise DatasourceError(str(error)) from error
        if not answer.is_success:
            raise NotListedError(f"{answer}. Check that it is there, and may be read.")


class OciCharts:
    """Of registries: each version is a manifest, whose annotations are those of the chart."""

    def __init__(self, registry: RegistryClient) -> None:
        self._registry = registry

    def told(self, dependency: Dependency, versions: Sequence[str]) -> Mapping[str, Told]:
        found: dict[str, Told] = {}
        for version in versions[:_MOST_ASKED]:
            try:
                manifest = self._registry.manifest(_reference(dependency, version))
            except NotFoundError:
                continue
            found[version] = {"annotations": dict(manifest.annotations)} if manifest.annotations else {}
        return found

    def package(self, dependency: Dependency, version: str, told: Told | None, *, max_bytes: int) -> bytes:
        del told
        return _package_at(self._registry, _reference(dependency, version), max_bytes)


def _package_at(registry: RegistryClient, reference: ImageReference, max_bytes: int) -> bytes:
    manifest = registry.manifest(reference)
    layer = next((layer for layer in manifest.layers if layer.media_type == _CHART_LAYER), None)
    if layer is None or manifest.config is None or manifest.config.media_type != HELM_CONFIG:
        raise NotListedError(f"{reference}: no chart stands there. Check the name.")
    if layer.size > max_bytes:
        raise RegistryError(f"{reference}: the chart's package is larger than {max_bytes:,} bytes, which is not read.")
    return registry.blob(reference, layer, max_bytes=max_bytes)


def _reference(dependency: Dependency, version: str) -> ImageReference:
    # A tag has no plus: Helm writes an underscore.
    return _parsed(dependency.name).at(tag=version.replace("+", "_"), digest=None)


def _parsed(name: str) -> ImageReference:
    try:
        return ImageReference.parse(name)
    except InvalidReferenceError as error:
        raise DatasourceError(f"{name[:200]}: {error}. Correct the name.") from error


def chart_places(*, http: HttpClient, registry: RegistryClient, keychain: Keychain | None = None) -> Mapping[str, ChartPlace]:
    """By datasource."""
    return {HELM: HelmCharts(http, registry, keychain=keychain), OCI: OciCharts(registry)}


def _entries_of(file: IO[bytes], chart: str, versions: Collection[str]) -> Iterator[tuple[str, Told]]:
    """The entries of one chart's versions; no more of the index is ever held. Raises ValueError and YAMLError."""
    events = yaml.parse(file, Loader=yaml.CBaseLoader)
    for event in _values_at(events, "entries"):
        if not isinstance(event, MappingStartEvent):
            skip(event, events)
            continue
        for listed in _values_of(events, chart):
            yield from _chosen(listed, events, versions)
        return


def _chosen(listed: Any, events: Iterator[Any], versions: Collection[str]) -> Iterator[tuple[str, Told]]:  # noqa: ANN401 an event
    if not isinstance(listed, SequenceStartEvent):
        skip(listed, events)
        return
    while not isinstance(event := next(events), SequenceEndEvent):
        entry = build(event, events)
        version = entry.get("version") if isinstance(entry, dict) else None
        if isinstance(entry, dict) and isinstance(version, str) and version in versions:
            yield version, entry


def _values_at(events: Iterator[Any], wanted: str) -> Iterator[Any]:
    """The events with which the values of one key of the document begin; who takes one reads it to its end."""
    for event in events:
        if isinstance(event, MappingStartEvent):
            yield from _values_of(events, wanted)
            return


def _values_of(events: Iterator[Any], wanted: str) -> Iterator[Any]:
    while not isinstance(key := next(events), MappingEndEvent):
        if not isinstance(key, ScalarEvent):
            skip(key, events)
        value = next(events)
        if isinstance(key, ScalarEvent) and key.value == wanted:
            yield value
        else:
            skip(value, events)
