"""The command `rebuild-bot run` at another time than now: `python -m tests.bench.soak.run TIME SECONDS ARGUMENTS...`.

The machine's clock is wrong by so many seconds, and the run's time with it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from unittest.mock import patch

from bot.cli import app
from bot.wiring import fleet
from bot.wiring.clients import utc_now


@contextmanager
def at_time(at: datetime, off: timedelta) -> Iterator[None]:
    """Runs within take place at a time, on a machine whose clock is wrong by so much."""
    with (
        patch("bot.wiring.fleet.run", partial(fleet.run, now=lambda: at + off)),
        patch("bot.wiring.forge.utc_now", lambda: utc_now() + off),
    ):
        yield


def main() -> int:
    with at_time(datetime.fromisoformat(sys.argv[1]), timedelta(seconds=float(sys.argv[2]))):
        return app.run(sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
