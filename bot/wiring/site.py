"""The dashboard in a folder."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bot.clients.address import git_prefix
from bot.model.exit_code import ExitCode
from bot.model.failure import ToldError
from bot.pipeline.dashboard import board_of
from bot.pipeline.report import Report
from bot.report.site.pages.owners import SINCE
from bot.report.site.site import site_files
from bot.settings import Settings

PAST: Final = SINCE
"""How far back the site tells which ways fixes took."""
_MARK: Final = ".rebuild-bot-site"
"""A folder that holds it is ours to write anew."""
_MADE: Final = re.compile(r"[a-z0-9-]+-[0-9a-f]{10}\.(html|sarif)")
"""Names of files that may be of what is no more."""
_DRAFT: Final = ".new"
_BEGUN: Final = re.compile(r"[A-Za-z0-9._-]+\.[0-9]+\.new", re.ASCII)
_ABANDONED_AFTER: Final = 3_600
"""Seconds; a site is written in some ten."""


class SiteError(ToldError):
    """The folder can't be written."""

    exit_code = ExitCode.USAGE


def write_site(folder: Path, report: Report, settings: Settings, *, clones: Path | None = None) -> Path:
    """Write the site of a report, and give its first page. Repos are linked, unless the fleet are `clones`. Raises SiteError."""
    web_url = "" if clones else git_prefix(settings.github.api_url).rstrip("/")
    return write_files(folder, site_files(board_of(report, web_url=web_url)))


def write_files(folder: Path, files: Iterable[tuple[str, bytes]]) -> Path:
    """Write the files of a site into a folder that is new, empty, or a site of ours; pages of apps that are gone go.

    Each file is replaced in one step, the first page last. Raises SiteError.
    """
    try:
        if folder.exists() and any(one.name != ".git" for one in folder.iterdir()) and not (folder / _MARK).is_file():
            raise SiteError(f"{folder}: it holds something that is no dashboard of the bot. Name an empty folder, or a new one.")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MARK).write_text("written by rebuild-bot report --out\n", encoding="utf-8")
        _sweep(folder)
        first: bytes | None = None
        written: set[Path] = set()
        for name, data in files:
            if name == "index.html":
                first = data
                continue
            target = folder / name
            _write(target, data)
            written.add(target)
        for old in (*folder.glob("*/*.html"), *folder.glob("data/*/*.sarif")):
            if old not in written and _MADE.fullmatch(old.name):
                old.unlink()
        if first is not None:
            _write(folder / "index.html", first)
    except OSError as error:
        raise SiteError(f"{folder}: the dashboard can't be written: {error.strerror or error}") from error
    return folder / "index.html"


def _write(target: Path, data: bytes) -> None:
    """In one step, whoever else writes the same at the same time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.{os.getpid()}{_DRAFT}")
    draft.write_bytes(data)
    draft.replace(target)


def _sweep(folder: Path) -> None:
    """Take away what a report that was killed has begun; what is younger may be another's who writes now."""
    now = (folder / _MARK).stat().st_mtime
    for draft in folder.rglob(f"*{_DRAFT}"):
        if _BEGUN.fullmatch(draft.name) and ".git" not in draft.parts and now - draft.stat().st_mtime > _ABANDONED_AFTER:
            draft.unlink(missing_ok=True)
