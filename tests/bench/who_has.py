"""What `who-has` costs: `python -m tests.bench.who_has [IMAGES] [PACKAGES_OF_A_BASE]` prints tables.

The fleet is made up (`tests.synthetic`), and the command line is a process of its own.
"""

import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import structlog
from sqlalchemy import func, select

from bot.ledger.ledger import Ledger
from bot.ledger.tables import IMAGE_USES, OPENED_IMAGES, OPENED_LAYERS, PACKAGE_SET_GAPS, PACKAGE_SET_MEMBERS, PACKAGE_SETS, PACKAGES
from bot.pipeline.who_has import who_has
from bot.track.wanted_package import WantedPackage
from tests.synthetic import DAY, START, MadeImage, digest_of, look, made_fleet, record_fleet

QUESTIONS = ("xz-utils@>=5.6.0,<5.6.2", "openssl", "lib7", "requests@<2.32", "log4j-core")
PAST = (START + 31 * DAY).date()


def main(images: int = 10_000, packages: int = 200) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    fleet = list(made_fleet(images, base_packages=packages))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.sqlite3"
        with closing(Ledger.open(f"sqlite:///{file}")) as ledger:
            started = time.perf_counter()
            record_fleet(ledger, fleet)
            filled = time.perf_counter() - started
        held = sum(len(image.contents.packages) for image in fleet if image.is_opened)
        each = filled / images * 1000
        sys.stdout.write(f"{images:,} images hold {held:,} packages; recorded in {filled:.0f} s, {each:.1f} ms each\n\n")
        with closing(Ledger.open(f"sqlite:///{file}")) as ledger:
            sys.stdout.writelines(f"{line}\n" for line in sizes(ledger, size_of(file)))
        sys.stdout.write("\n| question | images in use that hold it | seconds | as a process |\n| --- | ---: | ---: | ---: |\n")
        for question in QUESTIONS:
            for day in (None, PAST):
                sys.stdout.write(f"{answered(file, question, day)}\n")
        grown = growth(file, fleet)
        sys.stdout.write(f"\nEach image at a new digest in its place: {grown:.0f} bytes a use and image\n")


def sizes(ledger: Ledger, size: int) -> Iterator[str]:
    yield f"| rows | {size / 1e6:.1f} MB in all |"
    yield "| --- | ---: |"
    with ledger.contents._database.reading() as connection:
        for table in (OPENED_IMAGES, OPENED_LAYERS, PACKAGES, PACKAGE_SETS, PACKAGE_SET_MEMBERS, PACKAGE_SET_GAPS, IMAGE_USES):
            yield f"| {table.name} | {connection.execute(select(func.count()).select_from(table)).scalar_one():,} |"


def answered(file: Path, question: str, day: date | None) -> str:
    wanted = WantedPackage.parse(question)
    with closing(Ledger.open(f"sqlite:///{file}")) as ledger:
        started = time.perf_counter()
        answer = who_has(ledger, question, wanted, day=day, now=START + 200 * DAY)
        seconds = time.perf_counter() - started
    holding = len({holder.use.use.digest for holder in answer.holders})
    asked = f"{question} --on {day}" if day else question
    return f"| {asked} | {holding:,} | {seconds:.2f} | {as_process(file, question, day):.2f} |"


def as_process(file: Path, question: str, day: date | None) -> float:
    command = [sys.executable, "-m", "bot", "who-has", question, "--format", "json", *(["--on", str(day)] if day else [])]
    environment = {"PATH": os.environ["PATH"], "HOME": str(file.parent), "REBUILD_BOT_LEDGER_URL": f"sqlite:///{file}"}
    started = time.perf_counter()
    subprocess.run(command, env=environment, capture_output=True, check=False)
    return time.perf_counter() - started


def growth(file: Path, fleet: list[MadeImage]) -> float:
    """Bytes that one more image costs which takes another's place: a use ends, one begins, and the new image is opened."""
    moment, before, count = START + 201 * DAY, size_of(file), 0
    with closing(Ledger.open(f"sqlite:///{file}")) as ledger:
        looks = []
        for number, image in enumerate(image for image in fleet if image.ends is None):
            digest = digest_of("new", number)
            own = replace(image.contents.layers[1], diff_id=digest)
            packages = tuple(
                replace(package, layer=digest) if package.layer == image.contents.layers[1].diff_id else package
                for package in image.contents.packages
            )
            layers = (image.contents.layers[0], own)
            ledger.contents.record(replace(image.contents, digest=digest, packages=packages, layers=layers), form="made", now=moment)
            looks.append(replace(look(image), uses=[replace(use, digest=digest) for use in image.uses]))
            count += 1
        ledger.uses.record(looks, moment)
    return (size_of(file) - before) / count


def size_of(file: Path) -> int:
    """Of the database with what is not yet written into its file."""
    return sum(path.stat().st_size for path in file.parent.glob(f"{file.name}*") if not path.name.endswith("-shm"))


if __name__ == "__main__":
    main(*(int(argument.replace("_", "")) for argument in sys.argv[1:]))
