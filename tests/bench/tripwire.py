"""Legal rebuilds and the alarms that they make, as a table: `python -m tests.bench.tripwire [HOW_MANY]`."""

import random
import sys

from bot.report.markdown import table
from tests.legal_tags import rebuilds_of


def main(at_least: int) -> int:
    """Prints the table; 1 where there was an alarm."""
    told = rebuilds_of(random.Random(2026), at_least=at_least)
    rows = [(each.kind, str(each.publishers), str(each.rebuilds), str(each.false)) for each in told]
    rows.append(("all", *(str(sum(getattr(each, name) for each in told)) for name in ("publishers", "rebuilds", "false"))))
    sys.stdout.write(table(("what the publisher does", "publishers", "tags moved", "false alarms"), rows))
    return int(any(each.false for each in told))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
