"""GitHub's artifact attestations: provenance that a workflow signed without a key, and that GitHub keeps instead of the registry."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.clients.json_fields import UnreadableError, parsed, within
from bot.inspect.trust.keyless import Keyless
from bot.inspect.trust.scheme import Finding, Unread, judged
from bot.model.attestation import Attestation
from bot.model.failure import ToldError
from bot.model.image import ImageReference
from bot.model.listing import NotListedError


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubAttestations:
    """Satisfies `bot.inspect.trust.scheme.SignatureScheme`."""

    bundles_of: Callable[[str, str], Sequence[Attestation]]
    """The bundles of a repo (owner/name) and a digest. Raises ToldError, of which NotListedError: there are none, or they are hidden."""
    repo: str
    """`owner/name`, or `owner/*` for the one that is called like the image."""
    keyless: Keyless

    def findings(self, image: ImageReference) -> Iterator[Finding]:
        repo = self.repo.replace("*", image.repository.rpartition("/")[2])
        try:
            found = self.bundles_of(repo, str(image.digest))
        except NotListedError:
            # GitHub answers the same whether there is nothing or nothing for this token.
            yield Unread(reason=f"GitHub shows no attestation of it in {repo}: there is none, or the token may not see them")
            return
        except ToldError as error:
            yield Unread(reason=str(error))
            return
        for one in found:
            yield self._judged(one, str(image.digest))

    def _judged(self, one: Attestation, digest: str) -> Finding:
        if not one.bundle:
            return Unread(reason=one.problem)
        if _is_stamped_alone(one.bundle):
            return Unread(reason="a time stamp alone vouches for an attestation (as in private repos of GitHub), which is not read")
        bundle = one.bundle
        return judged(lambda: self.keyless.judged(bundle, digest))


def _is_stamped_alone(bundle: bytes) -> bool:
    try:
        material = within(parsed(bundle), "verificationMaterial")
    except UnreadableError:
        return False
    return bool(material.get("timestampVerificationData")) and not material.get("tlogEntries")
