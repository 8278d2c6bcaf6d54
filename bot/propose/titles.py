"""Titles of pull requests: what happens, on one line; once the text is told, what is in it and what it closes.

The plain title is made of the updates alone, so that it costs nothing; what is known beyond them stands behind it in parentheses. So a
title says more once more is known, and begins the same.
"""

import re
from collections.abc import Sequence
from typing import Final

from bot.model.assessment import Vulnerability
from bot.model.comparison import ImageStep
from bot.model.dependency import OCI
from bot.model.notes import Notes
from bot.model.severity import Severity
from bot.model.update import Update, UpdateKind
from bot.propose.group import REBUILDS
from bot.propose.naming import harmless, new_value, short_name
from bot.propose.takers import Takers

MAX_TITLE_CHARACTERS: Final = 100
_MOST_NAMED: Final = 3
_MAX_PLACE_CHARACTERS: Final = 50
_MAX_TOLD_CHARACTERS: Final = 75
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~_-]{0,40}", re.ASCII)
"""What a label or a variable says is shown in a title only where it can be nothing but a version."""
_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*", re.ASCII)
_VARIABLES: Final = {"postgres": "PG_VERSION", "eclipse-temurin": "JAVA_VERSION"}
"""Images whose environment names their version otherwise than `<NAME>_VERSION`."""
_VERSION_LABEL: Final = "org.opencontainers.image.version"


def plain_title(takers: Takers, updates: Sequence[Update], *, group: str | None, prefix: str = "") -> str:
    """What the updates say by themselves: `Update python to 3.12.5-slim`, `Rebuild python:3.12-slim (0a1b2c3d4e5f) in shop`."""
    return _title(takers, updates, group, prefix, [_known(updates, group)])


def told_title(takers: Takers, explained: Sequence[tuple[Update, Notes]], *, group: str | None, prefix: str = "") -> str:
    """The same with what the notes tell: `Rebuild python:3.12-slim (3.12.12 -> 3.12.14, closes 3 holes)`.

    Nothing is said of what was not checked.
    """
    updates = [update for update, _ in explained]
    steps = [notes.step for _, notes in explained if notes.step is not None]
    return _title(takers, updates, group, prefix, [_inside(explained) or _known(updates, group), holes_in_words(steps)])


def _title(takers: Takers, updates: Sequence[Update], group: str | None, prefix: str, told: Sequence[str]) -> str:
    where = _cut(", ".join(filter(None, (takers.place, updates[0].stage))), _MAX_PLACE_CHARACTERS)
    place = f" in {where}" if where else ""
    behind = f" ({_cut(', '.join(filter(None, told)), _MAX_TOLD_CHARACTERS)})" if any(told) else ""
    room = MAX_TITLE_CHARACTERS - len(prefix) - len(place) - len(behind)
    # A prefix is as long as the configuration has it.
    return _cut(_with_prefix(prefix, _cut(_what(updates, group, room), room) + place + behind), MAX_TITLE_CHARACTERS)


def stem(title: str) -> str:
    """The title without what may change as more gets known."""
    return title.partition(" (")[0]


def _with_prefix(prefix: str, title: str) -> str:
    # Linters of conventional commits want the words behind the prefix to begin small.
    return f"{prefix}{title[0].lower()}{title[1:]}" if prefix.rstrip().endswith(":") else f"{prefix}{title}"


def _is_of_many(updates: Sequence[Update], group: str | None) -> bool:
    return group is not None or len({str(update.pin.dependency) for update in updates}) > 1


def _known(updates: Sequence[Update], group: str | None) -> str:
    """Of a rebuild, the new digest."""
    is_rebuild = all(update.kind is UpdateKind.DIGEST for update in updates)
    return _values(updates) if is_rebuild and not _is_of_many(updates, group) else ""


def _values(updates: Sequence[Update]) -> str:
    return _listed(list(dict.fromkeys(harmless(new_value(update)) for update in updates)))


def _what(updates: Sequence[Update], group: str | None, room: int) -> str:
    kinds = {update.kind for update in updates}
    if _is_of_many(updates, group):
        return _what_of_many(group, updates, kinds, room)
    name = short_name(updates[0])
    if kinds == {UpdateKind.PIN}:
        return f"Pin {name} to {_values(updates)}"
    sources = {update.promoted_from for update in updates}
    if kinds == {UpdateKind.DIGEST} and len(sources) == 1 and "" not in sources:
        return f"Promote {harmless(sources.pop())} to {_listed(_tagged(*updates))}"
    if kinds == {UpdateKind.DIGEST}:
        return f"{_verb(updates)} {_listed(_tagged(*updates))}"
    if kinds == {UpdateKind.MIGRATE}:
        return f"Move {name} to {_values(updates)}"
    return f"Update {name} to {'another cycle: ' if kinds == {UpdateKind.CYCLE} else ''}{_values(updates)}"


def _what_of_many(group: str | None, updates: Sequence[Update], kinds: set[UpdateKind], room: int) -> str:
    """As many of the names as there is room for."""
    theme = "" if group in {None, REBUILDS} or {group} == {short_name(one) for one in updates} else f" {group}:"
    is_rebuild = kinds == {UpdateKind.DIGEST}
    verb = _verb(updates) if is_rebuild else "Update"
    names = list(dict.fromkeys(_tagged(one)[0] if one.kind is UpdateKind.DIGEST else _stepped(one) for one in updates))
    made = [f"{verb}{theme} {_listed(names, most=most)}" for most in range(_MOST_NAMED, 0, -1)]
    return next((text for text in made if len(text) <= room), made[-1])


def _verb(updates: Sequence[Update]) -> str:
    """Of new digests."""
    if all(update.promoted_from for update in updates):
        return "Promote"
    return "Rebuild" if all(map(_is_image, updates)) else "Refresh"


def _stepped(update: Update) -> str:
    return f"{short_name(update)} {harmless(new_value(update))}"


def _is_image(update: Update) -> bool:
    return update.pin.dependency.datasource == OCI


def _tagged(*updates: Update) -> list[str]:
    """`python:3.12-slim` of images, `actions/checkout v4` of others; each once."""
    found = []
    for update in updates:
        sign = ":" if update.pin.dependency.datasource == OCI else " "
        found.append(f"{short_name(update)}{sign}{harmless(update.pin.value)}" if update.pin.value else short_name(update))
    return list(dict.fromkeys(found))


def _inside(explained: Sequence[tuple[Update, Notes]]) -> str:
    """The versions behind the tag of one image: `3.12.12 -> 3.12.14`, `still 3.12.14`; empty: not known, or there are several steps."""
    found = {_versions(update, notes) for update, notes in explained}
    if len(found) != 1:
        return ""
    old, new = next(iter(found))
    if not new or not old:
        return f"now {new}" if new else ""
    return f"still {new}" if old == new else f"{old} -> {new}"


def _versions(update: Update, notes: Notes) -> tuple[str, str]:
    """Of a rebuild, by what is surest: the names of both digests, the image's own variable, its label."""
    if update.kind is not UpdateKind.DIGEST:
        return "", ""
    tag = update.pin.value or ""
    # The tag that is followed names no version.
    named = ("", "") if update.promoted_from and notes.new_name == update.promoted_from else (notes.old_name or "", notes.new_name or "")
    labelled = _labels(notes)
    # A variable or a label may come from the base of the image. A label counts only where it is clearly no other's.
    own = [_in_environment(update, notes)] + ([labelled] if labelled[0] != labelled[1] and _NUMBER.search(tag) else [])
    for old, new in (named, *((old if _fits(tag, old) else "", new if _fits(tag, new) else "") for old, new in own)):
        if _VERSION.fullmatch(new):
            return _short(old, tag) if _VERSION.fullmatch(old) else "", _short(new, tag)
    return "", ""


def _short(version: str, tag: str) -> str:
    """A name without what the tag beside it says as well: `3.12.14` of `3.12.14-slim` beside `3.12-slim`."""
    number = _NUMBER.search(tag)
    variant = tag[number.end() :] if number else ""
    return version.removesuffix(variant) or version


def _labels(notes: Notes) -> tuple[str, str]:
    old, new = (facts.labels.get(_VERSION_LABEL, "") if facts else "" for facts in (notes.old, notes.new))
    return old, new


def _fits(tag: str, version: str) -> bool:
    """Whether a version can be the one behind a tag: `3.12.14` behind `3.12-slim`; anything behind `latest`."""
    of_tag, of_version = _NUMBER.search(tag), _NUMBER.search(version)
    if of_tag is None or of_version is None:
        return of_version is not None
    return f"{of_version[0]}.".startswith(f"{of_tag[0]}.")


def _in_environment(update: Update, notes: Notes) -> tuple[str, str]:
    last = short_name(update).rpartition("/")[2]
    wanted = f"{_VARIABLES.get(last) or re.sub('[^A-Z0-9]', '_', last.upper()) + '_VERSION'}="
    found = []
    for facts in (notes.old, notes.new):
        environment = facts.environment if facts else ()
        found.append(next((entry.removeprefix(wanted) for entry in environment if entry.startswith(wanted)), ""))
    return found[0], found[1]


def holes_in_words(steps: Sequence[ImageStep]) -> str:
    """`closes 3 holes, 1 of them critical; brings 1`; empty: none is known to be closed or brought."""
    known = [step.holes for step in steps if step.holes.is_known]
    remaining = {one[0].id for holes in known for one in (*holes.left, *holes.brought, *holes.unclear)}
    closed = {one[0].id: one for holes in known for one in holes.closed if one[0].id not in remaining}
    brought = {one[0].id for holes in known for one in holes.brought}
    said = f"closes {len(closed)} hole{'' if len(closed) == 1 else 's'}{_worst(list(closed.values()))}" if closed else ""
    more = f"brings {len(brought)}{'' if said else ' hole' if len(brought) == 1 else ' holes'}" if brought else ""
    return ", ".join(filter(None, (said, more)))


def _worst(closed: Sequence[Vulnerability]) -> str:
    """`, 1 of them exploited`; of what was not assessed as bad nothing is said."""
    counts = {
        "exploited": sum(any(hole.exploited_since for hole in one) for one in closed),
        "critical": sum(any(hole.severity is Severity.CRITICAL for hole in one) for one in closed),
    }
    for word, count in counts.items():
        if count:
            return f", {word}" if len(closed) == 1 else f", {count} {word}"
    return ""


def _listed(texts: Sequence[str], *, most: int = _MOST_NAMED) -> str:
    if len(texts) == 1:
        return texts[0]
    if len(texts) <= most:
        return ", ".join(texts[:-1]) + f" and {texts[-1]}"
    if most == 1:
        return f"{len(texts)} things"
    return ", ".join(texts[: most - 1]) + f" and {len(texts) - most + 1} more"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(1, most - 1)].rstrip(" ,") + "…"
