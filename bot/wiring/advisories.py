"""Where advisories come from: OSV's service, a mirror of its archives, or nowhere."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from bot.assess.osv.fetch import DEFAULT_ECOSYSTEMS, Fetched, Fetcher, Waiting
from bot.assess.osv.kept import Kept
from bot.assess.osv.mirror import Held, OsvMirror, held
from bot.assess.osv.query import Advisories
from bot.assess.osv.service import OsvService
from bot.clients.http import HttpClient, HttpLimits
from bot.pipeline.progress import Progress, silent
from bot.settings import Settings
from bot.settings.assess import OFF
from bot.wiring.clients import Now, http_client, utc_now

_ARCHIVES: Final = HttpLimits(total_timeout=timedelta(hours=1))
"""The largest archives are some hundred megabytes."""


@contextmanager
def advisories(settings: Settings, http: HttpClient, *, now: Now = utc_now) -> Iterator[Advisories | None]:
    """The store of advisories that the configuration names; None: nothing shall be asked."""
    if settings.assess.advisories == OFF:
        yield None
    elif (folder := settings.mirror_path) is not None:
        yield OsvMirror(folder)
    else:
        with closing(Kept(settings.cache_path / "osv-1.sqlite3", now=now)) as kept:
            yield OsvService(http=http, base_url=settings.assess.osv_url, kept=kept, now=now, workers=settings.limits.parallel_lookups)


def fetch(
    settings: Settings,
    *,
    ecosystems: Sequence[str],
    into: Path,
    accept_fewer: bool = False,
    progress: Progress = silent,
    waiting: Waiting,
    now: Now = utc_now,
) -> Iterator[Fetched]:
    """Make or refresh a mirror: of these ecosystems, else of those that it has, else of the usual ones."""
    wanted = ecosystems or [one.ecosystem for one in holdings(into)] or DEFAULT_ECOSYSTEMS
    with http_client(settings, limits=_ARCHIVES) as http:
        fetcher = Fetcher(http=http, base_url=settings.assess.archives_url, folder=into, accept_fewer=accept_fewer, now=now)
        yield from fetcher.fetch(wanted, progress, waiting)


def holdings(folder: Path) -> tuple[Held, ...]:
    """What a mirror has; nothing where there is none yet."""
    return tuple(held(folder)) if folder.is_dir() else ()
