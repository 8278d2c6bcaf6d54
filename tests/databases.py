"""Databases to run the ledger against: SQLite in a file and in memory, and a PostgreSQL server of the tests' own."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import create_engine, text

SERVER_VARIABLE = "REBUILD_BOT_TEST_POSTGRES"
"""The URL of a server to use instead of one that the tests start: postgresql://user:password@host/postgres."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a server on loopback that is gone afterwards; skips where there is none to be had."""
    if given := os.environ.get(SERVER_VARIABLE):
        yield given
        return
    programs = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
    if programs is None:
        pytest.skip(f"no PostgreSQL server: install postgresql, or name one in {SERVER_VARIABLE}")
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        pytest.skip("PostgreSQL does not start as root, and setpriv is missing")
    # Not in pytest's own folder: that one is closed to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="rebuild-bot-postgres-") as folder:
        yield from _own_server(programs, Path(folder))


def _own_server(programs: Path, folder: Path) -> Iterator[str]:
    as_other: list[str] = []
    if os.geteuid() == 0:
        as_other = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(program: str, *arguments: str) -> None:
        command = [*as_other, str(programs / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

    run("initdb", "-U", "tester", "-A", "trust", "--no-sync")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off"
    run("pg_ctl", "-w", "-t", "60", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://tester@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")


def fresh_postgres(server: str, name: str, *, like: str = "template1") -> str:
    """The URL of a new database on the server: empty, or as another one is that nobody is connected to."""
    engine = create_engine(server.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{like}"'))
    engine.dispose()
    return urlsplit(server)._replace(path=f"/{name}").geturl()
