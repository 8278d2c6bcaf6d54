"""The folder of bare repos: each is held by one at a time, of threads and processes, and together they stay within a limit of bytes."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Final
from uuid import uuid4

import structlog
from filelock import FileLock, Timeout

from bot.clients.private import private_folder
from bot.model.forge import ForgeError

log = structlog.get_logger()

CLONES_BYTES: Final = 4_000_000_000
_KEPT_SHARE: Final = 0.9
"""Of the limit, once something has to go: what goes for each new repo alone would be looked for each time."""
_LOOK_AGAIN: Final = 256
"""After so many fetches, for the sake of other processes."""
_REST_BYTES: Final = 32_768
"""What a bare repo takes beside its packs, about."""
_BIRTH: Final = "rebuild-bot-birth"
"""A file in each of the bot's bare repos, and in none of others: nothing without it is deleted."""
_GONE: Final = ".rebuild-bot-gone"
_BLOCK_BYTES: Final = 512
"""The unit of `st_blocks`."""


@dataclass(frozen=True, slots=True, order=True)
class _Clone:
    used_ns: int
    name: str
    size_bytes: int


class Clones:
    """Bare repos by name (`owner/name`), in a folder that has to be there alone for them."""

    def __init__(self, folder: Path, *, max_bytes: int = CLONES_BYTES, patience: timedelta = timedelta(minutes=20)) -> None:
        self._folder: Final = folder
        self._max_bytes: Final = max_bytes
        self._patience: Final = patience
        self._lock: Final = Lock()
        self._sizes: dict[str, int] = {}
        self._total_bytes = 0
        self._until_look = 0

    @contextmanager
    def held(self, name: str) -> Iterator[Path]:
        """Where the repo is or is to be; until the end nobody else touches it. Raises ForgeError after the patience, and OSError."""
        path = self._path(name)
        private_folder(path.parent)
        try:
            lock = _lock(path).acquire(timeout=self._patience.total_seconds())
        except Timeout as error:
            raise ForgeError(f"{name}: another run is at its clone for {self._patience}. Run again later.", is_temporary=True) from error
        with lock:
            with suppress(FileNotFoundError):
                os.utime(path)
            yield path

    def make_room(self, grown: str) -> None:
        """Evict the least recently used ones where all take more than the limit; not the one that has grown, and none that is held."""
        with self._lock:
            self._until_look -= 1
            if self._until_look < 0:
                self._count(self._all())
            size_bytes = _size_bytes(self._path(grown))
            self._total_bytes += size_bytes - self._sizes.get(grown, 0)
            self._sizes[grown] = size_bytes
            if self._total_bytes > self._max_bytes:
                self._evict(int(self._max_bytes * _KEPT_SHARE), but=grown)

    def evict_half(self, *, but: str) -> bool:
        """For a disk that is full. Whether anything went."""
        with self._lock:
            self._count(self._all())
            before = self._total_bytes
            self._evict((before - self._sizes.get(but, 0)) // 2 + self._sizes.get(but, 0), but=but)
            return self._total_bytes < before

    def _evict(self, down_to_bytes: int, *, but: str) -> None:
        clones = sorted(self._all())
        self._count(clones)
        for clone in clones:
            if self._total_bytes <= down_to_bytes:
                break
            if clone.name != but and self._is_discarded(clone.name):
                self._total_bytes -= self._sizes.pop(clone.name)
                log.info("repo.evicted", repo=clone.name, size_bytes=clone.size_bytes)

    def _is_discarded(self, name: str) -> bool:
        path = self._path(name)
        with suppress(Timeout, OSError), _lock(path).acquire(timeout=0):
            discard(path)
            return True
        return False

    def _count(self, clones: list[_Clone]) -> None:
        self._sizes = {clone.name: clone.size_bytes for clone in clones}
        self._total_bytes = sum(self._sizes.values())
        self._until_look = _LOOK_AGAIN

    def _all(self) -> list[_Clone]:
        """All that are the bot's. What an eviction that was killed left is finished on the way."""
        clones = []
        for path in self._folder.glob("*/*"):
            if path.suffix == _GONE:
                shutil.rmtree(path, ignore_errors=True)
            elif path.suffix == ".git" and (path / _BIRTH).is_file():
                with suppress(OSError):
                    name = f"{path.parent.name}/{path.stem}"
                    clones.append(_Clone(used_ns=path.stat().st_mtime_ns, name=name, size_bytes=_size_bytes(path)))
        return clones

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.git"


def discard(path: Path) -> None:
    """Delete a repo that the caller holds. Killed halfway, nothing of it is taken for a repo."""
    gone = path.with_name(f"{uuid4().hex}{_GONE}")
    with suppress(FileNotFoundError):
        path.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def birth_of(path: Path) -> str:
    """A text that no other repo that is or was at this place has; it is made where there is none. Raises OSError."""
    file = path / _BIRTH
    with suppress(FileNotFoundError):
        if birth := file.read_text("ascii", "replace"):
            return birth
    birth = uuid4().hex
    file.write_text(birth, "ascii")
    return birth


def _lock(path: Path) -> FileLock:
    return FileLock(path.with_suffix(".lock"), thread_local=False)


def _size_bytes(path: Path) -> int:
    """What its packs take on the disk, and about what the rest does."""
    size_bytes = _REST_BYTES
    with suppress(OSError), os.scandir(path / "objects/pack") as packs:
        for pack in packs:
            with suppress(OSError):
                size_bytes += pack.stat(follow_symlinks=False).st_blocks * _BLOCK_BYTES
    return size_bytes
