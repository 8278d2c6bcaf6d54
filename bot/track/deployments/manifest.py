"""What the files of the fleet say that should run: the images that manifests and values name at the head of their branch."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import PurePosixPath

from bot.model.dependency import OCI
from bot.model.deployment import Deployment, SeenBy
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.model.pin import Finding, Pin, Role


def written(repo: str, findings: Iterable[Finding], stage_of: Callable[[PurePosixPath], str], *, now: datetime) -> Iterator[Deployment]:
    """The images that the files of a repo (`owner/name`) name to run, each with its file and line, its stage by the path."""
    for pin in findings:
        if isinstance(pin, Pin) and pin.role is Role.IMAGE and pin.dependency.datasource == OCI:
            image = image_of(pin)
            if image is not None:
                where = f"{repo} {pin.file}:{pin.line}"
                yield Deployment(image=image, stage=stage_of(pin.file), seen_by=SeenBy.MANIFEST, where=where, as_of=now)


def image_of(pin: Pin) -> ImageReference | None:
    """What a pin of an image names; without tag and digest it is `latest`, as Docker reads it. None: nothing that a registry has."""
    try:
        name = ImageReference.parse(pin.dependency.name)
        digest = Digest(pin.digest) if pin.digest else None
        return ImageReference.parse(str(name.at(tag=pin.value or (None if digest else "latest"), digest=digest)))
    except InvalidReferenceError:
        return None
