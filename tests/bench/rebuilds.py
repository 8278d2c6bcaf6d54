"""What is said of rebuilds of which it is known what they came to: `python -m tests.bench.rebuilds` prints a confusion matrix.

Exit code 1 where one that is not fixed is called fixed.
"""

import logging
import sys
import time
from collections import Counter

import structlog

from bot.model.rebuild import RebuildVerdict
from tests.rebuilds import cases, outcome, running_registry


def main() -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    started = time.perf_counter()
    with running_registry() as registry:
        told = Counter((planted.expected, outcome(planted, one, registry).verdict) for planted, one in cases())
    wrongly_fixed = sum(count for (is_, said), count in told.items() if said.is_fixed and is_ is not said)
    sys.stdout.writelines(f"{line}\n" for line in matrix(told))
    right = sum(count for (is_, said), count in told.items() if is_ is said)
    spent = time.perf_counter() - started
    sys.stdout.write(f"\n{told.total()} rebuilds, {right} called by their names, {wrongly_fixed} wrongly called fixed; {spent:.1f} s\n")
    return 1 if wrongly_fixed else 0


def matrix(told: Counter[tuple[RebuildVerdict, RebuildVerdict]]) -> list[str]:
    """Rows: what was planted; columns: what was said, by number."""
    numbers = {verdict: number for number, verdict in enumerate(RebuildVerdict, start=1)}
    lines = [f"| planted | {' | '.join(map(str, numbers.values()))} |", f"| --- |{' ---: |' * len(numbers)}"]
    for is_ in RebuildVerdict:
        counts = [told[is_, said] for said in RebuildVerdict]
        lines.append(f"| {numbers[is_]} {is_.value} | {' | '.join(str(count or '') for count in counts)} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
