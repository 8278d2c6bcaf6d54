"""Inspect, assess: what an image's rebuild has to show, and whether the published image of now shows it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from bot.inspect.rebuild.judge import did_not_move
from bot.model.failure import ToldError, told
from bot.model.image import Digest, ImageReference
from bot.model.rebuild import BuildPlace, BuiltImage, RebuildFinding, RebuildGoal
from bot.model.rebuild_order import RebuildWish
from bot.pipeline.rebuild_goals import fixes_of_base
from bot.pipeline.rebuilt import Assess, rebuild_finding

OpenOn = Callable[[ImageReference, Collection[str]], BuiltImage]
"""An image on some platforms. Raises ToldError."""
Places = Callable[[RebuildWish, BuiltImage], tuple[BuildPlace, ...]]
"""The lines that an image is built by, with what changed in them since the one that it was; nothing where they can't be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What rebuilds are judged by."""

    open: Callable[[ImageReference], BuiltImage]
    """A published image on every platform. Raises ToldError."""
    assess: Assess | None
    """None: nothing tells of holes, so that none counts as closed."""
    open_on: OpenOn | None = None
    """None: a rebuild is for the base alone, and what that fixes is not looked at."""
    places: Places = lambda *_: ()

    def goal(self, wish: RebuildWish, old: Digest) -> RebuildGoal:
        """What the new image has to show: the base, and each hole of the old image that the base has closed. Raises ToldError."""
        return self._goal(wish, self.open(wish.image.at(digest=old)))

    def finding(self, wish: RebuildWish, old: Digest) -> RebuildFinding:
        """The published image of now, held against the one that was to be replaced. Raises ToldError."""
        new = self.open(wish.image.at(tag=wish.image.tag))
        if new.digest == old:
            return did_not_move(new.image, old)
        before = self.open(wish.image.at(digest=old))
        goal = replace(self._goal(wish, before), places=self.places(wish, before))
        return rebuild_finding(before, new, goal, self.assess)

    def _goal(self, wish: RebuildWish, old: BuiltImage) -> RebuildGoal:
        if self.assess is None or self.open_on is None or wish.goal.packages:
            return wish.goal
        base = ImageReference.parse(wish.base).at(digest=wish.base_digest)
        try:
            fixes, not_known = fixes_of_base(old, self.open_on(base, old.platforms), self.assess)
        except ToldError as error:
            fixes, not_known = (), (f"Which holes {wish.base} closes could not be found out: {told(error)}",)
        return replace(wish.goal, packages=fixes, not_known=(*wish.goal.not_known, *not_known))
