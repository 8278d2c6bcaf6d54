"""The images that an app's own build makes, as they stand in the registry and as they are deployed."""

from dataclasses import dataclass
from datetime import datetime

from bot.model.deployment import Deployment
from bot.model.image import ImageReference
from bot.model.lineage import Lineage


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedBuild:
    """One build, and the base that it stands on."""

    image: ImageReference
    """With its tag where it has one, and its digest where that is known."""
    lineage: Lineage | None
    problem: str = ""
    """Why there is no lineage."""
    first_seen: datetime | None = None
    """When this bot first saw the tag at this digest; None: it was there before the bot began to watch, or it is not known."""

    @property
    def short(self) -> str:
        """Name, tag and short digest, for people."""
        tag = f":{self.image.tag}" if self.image.tag else ""
        return self.image.familiar + tag + (f"@{self.image.digest.short}" if self.image.digest else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedImage:
    """One build in a stage."""

    deployment: Deployment
    built: PublishedBuild


@dataclass(frozen=True, slots=True, kw_only=True)
class AppImages:
    """What one app has published, and what of it is deployed."""

    published: tuple[PublishedBuild, ...] = ()
    """Of each image the newest builds: rolling tags, the highest version, what came last."""
    deployed: tuple[DeployedImage, ...] = ()
    """By stage, in the order of the way to production."""
    unread: str = ""
    """Why a source that could tell of more was not read; empty: all were. What it does not tell ends nothing."""
