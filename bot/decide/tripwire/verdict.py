"""What is wrong with one move."""

from dataclasses import dataclass

from bot.model.alarm import AlarmKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    kind: AlarmKind
    reason: str
