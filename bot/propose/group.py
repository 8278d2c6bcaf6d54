"""One app's updates -> those that go out together."""

from collections.abc import Callable, Iterable

from bot.model.rules import Rule
from bot.model.update import STEPS, Update, UpdateKind


def groups(updates: Iterable[Update], rule_for: Callable[[Update], Rule]) -> tuple[tuple[Update, ...], ...]:
    """The updates of one app, one tuple for each pull request, in the order in which they first occur.

    Those whose rule names the same group go together, else those of one dependency. Major updates stand apart, and so do steps to another
    cycle: they want a reader, and must not hold up the rest.
    """
    together: dict[tuple[str, str, UpdateKind | None], list[Update]] = {}
    for update in updates:
        group = rule_for(update).group
        key = ("dependency", str(update.pin.dependency)) if group is None else ("group", group)
        together.setdefault((*key, update.kind if update.kind in STEPS else None), []).append(update)
    return tuple(tuple(members) for members in together.values())
