"""One app, as a look at its files found it."""

from dataclasses import dataclass

from bot.model.fleet import App


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One dependency at one value in a file of an app."""

    dependency: str
    value: str
    """As `Exposure.old` is written; empty: the file names none."""
    file: str
    line: int
    """1-based."""
    role: str = ""
    """What it is for in its file, in the words of `bot.model.pin.Role`."""
    stage: str = ""
    """The one that the file is of; empty: none is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One app, and what a look at its files came to."""

    app: App
    uses: tuple[Use, ...] = ()
    unread: int = 0
    """Pins on which nothing is known now: the look-up failed, or the list of what is published lost entries."""
    undecided: int = 0
    """Pins whose value has no certain place in the order of what is published."""
    held: int = 0
    """Pins for which something newer is out that a policy holds until a day."""
    skips: int = 0
    """What looks like a pin, and can't be read or edited safely."""
    branch: str = ""
    """The default branch of its repo, which was looked at; empty: not known."""
    commit: str = ""
    """Of that branch; empty: not known."""
    is_followed: bool = True
    """Whether apps of its phase have clocks at all."""
