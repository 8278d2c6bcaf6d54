"""What a pull request's body says: the table, why now, and what is in each new image, chart or tool."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, assert_never
from urllib.parse import quote

from bot.model.comparison import Difference
from bot.model.dependency import LONG_AGO
from bot.model.fleet import Phase, Repo
from bot.model.notes import MAX_RELEASES_READ, ImageFacts, Notes, ReleaseNote, cut
from bot.model.sizes import in_words
from bot.model.update import Update, UpdateKind
from bot.propose.chart import chart_folds, chart_lines
from bot.propose.contents import FIRST_HONEST_YEAR, Fold, age, folds, opening, pressing, step_lines
from bot.propose.drift import risk
from bot.propose.markdown import Markdown, code, escape, link, quoted
from bot.propose.naming import new_value, short_digest, short_name
from bot.propose.signatures import signature_lines
from bot.propose.source_lines import commit_folds, source_lines
from bot.propose.takers import Takers
from bot.propose.titles import holes_in_words

_MOST_OPENINGS: Final = 5
"""Sentences of single images at the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: one place in one file."""

    app: str
    name: Markdown
    where: Markdown
    role: str
    change: Markdown
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A release with its notes, ready to show."""

    heading: Markdown
    text: Markdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One thing that is updated, and all that is known of it."""

    heading: Markdown
    warnings: tuple[Markdown, ...]
    """What can break something."""
    facts: tuple[Markdown, ...]
    """Folded where there are several subjects."""
    gaps: tuple[Markdown, ...]
    """What could not be learned, or is not shown."""
    differences: tuple[Markdown, ...]
    releases: tuple[Heading, ...]
    folds: tuple[Fold, ...] = ()
    """What is inside the images: holes, packages, layers."""


def rows(takers: Takers, updates: Sequence[Update], repo: Repo) -> list[Row]:
    """One row for each place, in the order of the updates; the places link to the lines as they were read."""
    return [
        Row(
            app=takers.app_of(update).name,
            name=code(short_name(update)),
            where=link(code(f"{update.pin.file}:{update.pin.line}"), _line_url(repo, update)),
            role=str(update.pin.role),
            change=_change(update),
            kind=str(update.kind),
        )
        for update in updates
    ]


def reasons(takers: Takers, updates: Sequence[tuple[Update, Notes]], *, most_warnings: int) -> list[Markdown]:
    """Why now: a sentence for each kind of update, and what is said against the new value."""
    kinds = {update.kind for update, _ in updates}
    sentences: list[str] = [worst] if (worst := pressing([notes.step for _, notes in updates if notes.step is not None])) else []
    if UpdateKind.DIGEST in kinds:
        sentences.append("The tag was built again: fixes in it reach this app only with the new digest.")
    if UpdateKind.PIN in kinds:
        sentences.append("A tag alone can change from one build to the next; with its digest the same build gives the same image.")
    if UpdateKind.MINOR in kinds:
        sentences.append("A newer version is out.")
    elif UpdateKind.PATCH in kinds:
        sentences.append("A newer version is out on the line that is in use.")
    if UpdateKind.CYCLE in kinds:
        sentences.append("This is a step to another cycle of its releases, no patch of the one in use: read its notes before you merge.")
    if UpdateKind.MAJOR in kinds:
        sentences.append("This is a major version: read its notes before you merge.")
    if UpdateKind.MIGRATE in kinds:
        sentences += [escape(said) for said in dict.fromkeys(f"{update.because}." for update, _ in updates if update.because)]
        sentences.append("This is a move to another base: build the app on it and try it. Nothing but a person merges it.")
    sentences += _in_bau(takers)
    warnings = dict.fromkeys(
        f"{short_name(update)} {update.release.value}: {update.release.deprecation}" for update, _ in updates if update.release.deprecation
    )
    left = len(warnings) - most_warnings
    return [
        Markdown(f"**Why now.** {' '.join(sentences)}"),
        *(Markdown(f"**Its publisher warns:** {escape(warning)}") for warning in list(warnings)[:most_warnings]),
        *([Markdown(f"**There are {left} more warnings of publishers**, for which there is no room here.")] if left > 0 else []),
    ]


def _in_bau(takers: Takers) -> Iterator[str]:
    names = [app.name for app in takers.apps if app.phase is Phase.BAU]
    if len(names) == len(takers.apps):
        yield "The app is in BAU, so nothing else brings it." if len(names) == 1 else "The apps are in BAU, so nothing else brings it."
    elif names:
        yield f"Of the {len(takers.apps)} apps {len(names)} {'is' if len(names) == 1 else 'are'} in BAU, where nothing else brings it."


def openings(updates: Sequence[tuple[Update, Notes]], today: date) -> list[Markdown]:
    """What matters first: a sentence for each step of which something is known, and before several what they do together."""
    distinct = _distinct(updates)
    said = [(update, notes, opening(notes, today)) for update, notes in distinct]
    known = [(update, notes, sentence) for update, notes, sentence in said if sentence]
    if len(distinct) == 1:
        return [Markdown(f"**{sentence}.**") for _, _, sentence in known]
    together = holes_in_words([notes.step for _, notes in distinct if notes.step is not None])
    they = f" {together.replace('closes ', 'close ').replace('brings ', 'bring ')}" if together else ""
    first = Markdown(f"**{len(distinct)} updates{they}.**\n")
    worst_first = sorted(known, key=lambda one: -(one[1].step.holes.severity.rank if one[1].step else -1))
    lines = [Markdown(f"- {code(short_name(update))} {_change(update)}: {sentence}") for update, _, sentence in worst_first]
    more = [Markdown(f"- and {len(lines) - _MOST_OPENINGS} more below")] if len(lines) > _MOST_OPENINGS else []
    return [first, *lines[:_MOST_OPENINGS], *more]


def risk_line(updates: Sequence[tuple[Update, Notes]], today: date) -> Markdown:
    """How likely a merge breaks something, and how old the image in use is, where that is one image."""
    distinct = _distinct(updates)
    said = str(risk(distinct, today))
    ages = list(dict.fromkeys(old for _, notes in distinct if (old := age(notes, today))))
    return Markdown(f"{said} {ages[0]}" if len(ages) == len(distinct) == 1 else said)


def subjects(updates: Sequence[tuple[Update, Notes]], *, note_characters: int, fold_rows: int, today: date) -> list[Subject]:
    """What is known of each distinct step from one value to another; those of which nothing is known are left out.

    Each release's text is cut at `note_characters`; at 0 only the releases' names stay. Tables have `fold_rows` rows at most. What one of
    them has shown of a release, the others do not repeat.
    """
    told = set[ReleaseNote]()
    made = []
    for update, notes in _distinct(updates):
        made.append(_subject(update, notes, told, note_characters=note_characters, fold_rows=fold_rows, today=today))
        told.update(notes.releases)
    return [subject for subject in made if _has_any(subject)]


def _has_any(subject: Subject) -> bool:
    return any((subject.warnings, subject.facts, subject.gaps, subject.differences, subject.releases, subject.folds))


def _distinct(updates: Sequence[tuple[Update, Notes]]) -> list[tuple[Update, Notes]]:
    """The first of each step from one value to another."""
    distinct: dict[tuple[str, str | None, str | None, str, str | None], tuple[Update, Notes]] = {}
    for update, notes in updates:
        pin, release = update.pin, update.release
        key = (str(pin.dependency), pin.value, pin.digest, release.value, release.digest)
        distinct.setdefault(key, (update, notes))
    return list(distinct.values())


def _subject(update: Update, notes: Notes, told: Collection[ReleaseNote], *, note_characters: int, fold_rows: int, today: date) -> Subject:
    new = [note for note in notes.releases if note not in told]
    facts = tuple(_facts(update, notes, today))
    grave = tuple(fact for fact in facts if fact.startswith(("⚠️", "**⚠️")))
    return Subject(
        heading=Markdown(f"{code(short_name(update))} {_change(update)}"),
        warnings=(*(Markdown(f"⚠️ **{_difference(one)}**") for one in notes.differences if one.needs_attention), *grave),
        facts=tuple(fact for fact in facts if fact not in grave),
        gaps=(*map(escape, (*notes.unseen, *notes.problems)), *_left_out(notes, new, note_characters)),
        folds=_folds(notes, fold_rows),
        differences=tuple(_difference(difference) for difference in notes.differences if not difference.needs_attention),
        releases=tuple(_release(note, note_characters) for note in new),
    )


def _folds(notes: Notes, most: int) -> tuple[Fold, ...]:
    inside = () if notes.step is None else folds(notes.step, most=most)
    return (*inside, *chart_folds(notes.chart, most=most), *commit_folds(notes, most=most))


def _left_out(notes: Notes, new: Sequence[ReleaseNote], note_characters: int) -> Iterator[Markdown]:
    """What of the release notes is not shown here, and where it is."""
    repeated = len(notes.releases) - len(new)
    if repeated:
        yield Markdown("Its release notes stand above" if not new else f"Release notes that stand above as well: {repeated}")
    if notes.older_releases:
        yield Markdown(f"Older releases between the two that are not shown here: {notes.older_releases}")
    if notes.may_lack_releases:
        yield Markdown(f"Of its releases the newest {MAX_RELEASES_READ} were read: there may be more between the two")
    if not note_characters and any(note.text.strip() for note in new):
        yield Markdown("There is no room here for the texts of the release notes: their names lead to them")


def _facts(update: Update, notes: Notes, today: date) -> Iterator[Markdown]:
    release = update.release
    was_seen_to_appear = release.first_seen is not None and release.first_seen != LONG_AGO
    dates = [
        f"published {_day(release.published_at)}" if release.published_at else "",
        f"seen here since {_day(release.first_seen)}" if release.first_seen is not None and was_seen_to_appear else "",
    ]
    if any(dates):
        yield Markdown(", ".join(filter(None, dates)).capitalize())
    if notes.new_name:
        before = f"; the one in use is that of {code(notes.old_name)}" if notes.old_name and notes.old_name != notes.new_name else ""
        yield Markdown(f"The new digest is that of {code(notes.new_name)}{before}")
    if notes.old and notes.new:
        yield from _builds(notes.old, notes.new, has_layers=notes.step is not None)
    if notes.step is not None:
        yield from step_lines(update, notes.step, today)
    if notes.signatures is not None:
        yield from signature_lines(notes.signatures)
    if notes.chart is not None:
        yield from chart_lines(update, notes.chart)
    yield from source_lines(notes)
    links = [link(Markdown("Source"), notes.source_url)] if notes.source_url else []
    links += [link(Markdown("all changes between the two"), notes.compare_url)] if notes.compare_url else []
    if links:
        yield Markdown(" · ".join(links))


def _builds(old: ImageFacts, new: ImageFacts, *, has_layers: bool) -> Iterator[Markdown]:
    """`has_layers`: they are told elsewhere."""
    built = [facts.created_at for facts in (old, new)]
    if built[0] and built[1] and min(built[0].year, built[1].year) > FIRST_HONEST_YEAR and built[0] != built[1]:
        yield Markdown(f"Built {_day(built[1])}; the one in use {_day(built[0])}")
    if old.size_bytes and new.size_bytes and old.size_bytes != new.size_bytes:
        change = new.size_bytes - old.size_bytes
        sign = "+" if change > 0 else "\N{MINUS SIGN}"
        yield Markdown(f"Size {in_words(old.size_bytes)} → {in_words(new.size_bytes)} ({sign}{in_words(abs(change))}), compressed")
    if old.diff_ids and new.diff_ids and not has_layers:
        kept = len(set(old.diff_ids) & set(new.diff_ids))
        yield Markdown(f"Layers {len(old.diff_ids)} → {len(new.diff_ids)}, {kept} of them unchanged")


def _difference(difference: Difference) -> Markdown:
    old, new = code(difference.old), code(difference.new)
    aspect = escape(difference.aspect) if not difference.name else Markdown(f"{escape(difference.aspect)} {code(difference.name)}")
    match (bool(old), bool(new)):
        case (True, True):
            return Markdown(f"{aspect}: {old} → {new}")
        case (True, False):
            return Markdown(f"{aspect}: {old} is gone")
        case _:
            return Markdown(f"{aspect}: {new or code('empty')} is new")


def _release(note: ReleaseNote, note_characters: int) -> Heading:
    day = f" · {_day(note.published_at)}" if note.published_at else ""
    shown = quoted(cut(note.text, note_characters)) if note.text.strip() and note_characters else Markdown("")
    return Heading(heading=Markdown(f"{link(code(note.name), note.url)}{day}"), text=shown)


def _change(update: Update) -> Markdown:
    pin, release = update.pin, update.release
    old_digest, new_digest = short_digest(pin.digest), short_digest(release.digest)
    match update.kind:
        case UpdateKind.DIGEST:
            tag = f"{pin.value}@" if pin.value else ""
            return Markdown(f"{code(tag + old_digest)} → {code(tag + new_digest)}")
        case UpdateKind.PIN:
            tag = pin.value or release.value
            return Markdown(f"{code(pin.value or 'no tag')} → {code(f'{tag}@{new_digest}')}")
        case UpdateKind.MIGRATE:
            new = f"{new_value(update)}{f'@{new_digest}' if new_digest else ''}"
            return Markdown(f"{code(f'{short_name(update)}:{pin.value}' if pin.value else old_digest)} → {code(new)}")
        case UpdateKind.MAJOR | UpdateKind.CYCLE | UpdateKind.MINOR | UpdateKind.PATCH:
            old, new = pin.value or old_digest, release.value
            with_digest = f"@{new_digest}" if pin.digest and new_digest else ""
            return Markdown(f"{code(old)} → {code(new + with_digest)}")
        case _:
            assert_never(update.kind)


def _line_url(repo: Repo, update: Update) -> str:
    return f"{repo.clone_url.removesuffix('.git')}/blob/{repo.head}/{quote(str(update.pin.file), errors='replace')}#L{update.pin.line}"


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
