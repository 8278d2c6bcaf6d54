"""What of an update can break the app: how the image runs, what is in it, and what could not be compared."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final

from bot.model import chart as chart_model
from bot.model.chart import ChartStep
from bot.model.comparison import Change, Comparison, Difference, ImageStep
from bot.model.contents import Contents, OperatingSystem
from bot.model.notes import Notes
from bot.model.severity import Severity
from bot.model.traits import GLIBC, MUSL, has_shell
from bot.model.update import Update, UpdateKind
from bot.propose.markdown import Markdown, code, escape
from bot.propose.naming import short_name

_MOST_NAMED: Final = 3
_MOST_REASONS: Final = 5


class Weight(IntEnum):
    """How likely it is that a change breaks something."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One change that can break what stands on the image."""

    said: Markdown
    """`runs as root from now on`."""
    weight: Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """How likely a merge breaks something, why, and what nobody could compare."""

    weight: Weight
    reasons: tuple[Markdown, ...]
    """What makes it more than low, the worst first."""
    unknown: tuple[Markdown, ...]

    @property
    def level(self) -> str:
        """`low`, `medium`, `high`, `not known`."""
        return "not known" if self.unknown and not self.reasons else self.weight.name.lower()

    def __str__(self) -> str:
        """`**Risk: high**: ENTRYPOINT changed.`; never low where something could not be compared."""
        reasons, unknown = _listed(self.reasons), _listed(self.unknown)
        if self.reasons and self.unknown:
            least = "" if self.weight is Weight.HIGH else "at least "
            return f"**Risk: {least}{self.weight.name.lower()}**: {reasons}. More is not known, because {unknown}."
        if self.unknown:
            return f"**Risk: not known**, because {unknown}."
        if self.reasons:
            return f"**Risk: {self.weight.name.lower()}**: {reasons}."
        return "**Risk: low**: no new feature version, and nothing was found in it that is known to break things."


def risk(explained: Sequence[tuple[Update, Notes]], today: date) -> Risk:
    """What is known of the updates of one pull request, each step once; with the names of what it is true of where there are several."""
    found: dict[Markdown, Weight] = {}
    of: dict[Markdown, list[str]] = {}
    for update, notes in explained:
        for one in (*_kind(update), *drifts(notes, today)):
            found[one.said] = max(found.get(one.said, Weight.LOW), one.weight)
            of.setdefault(one.said, []).append(short_name(update))
        for gap in _gaps(update, notes):
            of.setdefault(Markdown(gap), []).append(short_name(update))

    def named(said: Markdown) -> Markdown:
        names = list(dict.fromkeys(of[said]))
        if len(explained) == 1:
            return said
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        return Markdown(f"{said} ({', '.join(map(code, names[:_MOST_NAMED]))}{more})")

    worst_first = sorted(found, key=lambda said: -found[said])
    return Risk(
        weight=found[worst_first[0]] if worst_first else Weight.LOW,
        reasons=tuple(map(named, worst_first)),
        unknown=tuple(named(said) for said in of if said not in found),
    )


def drifts(notes: Notes, today: date) -> list[Drift]:
    """All that can break, in an image and in how it runs; the worst first."""
    step = notes.step
    differences = notes.differences or (step.comparison.differences if step else ())
    found = [drift for one in differences if (drift := _of_difference(one)) is not None]
    if step is not None:
        found += [*_user(step, differences), *_inside(step.comparison, today), *_brought(step)]
    if notes.chart is not None:
        found += _of_chart(notes.chart)
    return sorted(found, key=lambda one: -one.weight)


def _kind(update: Update) -> Iterator[Drift]:
    match update.kind:
        case UpdateKind.MAJOR:
            yield Drift(said=Markdown("it is a major version"), weight=Weight.HIGH)
        case UpdateKind.CYCLE:
            yield Drift(said=Markdown("it is another cycle of its releases"), weight=Weight.HIGH)
        case UpdateKind.MIGRATE:
            yield Drift(said=Markdown("it is another image, not another version of the one in use"), weight=Weight.HIGH)
        case UpdateKind.MINOR:
            yield Drift(said=Markdown("it is a minor version, not only fixes"), weight=Weight.MEDIUM)
        case UpdateKind.PATCH | UpdateKind.DIGEST | UpdateKind.PIN:
            pass
    if update.release.deprecation:
        yield Drift(said=Markdown("its publisher warns of it"), weight=Weight.MEDIUM)


def _of_difference(one: Difference) -> Drift | None:
    """What a difference in how the image runs means; None: it hardly breaks anything."""
    if one.aspect == "volumes" and one.new and not one.old:
        return Drift(said=Markdown(f"{code(one.new)} becomes a volume"), weight=Weight.MEDIUM)
    if not one.needs_attention:
        return None
    worded = _WORDS.get(one.aspect)
    if worded is None:
        return Drift(said=Markdown(f"its {escape(one.aspect)} changed"), weight=Weight.MEDIUM)
    said, weight = worded
    return Drift(said=said(one), weight=weight)


def _changed(what: str) -> Callable[[Difference], Markdown]:
    return lambda one: Markdown(f"{what} {'changed' if one.new else 'is gone'}")


def _is_root(user: str) -> bool:
    return user.partition(":")[0] in {"", "0", "root"}


def _said_of_user(one: Difference) -> Markdown:
    if _is_root(one.new) and not _is_root(one.old):
        return _AS_ROOT
    return Markdown(f"runs as {code(one.new)} from now on, not as {code(one.old)}")


_AS_ROOT: Final = Markdown("runs as root from now on")
_WORDS: Final[dict[str, tuple[Callable[[Difference], Markdown], Weight]]] = {
    "platforms": (lambda one: Markdown(f"is no longer there for {code(one.old)}"), Weight.HIGH),
    "user": (_said_of_user, Weight.HIGH),
    "entrypoint": (_changed("ENTRYPOINT"), Weight.HIGH),
    "command": (_changed("CMD"), Weight.MEDIUM),
    "ports": (lambda one: Markdown(f"{code(one.old)} is no longer exposed"), Weight.MEDIUM),
    "volumes": (lambda one: Markdown(f"{code(one.old)} is no longer a volume"), Weight.MEDIUM),
    "environment": (lambda one: Markdown(f"{code(one.name)} is no longer set"), Weight.MEDIUM),
    "label": (lambda _: Markdown("names another source repo"), Weight.HIGH),
}
"""By the aspects of `bot.explain.compare`; one without words of its own is said to have changed."""


def _user(step: ImageStep, differences: Iterable[Difference]) -> Iterator[Drift]:
    """What the opened images say of the user, where nothing else did."""
    if any(one.aspect == "user" for one in differences):
        return
    if step.comparison.new.configuration.runs_as_root and not step.comparison.old.configuration.runs_as_root:
        yield Drift(said=_AS_ROOT, weight=Weight.HIGH)


def _inside(both: Comparison, today: date) -> Iterator[Drift]:
    old, new = both.old, both.new
    if is_past_its_end(new, today):
        yield Drift(said=Markdown("its operating system is past its end"), weight=Weight.MEDIUM)
    yield from _systems(old.operating_system, new.operating_system)
    if not both.not_compared:
        yield from _lost(old, new)
    for change, said in ((Change.DOWNGRADED, "to an older version"), (Change.REMOVED, "")):
        count = sum(one.change is change for one in both.packages)
        verb = ("goes" if count == 1 else "go") if said else ("is gone" if count == 1 else "are gone")
        if count:
            words = f"{count} package{'' if count == 1 else 's'} {verb} {said}".strip()
            yield Drift(said=Markdown(words), weight=Weight.MEDIUM)


def _of_chart(chart: ChartStep) -> Iterator[Drift]:
    """What is known of a chart's defaults, of which an app may have set some."""
    if chart.is_deprecated:
        yield Drift(said=Markdown("the chart is deprecated"), weight=Weight.MEDIUM)
    old, new = chart.kube_version
    if new and old != new:
        yield Drift(said=Markdown(f"it asks for Kubernetes {code(new)}{f', not {code(old)}' if old else ''}"), weight=Weight.MEDIUM)
    for change, said in ((chart_model.Change.REMOVED, "gone"), (chart_model.Change.CHANGED, "set otherwise")):
        count = sum(one.count for one in chart.values if one.change is change)
        if count:
            words = f"{count} default{' is' if count == 1 else 's are'} {said}"
            yield Drift(said=Markdown(words), weight=Weight.MEDIUM)


def _systems(old: OperatingSystem | None, new: OperatingSystem | None) -> Iterator[Drift]:
    if old is None or new is None or not old.id or not new.id:
        return
    if old.id != new.id:
        yield Drift(said=Markdown(f"another operating system: {escape(new.id)}, not {escape(old.id)}"), weight=Weight.HIGH)
    elif old.version and new.version and old.version.partition(".")[0] != new.version.partition(".")[0]:
        said = f"another release of its operating system: {old.id} {new.version}, not {old.version}"
        yield Drift(said=escape(said), weight=Weight.MEDIUM)


def _lost(old: Contents, new: Contents) -> Iterator[Drift]:
    """By the names of packages, which is why it counts only where all of them were read."""
    before, after = (frozenset((one.type, one.name) for one in image.packages) for image in (old, new))
    if has_shell(before) and not has_shell(after):
        yield Drift(said=Markdown("no package of it is a shell any more"), weight=Weight.HIGH)
    for gone, come, said in ((GLIBC, MUSL, "musl takes the place of glibc"), (MUSL, GLIBC, "glibc takes the place of musl")):
        if before & gone and not before & come and after & come and not after & gone:
            yield Drift(said=Markdown(said), weight=Weight.HIGH)


def _brought(step: ImageStep) -> Iterator[Drift]:
    brought = step.holes.brought
    if brought:
        bad = any(hole.severity.rank >= Severity.HIGH.rank or hole.exploited_since for one in brought for hole in one)
        said = f"brings {len(brought)} known hole{'' if len(brought) == 1 else 's'}"
        yield Drift(said=Markdown(said), weight=Weight.HIGH if bad else Weight.MEDIUM)


def _gaps(update: Update, notes: Notes) -> Iterator[str]:
    """What could break things, and could not be compared."""
    if update.kind is UpdateKind.PIN:
        return  # the image that the tag gives today: nothing becomes another
    if notes.chart is not None:
        lacks_some = notes.chart.not_compared or notes.chart.problems
        yield "not all of its defaults, nor what it renders, was compared" if lacks_some else "what it renders was not compared"
        return
    if update.old_image is None or update.new_image is None:
        yield "what is inside it is not looked into"
        return
    if notes.step is None:
        ran = "" if notes.old and notes.new else ", and how they run,"
        yield f"what is inside the two images{ran} was not compared"
    elif notes.step.comparison.not_compared:
        yield "not everything inside the two images could be compared"
    elif not notes.step.holes.is_known or notes.step.holes.has_unchecked_changes:
        yield "not all that changes in it could be checked for holes"


def is_past_its_end(contents: Contents, today: date) -> bool:
    """Whether the usual security updates of its operating system are known to have ended."""
    system = contents.operating_system
    return system is not None and system.end_of_life is not None and system.end_of_life < today


def left_behind(both: Comparison, today: date) -> Markdown:
    """`leaves Debian GNU/Linux 10 behind, which is past its end`; empty: it does not, or that is not known."""
    new = both.new.operating_system
    if not is_past_its_end(both.old, today) or new is None or new.end_of_life is None or is_past_its_end(both.new, today):
        return Markdown("")
    old = both.old.operating_system
    return Markdown("") if old is None else escape(f"leaves {old.name or old.id} behind, which is past its end")


def grave(notes: Notes, today: date) -> list[Markdown]:
    """What most likely breaks something, besides what a count of holes tells."""
    return _few([one.said for one in drifts(notes, today) if one.weight is Weight.HIGH and not one.said.startswith("brings ")])


def _few(said: Sequence[Markdown]) -> list[Markdown]:
    """The first of them, and how many more there are."""
    more = len(said) - _MOST_NAMED
    return [*said[:_MOST_NAMED], *([Markdown(f"{more} more thing{'' if more == 1 else 's'} that can break")] if more > 0 else [])]


def _listed(texts: Sequence[str]) -> str:
    more = [f"and {len(texts) - _MOST_REASONS} more"] if len(texts) > _MOST_REASONS else []
    return "; ".join([*texts[:_MOST_REASONS], *more])
