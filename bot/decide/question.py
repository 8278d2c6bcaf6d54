"""What a verdict is asked about, apart from the place: pins of a whole fleet that ask the same get one answer."""

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final, assert_never

from bot.decide.stage_before import StageBefore
from bot.model.pin import Pin
from bot.model.rules import Match, Rule
from bot.model.update import Decision, Frozen, Hold, NotAllowed, Propose, Undecidable, Unknown, UpToDate, Verdict

_NOWHERE: Final = PurePosixPath()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """All that the pins of one run differ in for a verdict; whatever else is asked belongs to the dependency or to the run."""

    pin: Pin
    rule: Rule
    """The one that holds for the pin."""
    before: StageBefore | None = None
    """Where the rule has a soak: what the stage before held."""
    asked: frozenset[str] = frozenset()
    """The values that open pull requests ask for."""
    within: Rule | None = None
    """What holds without the repo's own file, beyond which that file never leads; None: it changes nothing."""
    silence: str = ""
    """Why nothing of the repo goes out, whatever it is; empty: something may."""


def without_place(pin: Pin) -> Pin:
    """The pin but for where it stands and how it is written there, which no policy may read.

    Any other field, also one that is added later, keeps questions apart.
    """
    return replace(pin, file=_NOWHERE, finder="", name="", sites=(), line=0, column=0)


def of_verdicts(rule: Rule) -> Rule:
    """The part of a rule that verdicts rest on: not what it is called, whom it matches, or how its updates go out."""
    return replace(rule, match=Match(), name="", group=None, rebuilds_together=None, draft=None, auto_merge=None, labels=(), reviewers=())


def given_to(pin: Pin, decision: Decision) -> Decision:
    """The decision on a question, as the one on a pin that asks it."""
    return replace(decision, pin=pin, verdict=_verdict_on(pin, decision.verdict))


def _verdict_on(pin: Pin, verdict: Verdict) -> Verdict:
    match verdict:
        case Propose():
            return Propose(update=replace(verdict.update, pin=pin))
        case Hold() | NotAllowed():
            return replace(verdict, update=replace(verdict.update, pin=pin))
        case UpToDate() | Undecidable() | Frozen() | Unknown():
            return replace(verdict, pin=pin)
        case _:
            assert_never(verdict)
