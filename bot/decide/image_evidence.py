"""What two images tell of an update: whether anything changes, and which platforms are lost."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, ParamSpec, TypeVar

import structlog

from bot.clients.once import once
from bot.decide.evidence import NoEvidence
from bot.model.comparison import ImageStep
from bot.model.image import DEFAULT_PLATFORMS, ImageReference, Platform
from bot.model.notes import ImageFacts
from bot.model.signature import SignatureCheck
from bot.model.update import Update, UpdateKind

log = structlog.get_logger()

_P = ParamSpec("_P")
_T = TypeVar("_T")

_MOST_PLATFORMS: Final = 16
_PROVENANCE: Final = ("org.opencontainers.image.", "org.label-schema.", "build-date", "vcs-", "io.buildah.", "release")
"""How labels begin that say when and from what an image was built: no program in it sees them."""


class ImageEvidence(NoEvidence):
    """Evidence from the registry. What can't be had is not known, and nothing is concluded from it."""

    def __init__(
        self,
        image_facts: Callable[[ImageReference, Platform | None], ImageFacts],
        platforms_of: Callable[[ImageReference], tuple[str, ...]],
        *,
        needed: Sequence[str] = DEFAULT_PLATFORMS,
        step_of: Callable[[Update], ImageStep | None] = lambda _: None,
        signature_of: Callable[[Update], SignatureCheck | None] = lambda _: None,
    ) -> None:
        """`step_of` opens both images of an update, `signature_of` holds the new one against what is demanded; it never raises.

        `needed` are the platforms that apps run on: a release is asked for these, and for others only of a pin that names one.
        """
        self._image_facts: Final = once(_if_known(image_facts))
        self._platforms_of: Final = once(_if_known(platforms_of))
        self._needed: Final = tuple(needed)
        self._step_of: Final = once(_if_known(step_of))
        self._signature_of: Final = signature_of

    def step(self, update: Update) -> ImageStep | None:
        """What the update does to the image: its packages and known holes."""
        return self._step_of(update)

    def signature(self, update: Update) -> SignatureCheck | None:
        """What is demanded of the new image's signatures and what was found. A failure is a verdict there, and never lost here."""
        return self._signature_of(update)

    def is_no_op(self, update: Update) -> bool:
        """Whether both digests hold the same layers (diff_ids) and settings on each of the platforms that matter to the pin."""
        if update.kind is not UpdateKind.DIGEST:
            return False
        old = self._facts(update.old_image, update.pin.platform)
        if old is None:
            return False
        platforms: tuple[str | None, ...] = (update.pin.platform,) if update.pin.platform else (old.platforms or (None,))
        return len(platforms) <= _MOST_PLATFORMS and all(self._is_same_on(update, platform) for platform in platforms)

    def is_older_build(self, update: Update) -> bool:
        """Whether both images say when they were built, and the new digest of the same tag says an earlier time."""
        built = self._built(update)
        return built is not None and built[1] < built[0]

    def is_newer_build(self, update: Update) -> bool:
        """Whether both images say when they were built, and the new digest of the same tag says a later time."""
        built = self._built(update)
        return built is not None and built[1] > built[0]

    def lost_platforms(self, update: Update) -> tuple[str, ...]:
        """The needed platforms that the pin's image has and the release lacks; of a pin with a platform of its own, that one.

        The pin's image is asked for only where the release lacks one.
        """
        wanted = (update.pin.platform,) if update.pin.platform else self._needed
        lacking = self._lacking(wanted, update.new_image)
        if not lacking:
            return ()
        still_lacking = self._lacking(lacking, update.old_image)
        return tuple(platform for platform in lacking if still_lacking is not None and platform not in still_lacking)

    def _built(self, update: Update) -> tuple[datetime, datetime] | None:
        """When the pin's image and the new digest of its tag were built; None: not known, or no new digest of the same tag."""
        if update.kind is not UpdateKind.DIGEST:
            return None
        old, new = self._facts(update.old_image, update.pin.platform), self._facts(update.new_image, update.pin.platform)
        if old is None or new is None or old.created_at is None or new.created_at is None:
            return None
        return old.created_at, new.created_at

    def _is_same_on(self, update: Update, platform: str | None) -> bool:
        old, new = self._facts(update.old_image, platform), self._facts(update.new_image, platform)
        return old is not None and new is not None and bool(old.diff_ids) and _content(old) == _content(new)

    def _facts(self, image: ImageReference | None, platform: str | None) -> ImageFacts | None:
        return None if image is None else self._image_facts(image, None if platform is None else Platform.parse(platform))

    def _lacking(self, wanted: Sequence[str], image: ImageReference | None) -> tuple[str, ...] | None:
        """The platforms that the image is not for; None: it is not known what it is for."""
        has = None if image is None else self._platforms_of(image)
        return tuple(one for one in wanted if not any(_are_one(one, other) for other in has)) if has else None


def _if_known(ask: Callable[_P, _T]) -> Callable[_P, _T | None]:
    """The question with None as its answer where it fails: whatever a registry does, the decision goes on without it."""

    def asked(*args: _P.args, **kwargs: _P.kwargs) -> _T | None:
        try:
            return ask(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 see above
            log.info("image.unknown", asked=[str(part) for part in args if part is not None], error=str(error))
            return None

    return asked


def _content(facts: ImageFacts) -> tuple[object, ...]:
    labels = {name: value for name, value in facts.labels.items() if not name.startswith(_PROVENANCE)}
    where = facts.exposed_ports, facts.working_folder, facts.volumes
    return (
        facts.diff_ids,
        facts.user,
        facts.entrypoint,
        facts.command,
        facts.environment,
        *where,
        facts.healthcheck,
        facts.stop_signal,
        labels,
    )


def _are_one(one: str, other: str) -> bool:
    """Whether two platforms are the same but for a variant that one of them leaves out: linux/arm64 and linux/arm64/v8."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")
