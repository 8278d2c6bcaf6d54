"""Whom a pull request is for: an app, or several of one repo that share a group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from bot.model.fleet import App
from bot.model.update import Update

_MOST_NAMED: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Takers:
    """The apps that take the updates of a pull request."""

    apps: tuple[App, ...]
    """At least one; by their folders."""
    is_shared: bool = False
    """Whether the group is one of several apps, also where one of them alone has something to take now."""

    @classmethod
    def of(cls, app: App) -> Self:
        """An app alone."""
        return cls(apps=(app,))

    def app_of(self, update: Update) -> App:
        """Whose update it is: the app in the deepest folder that holds the file."""
        if len(self.apps) == 1:
            return self.apps[0]
        by_folder = {app.path: app for app in reversed(self.apps)}
        return next((by_folder[folder] for folder in update.pin.file.parents if folder in by_folder), self.apps[0])

    def by_app(self, updates: Sequence[Update]) -> Mapping[str, Sequence[Update]]:
        """The updates of each app, by its name."""
        found: dict[str, list[Update]] = {}
        for update in updates:
            found.setdefault(self.app_of(update).name, []).append(update)
        return found

    def having(self, updates: Sequence[Update]) -> Self:
        """Those of them whose updates these are."""
        there = {self.app_of(update) for update in updates}
        return type(self)(apps=tuple(app for app in self.apps if app in there), is_shared=self.is_shared)

    @property
    def name(self) -> str:
        """`billing`, `billing and shop`, `3 apps`."""
        names = [app.name for app in self.apps]
        return " and ".join(names) if len(names) <= _MOST_NAMED else f"{len(names)} apps"

    @property
    def place(self) -> str:
        """The same where it tells more than the name of the repo does; empty: it does not."""
        return self.name if self.is_shared or self.apps[0].path.parts else ""
