"""Repos fetched over the git protocol, which costs none of the API's budget: shallow, without large blobs that nobody asks for.

Nothing is ever checked out, and nothing of a repo is executed. A token goes to git in its environment, never as an argument, in an
address or in a file, and only to the host that it is for.
"""

import base64
import re
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar

import structlog
import tenacity

from bot.clients.folder import DEFAULT_EXCLUDED, MAX_FILE_BYTES
from bot.clients.git.clones import CLONES_BYTES, Clones, birth_of, discard
from bot.clients.git.command import BLOCK_BYTES, BareRepo, BrokenOffError, DiskFullError, TooLargeError, told_when_full
from bot.clients.git.tree import GitTree
from bot.clients.private import private_folder
from bot.model.fleet import Repo
from bot.model.forge import ForgeError
from bot.model.secret import Secret

log = structlog.get_logger()
_T = TypeVar("_T")

_FULL_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9_.-]{1,100}")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_BASE_REF: Final = "refs/rebuild-bot/base"
_WHOLE_BLOB_BYTES: Final = 1_000_000
"""What is larger is fetched only where it is wanted."""
_WHOLE_PACK_BYTES: Final = 8_192 * BLOCK_BYTES
"""4 MiB: what is fetched at most, and in vain where there is more, to save the second exchange."""
_MAX_PACKS: Final = 50
"""Each fetch adds one; a repo of so many begins anew."""
BETWEEN_TRIES: Final = timedelta(seconds=2)
_TRIES: Final = 3
"""git repeats nothing by itself."""
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
    """A folder of bare repos, one for each repo of the forge; losing it costs time only. Threads and processes may share it."""

    def __init__(
        self,
        folder: Path,
        *,
        access: GitAccess | None = None,
        exclude: Sequence[str] = DEFAULT_EXCLUDED,
        max_file_bytes: int = MAX_FILE_BYTES,
        max_bytes: int = CLONES_BYTES,
        timeout: timedelta = timedelta(minutes=10),
        protocols: Collection[str] = ("https", "http"),
        between_tries: timedelta = BETWEEN_TRIES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`protocols` are all that an address may use; `file` for repos on this machine. `max_bytes` is what all repos may take.

        A fetch that breaks off is tried again after `between_tries`, and once more after twice as long.
        """
        self._folder: Final = folder.resolve()
        self._clones: Final = Clones(self._folder, max_bytes=max_bytes)
        self._max_bytes: Final = max_bytes
        self._access: Final = access
        self._exclude: Final = tuple(exclude)
        self._max_file_bytes: Final = max_file_bytes
        self._timeout: Final = timeout
        self._protocols: Final = tuple(protocols)
        self._tries: Final = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(_TRIES),
            wait=tenacity.wait_exponential(multiplier=between_tries.total_seconds()),
            retry=tenacity.retry_if_exception_type(BrokenOffError),
            before_sleep=_log_retry,
            sleep=sleep,
            reraise=True,
        )

    def tree(self, repo: Repo, wants: Callable[[PurePosixPath], bool]) -> GitTree:
        """The repo at its head, by one exchange with the server as a rule.

        A second one brings all that `wants` names at once where something is missing, a third is needed where the first would be too large.
        The clone may go while nobody reads in it; the tree fetches it again when it must. Raises ForgeError.
        """
        _check(repo.full_name, repo.head)
        with self._held(repo.full_name) as path:
            was_there = path.exists()
            try:
                return self._read(path, repo, wants)
            except DiskFullError:
                if not was_there:
                    discard(path)
                raise
            except ForgeError as error:
                if not was_there:
                    raise
                # A run that was killed leaves locks and half-written packs behind; to tell them from other faults is not worth it.
                log.warning("repo.cache_discarded", repo=repo.full_name, error=str(error))
                discard(path)
            return self._read(path, repo, wants)

    def kept(self, full_name: str, commit: str) -> GitTree:
        """A commit of a repo out of its clone, as earlier fetches left it: nothing is fetched. Raises ForgeError where it is not there."""
        _check(full_name, commit)
        with self._held(full_name) as path:
            if not (path / "HEAD").exists():
                raise ForgeError(f"{full_name}: no clone of it is kept here, and none is fetched for this")
            try:
                return GitTree(path, commit, name=full_name, exclude=self._exclude, max_file_bytes=self._max_file_bytes)
            except ForgeError as error:
                log.info("repo.commit_not_kept", repo=full_name, commit=commit, error=str(error))
                raise ForgeError(f"{full_name}: the commit is not in the clone, and nothing is fetched for this") from error

    def _read(self, path: Path, repo: Repo, wants: Callable[[PurePosixPath], bool]) -> GitTree:
        bare = self._bare(path, repo)
        births = [self._with_room(repo, lambda: self._fetch_commit(bare, repo))]
        tree = GitTree(
            path,
            repo.head,
            name=repo.full_name,
            exclude=self._exclude,
            max_file_bytes=self._max_file_bytes,
            fetch=lambda blobs: self._with_room(repo, lambda: self._fetch_blobs(self._bare(path, repo), blobs)),
            hold=lambda: self._held_again(repo, births),
        )
        tree.prefetch([path for path in tree.paths() if wants(path)])
        self._clones.make_room(repo.full_name)
        return tree

    @contextmanager
    def _held(self, full_name: str) -> Iterator[Path]:
        with told_when_full(full_name, self._folder), self._clones.held(full_name) as path:
            yield path

    @contextmanager
    def _held_again(self, repo: Repo, births: list[str]) -> Iterator[bool]:
        """Whether another clone is in the place of the last one of `births`; that is fetched, and added to them."""
        with self._held(repo.full_name) as path:
            if path.exists() and birth_of(path) == births[-1]:
                yield False
                return
            log.info("repo.fetched_again", repo=repo.full_name)
            births.append(self._with_room(repo, lambda: self._fetch_commit(self._bare(path, repo), repo)))
            yield True
            self._clones.make_room(repo.full_name)

    def _fetch_commit(self, bare: BareRepo, repo: Repo) -> str:
        """The head's commit and folders are in the repo, and by the same exchange most of what changed in its files; the repo's birth.

        A server that is told the old head sends what differs from it. It believes that all blobs of the old head are here, which is not so:
        those that are wanted and missing come later. To a server that does not know the old head all is new.
        """
        if (bare.path / "HEAD").exists():
            if repo.head in bare.git("for-each-ref", "--format=%(objectname)", _BASE_REF).decode("ascii"):
                return birth_of(bare.path)
            if len(list(bare.path.glob("objects/pack/*.pack"))) >= _MAX_PACKS:
                discard(bare.path)
        if not (bare.path / "HEAD").exists():
            private_folder(bare.path)
            bare.git("init", "--quiet", "--bare", "--template=")
        birth = birth_of(bare.path)
        bare.git("config", "remote.origin.url", repo.clone_url)
        what = ("--", "origin", f"+{repo.head}:{_BASE_REF}")
        limit = min(_WHOLE_BLOB_BYTES, self._max_file_bytes) + 1
        at_once_bytes = min(_WHOLE_PACK_BYTES, self._max_bytes)
        try:
            bare.git("fetch", "--depth=1", f"--filter=blob:limit={limit}", *_PLAIN_FETCH, *what, max_file_bytes=at_once_bytes)
        except TooLargeError:
            log.info("repo.too_large_at_once", repo=repo.full_name, limit_bytes=at_once_bytes)
            bare.git("fetch", "--depth=1", _NO_BLOBS, *_PLAIN_FETCH, *what, max_file_bytes=self._max_bytes)
        log.debug("repo.fetched", repo=repo.full_name, commit=repo.head)
        return birth

    def _fetch_blobs(self, bare: BareRepo, blobs: Collection[str]) -> None:
        """As git itself fetches what a partial clone lacks, but all at once. Nothing is negotiated: blobs have no history."""
        named = "".join(f"{blob}\n" for blob in sorted(blobs))
        command = ("-c", "fetch.negotiationAlgorithm=noop", "fetch", _NO_BLOBS, *_PLAIN_FETCH, "--stdin", "--", "origin")
        bare.git(*command, stdin=named, max_file_bytes=self._max_bytes)
        log.debug("blobs.fetched", repo=bare.name, blobs=len(blobs))

    def _with_room(self, repo: Repo, fetch: Callable[[], _T]) -> _T:
        """What comes of a fetch; one that breaks off is tried again, and on a full disk once others have gone."""

        def fetch_in_the_end() -> _T:
            return self._tries.copy()(fetch)

        try:
            with told_when_full(repo.full_name, self._folder):
                return fetch_in_the_end()
        except DiskFullError:
            if not self._clones.evict_half(but=repo.full_name):
                raise
            return fetch_in_the_end()

    def _bare(self, path: Path, repo: Repo) -> BareRepo:
        config = self._credentials(repo.clone_url)
        return BareRepo(path, name=repo.full_name, protocols=self._protocols, config=config, timeout=self._timeout)

    def _credentials(self, clone_url: str) -> dict[str, str]:
        if self._access is None or not clone_url.startswith(self._access.prefix) or not (token := self._access.token()):
            return {}
        basic = base64.b64encode(f"x-access-token:{token.reveal()}".encode()).decode()
        return {f"http.{self._access.prefix}.extraHeader": f"Authorization: Basic {basic}"}


def _log_retry(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.info("repo.fetch_repeated", attempt=state.attempt_number, error=str(error))


def _check(full_name: str, commit: str) -> None:
    if not _FULL_NAME.fullmatch(full_name) or full_name.endswith(("/.", "/..")):
        raise ForgeError(f"{full_name[:200]!r} is no name of a repo. Give it as owner/name.")
    if not _COMMIT.fullmatch(commit):
        raise ForgeError(f"{full_name}: {commit[:80]!r} is no commit. Leave the repo out until it has one.")
