"""What nights cost: `python -m tests.bench.night [REPOS...]` prints a table for fleets of so many repos (default 100).

The servers are in this process, the bot in another, which is measured: the first night on an empty cache; the one after it, when the bot
reads what became of its pull requests; and a usual one, in which two in a hundred repos have changed. CPU is the bot's and, after the
plus, that of the git processes that it starts. Of a fleet of more than 1,000 repos (--fetched) the files are not fetched in the first
night but made up, so that the later ones come sooner. --keep names a folder for each run's result as JSON, and with --profile for its
profile, which slows it down. With --published each repo publishes an image, which the bot follows.
"""

import argparse
import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import structlog

from tests.bench.night.fleet import Fleet

HEADER: Final = (
    "| night | repos | changed | pins | GitHub | of it writes | git | registry | wall s | CPU s | peak MiB |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
)


def measured(fleet: Fleet, *options: str) -> dict[str, Any]:
    """Raises RuntimeError where something failed: such a run is not worth measuring."""
    command = [sys.executable, "-m", "tests.bench.night.run", str(fleet.config), fleet.clock().isoformat(), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    told: dict[str, Any] = json.loads(done.stdout)
    if told["failures"]:
        raise RuntimeError(f"{len(told['failures'])} failed, the first: {told['failures'][0]}")
    return told


def nights(repos: int, given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        fleet = Fleet(folder=Path(name), repos=repos, publish=given.published)
        with fleet.served():
            changed = repos
            for night in ("first", "second", "usual"):
                is_unfetched = night == "first" and repos > given.fetched
                options = [f"--unfetched={repos}"] if is_unfetched else []
                kinds = () if given.keep is None else ("result", "profile")[: 1 + given.profile]
                options += [f"--{kind}={given.keep}/{repos}-{night}.{kind}" for kind in kinds]
                fleet.forget()
                told, asked = measured(fleet, *options), fleet.requests()
                cpu = f"{told['cpu_seconds']:.1f} + {told['cpu_seconds_of_git']:.1f}"
                git = "not fetched" if is_unfetched else asked.git
                costs = f"{asked.github} | {asked.writes} | {git} | {asked.registry} | {told['seconds']:.1f} | {cpu}"
                sys.stdout.write(f"| {night} | {repos} | {changed} | {told['pins']} | {costs} | {told['peak_kib'] / 1024:.0f} |\n")
                sys.stdout.flush()
                changed = fleet.pass_night(is_quiet=night == "first")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("repos", nargs="*", type=int)
    parser.add_argument("--keep", metavar="FOLDER")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--fetched", type=int, default=1000, metavar="REPOS")
    parser.add_argument("--published", action="store_true")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    sys.stdout.write(HEADER)
    for repos in given.repos or [100]:
        nights(repos, given)


if __name__ == "__main__":
    main()
