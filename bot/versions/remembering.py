"""A scheme that reads each value once: many pins of a fleet are compared with the same listing."""

from collections.abc import Iterable

from bot.versions.scheme import Version, VersionScheme


class RememberingScheme:
    """Another scheme, with what it read of each value. Safe to use from several threads: reading twice gives the same."""

    def __init__(self, scheme: VersionScheme) -> None:
        self._scheme = scheme
        self._read: dict[str, Version | None] = {}

    @property
    def name(self) -> str:
        return self._scheme.name

    def parse(self, value: str) -> Version | None:
        if value not in self._read:
            self._read[value] = self._scheme.parse(value)
        return self._read[value]

    def refusal(self, value: str) -> str:
        return self._scheme.refusal(value)

    def taught(self, values: Iterable[str]) -> VersionScheme:
        return RememberingScheme(self._scheme.taught(values))
