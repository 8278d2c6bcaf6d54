"""`python -m tests.scenario [FILE]` plays a scenario, or one that is made by chance, and prints where the bot is wrong."""

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import structlog

from tests.scenario.form import ScenarioError, load
from tests.scenario.generate import generate
from tests.scenario.play import Play


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.scenario", description="Play a scenario, made by chance unless a file is named.")
    parser.add_argument("file", type=Path, nargs="?", help="a scenario; tests/scenario/README.md tells the format")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--apps", type=int, default=40)
    parser.add_argument("--days", type=int, default=182)
    parser.add_argument("--write", type=Path, help="write the scenario that was made to a file, and do not play it")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        scenario = load(given.file) if given.file else generate(seed=given.seed, apps=given.apps, days=given.days)
    except ScenarioError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if given.write:
        given.write.write_text(scenario.model_dump_json(indent=1), encoding="utf-8")
        return 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        play = Play(scenario=scenario, folder=Path(name))
        for night in play.play():
            for what, lacks in (("missed", night.missed), ("invented", night.invented)):
                for lack in lacks:
                    sys.stdout.write(f"day {night.day}: {what} {lack}\n")
            sys.stdout.flush()
    nights = play.nights
    missed, invented = sum(len(night.missed) for night in nights), sum(len(night.invented) for night in nights)
    quiet = [night for night in nights if night.is_quiet]
    kinds = Counter((lack.waits_for, lack.is_certain) for night in quiet for lack in night.true)
    sys.stdout.write("| waits to be | is known | clocks, a night each |\n|---|---|---:|\n")
    for (stuck, is_certain), count in sorted(kinds.items()):
        sys.stdout.write(f"| {stuck} | {'yes' if is_certain else 'no'} | {count} |\n")
    sys.stdout.write(
        f"{len(scenario.apps)} apps, {len(nights)} nights ({len(nights) - len(quiet)} of them with something out of reach), "
        f"{len(scenario.events)} events: {sum(len(night.true) for night in nights)} exposures, a night each; "
        f"{missed} missed, {invented} invented; {time.monotonic() - began:.0f} s\n"
    )
    return 1 if missed or invented else 0


if __name__ == "__main__":
    sys.exit(main())
