"""Where each image stands on its way to production, and what is known of it besides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from bot.model.dependency import LONG_AGO
from bot.model.deployment import Deployment
from bot.model.exposure import Known
from bot.model.fleet import App
from bot.model.image import ImageReference
from bot.track.deployments.same_image import Kin, is_same_image
from bot.versions import SCHEMES
from bot.versions.scheme import Version, VersionScheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Had:
    """What the files of a stage named, by the ledger."""

    image: ImageReference
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Releases:
    """The tags of one image that the bot knows, each with its first sight."""

    seen: Mapping[str, datetime] = field(default_factory=dict)

    @cached_property
    def _scheme(self) -> VersionScheme:
        return SCHEMES["docker"].taught(self.seen)

    @cached_property
    def _read(self) -> dict[str, Version | None]:
        return {}

    def is_newer(self, tag: str | None, than: str | None) -> bool:
        """Whether a tag is the later one of two on a line; of what has no order, it is not."""
        mine, other = self._version(tag), self._version(than)
        return mine is not None and other is not None and mine.is_newer_than(other)

    def between(self, old: str, new: str) -> int:
        """How many releases later a tag is than another one."""
        return sum(self.is_newer(tag, old) and not self.is_newer(tag, new) for tag in {*self.seen, new})

    def newer_than(self, tag: str | None) -> list[str]:
        """The later tags on its line, in no order."""
        return [other for other in self.seen if self.is_newer(other, tag)]

    def came(self, tag: str) -> datetime | None:
        """When the bot saw a tag come; None: it was there before, or is not known."""
        first = self.seen.get(tag)
        return None if first == LONG_AGO else first

    def _version(self, tag: str | None) -> Version | None:
        if not tag:
            return None
        if tag not in self._read:
            self._read[tag] = self._scheme.parse(tag)
        return self._read[tag]


@dataclass(frozen=True, kw_only=True)
class ImageInStages:
    """One image of the fleet, with all that is known of where it is deployed."""

    name: str
    app: App | None
    """That publishes it; None: none is known to."""
    stages: Mapping[str, tuple[Deployment, ...]]
    """By stage, in the order of the way to production; what no source tells the stage of, under the empty name at the end."""
    had: Mapping[str, Sequence[Had]] = field(default_factory=dict)
    """By stage, what its files named at any time that the ledger knows of."""
    releases: Releases = field(default_factory=Releases)

    @property
    def app_name(self) -> str:
        return "" if self.app is None else self.app.name

    def standing(self, stage: str) -> tuple[Deployment, ...]:
        """What counts as being there: what is seen to run, else what is written to; what is in doubt only where there is nothing else."""
        found = self.stages.get(stage, ())
        running = tuple(one for one in found if one.is_running)
        return running or tuple(one for one in found if not one.doubt) or found

    def since(self, deployment: Deployment) -> datetime | None:
        """Since when an image is in its stage, at the latest; by its source, else by what the ledger knows of the files."""
        if deployment.since is not None:
            return deployment.since
        times = [had.since for had in self.had.get(deployment.stage, ()) if had.image.tag == deployment.image.tag]
        return min((time for time in times if time != LONG_AGO), default=None)


def by_image(
    deployments: Iterable[Deployment],
    apps: Iterable[App],
    stages: Sequence[str],
    *,
    had: Mapping[tuple[str, str], Sequence[Had]],
    releases: Mapping[str, Mapping[str, datetime]],
) -> list[ImageInStages]:
    """Every image that an app publishes and that is deployed anywhere, by its name."""
    publishers = {image: app for app in apps for image in app.images}
    found: dict[str, dict[str, list[Deployment]]] = {}
    for one in deployments:
        if one.image.name in publishers:
            found.setdefault(one.image.name, {}).setdefault(one.stage, []).append(one)
    return [
        ImageInStages(
            name=name,
            app=publishers[name],
            stages={stage: tuple(held[stage]) for stage in (*stages, *sorted(held.keys() - {*stages, ""}), "") if stage in held},
            had={stage: had[name, stage] for stage in stages if (name, stage) in had},
            releases=Releases(seen=releases.get(name, {})),
        )
        for name, held in sorted(found.items())
    ]


def shown(image: ImageReference) -> str:
    """Tag and short digest: `1.4.2@1a2b3c4d5e6f`."""
    return (image.tag or "") + (f"@{image.digest.short}" if image.digest else "") or "no tag"


def told(deployment: Deployment) -> str:
    """Whose word it is, with its day."""
    doubt = f"; in doubt: {deployment.doubt}" if deployment.doubt else ""
    return f"{deployment.stage or 'no stage'}: {shown(deployment.image)} by {deployment.where}, as of {deployment.as_of:%Y-%m-%d}{doubt}"


def is_likely_same(a: ImageReference, b: ImageReference, kin: Kin) -> Known:
    """Whether two references are one image; by their tags where their digests can't tell."""
    by_digest = is_same_image(a, b, kin)
    if by_digest is not Known.UNKNOWN or a.tag is None or b.tag is None:
        return by_digest
    if a.tag != b.tag:
        return Known.NO
    return Known.UNKNOWN if a.digest is not None and b.digest is not None else Known.YES
