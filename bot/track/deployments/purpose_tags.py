"""Tags that are named for a stage (`:prod`, `:qa`) and moved from release to release: what stands at one of them should run there."""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from bot.model.deployment import Deployment, SeenBy
from bot.model.image import Digest, ImageReference
from bot.track.deployments.read import StageOf

_WORD: Final = re.compile(r"[A-Za-z]{1,40}", re.ASCII)
_NUMBERS: Final = re.compile(r"[0-9]+", re.ASCII)


def stage_of_tag(tag: str, stage_of: StageOf) -> str:
    """The stage that a tag is named for, where it is that word alone: `1.4.2-prod` is a release of its own. Empty: none."""
    return stage_of(PurePosixPath(tag)) if _WORD.fullmatch(tag) else ""


def standing(
    name: ImageReference, tag: str, digest: Digest, others: Iterable[str], stage: str, *, since: datetime | None, now: datetime
) -> Deployment:
    """What stands at a purpose tag now. `others` are the other tags that were seen at the same digest: the most exact of them names it."""
    versions = sorted((other for other in others if _NUMBERS.search(other)), key=lambda other: (len(_NUMBERS.findall(other)), other))
    return Deployment(
        image=name.at(tag=versions[-1] if versions else tag, digest=digest),
        stage=stage,
        seen_by=SeenBy.PURPOSE_TAG,
        where=f"{name.name}:{tag} in its registry",
        as_of=now,
        since=since,
    )
