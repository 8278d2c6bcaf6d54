"""The custom properties of the repos that a run looks at, where the settings ask for them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from bot.model.failure import Failure, told
from bot.model.fleet import Property, Repo
from bot.model.forge import ForgeError
from bot.propose.forge import Forge
from bot.settings import Settings

_T = TypeVar("_T")
_REMEDY: Final = (
    "Give the App (or token) the organisation permission custom properties: read, or set properties.read to false. Until then the fleet "
    "file, topics and CODEOWNERS alone tell of phases and owners."
)


def with_properties(found: Iterable[Repo | Failure], forge: Forge, settings: Settings, *, is_named: bool) -> Iterator[Repo | Failure]:
    """The same repos with what their properties say; once for an owner why that can't be had, and then nothing is known of their repos.

    Repos that are named one by one (`is_named`, or beyond the owners of the settings) are asked for one by one.
    """
    if not settings.properties.read:
        yield from found
        return
    owners = frozenset() if is_named else frozenset(owner.lower() for owner in settings.github.owners)
    asked = _Asked(forge, owners)
    for one in found:
        if isinstance(one, Failure) or one.is_archived or not one.head:
            yield one
            continue
        properties = asked.of(one.full_name)
        if isinstance(properties, Failure):
            yield properties
            properties = None
        yield replace(one, properties=properties)


class _Asked:
    """What is known of the properties of a run's repos so far."""

    def __init__(self, forge: Forge, owners: frozenset[str]) -> None:
        self._forge: Final = forge
        self._owners: Final = owners
        self._lists: Final[dict[str, Mapping[str, tuple[Property, ...]]]] = {}
        self._given_up: Final[set[str]] = set()

    def of(self, full_name: str) -> tuple[Property, ...] | Failure | None:
        """None: not known; why, is told by the first failure of the owner."""
        owner = full_name.partition("/")[0].lower()
        if owner in self._given_up:
            return None
        if owner not in self._owners:
            return self._attempt(owner, lambda: self._forge.repo_properties(full_name))
        if owner not in self._lists:
            listed = self._attempt(owner, lambda: self._forge.properties(owner))
            if isinstance(listed, Failure):
                return listed
            self._lists[owner] = listed
        return self._lists[owner].get(full_name.lower())

    def _attempt(self, owner: str, ask: Callable[[], _T]) -> _T | Failure:
        try:
            return ask()
        except ForgeError as error:
            self._given_up.add(owner)
            what = f"can't be had: {told(error)}"
            return Failure(where=f"the custom properties of {owner}'s repos", what=what, remedy=_REMEDY, resumes_at=error.resumes_at)
