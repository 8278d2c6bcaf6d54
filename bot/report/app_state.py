"""How an app stands, in one word."""

from enum import StrEnum

from bot.report.board import Board
from bot.report.look import Look


class AppState(StrEnum):
    """What needs somebody first comes first. None of them says that an app is safe."""

    STALE = "stale"
    EXPOSED = "exposed"
    ACCEPTED = "accepted"
    """All that it has not taken is put off by entries of the configuration, each until a day."""
    NOT_KNOWN = "not known"
    """Some of its pins could not be looked up, or judged; or whether its images have what it took."""
    KEPT_BACK = "kept back"
    """Its owner or a rule refuses what is newer."""
    HELD = "held"
    """Something newer waits for a day."""
    NO_NEWER_KNOWN = "no newer known"
    NOTHING_FOUND = "nothing found"
    """No pin was found in its files."""
    NOT_FOLLOWED = "not followed"
    """Apps of its phase have no clocks."""

    @property
    def rank(self) -> int:
        return tuple(AppState).index(self)

    @property
    def is_behind(self) -> bool:
        return self in {AppState.STALE, AppState.EXPOSED}


def state_of(board: Board, look: Look) -> AppState:
    """The first that is true."""
    exposures = board.exposures_of.get(look.app.key, ())
    is_true = {
        AppState.STALE: any(one.is_stale(board.now) for one in exposures),
        AppState.EXPOSED: any(not one.is_accepted(board.now) and not one.is_unsure for one in exposures),
        AppState.ACCEPTED: bool(exposures) and all(one.is_accepted(board.now) for one in exposures),
        AppState.NOT_FOLLOWED: not look.is_followed,
        AppState.NOT_KNOWN: bool(look.unread or look.undecided or exposures),
        AppState.KEPT_BACK: look.app.key in board.kept_back_of,
        AppState.HELD: bool(look.held),
        AppState.NO_NEWER_KNOWN: bool(look.uses),
    }
    return next((state for state, holds in is_true.items() if holds), AppState.NOTHING_FOUND)
