"""What GitHub keeps of how artifacts were made: attestations by digest. Nobody checks a signature here."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """One attestation of a digest. Its text is hostile: a workflow of the repo wrote it."""

    repo_id: int
    """GitHub's own number of the repo that it belongs to; 0: not told."""
    bundle: bytes = b""
    """The envelope of a Sigstore bundle, as JSON; empty: it can't be read."""
    problem: str = ""
    """Why there is no bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """The attestations of one owner's artifacts."""

    of: Mapping[str, tuple[Attestation, ...]] = field(default_factory=dict)
    """By digest; those that have none are not in it."""
    is_cut: bool = False
    """There are more of them than are read."""
