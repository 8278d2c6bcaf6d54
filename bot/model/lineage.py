"""Which base an image that is built already stands on, and how that is known."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.image import Digest, ImageReference


class Way(StrEnum):
    """How a base is known, the strongest first."""

    PROVENANCE = "provenance"
    """A build's own statement of what went into it (in-toto, SLSA)."""
    ANNOTATION = "annotation"
    """`org.opencontainers.image.base.*` of the manifest, or as a label."""
    HISTORY = "history"
    """A step of the image's own history names it, as buildah and podman write it."""
    LAYERS = "layers"
    """The layers of a known image are the lowest of this one."""
    DOCKERFILE = "Dockerfile"
    """What the Dockerfile at the image's commit names, and where that tag stood when the image was built."""


class Confidence(StrEnum):
    """What a base may be relied on for."""

    PROVED = "proved"
    """Its layers are the lowest of the image, and who built the image says that it is its base: nothing lies between."""
    AT_LEAST = "at least"
    """Its layers are the lowest of the image, so that it stands on it; whether on images between them that are not known, nothing tells."""
    CLAIMED = "claimed"
    """Who built it says so, and nothing speaks against it: the layers of that base are not known."""
    INFERRED = "inferred"
    """It follows from the Dockerfile, and nothing speaks against it: a tag without a digest, for builders keep older ones in caches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one way of knowing says. Names in it are the builder's own words: hostile."""

    way: Way
    base: ImageReference
    """With its digest where that is told, of the index or of the platform; with its tag where that is told."""
    platform: str = ""
    evidence: str
    """In words: `provenance of the build names it, and 5 of 9 layers are its`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBase:
    """The base of an image, as far as it may be relied on."""

    base: ImageReference
    confidence: Confidence
    known_by: tuple[Claim, ...]
    """All that say so, the strongest first."""
    digests: frozenset[Digest] = frozenset()
    """All that stand for this base: of indexes and of manifests, made of the same layers by the same instructions."""
    also_called: tuple[str, ...] = ()
    """Other tags and images that are made of the same layers: ties."""

    @property
    def is_in_the_image(self) -> bool:
        """Whether its layers are in the image for sure, right below its own or deeper."""
        return self.confidence in {Confidence.PROVED, Confidence.AT_LEAST}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltBy:
    """Who says to have built an image, and from what: the word of its provenance, hostile, and no signature of it is checked."""

    where: str
    """Where that provenance lies."""
    builder: str = ""
    """What built it, by its own address: a workflow, a run, a build service."""
    source: str = ""
    """The repo that it was built from."""
    revision: str = ""
    """The commit of that."""
    workflow: str = ""
    """The file of the workflow, with the branch or tag that it was taken from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What is known of the base of one image on one platform. Never a guess: what is not known has its reason."""

    image: ImageReference
    digest: Digest
    """Of the manifest of the platform."""
    index_digest: Digest | None = None
    platform: str = ""
    created_at: datetime | None = None
    """The builder's own word."""
    revision: str = ""
    """The commit that it was built from, by its provenance, else by its label `org.opencontainers.image.revision`: a claim."""
    built_by: tuple[BuiltBy, ...] = ()
    """As each provenance of it says."""
    base: FoundBase | None = None
    unknown: str = ""
    """Why the base is not known (`built from scratch`, `no known image's layers are its lowest: squashed, or on a base never seen`)."""
    refuted: tuple[Claim, ...] = ()
    """What was said of its base and is wrong by its layers: a finding."""
    unchecked: tuple[Claim, ...] = ()
    """What was said of its base and can be neither confirmed nor refuted."""
    not_read: tuple[str, ...] = ()
    """What could not be asked or read, each with the reason: it may have told more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """How far a base has fallen behind what its tag stands at."""

    tagged: ImageReference
    """The tag, at the digest that it stands at now."""
    is_current: bool
    """Whether that one is made of the same layers on this platform."""
    digests: int | None = None
    """At how many other digests the tag was seen since, that one among them; None: it was never seen at the base's."""
    since: datetime | None = None
    """When it was first seen at another digest; None: not known."""
    base_built_at: datetime | None = None
    """What its publisher claims."""
    newest_built_at: datetime | None = None
    """The same of what the tag stands at now."""

    def days(self, now: datetime) -> int | None:
        """Since the tag first stood at something newer, as far as it was seen; None: not known."""
        return None if self.since is None else max((now - self.since).days, 0)
