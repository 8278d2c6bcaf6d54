"""Git tags, actions among them: a release tag at another commit. Nobody rebuilds a commit."""

from collections.abc import Sequence
from typing import Final

from bot.decide.tripwire.moves import Move, names_one_release
from bot.decide.tripwire.verdict import Judged
from bot.model.alarm import AlarmKind

_MOVED: Final = Judged(kind=AlarmKind.RELEASE_TAG, reason="a release tag of Git stands at another commit, where none is ever to move")
_WITH_IT: Final = Judged(kind=AlarmKind.RELEASE_TAG, reason="a tag that may move was moved together with release tags, which may not")


class GitTags:
    """Judges the moves of a repo's tags."""

    def judge(self, moves: Sequence[tuple[Move, str]]) -> list[Judged | None]:
        """Of each move of one occasion what is wrong. Tags that float (`v4`) are suspect only beside a release tag that moved."""
        is_release = [names_one_release(move.value) for move, _ in moves]
        if not any(is_release):
            return [None] * len(moves)
        return [_MOVED if one else _WITH_IT for one in is_release]
