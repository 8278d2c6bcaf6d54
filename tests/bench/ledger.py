"""How fast the ledger is when it is large: `python -m tests.bench.ledger [ROWS] [URL]` prints a table.

Without a URL it fills a SQLite file in a temporary folder. A tenth of the dependencies' values are known at a digest.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from bot.clients.database import Database
from bot.ledger.images import ImageRecord
from bot.ledger.ledger import MIGRATIONS, Ledger
from bot.ledger.tables import DEPENDENCIES, IMAGE_PLATFORMS, IMAGES, SIGHTINGS
from bot.model.dependency import Dependency, Release
from bot.model.image import Digest
from bot.model.listing import Listing

START = datetime(2026, 1, 1, tzinfo=UTC)
VALUES = 2_000
"""Rows of one dependency: a busy repository on Docker Hub has so many tags."""
REPEATS = 30


def digest_of(number: int) -> Digest:
    return Digest(f"sha256:{number:064x}")


def rows_of(first: int, count: int) -> Iterator[dict[str, object]]:
    for number in range(first, first + count):
        dependency, value = divmod(number, VALUES)
        known = {"dependency_id": dependency + 1, "value": f"{value // 100}.{value % 100}.{dependency}-slim"}
        digest = digest_of(number) if number % 10 == 0 else ""
        yield known | {"digest": digest, "first_seen": START, "last_seen": START}


def fill(database: Database, rows: int) -> None:
    with database.writing() as connection:
        names = [
            {"id": number + 1, "datasource": "oci", "name": f"docker.io/acme/image-{number}", "watched_since": START}
            for number in range(rows // VALUES)
        ]
        connection.execute(insert(DEPENDENCIES), names)
    for first in range(0, rows, 100_000):
        count = min(100_000, rows - first)
        with database.writing() as connection:
            connection.execute(insert(SIGHTINGS), list(rows_of(first, count)))
            digests = [str(digest_of(number)) for number in range(first, first + count, 10)]
            connection.execute(insert(IMAGES), [{"digest": digest, "labels": {}, "first_seen": START} for digest in digests])
            platforms = [{"digest": digest, "platform": "linux/amd64", "chain": digest} for digest in digests]
            connection.execute(insert(IMAGE_PLATFORMS), platforms)


def measured(name: str, action: Callable[[int], object]) -> str:
    times = []
    for number in range(REPEATS):
        started = time.perf_counter()
        action(number)
        times.append((time.perf_counter() - started) * 1_000)
    return f"| {name} | {statistics.median(times):.2f} | {max(times):.2f} |"


def table(ledger: Ledger, rows: int) -> Iterator[str]:
    dependencies = rows // VALUES

    def dependency(number: int) -> Dependency:
        return Dependency(datasource="oci", name=f"docker.io/acme/image-{number * 7_919 % dependencies}")

    def listing(number: int, extra: int = 0) -> Listing:
        index = number * 7_919 % dependencies
        values = [f"{value // 100}.{value % 100}.{index}-slim" for value in range(VALUES)] + [f"new-{n}" for n in range(extra)]
        mine = dependency(number)
        return Listing(dependency=mine, releases=tuple(Release(dependency=mine, value=value) for value in values))

    some = [digest_of(number * 9_973 % rows // 10 * 10) for number in range(100)]
    tomorrow = START + timedelta(days=1)
    yield f"| {rows:,} rows | median ms | worst ms |"
    yield "|---|---:|---:|"
    yield measured(f"first seen of {VALUES:,} tags", lambda n: ledger.sightings.with_first_seen(listing(n)))
    yield measured(f"record the same {VALUES:,} tags within a day", lambda n: ledger.sightings.record_listing(listing(n), START))
    yield measured(
        f"record {VALUES:,} tags, 5 new", lambda n: ledger.sightings.record_listing(listing(n, extra=5), START + timedelta(hours=1))
    )
    yield measured(f"record {VALUES:,} tags a day later", lambda n: ledger.sightings.record_listing(listing(n), tomorrow))
    yield measured("a tag at a new digest", lambda n: ledger.sightings.seen(described(dependency(n), n, rows), tomorrow))
    yield measured("the same once more", lambda n: ledger.sightings.seen(described(dependency(n), n, rows), tomorrow))
    yield measured("which tags stand at a digest", lambda n: ledger.sightings.at(some[n]))
    yield measured("the digests of a tag", lambda n: ledger.sightings.history_of(dependency(n), f"0.0.{n * 7_919 % dependencies}-slim"))
    yield measured("which of 100 chains is a known base", lambda _: ledger.images.digests_with_chains(some))
    yield measured("record an image", lambda n: ledger.images.record(image(rows + n)))


def described(dependency: Dependency, number: int, rows: int) -> Release:
    value = f"1.1.{dependency.name.rpartition('-')[2]}-slim"
    return Release(dependency=dependency, value=value, digest=digest_of(10 * rows + number))


def image(number: int) -> ImageRecord:
    digest = digest_of(number)
    return ImageRecord(digest=digest, first_seen=START, labels={"a": "b"}, chains={"linux/amd64": digest, "linux/arm64": f"{digest}x"})


def main(rows: int = 1_000_000, url: str | None = None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.sqlite3"
        database = Database(url or f"sqlite:///{file}", migrations=MIGRATIONS)
        started = time.perf_counter()
        fill(database, rows)
        size = f", {file.stat().st_size / 1e6:,.0f} MB" if file.exists() else ""
        sys.stdout.write(f"filled in {time.perf_counter() - started:.0f} s{size}\n\n")
        sys.stdout.writelines(f"{line}\n" for line in table(Ledger(database), rows))
        database.close()


if __name__ == "__main__":
    main(*(int(argument.replace("_", "")) if argument.replace("_", "").isdigit() else argument for argument in sys.argv[1:]))
