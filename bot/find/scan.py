"""A tree of files -> its pins and skips, by every finder."""

import logging
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context, parent_process
from pathlib import PurePosixPath
from threading import Thread
from typing import Final, Protocol

import structlog

from bot.find.annotations import ANNOTATION
from bot.find.config_maps import CONFIG_MAPS
from bot.find.finder import Finder, Tree
from bot.find.opt_out import with_opt_out
from bot.find.plugins import FINDERS
from bot.find.syntax.lines import Lines
from bot.model.pin import Finding, Pin, Site, Skip

log = structlog.get_logger()

_PASSED_OVER: Final = frozenset({ANNOTATION, CONFIG_MAPS})
"""Finders that make pins of what a format has to pass over."""
_CHUNK_FILES: Final = 64
_MIN_FILES_FOR_PROCESSES: Final = 500
"""Starting a process costs about what reading so many files does."""


class SourceTree(Tree, Protocol):
    """A tree that can be walked."""

    def paths(self) -> Iterator[PurePosixPath]:
        """The candidate files, sorted; excluded folders left out."""
        ...

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        """The bytes that `read` decodes (`bot.clients.text`); None under the same conditions."""
        ...

    def problems(self) -> tuple[Skip, ...]:
        """The files that were passed over because of their size, encoding, or a symlink; complete once `paths` is exhausted."""
        ...


HowFar = Callable[[int, int], None]
"""Told how many of how many candidate files are read."""


def _unheard(_done: int, _total: int) -> None:
    """Nobody looks."""


def scan(tree: SourceTree, *, finders: Sequence[Finder] = FINDERS, workers: int = 1, how_far: HowFar = _unheard) -> Iterator[Finding]:
    """The findings of every file that some finder knows, file by file in the order of the paths, then the files that could not be read.

    With more than one worker a large tree is read by that many processes; the tree must then survive pickling.
    `how_far` is told of such a one alone: the others take no time.
    """
    paths = [path for path in tree.paths() if is_candidate(path, finders=finders)] if workers > 1 else []
    if len(paths) >= _MIN_FILES_FOR_PROCESSES:
        yield from _scan_in_processes(tree, paths, finders, workers, how_far)
    else:
        yield from _scan_paths(tree, paths or tree.paths(), finders)
    for problem in tree.problems():
        # One that names a finder speaks of more than one file, whatever their names.
        if problem.finder or _words_for(_finders_for(problem.file, finders)) is None:
            yield problem


def is_candidate(path: PurePosixPath, *, finders: Sequence[Finder] = FINDERS) -> bool:
    """Whether some finder wants to read a file of this name."""
    return bool(_finders_for(path, finders))


def find_in_file(path: PurePosixPath, text: str, tree: Tree, *, finders: Sequence[Finder] = FINDERS) -> tuple[Finding, ...]:
    """The findings of one file in reading order.

    Where two finders read the same text, the one of higher precedence has it: a pin is dropped when one of its sites overlaps a site
    that another finder has already claimed, a skip when another finder already has something on its line.
    """
    return _find(_finders_for(path, finders), path, text, tree)


def _find(finders: Sequence[Finder], path: PurePosixPath, text: str, tree: Tree) -> tuple[Finding, ...]:
    claims = _Claims()
    findings: list[Finding] = []
    for finder in finders:
        own = tuple(finder.find(path, text, tree))
        findings.extend(finding for finding in own if claims.leave(finding))
        claims.take(own)
    if not findings:
        return ()
    # What one format had to pass over, an annotation beside it or the configuration has made a pin.
    told = {finding.line for finding in findings if isinstance(finding, Pin) and finding.finder in _PASSED_OVER}
    findings = [finding for finding in findings if isinstance(finding, Pin) or finding.line not in told]
    lines = Lines(text)
    marked = [with_opt_out(finding, text, lines) if isinstance(finding, Pin) else finding for finding in findings]
    return tuple(sorted(marked, key=lambda finding: (finding.line, finding.column if isinstance(finding, Pin) else 0)))


class _Claims:
    """The spans and lines that finders of higher precedence have read."""

    def __init__(self) -> None:
        self._offsets: dict[PurePosixPath, set[int]] = {}
        self._lines: set[int] = set()

    def take(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self._lines.add(finding.line)
            for site in finding.sites if isinstance(finding, Pin) else ():
                self._offsets.setdefault(site.file or finding.file, set()).update(_offsets(site))
                if site.file is None:
                    self._lines.add(site.line)

    def leave(self, finding: Finding) -> bool:
        """Whether nobody else has read what this finding stands on."""
        if isinstance(finding, Skip):
            return finding.line not in self._lines
        return all(self._offsets.get(site.file or finding.file, set()).isdisjoint(_offsets(site)) for site in finding.sites)


def _offsets(site: Site) -> range:
    return range(site.span.start, site.span.end)


def _finders_for(path: PurePosixPath, finders: Sequence[Finder]) -> tuple[Finder, ...]:
    return tuple(finder for finder in finders if finder.matches(path))


def _words_for(finders: Sequence[Finder]) -> tuple[bytes, ...] | None:
    """The words of which one must stand in a file for these finders to read it; None where one of them reads it without."""
    words = tuple(tuple[str, ...](getattr(finder, "words", ())) for finder in finders)
    return tuple(word.encode() for own in words for word in own) if all(words) else None


def _holds_a_word(tree: SourceTree, path: PurePosixPath, words: Sequence[bytes]) -> bool:
    data = (tree.read_bytes(path) or b"").lower() if words else b""
    return any(word in data for word in words)


def _scan_paths(tree: SourceTree, paths: Iterable[PurePosixPath], finders: Sequence[Finder]) -> Iterator[Finding]:
    for path in paths:
        readers = _finders_for(path, finders)
        words = _words_for(readers)
        if words is not None and not _holds_a_word(tree, path, words):
            continue
        text = tree.read(path)
        if text is None:
            log.info("file.passed_over", file=str(path))
            yield Skip(file=path, line=1, text="", reason="not a text file that can be read")
        else:
            yield from _find(readers, path, text, tree)


def _scan_chunk(tree: SourceTree, paths: Sequence[PurePosixPath], finders: Sequence[Finder]) -> list[Finding]:
    return list(_scan_paths(tree, paths, finders))


def _keep_silent() -> None:
    # An unconfigured logger writes to standard output, which belongs to the command. What matters comes back as skips.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    # Ctrl-C goes to all processes of a terminal; this one ends when the one that began it says so, or is gone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _scan_in_processes(
    tree: SourceTree, paths: Sequence[PurePosixPath], finders: Sequence[Finder], workers: int, how_far: HowFar
) -> Iterator[Finding]:
    # Forking a process that has threads can deadlock; a fresh one is safe.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_keep_silent) as pool:
        remaining = iter(paths)
        chunks = iter(lambda: list(islice(remaining, _CHUNK_FILES)), [])
        how_far(0, len(paths))
        try:
            for number, future in enumerate([pool.submit(_scan_chunk, tree, chunk, finders) for chunk in chunks], 1):
                yield from future.result()
                how_far(min(number * _CHUNK_FILES, len(paths)), len(paths))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
