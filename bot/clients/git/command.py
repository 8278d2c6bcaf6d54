"""The git program on a bare repo, by GitPython: fixed arguments, an environment of ours, limits of time and size."""

import errno
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from git.cmd import Git
from git.exc import GitCommandError, GitCommandNotFound

from bot.model.forge import ForgeError

BLOCK_BYTES: Final = 512
"""The unit of `ulimit -f` in POSIX."""
_BOUNDED: Final = ("sh", "-c", 'ulimit -f "$0" 2>/dev/null; exec "$@"')
"""Git has no limit on what it fetches. One that is stricter already can't be raised, and stays."""
_DISK_FULL: Final = ("No space left on device", "Disk quota exceeded")
_BROKEN_OFF: Final = (
    *("returned error: 5", "returned error: 429", "returned error: 408", "Empty reply", "Recv failure", "Send failure", "Connection reset"),
    *(
        "early EOF",
        "RPC failed",
        "hung up",
        "unexpected disconnect",
        "transfer closed",
        "expected flush",
        "bad line length",
        "unpack failed",
    ),
    *(
        "Failed to connect",
        "Could not connect",
        "Could not resolve host",
        "timed out",
        "is this a git repository",
        "invalid index-pack",
        "dumb http",
    ),
)
"""In git's words and curl's: nothing that is wrong with the question."""
_NOT_FOUND: Final = 127
"""The exit code of a shell that does not find a program."""


_UNUSABLE: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR})
"""The folder of the clones is another user's, on a disk that is only read, or below a file."""
_NO_PLACE: Final = ("Read-only file system", "insufficient permission", "cannot mkdir", "could not create")
"""The same in git's words."""


class TooLargeError(ForgeError):
    """What was to be fetched is more than the bound."""


class BrokenOffError(ForgeError):
    """The server answered with an error of its own, with nonsense, or not whole: the same may work in a moment."""


class DiskFullError(ForgeError):
    """There is no room where the repo lies."""


@contextmanager
def told_when_full(name: str, path: Path) -> Iterator[None]:
    """An OSError inside that says that the disk is full is raised as DiskFullError, one that nothing can be kept there as ForgeError."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise _disk_full(name, path) from error
        if error.errno in _UNUSABLE or not path.exists():
            raise _no_place(name, path, error.strerror or str(error)) from error
        raise


def _no_place(name: str, path: Path, why: str) -> ForgeError:
    return ForgeError(f"{name}: its clone can't be kept in {path}: {why}. Set cache_folder to a folder that may be written.")


def _disk_full(name: str, path: Path) -> DiskFullError:
    remedy = "Make room there, lower limits.clones_bytes, or set cache_folder to a larger disk."
    what = f"the disk is full on which {path} lies, also without the clones that could go"
    return DiskFullError(f"{name}: {what}. {remedy}", is_temporary=True)


class BareRepo:
    """A bare repo in a folder. Every call raises ForgeError where git fails."""

    def __init__(
        self,
        path: Path,
        *,
        name: str = "",
        protocols: Collection[str] = (),
        config: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: timedelta = timedelta(minutes=10),
        remedy: str = "Check that the token may read the repo.",
    ) -> None:
        """`name` is what errors call it, and `remedy` what they advise where git itself does not tell.

        Without `protocols` git talks to nobody; `config` reaches it by its environment alone, with what else `environment` holds.
        """
        self.path: Final = path
        self.name: Final = name or path.name
        self._timeout: Final = timeout
        self._remedy: Final = remedy
        self._environment: Final = {
            # What these lead to from outside would be another repo's; `--git-dir` stands for GIT_DIR.
            "GIT_OBJECT_DIRECTORY": str(path / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
            "GIT_NAMESPACE": "",
            "GIT_CONFIG_PARAMETERS": "",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "GIT_ALLOW_PROTOCOL": ":".join(protocols),
            **_as_variables({"credential.helper": "", "http.followRedirects": "false", "gc.auto": "0", **(config or {})}),
            **(environment or {}),
        }

    def git(self, *arguments: str, stdin: str | bytes = "", max_file_bytes: int | None = None) -> bytes:
        """What git prints. No file that it writes may be larger than `max_file_bytes`: a fetch writes all it gets into one.

        The bound is in whole blocks, at most `max_file_bytes`.
        """
        bound = () if max_file_bytes is None else (*_BOUNDED, str(max_file_bytes // BLOCK_BYTES))
        try:
            with TemporaryFile() as given:
                given.write(stdin.encode() if isinstance(stdin, str) else stdin)
                given.seek(0)
                return Git().execute(
                    [*bound, "git", f"--git-dir={self.path}", *arguments],
                    istream=given,
                    env=self._environment,
                    kill_after_timeout=self._timeout.total_seconds(),
                    stdout_as_string=False,
                    strip_newline_in_stdout=False,
                    shell=False,
                )
        except GitCommandNotFound as error:
            raise ForgeError("git can't be started. Install git.") from error
        except GitCommandError as error:
            if error.status == _NOT_FOUND:
                raise ForgeError("git can't be started. Install git.") from error
            said = " ".join(str(error.stderr).split())[:500] or f"code {error.status}"
            left_bytes = self._drop_unfinished()
            if max_file_bytes is not None and left_bytes >= max_file_bytes // BLOCK_BYTES * BLOCK_BYTES:
                remedy = "Raise limits.clones_bytes, or leave the repo out."
                raise TooLargeError(f"{self.name}: what is read of it takes more than {max_file_bytes:,} bytes. {remedy}") from error
            if any(words in said for words in _DISK_FULL):
                raise _disk_full(self.name, self.path) from error
            if any(words in said for words in _NO_PLACE):
                raise _no_place(self.name, self.path.parent, said) from error
            if "Timeout: the command" in said:
                raise ForgeError(
                    f"{self.name}: git {_verb(arguments)} took more than {self._timeout}. Run again later.", is_temporary=True
                ) from error
            what = f"{self.name}: git {_verb(arguments)} failed ({said})"
            if any(words in said for words in _BROKEN_OFF):
                remedy = "Check the network and the server's state, or run again later."
                raise BrokenOffError(f"{what}. {remedy}", is_temporary=True) from error
            raise ForgeError(f"{what}. {self._remedy}", is_temporary=True) from error

    def _drop_unfinished(self) -> int:
        """Delete what a fetch that broke off left behind; the size of the largest such pack, in bytes."""
        sizes = [0]
        for left in self.path.glob("objects/pack/tmp_*"):
            with suppress(OSError):
                sizes.append(left.stat().st_size)
                left.unlink()
        return max(sizes)

    def blobs_here(self) -> dict[str, int]:
        """The objects that are in the repo, by name, with their sizes in bytes. Asking for one alone would make git fetch it."""
        listed = self.git("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname) %(objectsize)")
        return {name: int(size) for name, size in (line.split() for line in listed.decode("ascii").splitlines())}

    def contents(self, blobs: Collection[str]) -> dict[str, bytes]:
        """The contents of blobs that are in the repo, by one call. Raises ForgeError for one that is not."""
        if not blobs:
            return {}
        answer = self.git("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs))
        contents: dict[str, bytes] = {}
        position = 0
        for blob in blobs:
            line_end = answer.index(b"\n", position)
            if answer[position:line_end].endswith(b" missing"):
                raise ForgeError(f"{self.name}: the content of a file is not in the clone. Fetch it without a filter.")
            size_bytes = int(answer[position:line_end].rpartition(b" ")[2])
            contents[blob] = answer[line_end + 1 : line_end + 1 + size_bytes]
            position = line_end + size_bytes + 2
        return contents


def _verb(arguments: tuple[str, ...]) -> str:
    return next(argument for argument in arguments if not argument.startswith("-") and "=" not in argument)


def _as_variables(config: Mapping[str, str]) -> dict[str, str]:
    variables = {"GIT_CONFIG_COUNT": str(len(config))}
    for number, (key, value) in enumerate(config.items()):
        variables[f"GIT_CONFIG_KEY_{number}"] = key
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    return variables
