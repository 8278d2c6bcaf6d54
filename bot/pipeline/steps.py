"""Inspect, assess: what an update does to an image, each image opened once in a run."""

from collections.abc import Callable
from typing import Final

import structlog

from bot.assess.changes import hole_changes
from bot.clients.once import once
from bot.explain.compare import differences
from bot.inspect.compare import compare
from bot.inspect.facts import image_facts
from bot.model.assessment import AssessedImage, Assessment
from bot.model.comparison import Comparison, ImageStep
from bot.model.contents import Contents
from bot.model.failure import ToldError
from bot.model.image import ImageReference, Platform
from bot.model.update import Update

log = structlog.get_logger()


def known_step(steps: "ImageSteps | None", update: Update) -> ImageStep | None:
    """What an update does to an image; None: it is of no image, or not known now."""
    try:
        return None if steps is None else steps.of(update)
    except ToldError as error:
        log.info("step.not_known", dependency=str(update.pin.dependency), error=str(error))
        return None


def step_between(old: AssessedImage, new: AssessedImage) -> ImageStep:
    """Two images side by side: packages, layers, how they run, and their holes."""
    return ImageStep(comparison=compare_contents(old.contents, new.contents), holes=hole_changes(old, new))


def compare_contents(old: Contents, new: Contents) -> Comparison:
    """Packages, layers and how they run."""
    return compare(old, new, differences(image_facts(old), image_facts(new)))


class ImageSteps:
    """Opens the images of updates. Safe to use from several threads if what it was given is."""

    def __init__(self, inspect: Callable[[ImageReference, Platform | None], Contents], assess: Callable[[Contents], Assessment]) -> None:
        def opened(reference: ImageReference, platform: Platform | None) -> AssessedImage:
            contents = inspect(reference, platform)
            return AssessedImage(contents=contents, assessment=assess(contents))

        # Many apps take the same update: each image is opened once, also where that fails.
        self._image: Final = once(opened)
        self._step: Final = once(self._compared)

    def image(self, reference: ImageReference, platform: Platform | None) -> AssessedImage:
        """An image with its holes. Raises ToldError where it can't be opened."""
        return self._image(reference, platform)

    def between(self, old: ImageReference, new: ImageReference, platform: Platform | None) -> ImageStep:
        """Two images side by side. Raises ToldError where one of them can't be opened."""
        return self._step(old, new, platform)

    def of(self, update: Update) -> ImageStep | None:
        """What the update does to the image; None: it is of no image. Raises ToldError where one of the two can't be opened."""
        old, new = update.old_image, update.new_image
        if old is None or new is None:
            return None
        return self._step(old, new, Platform.parse(update.pin.platform) if update.pin.platform else None)

    def _compared(self, old: ImageReference, new: ImageReference, platform: Platform | None) -> ImageStep:
        return step_between(self._image(old, platform), self._image(new, platform))
