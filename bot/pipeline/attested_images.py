"""Find: images that no build file tells of, and that a repo of the fleet attests to have published."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeGuard

import structlog

from bot.inspect.attached.statement import subject_names
from bot.ledger.ledger import Ledger
from bot.model.attestation import Attestation
from bot.model.dependency import OCI
from bot.model.image import ImageReference, InvalidReferenceError
from bot.model.pin import Finding, Pin, Role
from bot.pipeline.attestations import Attestations
from bot.pipeline.scanned import Scanned
from bot.pipeline.uses import value_in_use

log = structlog.get_logger()

_OFFICIAL: Final = "docker.io/library/"


def with_attested_images(attestations: Attestations, ledger: Ledger, scanned: Sequence[Scanned]) -> list[Scanned]:
    """The same repos; what one attests by the very name and digest that files of the fleet use is an image of its app.

    GitHub says which repo an attestation belongs to, the attestation what the image is called: a copy under another name is nobody's.
    Whoever may run a workflow may attest any digest by any name: what two repos claim is neither's, and an official image nobody's. Of a
    repo with several apps it is that of the whole repo: nothing says more.
    """
    if attestations.source is None:
        return list(scanned)
    mine = {image for entry in scanned for app in entry.apps for image in app.images}
    used = list(_used(ledger, scanned, mine))
    found: dict[str, dict[str, None]] = {}
    claimed: dict[str, set[str]] = {}
    for owner in sorted({entry.repo.full_name.partition("/")[0] for entry in scanned}):
        attestations.ask(owner, (digest for _, digest in used))
        attested = [(name, digest, held) for name, digest in used if (held := attestations.of(owner, digest))]
        repos = attestations.repos(owner) if attested else {}
        for name, digest, held in attested:
            for repo_id in {one.repo_id for one in held if name in _names(one, digest)} & repos.keys():
                repo = f"{owner}/{repos[repo_id]}".lower()
                found.setdefault(repo, {})[name] = None
                claimed.setdefault(name, set()).add(repo)
    sure = {name for name, repos in claimed.items() if len(repos) == 1}
    return [_with(entry, tuple(name for name in found.get(entry.repo.full_name.lower(), ()) if name in sure)) for entry in scanned]


def _used(ledger: Ledger, scanned: Sequence[Scanned], mine: set[str]) -> Iterator[tuple[str, str]]:
    """Name and digest of the images that files name and no app is known to publish, each once."""
    named = [pin for entry in scanned for pin in entry.findings if _is_image(pin) and pin.dependency.name not in mine]
    pins = [pin for pin in named if not pin.dependency.name.startswith(_OFFICIAL)]
    stood = ledger.sightings.latest_digests(OCI, {pin.dependency.name for pin in pins})
    seen = ((pin.dependency.name, str(pin.digest or stood.get((pin.dependency.name, value_in_use(pin)), ""))) for pin in pins)
    yield from ((name, digest) for name, digest in dict.fromkeys(seen) if digest)


def _is_image(finding: Finding) -> TypeGuard[Pin]:
    return isinstance(finding, Pin) and finding.dependency.datasource == OCI and finding.role is not Role.CHART


def _names(attestation: Attestation, digest: str) -> Iterable[str]:
    """What an attestation calls the image, as pins do."""
    for name in subject_names(attestation.bundle, digest):
        try:
            yield ImageReference.parse(name).name
        except InvalidReferenceError:
            continue


def _with(entry: Scanned, names: tuple[str, ...]) -> Scanned:
    if not names:
        return entry
    log.info("images.attested", repo=entry.repo.full_name, images=names)
    whole = min(entry.apps, key=lambda app: len(app.path.parts))
    of_it = replace(whole, images=(*whole.images, *names), attested_images=names)
    return replace(entry, apps=tuple(of_it if app is whole else app for app in entry.apps))
