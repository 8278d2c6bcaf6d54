"""Who signed an image: what is demanded of it, and what was found. That nothing was found is never a valid signature."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import assert_never

from bot.model.image import ImageReference


class Scheme(StrEnum):
    """How an image can be signed."""

    COSIGN = "cosign"
    NOTATION = "notation"
    CONTENT_TRUST = "Docker Content Trust"


class Demand(StrEnum):
    """What becomes of an image without a valid signature."""

    REQUIRE = "require"
    """It is not proposed."""
    WARN = "warn"
    """It is proposed, and the pull request says so."""
    OFF = "off"
    """Nobody is asked."""


class DemandedBy(StrEnum):
    """Who demands a signature."""

    CONFIGURATION = "configuration"
    ADMISSION = "admission"
    """A cluster's admission controller, which would refuse the image."""
    AUDIT = "audit"
    """A policy of it that reports, and refuses nothing."""


class SignatureState(StrEnum):
    VALID = "valid"
    INVALID = "invalid"
    """There are signatures, all were read, and none is by somebody whom the configuration trusts."""
    MISSING = "missing"
    """Everybody answered, and there is none."""
    UNKNOWN = "unknown"
    """Somebody did not answer, or what is there could not be read: there may be a valid one."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Signer:
    """Who signed: a key, or an identity that an issuer vouched for."""

    scheme: Scheme
    name: str
    """The fingerprint of a key (`SHA256:…`), or the identity."""
    issuer: str = ""
    """Who vouched for the identity; empty: it is a key."""
    called: str = ""
    """What the configuration calls the key; empty: it is an identity."""

    @property
    def is_same_as(self) -> tuple[str, str]:
        """Equal for two signatures of the same signer, whatever the key is called and wherever the signature was."""
        return self.name, self.issuer

    def __str__(self) -> str:
        if self.issuer:
            return f"{self.name} (issuer {self.issuer})"
        return f"the key {self.called} ({self.name})" if self.called else f"the key {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureVerdict:
    """What is known of the signatures of one image."""

    state: SignatureState
    reason: str = ""
    """Why it is not valid."""
    signers: tuple[Signer, ...] = ()
    """Of the valid signatures, each once."""
    signed_at: datetime | None = None
    """When the first of them was made, as a log or a time-stamping service vouches; None: nobody does."""
    signed_as: str = ""
    """The name that the signer gave the image, where it is another than the one it is used under: it was copied, or renamed."""

    def __str__(self) -> str:
        match self.state:
            case SignatureState.VALID:
                when = f" on {self.signed_at:%Y-%m-%d}" if self.signed_at else ""
                named = f", as {self.signed_as}" if self.signed_as else ""
                return f"signed by {' and '.join(map(str, self.signers))}{when}{named}"
            case SignatureState.INVALID:
                return f"its signature is not valid: {self.reason}"
            case SignatureState.MISSING:
                return f"it is not signed: {self.reason}"
            case SignatureState.UNKNOWN:
                return f"whether it is signed is not known: {self.reason}"
            case _:
                assert_never(self.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureCheck:
    """What is demanded of an image, and what was found."""

    demand: Demand
    verdict: SignatureVerdict
    entry: str
    """The pattern of the configuration that demands it, or the policy of an admission controller."""
    demanded_by: DemandedBy = DemandedBy.CONFIGURATION

    @property
    def is_refused(self) -> bool:
        return self.demand is Demand.REQUIRE and self.verdict.state is not SignatureState.VALID


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureStep:
    """The signatures of the image in use and of the one that it would become."""

    old: SignatureVerdict | None
    """None: the image in use is not known."""
    new: SignatureCheck | None
    """What the configuration demands; None: nothing."""
    admission: tuple[SignatureCheck, ...] = ()
    """What admission controllers demand of the new image."""

    @property
    def is_unknown(self) -> bool:
        """Whether something of the new image was not answered or read, so that the next answer may be another one."""
        return self.new is not None and self.new.verdict.state is SignatureState.UNKNOWN

    @property
    def has_other_signer(self) -> bool:
        """Whether both are validly signed, and by nobody who signed both."""
        if self.old is None or self.new is None:
            return False
        before, now = ({signer.is_same_as for signer in one.signers} for one in (self.old, self.new.verdict))
        return bool(before and now) and not before & now


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who may sign without a key: shell patterns over the two things that the certificate says."""

    issuer: str
    subject: str

    def fits(self, *, issuer: str, subject: str) -> bool:
        return fnmatchcase(issuer, self.issuer) and fnmatchcase(subject, self.subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentTrustServer:
    """A Notary v1 server, and the files of the root keys (PEM) that its repositories have to be signed by."""

    server: str
    root_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRule:
    """What is demanded of the images whose names match, and whom their signatures may be by."""

    match: tuple[str, ...]
    """Shell patterns over names in normal form, or as Docker takes them."""
    demand: Demand
    keys: tuple[str, ...] = ()
    """Files of public keys (PEM), as the configuration names them."""
    identities: tuple[Identity, ...] = ()
    certificates: tuple[str, ...] = ()
    """Files of root certificates (PEM) of notation."""
    content_trust: ContentTrustServer | None = None
    github_attestations: str | None = None
    """The repo whose attestations on GitHub count: `owner/name`, or `owner/*` for the one that is called like the image."""
    trusted_root: str | None = None
    """The file of the Sigstore that vouches for identities; None: the public one's, as the library ships it."""

    def pattern_for(self, image: ImageReference) -> str | None:
        """The pattern that fits the image; None: none does."""
        names = (image.name, image.familiar)
        return next((pattern for pattern in self.match if any(fnmatchcase(name, pattern) for name in names)), None)
