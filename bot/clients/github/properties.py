"""The custom properties that organisations give their repos: by REST, a page for each 100 repos, for GraphQL's schema has none of them."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from github.Organization import Organization

from bot.clients.github.connection import Connection
from bot.clients.github.failures import UnreadableError, translated
from bot.model.fleet import Property

_MAX_REPOS: Final = 20_000
_MAX_VALUES: Final = 200
"""As many as GitHub lets a property have."""
_MAX_CHARACTERS: Final = 200
"""GitHub has 75 for a value."""


class PropertyReader:
    """Reads them as they are at this moment. Safe to use from several threads; raises ForgeError."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection

    def of_owner(self, owner: str) -> Mapping[str, tuple[Property, ...]]:
        """By the full name, in small letters, of each repo of an organisation; all of them, or an error."""
        with translated(owner):
            organization = Organization(self._connection.reader.requester, url=f"/orgs/{owner}")
            listed = islice(organization.list_custom_property_values(), _MAX_REPOS)
            return {repo.repository_full_name.lower(): _properties(repo.properties.items()) for repo in listed}

    def of_repo(self, full_name: str) -> tuple[Property, ...]:
        """Those of one repo alone; who may read it may read them."""
        with translated(full_name):
            return _properties(self._connection.reader.get_repo(full_name).get_custom_properties().items())


def _properties(told: Iterable[tuple[object, object]]) -> tuple[Property, ...]:
    """Those that are set."""
    return tuple(Property(name=_text(name), values=values) for name, value in told if (values := _values(value)))


def _values(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(_text, value[:_MAX_VALUES])) if isinstance(value, list) else (_text(value),)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise UnreadableError("a custom property that is neither a text nor a list of texts")
    return value[:_MAX_CHARACTERS]
