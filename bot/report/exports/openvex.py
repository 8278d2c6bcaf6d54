"""Statements as OpenVEX 0.2.0."""

from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import bot
from bot.model.assessment import VexStatus
from bot.report.board import Board
from bot.report.exports.vex import NO_REASON, Product, Word, words

CONTEXT: Final = "https://openvex.dev/ns/v0.2.0"


def openvex(board: Board) -> dict[str, Any]:
    """The document; the same board gives the same one."""
    statements = [_statement(one, board.now) for one in words(board)]
    return {
        "@context": CONTEXT,
        "@id": f"urn:uuid:{uuid5(NAMESPACE_URL, f'rebuild-bot openvex {board.now.isoformat()} {statements}')}",
        "author": "rebuild-bot",
        "role": "passes on what vendors and owners say; adds nothing",
        "timestamp": board.now.isoformat(timespec="seconds"),
        "version": 1,
        "tooling": f"rebuild-bot {bot.__version__}",
        "statements": statements,
    }


def _statement(word: Word, now: datetime) -> dict[str, Any]:
    return {
        "vulnerability": {"name": word.hole, **({"aliases": list(word.aliases)} if word.aliases else {})},
        "products": [_product(one) for one in word.products],
        "status": word.status.value,
        "status_notes": word.whose,
        "timestamp": (word.at or now).isoformat(timespec="seconds"),
        **_reason(word),
    }


def _reason(word: Word) -> dict[str, str]:
    """What the specification wants beside a status: why not affected, what to do where affected."""
    match word.status:
        case VexStatus.NOT_AFFECTED if word.justification:
            return {"justification": word.justification, **({"impact_statement": word.reason} if word.reason else {})}
        case VexStatus.NOT_AFFECTED:
            return {"impact_statement": word.reason or NO_REASON}
        case VexStatus.AFFECTED:
            return {"action_statement": word.reason or NO_REASON}
        case VexStatus.FIXED | VexStatus.UNDER_INVESTIGATION:
            return {}


def _product(one: Product) -> dict[str, Any]:
    told: dict[str, Any] = {"@id": one.purl, "identifiers": {"purl": one.purl}}
    return told | ({"subcomponents": [{"@id": package} for package in one.packages]} if one.packages else {})
