"""Statements as a CycloneDX 1.6 document of vulnerabilities alone (VEX)."""

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import bot
from bot.model.assessment import VexStatus
from bot.report.board import Board
from bot.report.exports.vex import NO_REASON, Product, Word, words

_STATES: Final = {
    VexStatus.NOT_AFFECTED: "not_affected",
    VexStatus.AFFECTED: "exploitable",
    VexStatus.FIXED: "resolved",
    VexStatus.UNDER_INVESTIGATION: "in_triage",
}
_JUSTIFICATIONS: Final = {
    "component_not_present": "code_not_present",
    "vulnerable_code_not_present": "code_not_present",
    "vulnerable_code_not_in_execute_path": "code_not_reachable",
    "inline_mitigations_already_exist": "protected_by_mitigating_control",
}
"""Where CycloneDX has a word of the same meaning; the others stand in the detail alone."""


def cyclonedx_vex(board: Board) -> dict[str, Any]:
    """The document; the same board gives the same one."""
    told = words(board)
    products = {one.purl: one for word in told for one in word.products}
    vulnerabilities = [_vulnerability(word, number) for number, word in enumerate(told)]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'rebuild-bot vex {board.now.isoformat()} {vulnerabilities}')}",
        "version": 1,
        "metadata": {
            "timestamp": board.now.isoformat(timespec="seconds"),
            "tools": {"components": [{"type": "application", "name": "rebuild-bot", "version": bot.__version__}]},
        },
        "components": [_component(one) for one in products.values()],
        "vulnerabilities": vulnerabilities,
    }


def _component(one: Product) -> dict[str, Any]:
    return {"type": "container", "bom-ref": one.purl, "name": one.name, "version": one.digest, "purl": one.purl}


def _vulnerability(word: Word, number: int) -> dict[str, Any]:
    justification = _JUSTIFICATIONS.get(word.justification) if word.status is VexStatus.NOT_AFFECTED else None
    detail = "; ".join(filter(None, (word.justification, word.reason or NO_REASON, word.whose)))
    analysis: dict[str, Any] = {"state": _STATES[word.status], "detail": detail}
    if justification:
        analysis["justification"] = justification
    if word.accepted is not None:
        analysis["response"] = ["will_not_fix"]
    if word.at is not None:
        analysis["lastUpdated"] = word.at.isoformat(timespec="seconds")
    packages = dict.fromkeys(package for one in word.products for package in one.packages)
    return {
        "bom-ref": f"statement-{number}",
        "id": word.hole,
        **({"references": [{"id": alias, "source": {"name": "alias"}} for alias in word.aliases]} if word.aliases else {}),
        "analysis": analysis,
        "affects": [{"ref": ref} for ref in dict.fromkeys(one.purl for one in word.products)],
        "properties": [{"name": "rebuild-bot:package", "value": package} for package in packages],
    }
