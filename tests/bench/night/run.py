"""One run of the bot, measured from inside: `python -m tests.bench.night.run CONFIG TIME [RESULT [PROFILE]]` prints what it took as JSON.

A process of its own, so that its memory and its seconds of CPU are the bot's alone. RESULT is a file for the run's JSON, which two
versions of the bot can be compared by, PROFILE one for cProfile's.
"""

import cProfile
import json
import logging
import resource
import sys
import time
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

import structlog

from bot.cli.rows import run_json
from bot.report.json_text import json_text
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.settings import load
from bot.wiring import fleet


def main(config: str, at: str, result: str = "", profile: str = "") -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    now = datetime.fromisoformat(at)
    profiler = cProfile.Profile() if profile else None
    started = time.perf_counter()
    with profiler or nullcontext():
        summary = fleet.run(load(Path(config), {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN}), now=lambda: now)
    seconds = time.perf_counter() - started
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    if profiler:
        profiler.dump_stats(profile)
    if result:
        Path(result).write_text(json_text(run_json(summary)), encoding="utf-8")
    measured = {
        "seconds": seconds,
        "cpu_seconds": own.ru_utime + own.ru_stime,
        "cpu_seconds_of_git": children.ru_utime + children.ru_stime,
        "peak_kib": own.ru_maxrss,
        "repos": summary.repos,
        "pins": summary.pins,
        "sent": len(summary.sent),
        "failures": list(map(str, summary.failures)),
    }
    sys.stdout.write(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
