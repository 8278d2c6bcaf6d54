"""What a look at one connection, permission or place came to, before any work is done."""

from dataclasses import dataclass
from enum import StrEnum

from bot.model.failure import ToldError, told


class Standing(StrEnum):
    """Whether something is as the configuration needs it."""

    FINE = "ok"
    WRONG = "wrong"
    UNKNOWN = "not known"
    """It could not be found out, which is not that it is fine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """One thing that the configuration needs, and how it stands."""

    about: str
    """`GitHub`, `registries`: what it belongs to."""
    what: str
    """`the App at acme: contents`, `docker.io`. What servers name in it is hostile."""
    standing: Standing
    said: str
    """In words: what was found."""
    remedy: str = ""
    """What to do; mostly empty where it is fine."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What several looks belong to."""

    name: str

    def fine(self, what: str, said: str, remedy: str = "") -> Checkup:
        """`remedy` is for what might be better all the same."""
        return Checkup(about=self.name, what=what, standing=Standing.FINE, said=said, remedy=remedy)

    def wrong(self, what: str, said: str, remedy: str) -> Checkup:
        return Checkup(about=self.name, what=what, standing=Standing.WRONG, said=said, remedy=remedy)

    def unknown(self, what: str, said: str, remedy: str) -> Checkup:
        return Checkup(about=self.name, what=what, standing=Standing.UNKNOWN, said=said, remedy=remedy)

    def failed(self, what: str, error: ToldError, otherwise: str) -> Checkup:
        """What an error says, and its remedy; `otherwise` where it names none."""
        said, _, remedy = told(error, where=what).partition(". ")
        return self.wrong(what, said, remedy or otherwise)
