"""What an update does to a chart: its repository is asked, its packages are opened, and its defaults searched for images."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import PurePosixPath
from typing import Final

from bot.clients.once import once
from bot.clients.plain_yaml import Plain, read_yaml
from bot.explain.charts import CHANGES, Path, defaults_of, dependencies_of, moves, source_of, text_of, value_changes, version_changes
from bot.explain.releases import lies_between, newest_first
from bot.find.finder import Finder
from bot.find.helm_chart import PLUGIN as CHART_FINDER
from bot.find.helm_values import PLUGIN as VALUES_FINDER
from bot.inspect.chart import MAX_PACKAGE_BYTES, PackageError, read_package
from bot.model.chart import ChartStep
from bot.model.dependency import HELM, OCI, Dependency
from bot.model.failure import ToldError, told
from bot.model.pin import Pin, Role
from bot.model.update import Update
from bot.watch.charts import ChartPlace, Told

_CHART, _REQUIREMENTS, _VALUES = map(PurePosixPath, ("Chart.yaml", "requirements.yaml", "values.yaml"))
_API: Final = "apiVersion"
_MOST_VERSIONS: Final = 20
"""Of which it is told what they bring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tree:
    """The files of a package, as finders see them."""

    files_: Mapping[PurePosixPath, str]

    def read(self, path: PurePosixPath) -> str | None:
        return self.files_.get(path)

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        return tuple(sorted(path for path in self.files_ if path.parent == folder))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chart:
    """One version: what is told of it, and what is in its package."""

    told: Mapping[str, Plain] = field(default_factory=dict)
    is_whole: bool = False
    """Whether that is its Chart.yaml: what is not in it is not there, and not merely not told."""
    values: Mapping[Path, str] | None = None
    """None: not read."""
    images: Mapping[str, str] = field(default_factory=dict)
    dependencies: Mapping[str, str] = field(default_factory=dict)
    not_read: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class ChartSteps:
    """Looks into the charts of updates. Safe to use from several threads if what it was given is."""

    def __init__(self, places: Mapping[str, ChartPlace], versions_of: Callable[[Dependency], Iterable[str]]) -> None:
        """`places` by datasource; `versions_of` tells all published versions of a chart, which is known to whoever found the update."""
        self._places: Final = places
        self._versions_of: Final = versions_of
        # Many apps take the same update: each is looked into once, also where that fails.
        self._step: Final = once(self._compared)

    def of(self, update: Update) -> ChartStep | None:
        """What the update does to the chart; None: it is of no chart, or from no known version. Raises ToldError."""
        pin = update.pin
        old, new = update.range_step or (pin.value or "", update.release.value)
        if pin.role is not Role.CHART or pin.dependency.datasource not in {HELM, OCI} or not old or old == new:
            return None
        return self._step(pin.dependency, old, new)

    def _compared(self, dependency: Dependency, old: str, new: str) -> ChartStep:
        place = self._places[dependency.datasource]
        between = newest_first({one for one in self._versions_of(dependency) if lies_between(one, old, new)} | {new})
        listed = place.told(dependency, [*between[:_MOST_VERSIONS], old])
        before, after = (self._opened(place, dependency, version, listed.get(version)) for version in (old, new))
        # Helm before 3.10 told a registry nothing of a chart's annotations: its package has them.
        listed = {**listed, new: {**after.told, **listed.get(new, {})}}
        said = (version_changes(version, _annotation(listed.get(version), CHANGES)) for version in between)
        both = (before, after)
        is_known = all(one.is_whole for one in both)
        has_values = before.values is not None and after.values is not None
        return ChartStep(
            app_version=_pair(both, "appVersion") if is_known else ("", ""),
            kube_version=_pair(both, "kubeVersion") if is_known else ("", ""),
            is_deprecated=text_of(after.told, "deprecated") == "true",
            dependencies=moves(before.dependencies, after.dependencies) if is_known else (),
            images=moves(before.images, after.images) if has_values else (),
            values=value_changes(before.values or {}, after.values or {}) if has_values else (),
            versions=tuple(one for one in said if one is not None),
            source_url=source_of(after.told),
            not_compared=tuple(chain.from_iterable(one.not_read for one in both)),
            problems=tuple(chain.from_iterable(one.problems for one in both)),
        )

    def _opened(self, place: ChartPlace, dependency: Dependency, version: str, listed: Told | None) -> _Chart:
        """The version, with what of it could not be looked at as a value: half of what changes is better than nothing."""
        what = f"the package of {dependency.name.rpartition('#')[2].rpartition('/')[2]} {version}"
        known = {name: value for name, value in (listed or {}).items() if name != "annotations"}
        try:
            files = read_package(place.package(dependency, version, listed, max_bytes=MAX_PACKAGE_BYTES))
            return _read(files)
        except (PackageError, ValueError) as error:
            return _listed(known, not_read=(f"{what}: {str(error)[:200]}",))
        except ToldError as error:
            said = f"{what}: {told(error, where=error.where)[:300]}"
            is_passing = bool(getattr(error, "is_temporary", False))
            return _listed(
                known,
                not_read=() if is_passing else (said,),
                problems=(f"Could not read {said}",) if is_passing else (),
            )


def _listed(told: Told, *, not_read: tuple[str, ...] = (), problems: tuple[str, ...] = ()) -> _Chart:
    """A version of which only its repository's word is had: a whole Chart.yaml, where what no chart may leave out is there."""
    is_whole = _API in told
    return _Chart(told=told, is_whole=is_whole, dependencies=dependencies_of(told), not_read=not_read, problems=problems)


def _read(files: Mapping[PurePosixPath, str]) -> _Chart:
    """A version from its files. Raises PackageError and ValueError."""
    chart, values = (read_yaml(files.get(path, "")) for path in (_CHART, _VALUES))
    if not isinstance(chart, dict):
        raise PackageError("it has no Chart.yaml that is a mapping")
    requirements = read_yaml(files.get(_REQUIREMENTS, ""))
    asked = dependencies_of(chart) or dependencies_of(requirements if isinstance(requirements, dict) else {})
    return _Chart(told=chart, is_whole=True, values=defaults_of(values), images=_images(files), dependencies=asked)


def _images(files: Mapping[PurePosixPath, str]) -> dict[str, str]:
    """The images of a chart's defaults with their tags and digests, several of one name in one text."""
    tree = _Tree(files_=files)
    found: dict[str, dict[str, None]] = {}
    finders: tuple[tuple[Finder, PurePosixPath], ...] = ((VALUES_FINDER, _VALUES), (CHART_FINDER, _CHART))
    for finder, path in finders:
        for pin in finder.find(path, files.get(path, ""), tree):
            if isinstance(pin, Pin) and pin.dependency.datasource == OCI and pin.role is not Role.CHART:
                value = "@".join(filter(None, (pin.value, str(pin.digest or "")[:19]))) or "no tag"
                found.setdefault(pin.dependency.name, {})[value] = None
    return {name: ", ".join(sorted(values)) for name, values in found.items()}


def _pair(both: tuple[_Chart, _Chart], name: str) -> tuple[str, str]:
    return (text_of(both[0].told, name), text_of(both[1].told, name))


def _annotation(listed: Told | None, name: str) -> Plain:
    annotations = (listed or {}).get("annotations")
    return annotations.get(name) if isinstance(annotations, dict) else None
