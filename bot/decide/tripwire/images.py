"""Images: a full version that stood still and is now built from something else. Rebuilds are usual, and silent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, assert_never

from bot.decide.tripwire.moves import Move, names_one_release
from bot.decide.tripwire.origin import Kinship, Origin, kinship
from bot.decide.tripwire.verdict import Judged
from bot.model.alarm import AlarmKind
from bot.model.dependency import Dependency

Origins = Callable[[str], Origin | None]
"""What the image at a digest says of itself; None: not known."""
STILL_FOR: Final = timedelta(days=30)
"""So long an image was known before its tag left it, for the tag to count as one that does not move."""
_HABIT: Final = 2
"""After so many occasions on which nothing was wrong, moving version tags to other commits is what the publisher does."""
REBUILDERS: Final = ("docker.io/library/",)
"""Publishers that say they build each supported version anew when its base changes (Docker Hub, "Docker Official Images")."""


@dataclass(kw_only=True)
class ImageTags:
    """Judges the moves of one image's tags in their order, and learns from what was right what the publisher does."""

    dependency: Dependency
    origins: Origins
    occasions: int = 0
    """On which version tags moved to something else than a pure rebuild, and nothing was wrong."""

    def judge(self, moves: Sequence[tuple[Move, str]]) -> list[Judged | None]:
        """Of each move of one occasion, with the last good digest of its tag, what is wrong; None: nothing that is known."""
        found = [self._judge(move, good) for move, good in moves]
        is_change = [
            one is None and names_one_release(move.value) and self._kinship(move, good) is not Kinship.REBUILD
            for one, (move, good) in zip(found, moves, strict=True)
        ]
        self.occasions += any(is_change)
        return found

    def _kinship(self, move: Move, good: str) -> Kinship:
        old, new = self.origins(good), self.origins(move.now)
        return Kinship.UNKNOWN if old is None or new is None else kinship(self.dependency, move.value, old, new)

    def _judge(self, move: Move, good: str) -> Judged | None:
        if not names_one_release(move.value):
            return None
        kin = self._kinship(move, good)
        match kin:
            case Kinship.REBUILD | Kinship.UNKNOWN:
                return None
            case Kinship.OTHER_SOURCE:
                return Judged(kind=AlarmKind.SOURCE, reason=self._said_by_provenance(move, good) or self._said(move, good, "source"))
            case Kinship.OTHER_SIGNER:
                return Judged(kind=AlarmKind.SIGNER, reason=self._said_by_provenance(move, good))
            case Kinship.OTHER_REVISION | Kinship.OTHER_VERSION:
                if self._is_usual or not self._stood_still(move, good):
                    return None
                what = "revision" if kin is Kinship.OTHER_REVISION else "version"
                return Judged(kind=AlarmKind.RELEASE_TAG, reason=self._said(move, good, what))
            case _:
                assert_never(kin)

    @property
    def _is_usual(self) -> bool:
        return self.occasions >= _HABIT or self.dependency.name.startswith(REBUILDERS)

    def _stood_still(self, move: Move, good: str) -> bool:
        old = self.origins(good)
        return old is not None and old.opened_at is not None and move.at - old.opened_at >= STILL_FOR

    def _said_by_provenance(self, move: Move, good: str) -> str:
        """What changed by what the images' provenance claims; empty: nothing of that."""
        old, new = (self.origins(digest) or Origin() for digest in (good, move.now))
        claimed = "by their provenance, whose signatures are not checked, its images were built"
        if old.built_from and new.built_from and old.built_from.isdisjoint(new.built_from):
            return f"{claimed} from {_named(old.built_from)} and are from {_named(new.built_from)} now"
        if old.signers and new.signers and old.signers.isdisjoint(new.signers):
            return f"{claimed} by builders of {_named(old.signers)} and are by those of {_named(new.signers)} now"
        return ""

    def _said(self, move: Move, good: str, what: str) -> str:
        old, new = self.origins(good), self.origins(move.now)
        before, after = (getattr(one, what, "") for one in (old, new))
        return f"the {what} that its images name was {before[:200]} and is {after[:200] or 'not named'} now"


def _named(those: frozenset[str]) -> str:
    return ", ".join(sorted(those)[:3])[:200]
