"""`rebuild-bot` and `python -m bot`."""

import os
import sys

from bot.cli.app import run
from bot.model.exit_code import ExitCode


def main() -> None:
    """Run the command line and exit with its code (`bot.model.exit_code`)."""
    code = run(sys.argv[1:])
    if code in {ExitCode.INTERRUPTED, ExitCode.TERMINATED}:
        # Python would wait for its threads, and they for the network. What was written is flushed.
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
