"""Repos fetched over the git protocol, which costs none of the API's budget: shallow, without large blobs that nobody asks for.

Nothing is ever checked out, and nothing of a repo is executed. A token goes to git in its environment, never as an argument, in an
address or in a file, and only to the host that it is for.
"""

import base64
import re
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Final

import structlog

from bot.clients.folder import DEFAULT_EXCLUDED, MAX_FILE_BYTES
from bot.clients.git.command import BLOCK_BYTES, BareRepo
from bot.clients.git.tree import GitTree
from bot.clients.private import private_folder
from bot.model.fleet import Repo
from bot.model.forge import ForgeError
from bot.model.secret import Secret

log = structlog.get_logger()

_FULL_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9_.-]{1,100}")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_BASE_REF: Final = "refs/rebuild-bot/base"
_WHOLE_BLOB_BYTES: Final = 1_000_000
"""What is larger is fetched only where it is wanted."""
_WHOLE_PACK_BYTES: Final = 8_192 * BLOCK_BYTES
"""4 MiB: what is fetched at most, and in vain where there is more, to save the second exchange."""
_NO_BLOBS: Final = "--filter=blob:none"
_PLAIN_FETCH: Final = (
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--recurse-submodules=no",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitAccess:
    """Whose token opens which addresses."""

    prefix: str
    """What an address must begin with for the token to be sent: `https://github.com/`."""
    token: Callable[[], Secret | None]
    """Asked before each fetch, for the tokens of Apps are short-lived."""


class GitCache:
    """A folder of bare repos, one for each repo of the forge; losing it costs time only. Threads may share it, one repo each."""

    def __init__(
        self,
        folder: Path,
        *,
        access: GitAccess | None = None,
        exclude: Sequence[str] = DEFAULT_EXCLUDED,
        max_file_bytes: int = MAX_FILE_BYTES,
        timeout: timedelta = timedelta(minutes=10),
        protocols: Collection[str] = ("https", "http"),
    ) -> None:
        """`protocols` are all that an address may use; `file` for repos on this machine."""
        self._folder: Final = folder
        self._access: Final = access
        self._exclude: Final = tuple(exclude)
        self._max_file_bytes: Final = max_file_bytes
        self._timeout: Final = timeout
        self._protocols: Final = tuple(protocols)

    def tree(self, repo: Repo, wants: Callable[[PurePosixPath], bool]) -> GitTree:
        """The repo at its head, by one exchange with the server as a rule.

        A second one brings all that `wants` names at once where something is missing, a third is needed where the first would be too large.

        Raises ForgeError.
        """
        path = self._path(repo)
        was_there = path.exists()
        try:
            return self._read(path, repo, wants)
        except ForgeError as error:
            if not was_there:
                raise
            # A run that was killed leaves locks and half-written packs behind; to tell them from other faults is not worth it.
            log.warning("repo.cache_discarded", repo=repo.full_name, error=str(error))
            shutil.rmtree(path, ignore_errors=True)
            return self._read(path, repo, wants)

    def _read(self, path: Path, repo: Repo, wants: Callable[[PurePosixPath], bool]) -> GitTree:
        config = self._credentials(repo.clone_url)
        bare = BareRepo(path, name=repo.full_name, protocols=self._protocols, config=config, timeout=self._timeout)
        _fetch_commit(bare, repo, self._max_file_bytes)
        tree = GitTree(
            path,
            repo.head,
            name=repo.full_name,
            exclude=self._exclude,
            max_file_bytes=self._max_file_bytes,
            fetch=lambda blobs: _fetch_blobs(bare, blobs),
        )
        tree.prefetch([path for path in tree.paths() if wants(path)])
        return tree

    def _path(self, repo: Repo) -> Path:
        if not _FULL_NAME.fullmatch(repo.full_name) or repo.full_name.endswith(("/.", "/..")):
            raise ForgeError(f"{repo.full_name[:200]!r} is no name of a repo. Give it as owner/name.")
        if not _COMMIT.fullmatch(repo.head):
            raise ForgeError(f"{repo.full_name}: {repo.head[:80]!r} is no commit. Leave the repo out until it has one.")
        return self._folder.resolve() / f"{repo.full_name}.git"

    def _credentials(self, clone_url: str) -> dict[str, str]:
        if self._access is None or not clone_url.startswith(self._access.prefix) or not (token := self._access.token()):
            return {}
        basic = base64.b64encode(f"x-access-token:{token.reveal()}".encode()).decode()
        return {f"http.{self._access.prefix}.extraHeader": f"Authorization: Basic {basic}"}


def _fetch_commit(bare: BareRepo, repo: Repo, largest_bytes: int) -> None:
    """The head's commit and folders are in the repo, and by the same exchange most of what changed in its files.

    A server that is told the old head sends what differs from it. It believes that all blobs of the old head are here, which is not so:
    those that are wanted and missing come later. To a server that does not know the old head all is new.
    """
    if not (bare.path / "HEAD").exists():
        private_folder(bare.path)
        bare.git("init", "--quiet", "--bare")
    elif repo.head in bare.git("for-each-ref", "--format=%(objectname)", _BASE_REF).decode("ascii"):
        return
    bare.git("config", "remote.origin.url", repo.clone_url)
    what = ("--", "origin", f"+{repo.head}:{_BASE_REF}")
    limit = min(_WHOLE_BLOB_BYTES, largest_bytes) + 1
    try:
        bare.git("fetch", "--depth=1", f"--filter=blob:limit={limit}", *_PLAIN_FETCH, *what, max_file_bytes=_WHOLE_PACK_BYTES)
    except ForgeError:
        if bare.drop_unfinished() < _WHOLE_PACK_BYTES:
            raise
        log.info("repo.too_large_at_once", repo=repo.full_name, limit_bytes=_WHOLE_PACK_BYTES)
        bare.git("fetch", "--depth=1", _NO_BLOBS, *_PLAIN_FETCH, *what)
    log.debug("repo.fetched", repo=repo.full_name, commit=repo.head)


def _fetch_blobs(bare: BareRepo, blobs: Collection[str]) -> None:
    """As git itself fetches what a partial clone lacks, but all at once. Nothing is negotiated: blobs have no history."""
    named = "".join(f"{blob}\n" for blob in sorted(blobs))
    bare.git("-c", "fetch.negotiationAlgorithm=noop", "fetch", _NO_BLOBS, *_PLAIN_FETCH, "--stdin", "--", "origin", stdin=named)
    log.debug("blobs.fetched", repo=bare.name, blobs=len(blobs))
