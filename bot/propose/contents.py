"""What a pull request says of the inside of images: the sentence that opens it, and the tables that stay folded."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.model.assessment import HoleChanges, Vulnerability, disagreement_of, fix_of
from bot.model.comparison import Comparison, ImageStep
from bot.model.contents import Contents
from bot.model.notes import Notes
from bot.model.severity import Severity
from bot.model.sizes import in_words
from bot.model.update import Update, UpdateKind
from bot.propose.drift import grave, is_past_its_end, left_behind
from bot.propose.markdown import Markdown, code, escape, link

_ADVISORY: Final = re.compile(
    r"(?:CVE|GHSA|GO|PYSEC|RUSTSEC|MAL|OSV|PSF|DSA|DLA|DTSA|USN|RH[SBE]A|AL[SBE]A|RLSA|RXSA|MGASA|CGA|BIT|GSD"
    r"|(?:DEBIAN|UBUNTU|ALPINE)-CVE|(?:SUSE|openSUSE)-[A-Z]{2})-[A-Za-z0-9:._-]{1,80}",
    re.ASCII,
)
"""Names that have a page at osv.dev, unlike those that scanners give by themselves (`QID-105962`, `sonatype-2026-000001`)."""
FIRST_HONEST_YEAR: Final = 2000
"""Reproducible builds carry a made-up date, mostly of 1970 or 1980."""
_MOST_NAMES: Final = 4
_MOST_GAPS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """A table that is opened by who wants to see it."""

    heading: str
    table: Markdown
    """Empty: it has no rows."""
    notes: tuple[Markdown, ...] = ()
    """Below it."""


def opening(notes: Notes, today: date) -> Markdown:
    """`Closes 3 holes (1 critical), leaves 5 (5 low), brings none known; 12 packages change; runs as root from now on`.

    Empty: the images were not opened, and nothing else is known of what it does to the app.
    """
    step = notes.step
    said = [] if step is None else [escape(str(step.holes)), escape(_packages(step.comparison))]
    said += grave(notes, today)
    if step is not None and is_past_its_end(step.comparison.new, today):
        said.append(Markdown("its operating system is past its end"))
    if step is not None and (left := left_behind(step.comparison, today)):
        said.append(left)
    sentence = "; ".join(filter(None, said))
    return Markdown(sentence[:1].upper() + sentence[1:])


def age(notes: Notes, today: date) -> Markdown:
    """How old the image in use is; empty: not known, or made up."""
    built = notes.old.created_at if notes.old else None
    if built is None and notes.step is not None:
        built = notes.step.comparison.old.created_at
    if built is None or built.year <= FIRST_HONEST_YEAR or (days := (today - built.date()).days) <= 0:
        return Markdown("")
    return Markdown(f"The image in use was {days} day{'' if days == 1 else 's'} old when this was written.")


def pressing(steps: Iterable[ImageStep]) -> Markdown:
    """What of the closed holes lets nobody wait, in a sentence: those that are exploited, else those that are critical; empty: none is."""
    closed = {one[0].id: one for step in steps for one in step.holes.closed}
    exploited = [name for name, one in closed.items() if any(hole.exploited_since for hole in one)]
    critical = [name for name, one in closed.items() if any(hole.severity is Severity.CRITICAL for hole in one)]
    named = exploited or critical
    if not named:
        return Markdown("")
    names = ", ".join(map(code, named[:_MOST_NAMES])) + (f" and {len(named) - _MOST_NAMES} more" if len(named) > _MOST_NAMES else "")
    verb = "is" if len(named) == 1 else "are"
    return Markdown(f"It closes {names}, which {verb} {'exploited in the wild' if exploited else 'critical'}.")


def step_lines(update: Update, step: ImageStep, today: date) -> Iterator[Markdown]:
    """What was built again, the operating system, and what the holes were looked for in."""
    if ended := _past_its_end(step.comparison.new, today):
        yield ended
    if update.kind is UpdateKind.DIGEST and (rebuilt := _rebuilt(step.comparison)):
        yield rebuilt
    if systems := _systems(step.comparison):
        yield systems
    if step.holes.is_known:
        marked = f"; exploited ones by {escape(', '.join(map(str, step.holes.marks)))}" if step.holes.marks else ""
        yield Markdown(f"Known vulnerabilities (holes) as told by {escape(', '.join(map(str, step.holes.data)))}{marked}")


def folds(step: ImageStep, *, most: int) -> list[Fold]:
    """Holes, packages and layers, at most so many rows of each; what does not change is left out."""
    found = (_holes(step.holes, most), _changes(step.comparison, most), _layers(step.comparison, most))
    return [fold for fold in found if fold.table or fold.notes]


def _packages(comparison: Comparison) -> str:
    count = len(comparison.packages)
    if not count:
        return "which packages change could not be seen" if comparison.not_compared else "no package changes"
    downgraded = sum(one.change.value == "downgraded" for one in comparison.packages)
    said = f"{count} package{' changes' if count == 1 else 's change'}"
    return said + (f", {downgraded} of them to an older version" if downgraded else "")


def _rebuilt(comparison: Comparison) -> Markdown | None:
    """Which layers are new, and so what was built again."""
    kept, new = comparison.kept_layers, comparison.new_layers
    if not new:
        return None
    if comparison.new.layers[0].diff_id not in {layer.diff_id for layer in kept}:
        return Markdown("Built again from its lowest layer on: what it is built on is new")
    shown = ", ".join(code(" ".join(layer.created_by.split())[:60]) for layer in new[:2] if layer.created_by)
    lowest = f"its {len(kept)} lowest layers stay" if len(kept) > 1 else "its lowest layer stays"
    return Markdown(f"Built again above its base; {lowest}" + (f"; new: {shown}" if shown else ""))


def _past_its_end(contents: Contents, today: date) -> Markdown | None:
    system = contents.operating_system
    if system is None or not is_past_its_end(contents, today):
        return None
    extended = ""
    if system.extended_until and system.extended_until >= today:
        extended = f" (extended ones, for some packages or for money, go on until {system.extended_until})"
    said = f"⚠️ {system.name or system.id} is past its end: its usual security updates ended on {system.end_of_life}{extended}"
    return Markdown(f"**{escape(said)}**")


def _systems(comparison: Comparison) -> Markdown | None:
    old, new = _system(comparison.old), _system(comparison.new)
    if not new:
        return None
    return Markdown(f"System: {escape(new)}") if old == new or not old else Markdown(f"System: {escape(old)} → {escape(new)}")


def _system(contents: Contents) -> str:
    system = contents.operating_system
    if system is None:
        return ""
    until = f", security updates until {system.end_of_life}" if system.end_of_life else ""
    return f"{system.name or f'{system.id} {system.version}'.strip()}{until}"


def _holes(holes: HoleChanges, most: int) -> Fold:
    lists = {"closed": holes.closed, "brought": holes.brought, "not clear": holes.unclear, "left": holes.left}
    rows = [_hole(what, one) for what, found in lists.items() for one in found]
    rows += [_hole("taken away", (away.hole,), fixed=str(away.statement)) for away in holes.dismissed]
    numbers = {what: len(found) for what, found in lists.items()} | {"taken away": len(holes.dismissed)}
    counts = ", ".join(f"{number} {what}" for what, number in numbers.items() if number)
    return Fold(
        heading=f"Holes ({counts})" if counts else "What could not be checked for holes",
        table=table(("", "Severity", "Hole", "Packages", "Fixed in"), rows, most),
        notes=tuple(_cut([Markdown(f"Not checked: {escape(gap)}") for gap in holes.not_checked], _MOST_GAPS)) if most else (),
    )


def _hole(what: str, one: Vulnerability, *, fixed: str = "") -> tuple[Markdown, ...]:
    severity = max((hole.severity for hole in one), key=lambda each: each.rank).value
    exploited = ", exploited in the wild" if any(hole.exploited_since for hole in one) else ""
    differs = f" ({said})" if (said := disagreement_of(one)) else ""
    names = list(dict.fromkeys(f"{hole.package.name} {hole.package.version}" for hole in one))
    more = Markdown(f" and {len(names) - _MOST_NAMES} more") if len(names) > _MOST_NAMES else ""
    has_fix = not fixed and any(hole.fixed_in for hole in one)
    return (
        escape(what),
        escape(f"{severity}{exploited}{differs}"),
        link(code(one[0].id), f"https://osv.dev/vulnerability/{one[0].id}") if _ADVISORY.fullmatch(one[0].id) else code(one[0].id),
        Markdown(", ".join(map(code, names[:_MOST_NAMES])) + more),
        code(fix_of(one)) if has_fix else escape(fixed or fix_of(one)),
    )


def _changes(comparison: Comparison, most: int) -> Fold:
    rows = [
        (escape(one.change.value), escape(one.type), code(one.name), code(", ".join(one.old)), code(", ".join(one.new)))
        for one in comparison.packages
    ]
    notes = [Markdown(f"Not compared: {escape(gap)}") for gap in comparison.not_compared]
    return Fold(
        heading=f"Packages that change ({len(rows)})" if rows else "Packages",
        table=table(("", "Type", "Package", "Old", "New"), rows, most),
        notes=tuple(_cut(notes, _MOST_GAPS)) if most else (),
    )


def _layers(comparison: Comparison, most: int) -> Fold:
    named = {"gone": comparison.old_layers, "new": comparison.new_layers}
    rows = [
        (escape(what), escape(in_words(layer.size_bytes)), code(" ".join(layer.created_by.split()) or layer.diff_id))
        for what, layers in named.items()
        for layer in layers
    ]
    kept = len(comparison.kept_layers)
    heading = f"Layers ({len(comparison.new_layers)} new, {len(comparison.old_layers)} gone, {kept} kept)"
    return Fold(heading=heading, table=table(("", "Size", "Made by"), rows, most))


def table(head: Sequence[str], rows: Sequence[tuple[Markdown, ...]], most: int) -> Markdown:
    """The first rows, and how many more there are; empty where there is none, or no room for any."""
    if not rows or not most:
        return Markdown("")
    lines: list[Sequence[str]] = [head, ["---"] * len(head), *rows[:most]]
    if len(rows) > most:
        lines.append([f"and {len(rows) - most} more", *[""] * (len(head) - 1)])
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _cut(lines: Sequence[Markdown], most: int) -> Iterable[Markdown]:
    yield from lines[:most]
    if len(lines) > most:
        yield Markdown(f"and {len(lines) - most} more")
