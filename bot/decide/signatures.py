"""Policy: an image that has to be signed, and is not known to be, is not proposed."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, assert_never

from bot.decide.evidence import Evidence
from bot.model.signature import SignatureCheck, SignatureState
from bot.model.update import Hold, Update


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    evidence: Evidence
    name: ClassVar[str] = "signature"

    def objection(self, update: Update, now: datetime) -> Hold | None:  # noqa: ARG002
        check = self.evidence.signature(update)
        if check is None or not check.is_refused:
            return None
        return Hold(update=update, policy=self.name, reason=f"{update.release.value}: {check.verdict}. {_remedy(check)}")


def _remedy(check: SignatureCheck) -> str:
    entry = f"the entry {check.entry!r} of `signatures` in the configuration"
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
