"""What the dashboard costs: `python -m tests.bench.site [APPS]` prints tables.

The fleet is made up (`tests.boards`): four pins an app, a third of the apps behind. The first view is that of a headless Chromium,
from a disk: until something is painted, and until tables can be searched.
"""

import logging
import resource
import sys
import tempfile
import time
from pathlib import Path

import structlog

from bot.report.site.site import site_files
from bot.report.weekly import weekly_issue
from bot.wiring.site import write_files
from tests.boards import made_board
from tests.pictures.browser import Page, browser
from tests.pictures.taking import chromium

PAGES = (
    "index.html",
    "apps.html",
    "updates.html",
    "owners.html",
    "bases.html",
    "catalogue.html",
    "stages.html",
    "ends.html",
    "unseen.html",
)
_VIEW = """new Promise((done) => requestAnimationFrame(() => setTimeout(() => done([
  performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? performance.now(),
  performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd,
]))))"""


def main(apps: int = 5000) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    board = made_board(apps)
    with tempfile.TemporaryDirectory() as folder:
        started, cpu = time.perf_counter(), time.process_time()
        weekly_issue(board.exposures, board.moved, board.kept_back, board.bases, now=board.now, trend=board.trend)
        write_files(Path(folder) / "site", site_files(board))
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        files = [one for one in Path(folder).rglob("*") if one.is_file()]
        size = sum(one.stat().st_size for one in files) / 1_000_000
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(
            "| apps | updates not taken | issue and site | processor | files | MB | memory |\n|---:|---:|---:|---:|---:|---:|---:|\n"
        )
        sys.stdout.write(
            f"| {apps:,} | {len(board.exposures):,} | {seconds:.1f} s | {cpu:.1f} s | {len(files):,} | {size:.0f} | {peak:.0f} MiB |\n\n"
        )
        if chromium() is None:
            sys.stdout.write("no Chromium here: the first view is not measured\n")
            return
        with browser(Path(folder) / "profile") as page:
            _views(page, Path(folder) / "site")


def _views(page: Page, site: Path) -> None:
    page.look(width=1300)
    page.open((site / "index.html").as_uri())
    longest = [max((site / folder).glob("*.html"), key=lambda one: one.stat().st_size) for folder in ("apps", "bases")]
    sys.stdout.write("| page | MB | first paint | usable |\n|---|---:|---:|---:|\n")
    for file in (*(site / name for name in PAGES), *longest):
        page.open(file.as_uri())
        paint, usable = page.ask(_VIEW)
        name = file.relative_to(site).as_posix()
        sys.stdout.write(f"| {name} | {file.stat().st_size / 1_000_000:.2f} | {paint:.0f} ms | {usable:.0f} ms |\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
