"""Updates of an app, or of several of one repo -> those that go out together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from bot.model.dependency import OCI
from bot.model.fleet import App
from bot.model.rules import Rule
from bot.model.update import STEPS, Update, UpdateKind

REBUILDS: Final = "rebuilds"
"""The group of all images of an app that were built again under the tag that is in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The updates of one pull request."""

    updates: tuple[Update, ...]
    name: str | None
    """None: they are those of one dependency."""
    portion: str = ""
    """Which part of it, where it is too large for one pull request (`bot.propose.portions`); empty: it is whole."""


def groups(
    updates: Iterable[Update], rule_for: Callable[[Update], Rule], *, stands_alone: Callable[[Update], bool] = lambda _: False
) -> tuple[Group, ...]:
    """The updates of one app, or those that several share, one group for each pull request, in the order in which they first occur.

    Those whose rule names the same group go together; new digests of images under the same tag go together too, unless their rule or
    `stands_alone` says otherwise; the rest goes by dependency. Major updates stand apart, and so do steps to another cycle: they want a
    reader, and must not hold up the rest. So does a stage that has pull requests of its own. A move to another base goes by its base alone.
    """
    together: dict[tuple[str | None, str, str, UpdateKind | None], list[Update]] = {}
    for update in updates:
        name = _name(update, rule_for(update), stands_alone)
        dependency = str(update.pin.dependency) if name is None else ""
        key = (name, dependency, update.stage, update.kind if update.kind in STEPS else None)
        together.setdefault(key, []).append(update)
    return tuple(Group(updates=tuple(members), name=name) for (name, *_), members in together.items())


def is_shared(rule: Rule, app: App) -> bool:
    """Whether an app shares the group that its rule names with other apps of its repo."""
    paths = () if rule.group is None else rule.group.paths
    return any(fnmatchcase(str(app.path), path.rstrip("/") or "*") for path in paths)


def _name(update: Update, rule: Rule, stands_alone: Callable[[Update], bool]) -> str | None:
    if update.is_migration:
        return None
    if rule.group is not None:
        return rule.group.name
    is_rebuild = update.kind is UpdateKind.DIGEST and update.pin.dependency.datasource == OCI and not update.promoted_from
    return REBUILDS if is_rebuild and rule.rebuilds_together is not False and not stands_alone(update) else None
