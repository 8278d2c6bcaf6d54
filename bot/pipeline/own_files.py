"""Own files: what is wrong in them is told in an issue of the repo, once."""

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import Final

from bot.model.failure import Failure
from bot.model.forge import NoIssuesError
from bot.model.run import OwnFault
from bot.pipeline.attempt import attempt
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.scanned import Scanned
from bot.propose.forge import Forge
from bot.propose.issue import IssueOutcome, PublishedIssue, WantedIssue, publish_issue
from bot.propose.own_file_issue import issue_of

_MOST_AT_ONCE: Final = 20
"""Repos whose issue is looked after in one run: a file that was copied into a whole fleet may be wrong in all of it."""


def own_faults(scanned: Sequence[Scanned]) -> tuple[OwnFault, ...]:
    return tuple(
        OwnFault(repo=entry.repo.full_name, faults=entry.own_rules.faults, is_silencing=bool(entry.own_rules.silence))
        for entry in scanned
        if entry.own_rules.faults
    )


def tell_faults(parts: FleetParts, scanned: Sequence[Scanned]) -> list[Failure]:
    """Open, edit or close the issue of each repo where what is wrong differs from what was told; what could not be told.

    Nobody is asked about a repo of which nothing was told and in which nothing is wrong. Where it is forgotten what was told, an issue
    that is open is found by its marker; one that is not needed any more stays open then, until its file is wrong and mended again.
    """
    faults = {fault.repo: fault for fault in own_faults(scanned)}
    due = [
        name
        for name in (entry.repo.full_name for entry in scanned)
        if parts.told_faults.of(name) != _mark(faults.get(name)) and (name in faults or parts.told_faults.of(name))
    ]
    if parts.proposer.is_dry_run:
        return []
    failures = []
    for name in due[:_MOST_AT_ONCE]:
        result = attempt(name, partial(_published, parts.forge, issue_of(name, faults.get(name))))
        if isinstance(result, Failure):
            failures.append(result)
        elif result.outcome not in {IssueOutcome.UNCHANGED, IssueOutcome.NOT_NEEDED}:
            number = f" #{result.number}" if result.number else ""
            parts.progress.tell(name, f"issue{number} about its own file {result.outcome.value}")
        if not isinstance(result, Failure):
            parts.told_faults.keep(name, _mark(faults.get(name)))
    return failures


def _published(forge: Forge, wanted: WantedIssue) -> PublishedIssue:
    """A repo without issues is told of its file by the step summary alone: that is no failure, and is not tried each night."""
    try:
        return publish_issue(forge, wanted)
    except NoIssuesError:
        return PublishedIssue(outcome=IssueOutcome.NO_PLACE)


def _mark(fault: OwnFault | None) -> str:
    """Stands for what is wrong; empty: nothing."""
    return "" if fault is None else hashlib.sha256(repr(fault).encode("utf-8", "replace")).hexdigest()
