"""Two versions of a chart -> what is not the same: what its publisher says, its metadata, its defaults."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from bot.clients.plain_yaml import Plain, read_yaml
from bot.explain.neutralise import harmless_url
from bot.model.chart import Change, ChartEntry, ChartMove, ChartVersion, ValueChange

CHANGES: Final = "artifacthub.io/changes"
_MAX_ANNOTATION_CHARACTERS: Final = 64_000
_MAX_ENTRIES: Final = 100
_MAX_LINKS: Final = 3
_MAX_TEXT: Final = 500
_MAX_VALUES: Final = 20_000
_MAX_CHANGES: Final = 1_000
_LONG: Final = 100
_LEAD: Final = 20
"""Characters before the difference that are shown."""

Path = tuple[str, ...]


def text_of(told: Mapping[str, Plain], name: str) -> str:
    """A field that is a text; empty: it is none."""
    value = told.get(name)
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def version_changes(version: str, annotation: Plain) -> ChartVersion | None:
    """What `artifacthub.io/changes` says of a version, in either of its forms: a list of texts, or of kind, description and links.

    None: nothing, or nothing that can be read.
    """
    if not isinstance(annotation, str) or len(annotation) > _MAX_ANNOTATION_CHARACTERS:
        return None
    try:
        told = read_yaml(annotation)
    except ValueError:
        return None
    items = told[:_MAX_ENTRIES] if isinstance(told, list) else []
    entries = tuple(entry for item in items if (entry := _entry(item)) is not None)
    return ChartVersion(version=version, entries=entries) if entries else None


def _entry(item: Plain) -> ChartEntry | None:
    if isinstance(item, str):
        return ChartEntry(description=item[:_MAX_TEXT]) if item.strip() else None
    if not isinstance(item, dict) or not text_of(item, "description").strip():
        return None
    listed = item.get("links")
    links = [one for one in listed[:_MAX_LINKS] if isinstance(one, dict)] if isinstance(listed, list) else []
    return ChartEntry(
        description=text_of(item, "description"),
        kind=text_of(item, "kind")[:20],
        links=tuple((text_of(one, "name") or "link", harmless_url(text_of(one, "url"))) for one in links if text_of(one, "url")),
    )


def dependencies_of(chart: Mapping[str, Plain]) -> dict[str, str]:
    """The charts that a chart depends on, by their names or aliases, with the versions that it asks for."""
    listed = chart.get("dependencies")
    items = [one for one in listed[:_MAX_ENTRIES] if isinstance(one, dict)] if isinstance(listed, list) else []
    return {text_of(one, "alias") or text_of(one, "name"): text_of(one, "version") or "any" for one in items if text_of(one, "name")}


def source_of(chart: Mapping[str, Plain]) -> str | None:
    """The first address of its sources, else its home."""
    listed = chart.get("sources")
    urls = [*(listed if isinstance(listed, list) else []), chart.get("home")]
    return next((url for url in urls if isinstance(url, str) and url.startswith("https://")), None)


def moves(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[ChartMove, ...]:
    """Those whose version is not the same, sorted by name."""
    names = sorted(old.keys() | new.keys())
    found = (ChartMove(name=name, old=old.get(name, ""), new=new.get(name, "")) for name in names)
    return tuple(move for move in found if move.old != move.new)[:_MAX_ENTRIES]


def defaults_of(values: Plain) -> dict[Path, str]:
    """Every default by its path. Lists are values as a whole: a chart's user overrides them as a whole. Raises ValueError beyond bounds."""
    found: dict[Path, str] = {}
    for path, text in _leaves((), values if isinstance(values, dict) else {}):
        found[path] = text
        if len(found) > _MAX_VALUES:
            raise ValueError(f"it has more than {_MAX_VALUES:,} values")
    return found


def _leaves(path: Path, value: Plain) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from _leaves((*path, key), below)
    elif path:
        yield path, _shown(value)


def _shown(value: Plain) -> str:
    match value:
        case None:
            return "null"
        case str():
            return value or '""'
        case _:
            return json.dumps(value, ensure_ascii=False)


def value_changes(old: Mapping[Path, str], new: Mapping[Path, str]) -> tuple[ValueChange, ...]:
    """What was removed, changed and added, in this order, for that is what can break an app's own values; each in the order of the file.

    Where all below a key is gone, or new, the key alone is told, with how many values there are below it.
    """
    removed, added = _only_in(old, new), _only_in(new, old)
    changed = [
        ValueChange(key=_key(path), change=Change.CHANGED, old=_around(text, new[path]), new=_around(new[path], text))
        for path, text in old.items()
        if path in new and new[path] != text
    ]
    gone = [_one_sided(path, paths, old, Change.REMOVED) for path, paths in removed.items()]
    come = [_one_sided(path, paths, new, Change.ADDED) for path, paths in added.items()]
    return tuple([*gone, *changed, *come][:_MAX_CHANGES])


def _only_in(mine: Mapping[Path, str], other: Mapping[Path, str]) -> dict[Path, list[Path]]:
    """The values that the other has not, by the highest key that it has not either."""
    there = {path[:length] for path in other for length in range(1, len(path) + 1)}
    found: dict[Path, list[Path]] = {}
    for path, text in mine.items():
        if path in other or (text == "{}" and path in there):
            continue
        top = next((path[:length] for length in range(1, len(path) + 1) if path[:length] not in there), path)
        found.setdefault(top, []).append(path)
    return found


def _one_sided(top: Path, paths: list[Path], values: Mapping[Path, str], change: Change) -> ValueChange:
    text = values[paths[0]][:_MAX_TEXT] if len(paths) == 1 else ""
    key = _key(paths[0] if len(paths) == 1 else top)
    if change is Change.ADDED:
        return ValueChange(key=key, change=change, new=text, count=len(paths))
    return ValueChange(key=key, change=change, old=text, count=len(paths))


def _around(text: str, other: str) -> str:
    """A long text from shortly before the place where it is another than the other one."""
    if max(len(text), len(other)) <= _LONG:
        return text
    start = max(0, next((place for place, (one, two) in enumerate(zip(text, other, strict=False)) if one != two), len(other)) - _LEAD)
    return f"{'…' if start else ''}{text[start : start + _LONG]}"


def _key(path: Iterable[str]) -> str:
    return ".".join(part.replace(".", "\\.") for part in path)[:_MAX_TEXT]
