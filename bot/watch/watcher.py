"""Asks each dependency of the whole fleet once, several at the same time."""

import re
from collections.abc import Iterable
from concurrent.futures import Future
from threading import Lock
from typing import Final

import structlog

from bot.clients.workers import Workers
from bot.model.dependency import Dependency, Release
from bot.model.failure import told
from bot.model.listing import DatasourceError, Listing
from bot.watch.datasource import Datasource

log = structlog.get_logger()

_DEFAULT_WORKERS: Final = 8
_PLAIN: Final = re.compile(r"[A-Za-z0-9@][A-Za-z0-9@._~+/:=,-]{0,254}", re.ASCII)
"""What versions are made of. Any other value is passed over: it could mean something to git, a shell, Markdown or a terminal."""


class Watcher:
    """One run's look-ups: every answer, failures too, is asked for once and then remembered. Safe to use from several threads."""

    def __init__(self, datasources: Iterable[Datasource], *, workers: int = _DEFAULT_WORKERS) -> None:
        self._datasources = {datasource.name: datasource for datasource in datasources}
        self._workers = workers
        self._lock = Lock()
        self._listings: dict[Dependency, Listing] = {}
        self._described: dict[tuple[Dependency, str, str | None], Future[Release]] = {}

    def look_up(self, dependencies: Iterable[Dependency]) -> dict[Dependency, Listing]:
        """The listing of each distinct dependency, in the order given. A look-up that failed is a listing with a problem."""
        wanted = list(dict.fromkeys(dependencies))
        missing = [dependency for dependency in wanted if dependency not in self._listings]
        with Workers(self._workers, "watch") as pool:
            self._listings.update(zip(missing, pool.map(self._list, missing), strict=True))
        return {dependency: self._listings[dependency] for dependency in wanted}

    def describe(self, release: Release) -> Release:
        """The release with digest, dates and source; what is filled in already stays.

        Each value of a dependency, at each digest that is named, is asked for once. Raises DatasourceError, the same one each time.
        """
        key = (release.dependency, release.value, release.digest)
        with self._lock:
            future = self._described.get(key)
            is_mine = future is None
            if future is None:
                future = self._described[key] = Future()
        if is_mine:
            self._describe_into(future, release)
        return _joined(release, future.result())

    def _list(self, dependency: Dependency) -> Listing:
        try:
            releases = self._datasource(dependency).releases(dependency)
        except DatasourceError as error:
            log.warning("releases.unknown", datasource=dependency.datasource, dependency=dependency.name, error=str(error))
            return Listing(dependency=dependency, problem=str(error))
        except Exception as error:
            log.exception("releases.unknown", datasource=dependency.datasource, dependency=dependency.name)
            return Listing(dependency=dependency, problem=f"{dependency}: {told(error)}")
        plain = tuple(release for release in releases if _PLAIN.fullmatch(release.value))
        if len(plain) < len(releases):
            log.info("releases.passed_over", dependency=str(dependency), count=len(releases) - len(plain))
        return Listing(dependency=dependency, releases=plain)

    def _describe_into(self, future: Future[Release], release: Release) -> None:
        try:
            future.set_result(self._datasource(release.dependency).describe(release))
        except BaseException as error:  # noqa: BLE001 whoever waits for the answer gets it, whatever it is
            future.set_exception(error)

    def _datasource(self, dependency: Dependency) -> Datasource:
        try:
            return self._datasources[dependency.datasource]
        except KeyError as error:
            known = ", ".join(sorted(self._datasources)) or "none"
            raise DatasourceError(f"{dependency}: there is no datasource {dependency.datasource!r}; there are: {known}.") from error


def _joined(release: Release, described: Release) -> Release:
    """What the place says, and what was known of the release before."""
    return Release(
        dependency=release.dependency,
        value=release.value,
        digest=described.digest or release.digest,
        published_at=described.published_at or release.published_at,
        first_seen=release.first_seen,
        source_url=described.source_url or release.source_url,
        deprecation=described.deprecation or release.deprecation,
        is_prerelease=described.is_prerelease or release.is_prerelease,
    )
