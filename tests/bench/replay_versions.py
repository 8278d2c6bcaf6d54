"""Judges version steps that real repos took: `python -m tests.bench.replay_versions STEPS [--failures FILE]`.

STEPS holds one JSON object a line (gzipped or not): `dep`, `src` (where releases are listed), `from`, `to`, `expect`. Each step that is
expected to be newer must be judged newer and on the same line, and its reverse never. A scheme is taught by all values of the dependency
that occur in the file, as it is taught by a listing in a run. Exit code 0: the target is met.
"""
# ruff: noqa: T201  what a benchmark prints is its result

import argparse
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from bot.versions import SCHEMES
from bot.versions.scheme import VersionScheme

TARGET: Final = 0.999
_SCHEMES: Final[Mapping[str, str]] = {
    "docker": "docker",
    "helm": "semver",
    "npm": "semver",
    "pypi": "pep440",
    "maven": "maven",
    "rubygems": "gem",
    "nuget": "nuget",
    "github-tags": "semver",
    "github-releases": "loose",
    "git-tags": "loose",
}
"""The scheme that pins of a source have."""


class Outcome(StrEnum):
    RIGHT = "right"
    UNDECIDED = "undecided"
    """Neither newer nor older: nothing would be proposed."""
    WRONG = "wrong"
    """Judged older."""


@dataclass(frozen=True, kw_only=True)
class Step:
    dependency: str
    source: str
    old: str
    new: str
    expect: str


def read_steps(path: Path) -> Iterator[Step]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    for line in text.splitlines():
        row: dict[str, Any] = json.loads(line)
        yield Step(dependency=row["dep"], source=row["src"], old=row["from"], new=row["to"], expect=row["expect"])


def judge(step: Step, scheme: VersionScheme) -> tuple[Outcome, str]:
    """How the step comes out, and the two lines for whoever looks into a miss."""
    old, new = scheme.parse(step.old), scheme.parse(step.new)
    if old is None or new is None:
        return Outcome.UNDECIDED, "no version"
    lines = f"{old.line} -> {new.line}"
    if new.is_newer_than(old):
        return (Outcome.WRONG, "newer both ways") if old.is_newer_than(new) else (Outcome.RIGHT, lines)
    return (Outcome.WRONG if old.is_newer_than(new) else Outcome.UNDECIDED), lines


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("steps", type=Path)
    arguments.add_argument("--failures", type=Path, help="write the misses here, one JSON object a line")
    options = arguments.parse_args()
    read = list(read_steps(options.steps))
    steps = [step for step in read if step.source in _SCHEMES]
    for source, count in Counter(step.source for step in read if step.source not in _SCHEMES).items():
        print(f"passed over: {count} steps of {source}, for which no scheme is known here")
    values: dict[tuple[str, str], set[str]] = defaultdict(set)
    for step in steps:
        values[step.source, step.dependency] |= {step.old, step.new}
    taught = {key: SCHEMES[_SCHEMES[key[0]]].taught(listed) for key, listed in values.items()}
    counts: dict[str, Counter[Outcome]] = defaultdict(Counter)
    misses = []
    for step in steps:
        if step.expect != "newer":
            continue
        outcome, lines = judge(step, taught[step.source, step.dependency])
        counts[step.source][outcome] += 1
        if outcome is not Outcome.RIGHT:
            misses.append((step, outcome, lines))
    _print(counts, misses)
    if options.failures is not None:
        rows = (asdict(step) | {"outcome": outcome.value, "lines": lines} for step, outcome, lines in misses)
        options.failures.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    rows_in_all = sum(sum(counter.values()) for counter in counts.values())
    return 0 if rows_in_all and 1 - len(misses) / rows_in_all >= TARGET else 1


def _print(counts: Mapping[str, Counter[Outcome]], misses: Iterable[tuple[Step, Outcome, str]]) -> None:
    print(f"{'datasource':<16} {'rows':>6} {'right':>6} {'wrong':>6} {'undecided':>9}  share right")
    total: Counter[Outcome] = sum(counts.values(), Counter())
    for name, counter in (*sorted(counts.items()), ("all", total)):
        rows = sum(counter.values())
        figures = f"{counter[Outcome.RIGHT]:>6} {counter[Outcome.WRONG]:>6} {counter[Outcome.UNDECIDED]:>9}"
        print(f"{name:<16} {rows:>6} {figures}  {counter[Outcome.RIGHT] / max(rows, 1):.3%}")
    for step, outcome, lines in misses:
        print(f"{outcome.value}: {step.source} {step.dependency} {step.old} -> {step.new} ({lines})")


if __name__ == "__main__":
    raise SystemExit(main())
