"""What the configuration demands of images, held against their signatures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from threading import Lock
from typing import Final, assert_never

import structlog

from bot.clients.once import once
from bot.inspect.admission.policy import Enforcement, ImagePolicy
from bot.inspect.trust.scheme import Finding, SignatureScheme, Signed, Unread, verdict_of
from bot.model.failure import ToldError, told
from bot.model.image import Digest, ImageReference
from bot.model.signature import Demand, DemandedBy, SignatureCheck, SignatureRule, SignatureState, SignatureStep, SignatureVerdict, Signer
from bot.model.update import Update

log = structlog.get_logger()

_MOST_IMAGES: Final = 50
"""Of one repository, in one run."""


class TooManyError(ToldError):
    """An image was not asked about; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One entry of the configuration, with what asks for signatures by it."""

    rule: SignatureRule
    schemes: Sequence[SignatureScheme] = ()
    problem: str = ""
    """Why nothing can be checked by it: a key that can't be read. Empty: all is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionGuard:
    """One signature that a policy of an admission controller wants, with what asks for it."""

    policy: ImagePolicy
    demand: Demand
    schemes: Sequence[SignatureScheme] = ()
    problem: str = ""
    """As `Guard.problem`."""
    gaps: Sequence[str] = ()
    """What else would satisfy the policy, and was not understood: without a valid signature it is not known whether that is there."""

    @property
    def demanded_by(self) -> DemandedBy:
        match self.policy.enforcement:
            case Enforcement.REFUSED:
                return DemandedBy.ADMISSION
            case Enforcement.REPORTED:
                return DemandedBy.AUDIT
            case _:
                assert_never(self.policy.enforcement)


class Trust:
    """Whether images are signed as they shall be. Safe to use from several threads; each digest is asked about once."""

    def __init__(
        self,
        guards: Sequence[Guard],
        admission: Callable[[], Sequence[AdmissionGuard]] = tuple,
        *,
        digest_of: Callable[[ImageReference], Digest],
    ) -> None:
        """`admission` is called once, for the first image; `digest_of` tells what a tag stands for, and raises ToldError."""
        self._guards: Final = tuple(guards)
        self._admission: Final = once(lambda: tuple(admission()))
        self._digest_of: Final = once(digest_of)
        self._verdict: Final = once(self._ask)
        self._lock: Final = Lock()
        self._seen: Final[dict[str, set[str]]] = {}

    def check(self, update: Update) -> SignatureCheck | None:
        """Of the image that an update leads to: what it is refused for, if anything; None: nothing is demanded, and nobody was asked."""
        if update.new_image is None:
            return None
        own = self.check_image(update.new_image)
        if own is not None and own.is_refused:
            return own
        return next((one for one in self.at_admission(update.new_image) if one.is_refused), own)

    def check_image(self, image: ImageReference) -> SignatureCheck | None:
        """Of one image, by the last entry that fits it."""
        found = self._guard_for(image)
        if found is None:
            return None
        place, entry = found
        return SignatureCheck(demand=self._guards[place].rule.demand, verdict=self._verdict(place, image), entry=entry)

    def step(self, update: Update) -> SignatureStep | None:
        """Of both images of an update; None: nothing is demanded of the new one."""
        if update.new_image is None:
            return None
        check, admission = self.check_image(update.new_image), self.at_admission(update.new_image)
        if check is None and not admission:
            return None
        old = None if update.old_image is None else self.check_image(update.old_image)
        step = SignatureStep(old=None if old is None else old.verdict, new=check, admission=admission)
        return self._with_all_signers(step, update) if step.has_other_signer else step

    def _with_all_signers(self, step: SignatureStep, update: Update) -> SignatureStep:
        """The step with everybody who signed, of whom the first one found was enough until here: one may have signed both."""
        if step.old is None or step.new is None or update.old_image is None or update.new_image is None:
            return step
        old = replace(step.old, signers=self._signers(update.old_image) or step.old.signers)
        new = replace(step.new.verdict, signers=self._signers(update.new_image) or step.new.verdict.signers)
        return replace(step, old=old, new=replace(step.new, verdict=new))

    def _signers(self, image: ImageReference) -> tuple[Signer, ...]:
        """Everybody trusted who signed an image of which one valid signature was found."""
        found = self._guard_for(image)
        if found is None:
            return ()
        asked = image.at(tag=image.tag, digest=image.digest or self._digest_of(image))
        signed = (one.signer for one in _findings(self._guards[found[0]].schemes, asked) if isinstance(one, Signed))
        return tuple({signer.is_same_as: signer for signer in signed}.values())

    def at_admission(self, image: ImageReference) -> tuple[SignatureCheck, ...]:
        """What the policies of admission controllers say to an image, each that fits it."""
        return tuple(
            SignatureCheck(
                demand=guard.demand,
                verdict=_with_gaps(self._verdict(len(self._guards) + place, image), guard.gaps),
                entry=str(guard.policy),
                demanded_by=guard.demanded_by,
            )
            for place, guard in enumerate(self._admission())
            if guard.policy.fits(image)
        )

    def _guard_for(self, image: ImageReference) -> tuple[int, str] | None:
        for place in reversed(range(len(self._guards))):
            rule = self._guards[place].rule
            entry = rule.pattern_for(image)
            if entry is not None:
                return None if rule.demand is Demand.OFF else (place, entry)
        return None

    def _ask(self, place: int, image: ImageReference) -> SignatureVerdict:
        """The verdict; whatever happens, it is one: an image that nobody could ask about is not a signed one."""
        guard: Guard | AdmissionGuard = self._guards[place] if place < len(self._guards) else self._admission()[place - len(self._guards)]
        if guard.problem:
            return SignatureVerdict(state=SignatureState.UNKNOWN, reason=guard.problem)
        try:
            self._count(image)
            asked = image.at(tag=image.tag, digest=image.digest or self._digest_of(image))
            verdict = verdict_of(_findings(guard.schemes, asked), asked)
        except ToldError as error:
            verdict = SignatureVerdict(state=SignatureState.UNKNOWN, reason=str(error))
        except Exception as error:
            log.exception("signature.not_checked", image=str(image))
            verdict = SignatureVerdict(state=SignatureState.UNKNOWN, reason=told(error))
        log.info("signature.checked", image=str(image), state=verdict.state.value, reason=verdict.reason)
        return verdict

    def _count(self, image: ImageReference) -> None:
        """Raises TooManyError for a repository of which enough images were asked about: hundreds of tags may be newer, and none signed."""
        with self._lock:
            seen = self._seen.setdefault(image.name, set())
            seen.add(str(image))
            if len(seen) > _MOST_IMAGES:
                raise TooManyError(f"{_MOST_IMAGES} images of {image.name} were asked about already, which is all that one run asks")


def _with_gaps(verdict: SignatureVerdict, gaps: Sequence[str]) -> SignatureVerdict:
    if not gaps or verdict.state in {SignatureState.VALID, SignatureState.UNKNOWN}:
        return verdict
    return replace(verdict, state=SignatureState.UNKNOWN, reason=f"{'; '.join(gaps)}; {verdict.reason}")


def _findings(schemes: Sequence[SignatureScheme], image: ImageReference) -> Iterable[Finding]:
    """What all ways of signing find, one after the other: who stops at a valid signature does not ask the next."""
    if not schemes:
        return (Unread(reason="the configuration trusts nobody for this image"),)
    return chain.from_iterable(scheme.findings(image) for scheme in schemes)
