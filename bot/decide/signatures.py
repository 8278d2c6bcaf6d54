"""Policy: an image that has to be signed, and is not known to be, is not proposed."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, assert_never

from bot.decide.evidence import Evidence
from bot.model.signature import DemandedBy, SignatureCheck, SignatureState
from bot.model.update import Hold, Update

ADMISSION: Final = "admission"
"""The name of the policy where a cluster's admission controller is what demands it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    evidence: Evidence
    name: ClassVar[str] = "signature"

    def objection(self, update: Update, now: datetime) -> Hold | None:  # noqa: ARG002
        check = self.evidence.signature(update)
        if check is None or not check.is_refused:
            return None
        return Hold(update=update, policy=_policy(check), reason=f"{update.release.value}: {_said(check)}. {_remedy(check)}")


def _policy(check: SignatureCheck) -> str:
    return Signatures.name if check.demanded_by is DemandedBy.CONFIGURATION else ADMISSION


def _said(check: SignatureCheck) -> str:
    if check.demanded_by is DemandedBy.CONFIGURATION:
        return str(check.verdict)
    is_known = check.verdict.state is not SignatureState.UNKNOWN
    return f"{'would' if is_known else 'may'} be refused at admission by {check.entry}: {check.verdict}"


def _remedy(check: SignatureCheck) -> str:
    own = check.demanded_by is DemandedBy.CONFIGURATION
    entry = f"the entry {check.entry!r} of `signatures` in the configuration" if own else "that policy"
    match check.verdict.state:
        case SignatureState.UNKNOWN:
            return f"It is asked again in the next run; if it stays so, mend what is named, or change {entry}"
        case SignatureState.MISSING:
            return f"Have it signed by whom {entry} trusts; of a copy, copy its signatures too"
        case SignatureState.INVALID:
            return f"Ask its publisher who signs; if that signer is right, add it to {entry}"
        case SignatureState.VALID:
            return ""
        case _:
            assert_never(check.verdict.state)
