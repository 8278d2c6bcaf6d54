"""The own version of a Helm chart, raised when what the chart holds changes: a repository of charts takes each version once."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, assert_never

from bot.find.edit import CannotEditError
from bot.find.finder import Tree
from bot.find.helm_chart import CHART, REQUIREMENTS
from bot.find.syntax.yaml import read
from bot.model.edit import Edit
from bot.model.update import ChartBump

_FOLDERS: Final = frozenset({"templates", "crds", "charts"})
_VALUES: Final = re.compile(r"values[^/]{0,100}\.ya?ml", re.IGNORECASE)
_PLAIN: Final = re.compile(r"(v?)([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})", re.ASCII)


def charts_of(path: PurePosixPath, tree: Tree) -> Iterator[PurePosixPath]:
    """The Chart.yaml of each chart that a file is a part of: its values, its templates, its dependencies; of a subchart's parent, too."""
    for folder in path.parents:
        first = path.relative_to(folder).parts[0]
        own = first in {CHART, REQUIREMENTS, *_FOLDERS} or _VALUES.fullmatch(first) is not None
        if own and tree.read(folder / CHART) is not None:
            yield folder / CHART


def version_edit(chart: PurePosixPath, bump: ChartBump, tree: Tree) -> Edit | None:
    """What raises a chart's own version; None where nothing shall. Raises CannotEditError where it is no plain `1.2.3`."""
    document = next(read(tree.read(chart) or "").mappings(), None)
    version = document.scalar("version") if document else None
    numbers = _PLAIN.fullmatch(version.value) if version else None
    if bump is ChartBump.NONE:
        return None
    if version is None or numbers is None or not version.is_exact:
        raise CannotEditError(f"the version of {chart} is not of the form 1.2.3", remedy="Write one, or set bump_chart: none for it.")
    prefix, major, minor, patch = numbers[1], *map(int, numbers.groups()[1:])
    match bump:
        case ChartBump.PATCH:
            raised = f"{prefix}{major}.{minor}.{patch + 1}"
        case ChartBump.MINOR:
            raised = f"{prefix}{major}.{minor + 1}.0"
        case _:
            assert_never(bump)
    return Edit(file=chart, span=version.span, old=version.value, new=raised)
