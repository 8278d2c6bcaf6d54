"""What any git remote tells of its refs, by `git ls-remote`: nothing is fetched, nothing is kept."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Timer
from typing import IO, Final

import structlog

from bot.model.dependency import Dependency
from bot.model.listing import DatasourceError

log = structlog.get_logger()

_PROTOCOLS: Final = "https:http:ssh:git"
_USER: Final = r"(?:[A-Za-z0-9][\w.~+-]{0,99}@)"
_HOST: Final = r"(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])"
_URL: Final = re.compile(
    rf"(?:(?:https?|ssh|git)://{_USER}?{_HOST}(?::[0-9]{{1,5}})?/|{_USER}{_HOST}:)[^\s\x00-\x20\x7f\\-][^\s\x00-\x20\x7f\\]{{0,500}}"
)
"""Addresses that name a host, a user perhaps, never a password; no part can be taken for an option (git's CVE-2017-1000117)."""
_LINE: Final = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})\t(refs/[^\x00-\x20\x7f]{1,1000})")
_PEELED: Final = "^{}"
_MAX_LISTING_BYTES: Final = 64 << 20


@dataclass(frozen=True, kw_only=True)
class GitRemotes:
    """How remotes are asked. Anonymous, but for what the machine's own ssh holds."""

    environment: Mapping[str, str] | None = None
    """Of the git program; None: this process's."""
    timeout: timedelta = timedelta(seconds=60)

    def refs(self, dependency: Dependency, *patterns: str) -> dict[str, str]:
        """The refs that fit the patterns (`refs/tags/*`) with their commits, annotated tags peeled; in the remote's order.

        The dependency's name is the remote's address. Raises DatasourceError.
        """
        url = dependency.name
        if not _URL.fullmatch(url):
            raise DatasourceError(
                f"{dependency}: no address of a git remote that may be asked. Write https://host/path without a password."
            )
        found: dict[str, str] = {}
        for line in self._list(url, patterns):
            parsed = _LINE.fullmatch(line)
            if parsed is not None:
                # The commit of an annotated tag comes after the tag's own line, and takes its place.
                found[parsed[2].removesuffix(_PEELED)] = parsed[1]
        log.info("releases.listed", remote=url, releases=len(found))
        return found

    def _list(self, url: str, patterns: tuple[str, ...]) -> Iterator[str]:
        command = ["git", "ls-remote", "--quiet", "--", url, *patterns]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise DatasourceError(f"git can't be started: {error.strerror}. Install git.") from error
        timer = Timer(self.timeout.total_seconds(), _end, (process,))
        with process:
            timer.start()
            try:
                listing = _read(process.stdout, _MAX_LISTING_BYTES)
                if len(listing) > _MAX_LISTING_BYTES:
                    raise DatasourceError(f"{url}: more than {_MAX_LISTING_BYTES} bytes of refs, which are not read.")
                said = " ".join(_read(process.stderr, 4096).decode(errors="replace").split())[:300]
                code = process.wait()
            finally:
                timer.cancel()
                _end(process)
        if code != 0:
            why = "it took too long" if code < 0 else said or f"code {code}"
            raise DatasourceError(f"{url}: git ls-remote failed ({why}). Check the address, and that it is public.", is_temporary=True)
        yield from listing.decode(errors="replace").splitlines()

    def _environment(self) -> dict[str, str]:
        given = os.environ if self.environment is None else self.environment
        return {
            **{name: value for name, value in given.items() if not name.startswith("GIT_") or name.startswith("GIT_SSL_")},
            "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "credential.helper",
            "GIT_CONFIG_VALUE_0": "",
            "LC_ALL": "C",
        }


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill git and its helpers: one that is left over would hold the pipes open, and whoever reads them would wait for ever."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _read(pipe: IO[bytes] | None, limit: int) -> bytes:
    return b"" if pipe is None else pipe.read(limit + 1)
