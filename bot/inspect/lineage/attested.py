"""What GitHub's attestations say of how an image was built: provenance that lies beside no registry. No signature is checked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.inspect.attached.statement import document
from bot.inspect.lineage.detector import NotHeard, Said
from bot.inspect.lineage.provenance import said_in
from bot.inspect.lineage.stack import Stack
from bot.inspect.reader import UnreadableError
from bot.model.attestation import Attestation
from bot.model.image import Digest
from bot.model.lineage import BuiltBy

ATTESTATION: Final = "GitHub's attestation, claimed: its signature is not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestedOnGitHub:
    """Satisfies `bot.inspect.lineage.detector.Detector`."""

    attestations_of: Callable[[Digest], Sequence[Attestation]]
    """What was asked for already; nothing is asked here."""

    def hear(self, image: Stack) -> Iterator[Said | NotHeard | BuiltBy]:
        digests = sorted(image.digests)
        heard: set[bytes] = set()
        for one in (each for digest in digests for each in self.attestations_of(digest)):
            if one.problem:
                yield NotHeard(what="an attestation on GitHub", reason=one.problem)
            elif one.bundle not in heard:
                heard.add(one.bundle)
                try:
                    yield from said_in(document(one.bundle, digests), ATTESTATION, image.platform)
                except UnreadableError as error:
                    yield NotHeard(what="an attestation on GitHub", reason=f"not read: {error}")
