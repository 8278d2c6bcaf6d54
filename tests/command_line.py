"""The command line as a process of its own, forked from one that has loaded the bot already.

To load it takes a process 1 to 3 seconds of CPU, which is most of what a call costs here; a fork takes a tenth of one. What is
forked has run nothing of the bot: each call has its own arguments, folder, environment, files and exit code, and ends as Python
ends. That a call loads what it needs can't be seen so: `tests/end_to_end/test_start.py` starts every command anew, and what is
interrupted or killed is started anew too.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from select import select

LIMIT_SECONDS = 120
MESSAGE_BYTES = 1 << 20
LOADED = (
    "bot.cli.app",
    "bot.cli.run_fleet",
    "bot.cli.check",
    "bot.cli.output",
    "bot.wiring.fleet",
    "bot.wiring.look",
    "alembic.command",
    "github",
)


def call(*arguments: str, folder: Path, environment: Mapping[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """One call, in a folder, with this environment alone; what it writes goes into pipes."""
    out, err = os.pipe(), os.pipe()
    with (
        tempfile.TemporaryFile() as given,
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as wire,
        os.fdopen(out[0], "rb") as out_text,
        os.fdopen(err[0], "rb") as err_text,
        ThreadPoolExecutor(2) as readers,
    ):
        given.write(stdin.encode())
        given.seek(0)
        try:
            _send(wire, [arguments, str(folder), dict(environment)], [given.fileno(), out[1], err[1]])
        finally:
            os.close(out[1])
            os.close(err[1])
        written = [readers.submit(pipe.read) for pipe in (out_text, err_text)]
        code = _exit_code(wire, arguments)
        return subprocess.CompletedProcess(arguments, code, *(_text(pipe.result()) for pipe in written))


def _send(wire: socket.socket, request: object, files: list[int]) -> None:
    wire.settimeout(LIMIT_SECONDS)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MESSAGE_BYTES)
    wire.connect(_loaded_process())
    socket.send_fds(wire, [json.dumps(request).encode()], files)


def _exit_code(wire: socket.socket, arguments: tuple[str, ...]) -> int:
    pid = int(wire.recv(32))
    try:
        return int(wire.recv(32))
    except TimeoutError:
        os.kill(pid, signal.SIGKILL)
        raise subprocess.TimeoutExpired(arguments, LIMIT_SECONDS) from None


def _text(written: bytes) -> str:
    return written.decode().replace("\r\n", "\n").replace("\r", "\n")  # as a pipe that is read as text


@cache
def _loaded_process() -> str:
    """Where the process listens that forks; it ends with this one."""
    folder = tempfile.TemporaryDirectory()
    address = f"{folder.name}/socket"
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listening.bind(address)
    listening.listen(64)
    environment = {"PATH": os.environ["PATH"], "HOME": folder.name, "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        [sys.executable, __file__, str(listening.fileno())],
        stdin=subprocess.PIPE,
        pass_fds=[listening.fileno()],
        env=environment,
        cwd=folder.name,
    )
    listening.close()

    def end() -> None:
        process.communicate()
        folder.cleanup()

    atexit.register(end)
    return address


def _serve(listening: socket.socket) -> None:
    """Fork for every call, until nobody holds the other end of the standard input. Only what is forked comes back from here."""
    while True:
        ready, _, _ = select([listening, 0], [], [])
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if listening not in ready:
            os._exit(0)
        wire, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            _attend(wire)
            return
        wire.close()


def _attend(wire: socket.socket) -> None:
    """Tell the caller how the call ended. Only the call comes back from here."""
    request, files, _, _ = socket.recv_fds(wire, MESSAGE_BYTES, 3)
    if not request:
        os._exit(0)
    pid = os.fork()
    if pid != 0:
        for file in files:
            os.close(file)  # they end with the call
        wire.send(str(pid).encode())
        _, status = os.waitpid(pid, 0)
        with suppress(OSError):  # the caller has given up
            wire.send(str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(0)
    wire.close()
    arguments, folder, environment = json.loads(request)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments


if __name__ == "__main__":
    sys.path.pop(0)  # the folder of the tests
    for name in LOADED:
        importlib.import_module(name)
    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
