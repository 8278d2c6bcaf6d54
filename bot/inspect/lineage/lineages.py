"""The lineage of published images: each is asked for once, heard, and judged by the ledger's history of bases."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.clients.oci.documents import suits
from bot.clients.oci.session import RegistryError
from bot.clients.once import once
from bot.clients.short_memory import ShortMemory
from bot.inspect.lineage.annotations import Annotations
from bot.inspect.lineage.attested import AttestedOnGitHub
from bot.inspect.lineage.behind import behind
from bot.inspect.lineage.detector import Detector, NotHeard, Said, Says
from bot.inspect.lineage.dockerfile import Dockerfiles, Written
from bot.inspect.lineage.history import History
from bot.inspect.lineage.judge import Heard, judge
from bot.inspect.lineage.kept import judging_form, packed, unpacked
from bot.inspect.lineage.provenance import Provenance
from bot.inspect.lineage.stack import Stack, read_stack
from bot.inspect.registry import Registry
from bot.ledger.bases import BaseImage
from bot.ledger.ledger import Ledger
from bot.model.attestation import Attestation
from bot.model.dependency import OCI, Dependency, Release
from bot.model.failure import Failure, told
from bot.model.image import Digest, ImageReference, Platform
from bot.model.lineage import Behind, BuiltBy, Confidence, Lineage, Way

log = structlog.get_logger()

_FAILURE_STAYS: Final = timedelta(days=7)
_COMMIT: Final = re.compile("[0-9a-f]{40}", re.ASCII)
_MAX_NAMED: Final = 40
"""Images that are looked up for one image: a list of what a build used is foreign, and may be made up."""
_TOO_MANY: Final = f"more than {_MAX_NAMED} images are named"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineages:
    """Tells which base an image stands on. Safe to use from several threads. What it learns of bases it leaves in the ledger."""

    registry: Registry
    ledger: Ledger
    now: Callable[[], datetime]
    detectors: Sequence[Detector] = ()
    """Besides those of the image itself: its provenance, annotations, labels and history."""
    attested: Detector | None = None
    """What else knows of its provenance."""
    memory: ShortMemory | None = None
    """Of bases that can't be had; None: each is asked for in each run."""
    _fetched: Callable[[ImageReference, str], tuple[BaseImage, ...] | Failure] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_fetched", once(self._fetch))

    def with_dockerfiles(self, written: Written) -> "Lineages":
        """The same, which reads the Dockerfiles that images were built from besides."""
        return replace(self, detectors=(*self.detectors, Dockerfiles(written=written, sightings=self.ledger.sightings)))

    def with_attestations(self, attestations_of: Callable[[Digest], Sequence[Attestation]]) -> "Lineages":
        """The same, which hears the attestations that GitHub keeps besides."""
        return replace(self, attested=AttestedOnGitHub(attestations_of=attestations_of))

    def of(self, reference: ImageReference, platform: str | None = None) -> Lineage | Failure:
        """Which base an image stands on, on a platform (`linux/arm64`; None: linux/amd64, else its first one).

        What the build's own list proves of an image is kept in the ledger, and of one that is named by its digest nobody is asked again;
        any other answer may be known better the next time. A Failure where the image itself can't be had. Raises DatabaseError.
        """
        kept = self._kept(reference, platform)
        return self._called(kept) if kept is not None else self._found(reference, platform)

    def _kept(self, reference: ImageReference, platform: str | None) -> Lineage | None:
        record = self.ledger.known_lineages.get(reference.digest, platform or "", form=judging_form()) if reference.digest else None
        return None if record is None else replace(unpacked(record), image=reference)

    def _found(self, reference: ImageReference, platform: str | None) -> Lineage | Failure:
        try:
            image = read_stack(self.registry, reference, Platform.parse(platform) if platform else None)
        except RegistryError as error:
            return Failure(where=str(reference), what=told(error, where=str(reference)))
        own = list(_hear(image, self._own()))
        attested = [] if self.attested is None else list(self.attested.hear(image))
        built_by = tuple(dict.fromkeys(one for one in (*own, *attested) if isinstance(one, BuiltBy)))
        self._keep_builders(image, built_by)
        image = replace(image, attested_revision=_commit(built_by))
        others = [*attested, *_hear(image, self.detectors)]
        said = [one for one in (*own, *others) if isinstance(one, Said)]
        heard = [self._named(one, image) for one in said[:_MAX_NAMED]] + [Heard(said=one, problem=_TOO_MANY) for one in said[_MAX_NAMED:]]
        not_heard = [one for one in (*own, *others) if isinstance(one, NotHeard)]
        found = replace(judge(image, heard, self.ledger.bases.with_chains(image.chains), not_heard), built_by=built_by)
        if not any(isinstance(one, NotHeard) for one in own) and _is_for_good(found):
            # What others could not tell today changes nothing of it.
            record = packed(replace(found, not_read=()))
            top = found.index_digest or found.digest
            self.ledger.known_lineages.keep(top, platform or "", record, form=judging_form(), now=self.now())
        found = self._called(found)
        log.debug("lineage.judged", image=str(reference), base=str(found.base.base) if found.base else "", unknown=found.unknown)
        return found

    def built_by(self, reference: ImageReference) -> tuple[BuiltBy, ...]:
        """Who says to have built an image, by the provenance beside it; empty: nobody. What is said is left in the ledger.

        Raises RegistryError where the image can't be had.
        """
        image = read_stack(self.registry, reference, None)
        found = tuple(dict.fromkeys(one for one in _hear(image, (Provenance(registry=self.registry),)) if isinstance(one, BuiltBy)))
        self._keep_builders(image, found)
        return found

    def _keep_builders(self, image: Stack, built_by: Sequence[BuiltBy]) -> None:
        self.ledger.provenances.keep((image.index or image.manifest).digest, built_by, self.now())

    def remember(self, reference: ImageReference, platform: str | None = None) -> Failure | None:
        """Leave in the ledger what an image is made of, so that what is built on it is known by its layers.

        A Failure where it can't be had: it is asked for again after a week.
        """
        found = self._fetched(reference, platform or "")
        if not isinstance(found, Failure):
            return None
        if self.memory is not None:
            self.memory.put(_key(reference, platform), found.what, until=self.now() + _FAILURE_STAYS)
        return found

    def is_due(self, reference: ImageReference, platform: str | None = None) -> bool:
        """Whether an image may be asked for, or could not be had within the last week."""
        return self.memory is None or self.memory.get(_key(reference, platform), self.now()) is None

    def behind(self, lineage: Lineage, digest_of: Callable[[ImageReference], Digest]) -> Behind | Failure | None:
        """How far the base has fallen behind its tag, which `digest_of` asks for; None: there is no base, or no tag of it is known.

        A Failure where it can't be asked. What the tag stands at is left in the ledger.
        """
        found = lineage.base
        if found is None or found.base.tag is None:
            return None
        tagged = found.base.at(tag=found.base.tag)
        try:
            digest = digest_of(tagged)
        except RegistryError as error:
            return Failure(where=str(tagged), what=told(error, where=str(tagged)))
        dependency = Dependency(datasource=OCI, name=tagged.name)
        self.ledger.sightings.seen(Release(dependency=dependency, value=found.base.tag, digest=digest), self.now())
        newest = tagged.at(tag=tagged.tag, digest=digest)
        self._fetched(newest, lineage.platform)
        same = {*found.digests, *(each for one in found.digests for each in self.ledger.bases.alike(one, lineage.platform))}
        return behind(newest, same, self.ledger, lineage.platform)

    def _called(self, lineage: Lineage) -> Lineage:
        """The lineage with the tags that the ledger saw at the base's digests."""
        found = lineage.base
        if found is None:
            return lineage
        seen = [
            (digest, sighting)
            for digest in sorted(found.digests)
            for sighting in self.ledger.sightings.at(digest)
            if sighting.dependency.datasource == OCI
        ]
        names = {f"{sighting.dependency.name}:{sighting.value}@{digest}" for digest, sighting in seen}
        mine = (sighting.value for _, sighting in seen if sighting.dependency.name == found.base.name)
        base = found.base.at(tag=found.base.tag or next(mine, None), digest=found.base.digest)
        called = tuple(sorted({*names, *found.also_called} - {str(base)}))
        return replace(lineage, base=replace(found, base=base, also_called=called))

    def _own(self) -> Sequence[Detector]:
        return Provenance(registry=self.registry), Annotations(name_of=self._name_of), History()

    def _named(self, said: Said, image: Stack) -> Heard:
        base = said.claim.base
        if said.says is Says.NO_BASE:
            return Heard(said=said)
        if base.digest is None:
            return self._tagged(said, image)
        known = self._known(base.digest, said.claim.platform)
        if known:
            return Heard(said=said, bases=known)
        found = self._fetched(base.at(tag=base.tag, digest=base.digest), said.claim.platform)
        return Heard(said=said, problem=found.what) if isinstance(found, Failure) else Heard(said=said, bases=found)

    def _tagged(self, said: Said, image: Stack) -> Heard:
        """A tag alone: it may have stood at any of the digests that it was seen at, and at others."""
        base = said.claim.base
        tag = base.tag or "latest"
        seen = {sight.digest for sight in self.ledger.sightings.history_of(Dependency(datasource=OCI, name=base.name), tag)}
        below = self.ledger.bases.with_chains(image.chains)
        bases = tuple(one for one in below if (one.name, one.tag) == (base.name, tag) or {one.digest, one.manifest} & seen)
        return Heard(said=said, bases=bases, problem="it names a tag and no digest")

    def _known(self, digest: str, platform: str) -> tuple[BaseImage, ...]:
        wanted = Platform.parse(platform)
        known = self.ledger.bases.of_digest(digest)
        return tuple(base for base in known if not platform or not base.platform or suits(Platform.parse(base.platform), wanted))

    def _fetch(self, reference: ImageReference, platform: str) -> tuple[BaseImage, ...] | Failure:
        try:
            found = read_stack(self.registry, reference, Platform.parse(platform) if platform else None).as_base(self.now())
        except RegistryError as error:
            return Failure(where=str(reference), what=told(error, where=str(reference)))
        self.ledger.bases.record([found])
        return (found,)

    def _name_of(self, digest: Digest) -> str | None:
        return next((base.name for base in self.ledger.bases.of_digest(digest)), None)


def _hear(image: Stack, detectors: Iterable[Detector]) -> Iterator[Said | NotHeard | BuiltBy]:
    for detector in detectors:
        yield from detector.hear(image)


def _commit(built_by: Iterable[BuiltBy]) -> str:
    """The commit that all say it was built from; empty: none does, or they do not agree."""
    named = {one.revision for one in built_by if _COMMIT.fullmatch(one.revision)}
    return named.pop() if len(named) == 1 else ""


def _is_for_good(lineage: Lineage) -> bool:
    """Whether no base that becomes known later can change it: an annotation may turn out to be that of an image in between."""
    base = lineage.base
    is_listed = base is not None and any(claim.way is Way.PROVENANCE for claim in base.known_by)
    return is_listed and base is not None and base.confidence is Confidence.PROVED


def _key(reference: ImageReference, platform: str | None) -> str:
    return f"base {reference.at(digest=reference.digest) if reference.digest else reference} {platform or ''}"
