"""How large the ledger is after a year, and what tidying takes of it: `python -m tests.bench.ledger_year` prints tables.

A made-up fleet lives night by night; each night two in a hundred repos take what is newest. Then `ledger tidy` runs as a process.
"""

import argparse
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import event, func, select, text

from bot.ledger.ledger import Ledger
from bot.ledger.tables import METADATA
from tests.bench.ledger_year.year import PINS, Fleet, live, looks

Sizes = dict[str, tuple[int, int]]
"""Rows and bytes of each table, its indexes among them."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repos", type=int, default=1000, help="with ten pins each")
    parser.add_argument("--images", type=int, default=400, help="on which they stand")
    parser.add_argument("--nights", type=int, default=365)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    fleet = Fleet(repos=given.repos, images=given.images, nights=given.nights)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.sqlite3"
        started = time.perf_counter()
        with closing(Ledger.open(f"sqlite:///{file}")) as ledger:
            live(ledger, fleet)
            before = sizes(ledger)
        lived = time.perf_counter() - started
        sys.stdout.write(f"{fleet.repos:,} repos on {fleet.images:,} images, {fleet.nights} nights in {lived:.0f} s\n\n")
        size = file.stat().st_size
        seconds, peak = tidied(file)
        with closing(Ledger.open(f"sqlite:///{file}")) as ledger:
            sys.stdout.writelines(f"{line}\n" for line in table(before, sizes(ledger)))
            told = f"{size / 1e6:,.0f} MB before, {file.stat().st_size / 1e6:,.0f} MB after"
            sys.stdout.write(f"\n{told}; `ledger tidy` took {seconds:.1f} s and {peak / 1e6:,.0f} MB of memory\n")
            sys.stdout.write(f"{quiet_night(ledger, fleet)}\n")


def table(before: Sizes, after: Sizes) -> Iterator[str]:
    yield "| table | rows | MB | rows after | MB after |"
    yield "|---|---:|---:|---:|---:|"
    for name, (rows, size) in sorted(before.items(), key=lambda one: -one[1][1]):
        if rows:
            yield f"| {name} | {rows:,} | {size / 1e6:,.1f} | {after[name][0]:,} | {after[name][1] / 1e6:,.1f} |"


def sizes(ledger: Ledger) -> Sizes:
    query = text("SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE aggregate = TRUE AND name IN (SELECT value FROM json_each(:names))")
    found = {}
    with ledger.database.reading() as connection:
        for one in METADATA.sorted_tables:
            names = [one.name, f"sqlite_autoindex_{one.name}_1", *(str(index.name) for index in one.indexes)]
            rows = connection.execute(select(func.count()).select_from(one)).scalar_one()
            found[one.name] = (rows, connection.execute(query, {"names": json.dumps(names)}).scalar_one())
    return found


def tidied(file: Path) -> tuple[float, int]:
    """Seconds and bytes of memory, at the most, that the command takes."""
    command = [sys.executable, "-m", "bot", "ledger", "tidy", "--ledger", str(file)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(file.parent)}
    started = time.perf_counter()
    subprocess.run(command, env=environment, capture_output=True, check=True)
    return time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def quiet_night(ledger: Ledger, fleet: Fleet) -> str:
    """What is written of uses on a night on which nothing changed."""
    rows = 0

    def count(_connection: object, cursor: Any, statement: str, *_: object) -> None:
        nonlocal rows
        if statement.startswith(("UPDATE image_uses", "INSERT INTO image_uses")):
            rows += cursor.rowcount

    event.listen(ledger.database._engine, "after_cursor_execute", count)
    seen = list(looks(fleet))
    started = time.perf_counter()
    ledger.uses.record(seen, fleet.last_night + timedelta(days=1))
    return f"a quiet night writes {rows:,} of {fleet.repos * PINS:,} uses in {time.perf_counter() - started:.1f} s"


if __name__ == "__main__":
    main()
