"""Nights in which much goes wrong: `python -m tests.bench.soak [--seed N] [--repos N]` prints a table, and what was not as it should be.

One answer in twenty fails, three repos are broken, a registry is down, lists shrink, the disk is full once, and the clock jumps. Each
night the command runs as a process, on a fleet and on its twin, in which nothing is wrong; what stands in the end must be the same.
"""

import argparse
import logging
import sys
import tempfile
from pathlib import Path

import structlog

from tests.bench.soak.nights import Soak
from tests.bench.soak.small_disk import why_not


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=20261129)
    parser.add_argument("--repos", type=int, default=300)
    parser.add_argument("--images", type=int, default=400)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sys.stdout.write(f"seed {given.seed}; a full disk: {why_not() or 'a tmpfs'}\n\n")
    sys.stdout.write("| night | exit | repos done | failures | not reached | writes | answers that failed | wall s |\n")
    sys.stdout.write("|---|---:|---:|---:|---:|---:|---|---:|\n")
    with (
        tempfile.TemporaryDirectory() as name,
        Soak.served(Path(name), seed=given.seed, repos=given.repos, images=given.images) as soak,
    ):
        for night in soak.all_nights():
            told = night.told.result
            counts = f"{told.get('repos', '-')} | {len(told.get('failures', ()))} | {len(told.get('not_reached', ()))} | {night.writes}"
            met = ", ".join(f"{count} {kind}" for kind, count in night.met.most_common())
            sys.stdout.write(f"| {night.name} | {night.told.code} | {counts} | {met} | {night.seconds:.1f} |\n")
            sys.stdout.flush()
        for problem in soak.problems:
            sys.stdout.write(f"\n{problem[:2000]}\n")
    return 1 if soak.problems else 0


if __name__ == "__main__":
    sys.exit(main())
