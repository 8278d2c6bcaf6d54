"""Edits that are proved before they leave: the edited files are read again, and only what was meant to change has changed."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Protocol, Self, TypeVar

import structlog

from bot.clients.text import decode
from bot.find.chart_lock import lock_edits
from bot.find.chart_version import charts_of, version_edit
from bot.find.edit import READ_AGAIN, CannotEditError, apply, edits_for
from bot.find.finder import Finder, Tree
from bot.find.move import moving_edit
from bot.find.plugins import FINDERS
from bot.find.scan import find_in_file
from bot.model.edit import Edit, FileChange
from bot.model.failure import Failure
from bot.model.image import ImageReference
from bot.model.pin import Finding, Pin, Site, Skip, Span
from bot.model.update import ChartBump, Update, UpdateKind

log = structlog.get_logger()

_T = TypeVar("_T", bound=Hashable)


class ByteTree(Tree, Protocol):
    """A tree that also gives the bytes behind its texts."""

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        """The bytes that `read` decodes; None under the same conditions."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A pin and what it shall read: a value (None: as it is) and a digest (None: none, or as it is)."""

    pin: Pin
    value: str | None = None
    digest: str | None = None
    bump_chart: ChartBump = ChartBump.NONE
    """How the own version of each chart is raised that the edited files are a part of."""
    locked: str | None = None
    """The version that a lock holds for the value, where that is a range."""
    image: ImageReference | None = None
    """Another image to take the place of the pin's, in place of a value and a digest."""

    @classmethod
    def by(cls, update: Update) -> Self:
        """What the update's pin shall read: where the digest alone moves, the value stays as it is written."""
        if update.is_migration:
            return cls(pin=update.pin, image=update.new_image, bump_chart=update.bump_chart)
        keeps_value = update.kind in {UpdateKind.DIGEST, UpdateKind.PIN}
        value = None if keeps_value else update.release.value
        locked = None if update.range_step is None else update.range_step[1]
        return cls(pin=update.pin, value=value, digest=update.release.digest, bump_chart=update.bump_chart, locked=locked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The files that changed, and what could not be done, with the reason. A file is changed wholly or not at all."""

    changes: tuple[FileChange, ...]
    failures: tuple[Failure, ...]
    done: tuple[Wanted, ...]
    """What was wanted and now reads so, in the order in which it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    wanted: Wanted
    edits: tuple[Edit, ...]
    charts: tuple[PurePosixPath, ...]
    """Whose own version is raised."""


def _files(plan: _Plan) -> set[PurePosixPath]:
    return {plan.wanted.pin.file, *(edit.file for edit in plan.edits), *plan.charts}


def _literals(plan: _Plan) -> set[tuple[PurePosixPath, Span]]:
    return {(edit.file, edit.span) for edit in plan.edits}


def change_files(tree: ByteTree, wanted: Sequence[Wanted], *, finders: Sequence[Finder] = FINDERS) -> Changed:
    """The files of the tree with every pin reading what is wanted, each proved by reading it again. Nothing is written.

    `finders` are those that found the pins.

    A pin that can't be edited, or whose edit fails the proof, is a failure of its own and stops no other; pins that share a literal
    stand or fall together.
    """
    failures: list[Failure] = []
    plans: list[_Plan] = []
    for one in wanted:
        try:
            plans.append(_plan(one, tree))
        except CannotEditError as error:
            failures.append(_failure(f"{one.pin.file}:{one.pin.line}", error))
    changes: list[FileChange] = []
    done = {plan.wanted for plan in plans if not plan.edits}
    for group in _connected((plan for plan in plans if plan.edits), _files):
        proved, kept, refused = _change_what_can_be(tree, group, finders)
        changes += proved
        failures += refused
        done.update(plan.wanted for plan in kept)
    return Changed(
        changes=tuple(sorted(changes, key=lambda change: change.path)),
        failures=tuple(failures),
        done=tuple(one for one in wanted if one in done),
    )


def _plan(wanted: Wanted, tree: Tree) -> _Plan:
    if wanted.image is None:
        edits = edits_for(wanted.pin, value=wanted.value, digest=wanted.digest)
    else:
        edits = (moving_edit(wanted.pin, _text_of(wanted.pin, tree), wanted.image),)
    files = dict.fromkeys(edit.file for edit in edits) if wanted.bump_chart is not ChartBump.NONE else ()
    return _Plan(wanted=wanted, edits=edits, charts=tuple(dict.fromkeys(chart for file in files for chart in charts_of(file, tree))))


def _text_of(pin: Pin, tree: Tree) -> str:
    """Of the file that its literal stands in."""
    return tree.read(pin.sites[0].file or pin.file if pin.sites else pin.file) or ""


def _failure(where: str, error: CannotEditError) -> Failure:
    log.warning("edit.refused", where=where, reason=str(error))
    return Failure(where=where, what=f"{error}.", remedy=error.remedy)


def _connected(plans: Iterable[_Plan], touched: Callable[[_Plan], set[_T]]) -> list[list[_Plan]]:
    """The plans in groups of which no two touch the same thing, in order."""
    groups: list[tuple[set[_T], list[_Plan]]] = []
    for plan in plans:
        own = touched(plan)
        touching = [group for group in groups if group[0] & own]
        merged = (own.union(*(things for things, _ in touching)), [*(one for _, members in touching for one in members), plan])
        groups = [*(group for group in groups if group not in touching), merged]
    return [members for _, members in groups]


def _change_what_can_be(
    tree: ByteTree, group: list[_Plan], finders: Sequence[Finder]
) -> tuple[list[FileChange], list[_Plan], list[Failure]]:
    """The changes of plans in the same files, the plans that they do, and why the others are not among them."""
    try:
        return _change_group(tree, group, finders), group, []
    except CannotEditError as error:
        units = _connected(group, _literals)
        if len(units) == 1:
            return [], [], [_failure(_places(group), error)]
    changes: list[FileChange] = []
    kept: list[_Plan] = []
    failures: list[Failure] = []
    for unit in units:
        try:
            changes = _change_group(tree, [*kept, *unit], finders)
            kept += unit
        except CannotEditError as error:
            failures.append(_failure(_places(unit), error))
    return changes, kept, failures


def _places(plans: Sequence[_Plan]) -> str:
    return ", ".join(dict.fromkeys(f"{plan.wanted.pin.file}:{plan.wanted.pin.line}" for plan in plans))


def _change_group(tree: ByteTree, group: Sequence[_Plan], finders: Sequence[Finder]) -> list[FileChange]:
    edits: dict[PurePosixPath, list[Edit]] = {}
    for edit in dict.fromkeys(edit for plan in group for edit in plan.edits):
        edits.setdefault(edit.file, []).append(edit)
    for bump in _bumps(group, tree):
        edits.setdefault(bump.file, []).append(bump)
    changes = [_spliced(tree, path, edits[path]) for path in edits]
    made_for = {(plan.wanted.pin.name, plan.wanted.value): plan.wanted.locked for plan in group if plan.wanted.locked is not None}
    for change in tuple(changes):
        follow_up = lock_edits(change.path, decode(change.new)[0], tree, made_for=made_for)
        if follow_up:
            changes.append(_spliced(tree, follow_up[0].file, follow_up))
    after = _EditedTree(tree, {change.path: decode(change.new)[0] for change in changes})
    for path in {file for plan in group for file in _files(plan)}:
        _prove(path, before=tree, after=after, plans=group, edits=edits, finders=finders)
    return changes


def _bumps(group: Sequence[_Plan], tree: Tree) -> Iterator[Edit]:
    """One raise for each chart: the largest that a plan asks for."""
    order = list(ChartBump)
    for chart in dict.fromkeys(chart for plan in group for chart in plan.charts):
        bump = max((plan.wanted.bump_chart for plan in group if chart in plan.charts), key=order.index)
        edit = version_edit(chart, bump, tree)
        if edit is not None:
            yield edit


def _spliced(tree: ByteTree, path: PurePosixPath, edits: Sequence[Edit]) -> FileChange:
    data = tree.read_bytes(path)
    if data is None:
        raise CannotEditError(f"{path} can't be read any more", remedy=READ_AGAIN)
    text, encoding = decode(data)
    new = apply(text, edits)
    try:
        change = FileChange(path=path, old=data, new=new.encode(encoding))
    except UnicodeEncodeError as error:
        raise CannotEditError(f"{path} is in {encoding}, which can't hold the new value") from error
    inverse = [Edit(file=path, span=_shifted(edit.span, edits, grow=True), old=edit.new, new=edit.old) for edit in edits]
    if decode(change.new) != (new, encoding) or apply(new, inverse) != text:
        raise CannotEditError(f"{path} would change beside its pins")
    return change


def _prove(
    path: PurePosixPath,
    *,
    before: Tree,
    after: Tree,
    plans: Sequence[_Plan],
    edits: Mapping[PurePosixPath, Sequence[Edit]],
    finders: Sequence[Finder],
) -> None:
    old, new = _findings(path, before, finders), _findings(path, after, finders)
    expected = _expected(path, old, plans)
    old_pins, new_pins = ([finding for finding in findings if isinstance(finding, Pin)] for findings in (old, new))
    if len(old_pins) != len(new_pins):
        raise CannotEditError(f"{path} would have {len(new_pins)} pins in place of {len(old_pins)}")
    for pin, now in zip(old_pins, new_pins, strict=True):
        shall = expected.get(pin, pin)
        if _identity(now) == _identity(shall) and (now.value, now.digest) == (shall.value, shall.digest):
            if pin in expected or now.sites == _moved(pin, edits):
                continue
            raise CannotEditError(f"{pin.name} in line {pin.line} would change, though it is not meant to")
        if pin in expected:
            raise CannotEditError(f"{pin.name} in line {pin.line} would read {now.name} {_shown(now)}, not {_shown(shall)}")
        raise CannotEditError(
            f"{pin.name} in line {pin.line} would move along to {_shown(now)}: they share a literal",
            remedy="Move both at once, or give each a literal of its own.",
        )
    if _places_of_skips(old) != _places_of_skips(new):
        raise CannotEditError(f"{path} would not be read as before: other places are skipped")


def _findings(path: PurePosixPath, tree: Tree, finders: Sequence[Finder]) -> tuple[Finding, ...]:
    text = tree.read(path)
    return () if text is None else find_in_file(path, text, tree, finders=finders)


def _expected(path: PurePosixPath, old: Sequence[Finding], plans: Sequence[_Plan]) -> dict[Pin, Pin]:
    """As what the changed pins shall be read: the wanted ones, and those of the same dependency and value that share a literal with one."""
    pins = [finding for finding in old if isinstance(finding, Pin)]
    expected: dict[Pin, Pin] = {}
    for plan in plans:
        wanted = plan.wanted
        for pin in pins:
            shares = any(_holds(edit, site, site.file or pin.file) for edit in plan.edits for site in pin.sites)
            if shares and (pin.dependency, pin.value, pin.digest) == (wanted.pin.dependency, wanted.pin.value, wanted.pin.digest):
                expected.setdefault(pin, _shall_be(pin, wanted))
        if wanted.pin.file == path:
            if wanted.pin not in pins:
                what = f"{path} has changed since it was read: {wanted.pin.name} in line {wanted.pin.line} is not there"
                raise CannotEditError(what, remedy=READ_AGAIN)
            expected[wanted.pin] = _shall_be(wanted.pin, wanted)
    return expected


def _holds(edit: Edit, site: Site, file: PurePosixPath) -> bool:
    return edit.file == file and edit.span.start <= site.span.start and site.span.end <= edit.span.end


def _shall_be(pin: Pin, wanted: Wanted) -> Pin:
    """The pin as it shall be read, but for its sites."""
    if (image := wanted.image) is not None:
        dependency = replace(pin.dependency, name=image.name)
        return replace(pin, dependency=dependency, name=image.familiar, value=image.tag, digest=image.digest)
    value = pin.value if wanted.value is None else wanted.value
    return replace(pin, value=value, digest=pin.digest if wanted.digest is None else wanted.digest)


def _identity(pin: Pin) -> tuple[object, ...]:
    """All of a pin that no update changes."""
    return (pin.file, pin.finder, pin.dependency, pin.name, pin.scheme, pin.role, pin.platform, pin.extract_version, pin.opt_out)


def _shown(pin: Pin) -> str:
    return f"{pin.value or 'no value'}" + (f"@{pin.digest}" if pin.digest else "")


def _places_of_skips(findings: Sequence[Finding]) -> list[tuple[int, str]]:
    return [(finding.line, finding.reason) for finding in findings if isinstance(finding, Skip)]


def _moved(pin: Pin, edits: Mapping[PurePosixPath, Sequence[Edit]]) -> tuple[Site, ...]:
    """The sites of an unchanged pin, behind the edits."""
    return tuple(replace(site, span=_shifted(site.span, edits.get(site.file or pin.file, ()))) for site in pin.sites)


def _shifted(span: Span, edits: Sequence[Edit], *, grow: bool = False) -> Span:
    """Where a span stands after the edits in front of it; with `grow`, the span of an edit itself, as long as its new text."""
    offset = sum(len(edit.new) - len(edit.old) for edit in edits if edit.span.end <= span.start and edit.span != span)
    own = sum(len(edit.new) - len(edit.old) for edit in edits if grow and edit.span == span)
    return Span(span.start + offset, span.end + offset + own)


class _EditedTree:
    """A tree with the new texts of some files."""

    def __init__(self, tree: Tree, texts: Mapping[PurePosixPath, str]) -> None:
        self._tree = tree
        self._texts = texts

    def read(self, path: PurePosixPath) -> str | None:
        return self._texts[path] if path in self._texts else self._tree.read(path)

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        return self._tree.files(folder)
