"""How many values of one base, image or chart the apps of a fleet name."""

from collections import Counter
from collections.abc import Iterable

from bot.model.gap import Sprawl


def sprawl(named: Iterable[tuple[str, str, str]]) -> list[Sprawl]:
    """Of (app, dependency, value): the dependencies of which apps name more than one value, the most values first."""
    by_dependency: dict[str, dict[str, set[str]]] = {}
    for app, dependency, value in named:
        by_dependency.setdefault(dependency, {}).setdefault(value, set()).add(app)
    found = [
        Sprawl(
            dependency=dependency,
            apps=len(set().union(*values.values())),
            values=tuple(Counter({value: len(apps) for value, apps in sorted(values.items())}).most_common()),
        )
        for dependency, values in by_dependency.items()
        if len(values) > 1
    ]
    return sorted(found, key=lambda one: (-len(one.values), -one.apps, one.dependency))
