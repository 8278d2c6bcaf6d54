"""What is in use, as the files of the fleet have it, left in the ledger: for `who-has`, and for stages that wait for each other."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeGuard

from bot.ledger.uses import RepoLook, Unread
from bot.model.dependency import OCI
from bot.model.fleet import App
from bot.model.pin import Finding, Pin, Role, Skip
from bot.model.use import AppOwners, ImageUse, KnownFrom, Place
from bot.pipeline.parts import Parts
from bot.pipeline.scanned import Scanned
from bot.track.keys import app_key


def record_uses(parts: Parts, scanned: Sequence[Scanned], *, now: datetime) -> None:
    """Remember what these repos name; what a repo named before and names no more has ended.

    A repo that was not read in this run is not among them, so that nothing of it ends.
    """
    digests = digests_of_tags(parts, scanned)
    parts.ledger.uses.record_owners(
        AppOwners(app=app_key(app), name=app.name, owners=app.owners) for entry in scanned for app in entry.apps
    )
    parts.ledger.uses.record(
        (
            RepoLook(
                repo=entry.repo.full_name,
                uses=tuple(use for _, use in uses_in(parts, entry, digests)),
                unread=unread_in(entry),
            )
            for entry in scanned
        ),
        now,
    )


def digests_of_tags(parts: Parts, scanned: Sequence[Scanned]) -> Mapping[tuple[str, str], str]:
    """Where the tags of the images that these repos name were last seen to stand, by image and tag."""
    named = (finding.dependency.name for entry in scanned for finding in entry.findings if _is_image(finding))
    return parts.ledger.sightings.latest_digests(OCI, named)


def unread_in(entry: Scanned) -> list[Unread]:
    return [Unread(path=str(skip.file), text=skip.text) for skip in entry.findings if isinstance(skip, Skip)]


def uses_in(parts: Parts, entry: Scanned, digests: Mapping[tuple[str, str], str]) -> Iterator[tuple[App, ImageUse]]:
    """What the files of a repo name, and whose it is: images; where stages wait for each other, all else in stages as well."""
    for pin in (finding for finding in entry.findings if isinstance(finding, Pin)):
        app, stage, is_image = entry.app_of(pin.file), parts.stage_of(pin.file), _is_image(pin)
        if app is None or not (is_image or (stage and parts.decider.knows_soaks)):
            continue
        tag = value_in_use(pin)
        name = name_in_use(pin)
        place = Place(
            app=app_key(app),
            repo=entry.repo.full_name,
            stage=stage,
            role=pin.role.value,
            file=str(pin.file),
            image=name,
        )
        known_from = KnownFrom.WRITTEN if not is_image else KnownFrom.PINNED if pin.digest else KnownFrom.TAGGED
        digest = str(pin.digest) if pin.digest else digests.get((name, tag), "") if is_image else ""
        yield app, ImageUse(place=place, tag=tag, digest=digest, line=pin.line, known_from=known_from)


def value_in_use(pin: Pin) -> str:
    """What a pin names of it; empty: the digest alone. An image without a tag and a digest is the tag `latest`, as Docker reads it."""
    return pin.value or ("" if pin.digest or not _is_image(pin) else "latest")


def name_in_use(pin: Pin) -> str:
    """What the ledger calls what a pin names: an image by its name, all else with its datasource."""
    return pin.dependency.name if _is_image(pin) else str(pin.dependency)


def _is_image(finding: Finding) -> TypeGuard[Pin]:
    return isinstance(finding, Pin) and finding.dependency.datasource == OCI and finding.role is not Role.CHART
