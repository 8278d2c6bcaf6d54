"""Signals, heard by a process of its own."""

import subprocess
import sys

import pytest

SCRIPT = """
import os, signal, sys
from bot.cli.signals import heard

def tell(number):
    os.kill(os.getpid(), number)

with heard() as signals:
    try:
        {body}
    except KeyboardInterrupt:
        print("interrupted", int(signals.code), flush=True)
os._exit(0)
"""


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        pytest.param('tell(signal.SIGTERM); print("never")', 0, "interrupted 143\n", id="at once"),
        pytest.param(
            'exec("with signals.held():\\n    tell(signal.SIGINT)\\n    print(1)")', 0, "1\ninterrupted 130\n", id="behind what is written"
        ),
        pytest.param('exec("with signals.held():\\n    tell(signal.SIGINT)\\n    tell(signal.SIGTERM)")', 130, "", id="told twice"),
    ],
)
def test_a_signal_is_obeyed(body, code, told):
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(body=body)], capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout) == (code, told), done.stderr
