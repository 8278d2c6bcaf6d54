"""What GitHub's attestations say, each digest asked for once in a run, a thousand at a time. Where they can't be had, that is told once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Final

import structlog

from bot.model.attestation import Attestation, Attested
from bot.model.failure import Failure
from bot.pipeline.attempt import attempt

log = structlog.get_logger()

_MAX_DIGESTS: Final = 20_480
"""Of one owner in one run: twenty requests."""
_NOT_THERE: Final = (
    "GitHub has no attestations here, or keeps them from this token. They are there on github.com and its Enterprise Cloud; else set "
    "track.attestations to false."
)
_REMEDY: Final = (
    "Where it is for want of the permission attestations: read, give it to the App (or token), or set track.attestations to false."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationSource:
    """What answers; each raises ForgeError."""

    provenance: Callable[[str, Sequence[str]], Attested | None]
    """Of an owner and digests; None: GitHub does not know the question."""
    attesting_repos: Callable[[str], Mapping[int, str]]
    """Of an owner, by GitHub's number of each repo its name."""


@dataclass(kw_only=True)
class Attestations:
    """Safe to use from several threads. It never raises: what can't be had is in `notes`, once for each owner."""

    source: AttestationSource | None = None
    """None: nobody wants to know."""
    notes: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock, repr=False)
    _known: dict[tuple[str, str], tuple[Attestation, ...]] = field(default_factory=dict, repr=False)
    _owners: set[str] = field(default_factory=set, repr=False)
    _silent: set[str] = field(default_factory=set, repr=False)
    """Owners that are not asked for more."""

    def ask(self, owner: str, digests: Iterable[str]) -> None:
        """Learn what GitHub has of an owner's artifacts at these digests."""
        if self.source is None:
            return
        with self._lock:
            name = owner.lower()
            known = sum(who == name for who, _ in self._known)
            new = [digest for digest in dict.fromkeys(digests) if (name, digest) not in self._known and digest.startswith("sha256:")]
            if not new or name in self._silent:
                return
            asked = new[: max(_MAX_DIGESTS - known, 0)]
            told = attempt(f"the attestations of {owner}", partial(self.source.provenance, owner, asked)) if asked else Attested()
            if told is None or isinstance(told, Failure):
                self._silent.add(name)
                self._note(f"the attestations of {owner} are not known: {_NOT_THERE if told is None else f'{told.what} {_REMEDY}'}")
                return
            if len(asked) < len(new) or told.is_cut:
                self._note(f"the attestations of {owner} are not all known: there are more than are read in one run")
            self._owners.add(name)
            self._known.update({(name, digest): told.of.get(digest, ()) for digest in asked})
            log.info("attestations.asked", owner=owner, digests=len(asked), attested=len(told.of))

    def of(self, owner: str, digest: str) -> tuple[Attestation, ...]:
        """What was told of a digest that was asked for; empty: nothing, or nobody asked."""
        return self._known.get((owner.lower(), digest), ())

    def at(self, digest: str) -> tuple[Attestation, ...]:
        """The same of all owners."""
        return tuple(one for owner in sorted(self._owners) for one in self.of(owner, digest))

    def repos(self, owner: str) -> Mapping[int, str]:
        """By GitHub's number of each repo of an organisation that attests its name; empty: not known."""
        if self.source is None:
            return {}
        told = attempt(f"the repos of {owner} that attest", partial(self.source.attesting_repos, owner))
        if not isinstance(told, Failure):
            return told
        with self._lock:
            self._note(f"which repos of {owner} attest is not known: {told.what} {_REMEDY}")
        return {}

    def _note(self, said: str) -> None:
        if said not in self.notes:
            log.info("attestations.not_known", reason=said)
            self.notes.append(said)
