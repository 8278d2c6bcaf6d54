"""The section of the configuration on whose signatures images must have."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from bot.model.signature import ContentTrustServer, Demand, Identity, SignatureRule
from bot.settings.assess import PathText
from bot.settings.rule_entries import fault_at
from bot.settings.sections import Url
from bot.settings.sources import repo_or_owner
from bot.settings.types import PlainGlob, ReadAs, Section


class IdentityEntry(Section):
    """Who may sign without a key, as the certificate says it; shell patterns."""

    issuer: PlainGlob
    """Who vouched: https://token.actions.githubusercontent.com, https://accounts.google.com."""
    subject: PlainGlob
    """Whom: https://github.com/acme/base/.github/workflows/release.yml@refs/heads/main, or an address of mail."""

    @model_validator(mode="after")
    def _names_somebody(self) -> "IdentityEntry":
        for key in ("issuer", "subject"):
            if getattr(self, key).strip("*") == "":
                raise fault_at(key, f"a pattern for every {key} would trust signatures of anybody; name whom you trust")
        return self

    def identity(self) -> Identity:
        return Identity(issuer=self.issuer, subject=self.subject)


class ContentTrustEntry(Section):
    """A Notary v1 server (Docker Content Trust), and who may have signed the root of its repositories."""

    server: Url
    """Its address: https://notary.example.com."""
    root_keys: Annotated[tuple[PathText, ...], Field(min_length=1)]
    """Files of public root keys (PEM), seen from the folder of this file."""

    def content_trust(self) -> ContentTrustServer:
        return ContentTrustServer(server=self.server, root_keys=self.root_keys)


class SignatureEntry(Section):
    """What is demanded of some images, and whom their signatures may be by."""

    match: Annotated[tuple[PlainGlob, ...], Field(min_length=1)]
    """Names in normal form (ghcr.io/acme/*) or, of Docker Hub, as Docker takes them."""
    policy: Demand
    """require: not proposed without a valid signature; warn: the pull request says so; off: nobody is asked."""
    keys: tuple[PathText, ...] = ()
    """Files of public keys (PEM: ECDSA, Ed25519, RSA), seen from the folder of this file; one valid signature is enough."""

    certificates: tuple[PathText, ...] = ()
    """Files of root certificates (PEM), or of the signer's own, for signatures of notation."""
    content_trust: ContentTrustEntry | None = None
    """Where tags are signed by Docker Content Trust."""
    identities: tuple[IdentityEntry, ...] = ()
    """Who may sign without a key."""
    github_attestations: Annotated[str, AfterValidator(repo_or_owner)] | None = None
    """The repo on GitHub whose attestations count too: owner/name, or owner/* for the one that is called like the image."""
    trusted_root: PathText | None = None
    """The trust root (trusted_root.json) of the Sigstore that vouches for them; null: the public one, as `sigstore` ships it."""

    @model_validator(mode="after")
    def _agrees(self) -> "SignatureEntry":
        trusts = bool(self.keys or self.identities or self.certificates or self.content_trust)
        if self.trusted_root is not None and not self.identities:
            raise fault_at("trusted_root", "it vouches for identities, and there are none here; give it some, or take it out")
        if self.github_attestations is not None and not self.identities:
            raise fault_at("github_attestations", "it is signed by identities, and there are none here; give it some, or take it out")
        if self.policy is Demand.OFF and trusts:
            raise fault_at("policy", "policy: off asks nobody, and so trusts nobody; leave out whom it trusts, or write warn")
        if self.policy is not Demand.OFF and not trusts:
            raise fault_at(
                "policy", f"{self.policy} trusts nobody, and no signature is ever valid; give it keys, identities or certificates"
            )
        return self

    def rule(self) -> SignatureRule:
        return SignatureRule(
            github_attestations=self.github_attestations,
            match=self.match,
            demand=self.policy,
            keys=self.keys,
            certificates=self.certificates,
            content_trust=None if self.content_trust is None else self.content_trust.content_trust(),
            identities=tuple(entry.identity() for entry in self.identities),
            trusted_root=self.trusted_root,
        )


def signature_paths(rules: Sequence[SignatureRule]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every path of this section as it is written, with its place in the configuration."""
    for position, rule in enumerate(rules):
        for key, paths in {"keys": rule.keys, "certificates": rule.certificates}.items():
            yield from ((("signatures", position, key, place), path) for place, path in enumerate(paths))
        if rule.content_trust is not None:
            for place, path in enumerate(rule.content_trust.root_keys):
                yield ("signatures", position, "content_trust", "root_keys", place), path
        if rule.trusted_root is not None:
            yield ("signatures", position, "trusted_root"), rule.trusted_root


SignatureEntries = tuple[Annotated[SignatureRule, ReadAs(SignatureEntry, SignatureEntry.rule)], ...]
