"""What two images tell of an update: whether anything changes, and which platforms are lost."""

from collections.abc import Callable
from functools import cache
from typing import Final

import structlog

from bot.decide.evidence import NoEvidence
from bot.model.dependency import OCI
from bot.model.image import Digest, ImageReference, Platform
from bot.model.notes import ImageFacts
from bot.model.pin import Role
from bot.model.update import Update, UpdateKind

log = structlog.get_logger()

_MOST_PLATFORMS: Final = 16
_PROVENANCE: Final = ("org.opencontainers.image.", "org.label-schema.", "build-date", "vcs-", "io.buildah.", "release")
"""How labels begin that say when and from what an image was built: no program in it sees them."""


class ImageEvidence(NoEvidence):
    """Evidence from the registry. What can't be had is not known, and nothing is concluded from it."""

    def __init__(self, image_facts: Callable[[ImageReference, Platform | None], ImageFacts]) -> None:
        @cache
        def known(name: str, tag: str | None, digest: str | None, platform: str | None) -> ImageFacts | None:
            """Each image asked for once, also where that fails."""
            try:
                image = ImageReference.parse(name).at(tag=tag, digest=None if digest is None else Digest(digest))
                return image_facts(image, _platform(platform))
            except Exception as error:  # noqa: BLE001  whatever a registry does, the decision goes on without it
                log.info("image.unknown", image=name, tag=tag, digest=digest, error=str(error))
                return None

        self._known = known

    def is_no_op(self, update: Update) -> bool:
        """Whether both digests hold the same layers (diff_ids) and settings on each of the platforms that matter to the pin."""
        if update.kind is not UpdateKind.DIGEST:
            return False
        old = self._old(update, update.pin.platform)
        if old is None:
            return False
        platforms: tuple[str | None, ...] = (update.pin.platform,) if update.pin.platform else (old.platforms or (None,))
        return len(platforms) <= _MOST_PLATFORMS and all(self._is_same_on(update, platform) for platform in platforms)

    def is_older_build(self, update: Update) -> bool:
        """Whether both images say when they were built, and the new digest of the same tag says an earlier time."""
        if update.kind is not UpdateKind.DIGEST:
            return False
        old, new = self._old(update, update.pin.platform), self._new(update, update.pin.platform)
        if old is None or new is None or old.created_at is None or new.created_at is None:
            return False
        return new.created_at < old.created_at

    def lost_platforms(self, update: Update) -> tuple[str, ...]:
        """The platforms of the pin's image that the release's index lacks; of a pin with a platform of its own, that one."""
        old, new = self._old(update, update.pin.platform), self._new(update, None)
        if old is None or new is None or not old.platforms or not new.platforms:
            return ()
        wanted = (update.pin.platform,) if update.pin.platform else old.platforms
        return tuple(platform for platform in wanted if not any(_are_one(platform, other) for other in new.platforms))

    def _is_same_on(self, update: Update, platform: str | None) -> bool:
        old, new = self._old(update, platform), self._new(update, platform)
        return old is not None and new is not None and bool(old.diff_ids) and _content(old) == _content(new)

    def _old(self, update: Update, platform: str | None) -> ImageFacts | None:
        pin = update.pin
        return self._facts(update, pin.value or (None if pin.digest else "latest"), pin.digest, platform)

    def _new(self, update: Update, platform: str | None) -> ImageFacts | None:
        return self._facts(update, update.release.value, update.release.digest, platform)

    def _facts(self, update: Update, tag: str | None, digest: str | None, platform: str | None) -> ImageFacts | None:
        dependency = update.pin.dependency
        if dependency.datasource != OCI or update.pin.role is Role.CHART:
            return None
        return self._known(dependency.name, tag, digest, platform)


def _content(facts: ImageFacts) -> tuple[object, ...]:
    labels = {name: value for name, value in facts.labels.items() if not name.startswith(_PROVENANCE)}
    return facts.diff_ids, facts.user, facts.entrypoint, facts.command, facts.environment, facts.exposed_ports, labels


def _are_one(one: str, other: str) -> bool:
    """Whether two platforms are the same but for a variant that one of them leaves out: linux/arm64 and linux/arm64/v8."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _platform(text: str | None) -> Platform | None:
    if text is None:
        return None
    system, _, rest = text.partition("/")
    architecture, _, variant = rest.partition("/")
    return Platform(os=system, architecture=architecture, variant=variant)
