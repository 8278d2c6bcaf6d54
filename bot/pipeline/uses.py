"""Which images are in use, as the files of the fleet have it, left in the ledger for `who-has`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeGuard

from bot.ledger.uses import RepoLook, Unread
from bot.model.dependency import OCI
from bot.model.pin import Finding, Pin, Role, Skip
from bot.model.use import AppOwners, ImageUse, KnownFrom, Place
from bot.pipeline.fleet_parts import FleetParts, Scanned
from bot.track.exposures import app_key


def record_uses(parts: FleetParts, scanned: Sequence[Scanned], *, now: datetime) -> None:
    """Remember the images that these repos name; what a repo named before and names no more has ended.

    A repo that was not read in this run is not among them, so that nothing of it ends.
    """
    named = (finding.dependency.name for entry in scanned for finding in entry.findings if _is_image(finding))
    digests = parts.ledger.sightings.latest_digests(OCI, named)
    parts.ledger.uses.record_owners(
        AppOwners(app=app_key(app), name=app.name, owners=app.owners) for entry in scanned for app in entry.apps
    )
    parts.ledger.uses.record(
        (
            RepoLook(
                repo=entry.repo.full_name,
                uses=tuple(_uses(parts, entry, digests)),
                unread=[Unread(path=str(skip.file), text=skip.text) for skip in entry.findings if isinstance(skip, Skip)],
            )
            for entry in scanned
        ),
        now,
    )


def _uses(parts: FleetParts, entry: Scanned, digests: Mapping[tuple[str, str], str]) -> Iterator[ImageUse]:
    for pin in filter(_is_image, entry.findings):
        app = entry.app_of(pin.file)
        if app is None:
            continue
        # What is written without a tag and a digest is the tag `latest`, as Docker reads it.
        tag = pin.value or ("" if pin.digest else "latest")
        name = pin.dependency.name
        place = Place(
            app=app_key(app),
            repo=entry.repo.full_name,
            stage=parts.stage_of(pin.file),
            role=pin.role.value,
            file=str(pin.file),
            image=name,
        )
        yield ImageUse(
            place=place,
            tag=tag,
            digest=str(pin.digest) if pin.digest else digests.get((name, tag), ""),
            line=pin.line,
            known_from=KnownFrom.PINNED if pin.digest else KnownFrom.TAGGED,
        )


def _is_image(finding: Finding) -> TypeGuard[Pin]:
    return isinstance(finding, Pin) and finding.dependency.datasource == OCI and finding.role is not Role.CHART
