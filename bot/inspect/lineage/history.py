"""The base in an image's own history: buildah and podman write `FROM` and a name beside a step (buildah, image.go).

Where each step is a layer of its own (`--layers`) the name stands beside the first step of the build, and the id of the step before beside
each one above; else it stands beside the last step alone, which tells the name and not where the build begins. An image that another tool
built on top has steps without such words above, and tells nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.inspect.lineage.detector import NotHeard, Said, Says
from bot.inspect.lineage.stack import Stack
from bot.model.image import ImageReference, InvalidReferenceError
from bot.model.lineage import Claim, Way

_FROM: Final = "FROM "
_ID: Final = re.compile(r"[0-9a-f]{12}|[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Satisfies `bot.inspect.lineage.detector.Detector`."""

    def hear(self, image: Stack) -> Iterator[Said | NotHeard]:
        place = _place(image)
        if place is None:
            return
        try:
            base = ImageReference.parse(image.comments[place].removeprefix(_FROM))
        except InvalidReferenceError:
            return
        evidence = f"step {place + 1} of the image's history says that it was built from it"
        claim = Claim(way=Way.HISTORY, base=base, platform=image.platform, evidence=evidence)
        yield Said(claim=claim, says=Says.NAME_OF_ITS_BASE)


def first_own_step(image: Stack) -> int | None:
    """How many steps of the history are the base's; None: it does not tell."""
    place = _place(image)
    # Beside the last step the name may stand for steps below as well.
    return None if place is None or place == len(image.comments) - 1 else place


def _place(image: Stack) -> int | None:
    """The step that names the base of the last build; None: there is none."""
    for place in range(len(image.comments) - 1, -1, -1):
        comment = image.comments[place]
        if not comment.startswith(_FROM):
            return None
        if not _ID.fullmatch(comment.removeprefix(_FROM)):
            return place
    return None
