"""What the bot needs of the machine that it runs on: its configuration, git, room to write, the ledger, and a way out."""

import os
import re
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from git.cmd import Git
from git.exc import GitCommandError, GitCommandNotFound

from bot import settings as reading
from bot.clients.database import Database, DatabaseError, file_of, newest_revision
from bot.ledger.ledger import MIGRATIONS
from bot.ledger.soundness import check
from bot.model.checkup import Checkup, Standing, Subject
from bot.model.failure import told
from bot.settings import Settings
from bot.track.fleet_file import read_fleet
from bot.wiring.clients import notices

_ABOUT: Final = Subject("this machine")
_OLDEST_GIT: Final = (2, 38)
"""`git merge-tree --write-tree`, and partial fetches of one commit (Git 2.38 release notes)."""


def look_at_machine(settings: Settings, config_file: Path | None) -> Iterator[Checkup]:
    """Configuration, git, cache, ledger, and by which way the network is reached."""
    yield from _configuration(settings, config_file)
    yield _git()
    yield _place("the cache", settings.cache_path, "cache_folder")
    yield _ledger(settings)
    yield from _way_out()


def _configuration(settings: Settings, config_file: Path | None) -> Iterator[Checkup]:
    what = str(config_file) if config_file else "the configuration"
    if config_file is None:
        yield _ABOUT.fine(what, "there is no file: the defaults count, and the repos are named by --repo or by GitHub Actions")
        return
    faults = list(reading.missing_paths(config_file, settings))
    if settings.fleet_path is not None:
        faults += reading.unknown_apps(config_file, [entry.name for entry in read_fleet(settings.fleet_path)])
    for fault in faults:
        yield _ABOUT.wrong(f"{fault.file}:{fault.line}", fault.what, "Mend the file")
    if not faults:
        yield _ABOUT.fine(what, "no fault, and what it names is there")
    for notice in notices(settings):
        said, _, remedy = notice.partition("; ")
        yield _ABOUT.fine(what, said, remedy)


def _git() -> Checkup:
    try:
        said = str(Git().version())
    except (GitCommandNotFound, GitCommandError, OSError):
        return _ABOUT.wrong("git", "it is not found", "Install git 2.38 or newer")
    numbers = re.search(r"(\d{1,4})\.(\d{1,4})", said)
    if numbers is None:
        return _ABOUT.unknown("git", f"it says {said[:80]!r}", "Check `git --version`")
    is_old = tuple(map(int, numbers.groups())) < _OLDEST_GIT
    version = numbers.group()
    if is_old:
        return _ABOUT.wrong("git", f"version {version}", "Install git 2.38 or newer")
    return _ABOUT.fine("git", f"version {version}")


def _place(what: str, folder: Path, key: str) -> Checkup:
    there = next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        said = f"{there} is no folder that may be written"
        return _ABOUT.wrong(what, said, f"Set {key} to a folder that may be written")
    return _ABOUT.fine(what, f"{folder} may be written; {_free(there)} are free")


def _free(folder: Path) -> str:
    room = os.statvfs(folder)
    return f"{room.f_bavail * room.f_frsize / 1e9:,.1f} GB"


def _ledger(settings: Settings) -> Checkup:
    what, url = "the ledger", settings.ledger_url
    try:
        file = file_of(url)
        if file is not None and not file.is_file():
            place = _place(what, file.parent, "ledger.url")
            is_fine = place.standing is Standing.FINE
            return _ABOUT.fine(what, f"there is none yet; a run begins one at {file}") if is_fine else place
        if file is not None:
            check(file, called=file, remedy="put a good one in its place, of a backup", newer_remedy="use that version")
            if not os.access(file, os.W_OK):
                return _ABOUT.wrong(what, f"{file} may not be written", "Let it be written")
            return _ABOUT.fine(what, f"{file}, {file.stat().st_size / 1e6:,.1f} MB, sound")
        with closing(Database(url, migrations=None)) as database:
            found, newest = database.revision(), newest_revision(MIGRATIONS)
            if found is not None and found > newest:
                said = f"{database}: written by a newer version of this program ({found} after {newest})"
                return _ABOUT.wrong(what, said, "Use that version")
            state = "empty; a run makes its tables" if found is None else f"{database.size_bytes() / 1e6:,.1f} MB"
            return _ABOUT.fine(what, f"{database}, {state}")
    except DatabaseError as error:
        said, _, remedy = told(error).partition("; ")
        return _ABOUT.wrong(what, said, remedy or "Set ledger.url to a ledger")


def _way_out() -> Iterator[Checkup]:
    """Proxies and certificates as the environment has them; whoever is asked shows whether they work."""
    proxies = {scheme: url for scheme, url in urllib.request.getproxies().items() if scheme in {"http", "https", "all"}}
    for scheme, url in sorted(proxies.items()):
        parts = urlsplit(url)
        where = f"{parts.hostname}:{parts.port}" if parts.hostname else "an address that can't be read"
        yield _ABOUT.fine(f"proxy for {scheme}", f"by way of {where}, as the environment says")
    named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    if named and not Path(named).exists():
        said = f"the environment names {named}, which is not there"
        yield _ABOUT.wrong("TLS", said, "Correct SSL_CERT_FILE or SSL_CERT_DIR, or unset it")
    else:
        yield _ABOUT.fine("TLS", f"{ssl.OPENSSL_VERSION}; certificates of {named or 'the built-in list'}")
