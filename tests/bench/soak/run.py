"""The command `rebuild-bot run` at another time than now: `python -m tests.bench.soak.run TIME ARGUMENTS...`."""

import sys
from datetime import datetime
from functools import partial
from unittest.mock import patch

from bot.cli import app
from bot.wiring import fleet


def main() -> int:
    at = datetime.fromisoformat(sys.argv[1])
    with patch("bot.wiring.fleet.run", partial(fleet.run, now=lambda: at)):
        return app.run(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
