"""Replay real bump commits: told only the new value, the bot must write the bytes that the commit wrote.

    python -m tests.bench.replay ROWS [--clones DIR] [--failures FILE]

ROWS is a file of rows, one JSON object a line (gzipped or not). The pin is found by dependency and old value, never by line.
The text of the file comes from the row (`old_text`), else from the bare clone `DIR/OWNER+NAME/repo`.
"""

import argparse
import logging
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from difflib import unified_diff
from enum import StrEnum
from functools import cache, partial
from pathlib import Path

import structlog

from bot.find.proof import Changed, Wanted, change_files
from bot.find.scan import find_in_file
from bot.model.image import ImageReference, InvalidReferenceError
from bot.model.pin import Finding, Pin, Skip
from tests.bench.replay_rows import Clone, Move, Row, RowTree, read_rows

_SOME_PLACES = "some of several places"
_MAX_PLACES = 12


class Outcome(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    NOT_FOUND = "not found"
    SKIPPED = "skipped"
    NO_TEXT = "no text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    row: Row
    outcome: Outcome
    reason: str = ""
    diff: str = ""


def replay(row: Row, *, clones: Path | None) -> Result:
    """What the bot makes of one row."""
    clone = _clone(clones / row.repo.replace("/", "+") / "repo") if clones else None
    old = row.old if row.old is not None or clone is None else clone.blob(row.parent, row.path)
    new = row.new if row.new is not None or clone is None else clone.blob(row.commit, row.path)
    slim = replace(row, old=None, new=None)
    if old is None or new is None:
        return Result(row=slim, outcome=Outcome.NO_TEXT)
    return _judged(slim, RowTree(row, old, clone), old, new)


def _judged(row: Row, tree: RowTree, old: bytes, new: bytes) -> Result:
    findings = find_in_file(row.path, tree.read(row.path) or "", tree)
    wanted: list[Wanted] = []
    for move in row.moves:
        pins = _pins(findings, move)
        if not pins:
            return _missed(row, findings, move)
        if move.old_digest and not move.new_digest:
            return Result(row=row, outcome=Outcome.SKIPPED, reason="the commit takes a digest away, which the bot never does")
        wanted += _wanted(pins, move)
    changed = change_files(tree, wanted)
    got = _written(changed, row) or old
    if got == new:
        return Result(row=row, outcome=Outcome.RIGHT)
    if any(_written(change_files(tree, choice), row) == new for choice in _choices(findings, row, wanted)):
        return Result(row=row, outcome=Outcome.RIGHT, reason=_SOME_PLACES)
    if changed.failures:
        return Result(row=row, outcome=Outcome.SKIPPED, reason=changed.failures[0].what)
    return Result(row=row, outcome=Outcome.WRONG, reason=_first_difference(got, new), diff=_diff(new, got))


def _choices(findings: Sequence[Finding], row: Row, wanted: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    """The places that a commit may have moved, where several stand at the old value: the row does not say which of them it did."""
    if len(row.moves) > 1:
        return
    (move,) = row.moves
    if row.places > len(wanted):
        yield _wanted(_pins(findings, move, other_names=True), move)
    for one in wanted[:_MAX_PLACES] if len(wanted) > 1 else ():
        yield [one]


def _wanted(pins: Sequence[Pin], move: Move) -> list[Wanted]:
    return [Wanted(pin=pin, value=move.new_value, digest=move.new_digest) for pin in pins]


def _written(changed: Changed, row: Row) -> bytes | None:
    return next((change.new for change in changed.changes if change.path == row.path), None)


def _pins(findings: Sequence[Finding], move: Move, *, other_names: bool = False) -> list[Pin]:
    """The pins of the dependency at the old value: those whose name fits best, with `other_names` all whose name fits."""
    ranked: dict[int, list[Pin]] = defaultdict(list)
    for finding in findings:
        if not isinstance(finding, Pin) or not _stands_at(finding, move):
            continue
        rank = _rank(finding, move)
        if rank is not None:
            ranked[rank].append(finding)
    if other_names:
        return [pin for pins in ranked.values() for pin in pins]
    return ranked[min(ranked)] if ranked else []


def _stands_at(pin: Pin, move: Move) -> bool:
    if move.old_value is None:
        return pin.digest == move.old_digest
    return pin.value == move.old_value and pin.digest == move.old_digest


def _rank(pin: Pin, move: Move) -> int | None:
    """How well a pin's dependency is the row's: 0 the same, 1 the same under a registry or host, 2 the same last part."""
    own, wanted = _plain(pin.dependency.name), _plain(move.dependency)
    if own in {wanted, _plain(f"{move.context}#{move.dependency}"), _normal(move)}:
        return 0
    if own.endswith((f"/{wanted}", f"#{wanted}")) or wanted.endswith(f"/{own}"):
        return 1
    return 2 if re.split(r"[/#:]", own)[-1] == re.split(r"[/#:]", wanted)[-1] else None


def _plain(name: str) -> str:
    bare = re.sub(r"^(?:git\+)?[a-z]+://|^github\.com/", "", name.lower())
    return re.sub(r"^github\.com/|(?:\.git)?/?$", "", bare)


def _normal(move: Move) -> str | None:
    try:
        return ImageReference.parse(move.dependency).name.lower() if move.source == "docker" else None
    except InvalidReferenceError:
        return None


def _missed(row: Row, findings: Sequence[Finding], move: Move) -> Result:
    last = re.split(r"[/#:]", _plain(move.dependency))[-1]
    for finding in findings:
        if isinstance(finding, Skip) and (last in finding.text.lower() or (move.old_value or move.old_digest or "") in finding.text):
            return Result(row=row, outcome=Outcome.SKIPPED, reason=finding.reason)
    near = ", ".join(
        f"{pin.dependency} {pin.value}"
        for pin in findings
        if isinstance(pin, Pin) and (_rank(pin, move) is not None or pin.value == move.old_value)
    )
    return Result(
        row=row, outcome=Outcome.NOT_FOUND, reason=f"{move.dependency} {move.old_value or move.old_digest}; near: {near or 'nothing'}"
    )


def _first_difference(got: bytes, new: bytes) -> str:
    for ours, theirs in zip(got.split(b"\n"), new.split(b"\n"), strict=False):
        if ours != theirs:
            return f"wrote {ours.decode(errors='replace').strip()!r} for {theirs.decode(errors='replace').strip()!r}"
    return "another number of lines"


def _diff(new: bytes, got: bytes) -> str:
    expected, written = (data.decode(errors="replace").splitlines() for data in (new, got))
    return "\n".join(unified_diff(expected, written, "expected", "written", n=1, lineterm=""))


@cache
def _clone(folder: Path) -> Clone | None:
    return Clone(folder) if folder.is_dir() else None


def report(results: Sequence[Result], seconds: float) -> Iterator[str]:
    """The lines of the table: per kind how many rows came out how, then the reasons of those skipped."""
    columns = list(Outcome)
    yield "kind".ljust(22) + "rows".rjust(7) + "".join(column.rjust(11) for column in columns)
    by_kind: dict[str, Counter[Outcome]] = defaultdict(Counter)
    for result in results:
        by_kind[result.row.kind][result.outcome] += 1
    total = sum(by_kind.values(), Counter[Outcome]())
    for kind, counts in [*sorted(by_kind.items()), ("all", total)]:
        yield kind.ljust(22) + f"{counts.total():7}" + "".join(f"{counts[column]:11}" for column in columns)
    for reason, count in Counter(result.reason for result in results if result.outcome is Outcome.SKIPPED).most_common(20):
        yield f"skipped {count:5}  {reason[:150]}"
    several = sum(result.outcome is Outcome.RIGHT and result.reason == _SOME_PLACES for result in results)
    if several:
        yield f"of the right ones, {several} move only some of several places that stand at the old value, as their commits did"
    judged = total.total() - total[Outcome.NO_TEXT]
    right = total[Outcome.RIGHT]
    yield f"right: {right} of {judged} rows with text ({100 * right / max(judged, 1):.2f} %), in {seconds:.1f} s"


def failures(results: Sequence[Result]) -> Iterator[str]:
    """Each row that did not come out right, with where it is and what differs."""
    for result in results:
        if result.outcome not in (Outcome.RIGHT, Outcome.NO_TEXT):
            row = result.row
            yield f"## {row.name} {row.kind} {result.outcome}\n{row.repo} {row.parent[:12]}..{row.commit[:12]} {row.path}"
            yield f"{result.reason}\n{result.diff}\n"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="replay", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path)
    parser.add_argument("--clones", type=Path, help="folder of bare clones, OWNER+NAME/repo")
    parser.add_argument("--failures", type=Path, help="file to write each miss to, with its diff")
    parser.add_argument("--kind", help="only rows of this kind")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    rows = [row for row in read_rows(options.rows) if options.kind in (None, row.kind)]
    rows.sort(key=lambda row: row.repo)
    began = time.monotonic()
    with ProcessPoolExecutor(options.workers, initializer=_quiet) as pool:
        results = list(pool.map(partial(replay, clones=options.clones), rows, chunksize=20))
    sys.stdout.write("\n".join(report(results, time.monotonic() - began)) + "\n")
    if options.failures:
        options.failures.write_text("\n".join(failures(results)), encoding="utf-8")
    return 0


def _quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
