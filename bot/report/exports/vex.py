"""What people said of holes in the images in use, for OpenVEX and CycloneDX: vendors' words, and risks that were accepted.

What the bot found itself, or did not find, is no statement: nothing is called not affected because it is absent.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import quote

from bot.model.accepted import Accepted
from bot.model.assessment import Hole, VexStatus
from bot.model.base_state import BaseState
from bot.model.dependency import OCI
from bot.report.board import Board
from bot.report.printable import printable

JUSTIFICATIONS: Final = frozenset(
    {
        "component_not_present",
        "vulnerable_code_not_present",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "inline_mitigations_already_exist",
    }
)
"""The labels that OpenVEX 0.2.0 knows."""
NO_REASON: Final = "no reason is given"
_MOST_CHARACTERS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One image in use, by its digest."""

    purl: str
    name: str
    """Registry and repository."""
    digest: str
    packages: tuple[str, ...] = ()
    """Package URLs of what in it is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One statement, of one or more images."""

    hole: str
    aliases: tuple[str, ...]
    status: VexStatus
    justification: str = ""
    """One of `JUSTIFICATIONS`; empty: none of them is given."""
    reason: str
    """In words, of others: hostile."""
    whose: str
    """Who says so, and where."""
    at: datetime | None
    products: tuple[Product, ...] = ()
    accepted: Accepted | None = None
    """The entry of the configuration; None: it is a vendor's word."""


def words(board: Board) -> Sequence[Word]:
    """All of them, by the hole's name; the same for the same board. Each is told once, with all images that it is of."""
    found: dict[Word, dict[Product, None]] = defaultdict(dict)
    for word, product in (*_vendors(board), *_accepted(board)):
        found[word][product] = None
    made = [replace(word, products=tuple(products)) for word, products in found.items()]
    return sorted(made, key=lambda one: (one.hole, one.status.value, one.whose, one.reason))


def _vendors(board: Board) -> Iterator[tuple[Word, Product]]:
    for state in board.bases:
        for away in state.assessment.dismissed if state.assessment is not None else ():
            statement = away.statement
            label, _, rest = statement.reason.partition(": ")
            justification = label if label in JUSTIFICATIONS and statement.status is VexStatus.NOT_AFFECTED else ""
            word = Word(
                hole=_text(away.hole.id),
                aliases=tuple(map(_text, away.hole.aliases)),
                status=statement.status,
                justification=justification,
                reason=_text(rest if justification else statement.reason),
                whose=_text(str(statement)),
                at=statement.at,
            )
            if product := _product(state, away.hole):
                yield word, product


def _accepted(board: Board) -> Iterator[tuple[Word, Product]]:
    """What is accepted is still there: affected, and by whom it is taken until when."""
    for entry in board.accepted:
        if not entry.hole or entry.is_over(board.now):
            continue
        for state in board.bases:
            for hole in state.assessment.holes if state.assessment is not None and _speaks_of(entry, state) else ():
                if entry.hole in hole.names and (product := _product(state, hole)):
                    yield _acceptance(entry, hole), product


def _acceptance(entry: Accepted, hole: Hole) -> Word:
    return Word(
        hole=_text(hole.id),
        aliases=tuple(map(_text, hole.aliases)),
        status=VexStatus.AFFECTED,
        reason=_text(f"accepted until {entry.until} by {entry.by}: {entry.reason}"),
        whose=_text(f"{entry.by}, in the configuration of the bot"),
        at=None,
        accepted=entry,
    )


def _speaks_of(entry: Accepted, state: BaseState) -> bool:
    name = state.dependency.removeprefix(f"{OCI}: ")
    names = (name, name.removeprefix("docker.io/library/"), name.removeprefix("docker.io/"))
    return any(fnmatchcase(one, entry.dependency) for one in names) and any(fnmatchcase(app, entry.app) for app in state.apps)


def _product(state: BaseState, hole: Hole) -> Product | None:
    """None where its digest is not known: a tag moves, and what is said of it would be said of another image tomorrow."""
    if not state.digest:
        return None
    name = state.dependency.removeprefix(f"{OCI}: ")
    where = f"repository_url={quote(name, safe='')}"
    purl = f"pkg:oci/{quote(name.rpartition('/')[2].lower(), safe='')}@{quote(state.digest, safe='')}?{where}"
    return Product(purl=purl, name=_text(name), digest=state.digest, packages=(hole.package.purl,) if hole.package.purl else ())


def _text(value: str) -> str:
    return printable(value)[:_MOST_CHARACTERS]
