"""EPSS: how likely each CVE is to be exploited within 30 days, as the CSV file of a day that FIRST publishes."""

import csv
import io
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.assess.documents import Failure, content
from bot.assess.fields import UnreadableError, fraction, moment
from bot.model.assessment import DataSource

NAME: Final = "EPSS"
_MAX_ROWS: Final = 5_000_000
"""Over ten times the CVEs of today."""
_CVE: Final = re.compile(r"CVE-([0-9]{4})-([0-9]{4,9})", re.ASCII | re.IGNORECASE)
_COLUMNS: Final = ["cve", "epss", "percentile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    probability: float
    """Within 30 days, 0 to 1."""
    percentile: float
    """The part of all CVEs with at most this probability, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The scores of one day: 16 bytes for each of some 300,000 CVEs."""

    _keys: Sequence[int]
    """Year and number, ascending."""
    _values: Sequence[float]
    """Probability and percentile of each."""
    model_version: str
    data: DataSource
    unread: int
    """Lines that tell no score."""

    def __len__(self) -> int:
        return len(self._keys)

    def of(self, cve: str) -> Score | None:
        """None: it has no score, which is not a low one."""
        key = _key(cve)
        at = bisect_left(self._keys, key) if key is not None else 0
        if key is None or at == len(self._keys) or self._keys[at] != key:
            return None
        return Score(probability=round(self._values[2 * at], 6), percentile=round(self._values[2 * at + 1], 6))


def load(path: Path) -> Scores | Failure:
    """From a plain file or one packed by gzip."""
    try:
        return read(content(path))
    except UnreadableError as error:
        return Failure(where=str(path), reason=str(error))


def read(data: bytes) -> Scores:
    """Raises UnreadableError where the columns are not EPSS's, or where there is no score at all."""
    lines = io.StringIO(data.decode("utf-8-sig", errors="replace"), newline=None)
    head = lines.readline(1_000)
    told = dict(part.strip().partition(":")[::2] for part in head.removeprefix("#").split(",")) if head.startswith("#") else {}
    if not told:
        lines.seek(0)
    if [column.strip().lower() for column in lines.readline(1_000).split(",")] != _COLUMNS:
        raise UnreadableError(f"its columns are not {', '.join(_COLUMNS)}; fetch epss_scores-<day>.csv.gz")
    keys, values = array("Q"), array("f")
    unread = 0
    for row in _rows(lines):
        score = _score(row)
        if score is None:
            unread += 1
        else:
            keys.append(score[0])
            values.extend(score[1:])
    if not keys:
        raise UnreadableError("it has no scores; fetch it again")
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return Scores(
        _keys=array("Q", (keys[at] for at in order)),
        _values=array("f", (value for at in order for value in values[2 * at : 2 * at + 2])),
        model_version=told.get("model_version", "")[:50],
        data=DataSource(name=NAME, as_of=moment(told.get("score_date", ""))),
        unread=unread,
    )


def _rows(lines: io.StringIO) -> Iterator[list[str]]:
    rows = csv.reader(lines, quoting=csv.QUOTE_NONE)
    try:
        for count, row in enumerate(rows):
            if count > _MAX_ROWS:
                raise UnreadableError(f"it has more than {_MAX_ROWS} lines")
            if row:
                yield row
    except csv.Error as error:
        raise UnreadableError("it is no CSV") from error


def _score(row: list[str]) -> tuple[int, float, float] | None:
    if len(row) != len(_COLUMNS):
        return None
    key, probability, percentile = _key(row[0]), fraction(row[1]), fraction(row[2])
    return None if key is None or probability is None or percentile is None else (key, probability, percentile)


def _key(cve: str) -> int | None:
    parts = _CVE.fullmatch(cve.strip())
    return (int(parts[1]) << 32) + int(parts[2]) if parts else None
