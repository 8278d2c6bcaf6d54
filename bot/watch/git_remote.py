"""What any git remote tells of its refs, by `git ls-remote`: nothing is fetched, nothing is kept."""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Timer
from typing import IO, Final
from urllib.parse import urlsplit

import structlog

from bot.clients.http import HttpClient, HttpError
from bot.clients.reach import Reach, RefusedHostError
from bot.model.dependency import Dependency
from bot.model.listing import DatasourceError
from bot.model.sizes import in_words

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
_PORTS: Final = {"https": 443, "http": 80, "ssh": 22, "git": 9418}
_REDIRECTED: Final = re.compile(r"returned error: 30[12378]\b")
_NO_NAME: Final = re.compile(r"[Cc]ould not resolve (?:host|hostname|proxy)\b")
"""As libcurl and ssh say it."""
_DISCOVERY: Final = "/info/refs?service=git-upload-pack"
"""What git asks a web address first (gitprotocol-http, "Discovering References")."""
_MAX_LISTING_BYTES: Final = 64 << 20


@dataclass(frozen=True, kw_only=True)
class GitRemotes:
    """How remotes are asked. Anonymous, but for what the machine's own ssh holds."""

    environment: Mapping[str, str] | None = None
    """Of the git program; None: this process's."""
    timeout: timedelta = timedelta(seconds=60)
    reach: Reach = field(default_factory=Reach)
    """Which hosts may be asked."""
    moved: Callable[[str], str | None] = lambda _: None
    """Where a remote has moved to by HTTP redirects, which git itself does not follow here: it would follow them anywhere."""

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
        for line in self._listing(url, patterns):
            parsed = _LINE.fullmatch(line)
            if parsed is not None:
                # The commit of an annotated tag comes after the tag's own line, and takes its place.
                found[parsed[2].removesuffix(_PEELED)] = parsed[1]
        log.info("releases.listed", remote=url, releases=len(found))
        return found

    def _listing(self, url: str, patterns: tuple[str, ...]) -> list[str]:
        try:
            return self._list(url, patterns)
        except _RedirectedError:
            target = self.moved(url)
        if target is None or not _URL.fullmatch(target):
            raise DatasourceError(f"{url}: the remote has moved to where it is not followed. Correct the address.")
        try:
            return self._list(target, patterns)
        except _RedirectedError as error:
            raise DatasourceError(f"{url}: the remote moved again while it was asked. Correct the address.") from error

    def _list(self, url: str, patterns: tuple[str, ...]) -> list[str]:
        command = ["git", *self._resolved(url), "ls-remote", "--quiet", "--", url, *patterns]
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
                    what = f"more than {in_words(_MAX_LISTING_BYTES)} of refs, which are not read"
                    remedy = "Follow its releases instead, by an annotation, or leave its pins out (`rebuild-bot: ignore`)"
                    raise DatasourceError(f"{url}: {what}. {remedy}.")
                said = " ".join(_read(process.stderr, 4096).decode(errors="replace").split())[:300]
                code = process.wait()
            finally:
                timer.cancel()
                _end(process)
        if code != 0:
            if _REDIRECTED.search(said):
                raise _RedirectedError(url)
            if _NO_NAME.search(said):
                what = "no machine of this name can be found, or there is no network"
                raise DatasourceError(f"{url}: {what}. Check the address and the network, then run again.", is_temporary=True)
            why = "it took too long" if code < 0 else said or f"code {code}"
            raise DatasourceError(f"{url}: git ls-remote failed ({why}). Check the address, and that it is public.", is_temporary=True)
        return listing.decode(errors="replace").splitlines()

    def _resolved(self, url: str) -> tuple[str, ...]:
        """Options that keep git to addresses which may be asked. Raises DatasourceError for a host that may not."""
        host, port = _host_and_port(url)
        try:
            addresses = self.reach.addresses(host, port)
        except RefusedHostError as error:
            raise DatasourceError(f"{url}: {error}.") from error
        except OSError:
            return ()  # git says best what is wrong with the name; or a proxy knows it.
        if not url.startswith("http"):
            return ()
        joined = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
        return ("-c", f"http.curloptResolve={host}:{port}:{joined}", "-c", "http.followRedirects=false")

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


class _RedirectedError(Exception):
    """The remote answered with a redirect, which git was told not to follow."""


def _host_and_port(url: str) -> tuple[str, int]:
    """Of an address that `_URL` fits, in either of git's forms (`scheme://host:port/path`, `user@host:path`)."""
    if "://" not in url:
        return url.partition("@")[2].partition(":")[0].strip("[]"), _PORTS["ssh"]
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _PORTS[parts.scheme]


def moved_remote(http: HttpClient, url: str) -> str | None:
    """Where a remote's own web address redirects to, each step held against what may be asked; None: nowhere."""
    try:
        answer = http.request("GET", f"{url}{_DISCOVERY}", headers={"git-protocol": "version=2"}, max_body_bytes=1 << 20)
    except HttpError:
        return None
    return answer.url.removesuffix(_DISCOVERY) if answer.is_success and answer.url.endswith(_DISCOVERY) else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill git and its helpers: one that is left over would hold the pipes open, and whoever reads them would wait for ever."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _read(pipe: IO[bytes] | None, limit: int) -> bytes:
    return b"" if pipe is None else pipe.read(limit + 1)
