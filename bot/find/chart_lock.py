"""Chart.lock and requirements.lock, kept in step with the dependencies of their chart as `helm dependency update` would."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.edit import CannotEditError
from bot.find.finder import Finder, Tree
from bot.find.helm_chart import CHART, REQUIREMENTS
from bot.find.syntax.lines import Lines
from bot.find.syntax.yaml import Mapping, Node, Scalar, Sequence, read
from bot.model.edit import Edit
from bot.model.pin import Finding, Skip

_LOCKS: Final = {CHART: "Chart.lock", REQUIREMENTS: "requirements.lock"}
_EXACT: Final = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?", re.ASCII)
_HTML: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""What Go's JSON encoder escapes in strings."""


def lock_edits(
    path: PurePosixPath, new_text: str, tree: Tree, *, made_for: dict[tuple[str, str | None], str] | None = None
) -> tuple[Edit, ...]:
    """What changes in the lock beside a chart's file when that file gets a new text; nothing where there is no lock.

    Locked versions follow exact ones, those of the others stay, and the digest is that of both lists (Helm: resolver.HashReq, or
    HashV2Req of charts that Helm 2 made). The time of generation stays: Helm compares the digest alone. A lock that Helm refuses as it
    stands is left alone, being a skip of its own. `made_for` tells, by name and new range, for which version a range was
    written. Raises CannotEditError where only Helm itself can say what the lock would be, with what
    to run.
    """
    lock_path = path.parent / _LOCKS[path.name] if path.name in _LOCKS else None
    lock_text, old_text = (tree.read(lock_path), tree.read(path)) if lock_path else (None, None)
    if lock_path is None or lock_text is None or old_text is None or _dependencies(old_text) == _dependencies(new_text):
        return ()
    locked, old, new = _dependencies(lock_text), _dependencies(old_text), _dependencies(new_text)
    lock = next(read(lock_text).mappings(), None)
    digest = lock.scalar("digest") if lock else None
    if lock is None or digest is None or not _is_in_step(digest.value, old, locked):
        return ()
    remedy = _remedy(path)
    if len(new) != len(locked) or not digest.is_exact:
        raise CannotEditError(f"{lock_path} can't follow {path.name}", remedy=remedy)
    is_helm_2 = digest.value == _digest({"dependencies": old})
    edits: list[Edit] = []
    for entry, before, after, scalar in zip(locked, old, new, _versions(lock), strict=True):
        if before == after:
            continue
        exact, known = (str(side.get("version", "")).lstrip("=") for side in (after, before))
        exact = (made_for or {}).get((str(after.get("name")), str(after.get("version"))), exact)
        if not _is_known(str(entry.get("version", "")), known, exact) or scalar is None or not scalar.is_exact:
            raise CannotEditError(f"which version of {after.get('name')} Helm would put into {lock_path} is not known here", remedy=remedy)
        edits.append(Edit(file=lock_path, span=scalar.span, old=scalar.value, new=exact))
        entry["version"] = exact
    new_digest = _digest({"dependencies": new}) if is_helm_2 else _digest([new, locked])
    return (*edits, Edit(file=lock_path, span=digest.span, old=digest.value, new=new_digest))


def _is_known(locked: str, before: str, after: str) -> bool:
    """Whether Helm would lock what a dependency now asks for as it is written.

    So it is for an exact version, unless the repository has it with a `v` that the chart leaves out: what was locked before tells.
    """
    if not _EXACT.fullmatch(after):
        return False
    return (
        locked == before
        if _EXACT.fullmatch(before)
        else _EXACT.fullmatch(locked) is not None and locked[:1].isdigit() == after[:1].isdigit()
    )


class ChartLockFinder:
    """Locks have no pins of their own, they follow their chart's; one that Helm would refuse is listed."""

    name = "chart-lock"

    def matches(self, path: PurePosixPath) -> bool:
        return path.name in _LOCKS.values()

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:
        chart = path.parent / next(chart for chart, lock in _LOCKS.items() if lock == path.name)
        chart_text = tree.read(chart)
        lock = next(read(text).mappings(), None)
        digest = lock.scalar("digest") if lock else None
        if chart_text is None or digest is None or _is_in_step(digest.value, _dependencies(chart_text), _dependencies(text)):
            return
        line = Lines(text).line(digest.span.start)
        reason = f"not in step with {chart.name}. {_remedy(chart)}"
        yield Skip(file=path, line=line, text=digest.value[:80], reason=reason, finder=self.name)


def _remedy(chart: PurePosixPath) -> str:
    return f"Run `helm dependency update {chart.parent}`."


def _is_in_step(digest: str, dependencies: list[dict[str, object]], locked: list[dict[str, object]]) -> bool:
    """Whether Helm 2 or a later one made a lock's digest of these."""
    return digest in {_digest([dependencies, locked]), _digest({"dependencies": dependencies})}


def _digest(value: object) -> str:
    """The digest of a value as Go encodes it."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    for character, escape in _HTML.items():
        text = text.replace(character, escape)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _dependencies(text: str) -> list[dict[str, object]]:
    """The dependencies with the fields that Helm reads, in the order in which it writes them (helm: pkg/chart, Dependency)."""
    return [_fields(entry) for entry in _entries(text)]


def _entries(text: str) -> list[Mapping]:
    document = next(read(text).mappings(), None)
    dependencies = document.sequence("dependencies") if document else None
    return list(dependencies.mappings()) if dependencies else []


def _versions(lock: Mapping) -> list[Scalar | None]:
    dependencies = lock.sequence("dependencies")
    return [entry.scalar("version") for entry in dependencies.mappings()] if dependencies else []


def _fields(entry: Mapping) -> dict[str, object]:
    fields: dict[str, object] = {"name": entry.text("name")}
    for key in ("version", "repository", "condition"):
        if entry.text(key) or key == "repository":
            fields[key] = entry.text(key)
    tags = entry.sequence("tags")
    if tags and tags.items:
        fields["tags"] = [tag.value for tag in tags.scalars()]
    if entry.text("enabled") == "true":
        fields["enabled"] = True
    values = entry.sequence("import-values")
    if values and values.items:
        fields["import-values"] = [_plain(value) for value in values.items]
    if entry.text("alias"):
        fields["alias"] = entry.text("alias")
    return fields


def _plain(node: Node) -> object:
    """A value of no fixed type, as Go's maps are written: keys sorted."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [_plain(item) for item in node.items]
        case Mapping():
            return dict(sorted((key.value, _plain(value)) for key, value in node.entries()))


PLUGIN: Final[Finder] = ChartLockFinder()
