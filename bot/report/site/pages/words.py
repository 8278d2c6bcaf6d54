"""Words and cells that several pages share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.model.exposure import Exposure, Step
from bot.report.lived import NOBODY
from bot.report.look import Look
from bot.report.site.links import app_page, filtered
from bot.report.site.table import Cell, Linked, text, worst
from bot.report.weekly_rows import NO_KNOWN_HOLE, closes_no_known_hole
from bot.report.weekly_table import in_words

WAITING_FOR: Final = {
    Step.RELEASED: "a release",
    Step.DETECTED: "the bot to see it",
    Step.PROPOSED: "a pull request",
    Step.MERGED: "a merge",
    Step.REBUILT: "a rebuild",
    Step.DEPLOYED: "a deployment",
    Step.ENDED: "its end",
}


def app_cell(look: Look) -> Linked:
    return Linked(text(look.app.name), app_page(look.app.key))


def owner_cell(owners: Sequence[str]) -> str:
    """The first one: whom to ask."""
    return text(owners[0]) if owners else NOBODY


def owner_link(owner: str) -> Linked:
    return Linked(owner, filtered("apps.html", "Owner", owner))


def severity_of(exposures: Sequence[Exposure]) -> str:
    """Of the worst; where nobody rated some, and no other is rated, that is unknown."""
    rated = [one for one in exposures if not closes_no_known_hole(one)]
    return worst([one.severity for one in rated]).value if rated else NO_KNOWN_HOLE


def days_over(exposure: Exposure, now: datetime) -> Cell:
    """How many days it is past its due day; empty: it is not."""
    return (now - exposure.due).days if exposure.due is not None and exposure.is_stale(now) else ""


def stuck(exposure: Exposure, now: datetime) -> str:
    """Who accepted it, where it is stuck and what would help, in the words of the weekly issue."""
    return text("; ".join(filter(None, (acceptance(exposure, now), in_words(exposure, now)))))


def acceptance(exposure: Exposure, now: datetime) -> str:
    """Who put it off until when, and why; empty: nobody, or that has run out."""
    entry = exposure.accepted
    return f"accepted until {entry.until} by {entry.by}: {entry.reason}" if entry is not None and exposure.is_accepted(now) else ""


def step_to(old: str, new: str) -> str:
    """`3.11 → 3.12`; of one tag at two digests `3.12-slim, 1a2b3c → 4d5e6f`."""
    (tag, _, before), (other, _, after) = old.partition("@"), new.partition("@")
    same = tag == other and before and after
    return text(f"{tag}, {before} → {after}" if same else f"{old} → {new}")


def name_of(dependency: str) -> str:
    """As people call it: without its datasource, and of Docker Hub's own images without the registry."""
    name = dependency.partition(": ")[2] or dependency
    return name.removeprefix("docker.io/library/") or name
