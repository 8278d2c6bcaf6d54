"""The seam of the ways of signing, and how what they find becomes one verdict."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import structlog

from bot.clients.json_fields import UnreadableError
from bot.model.failure import told
from bot.model.image import ImageReference
from bot.model.signature import SignatureState, SignatureVerdict, Signer

log = structlog.get_logger()

_MOST_REASONS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature of the image by somebody trusted."""

    signer: Signer
    at: datetime | None = None
    """As a log or a time-stamping service vouches."""
    told_name: str = ""
    """What the signed text calls the image; empty: it does not name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A signature that was read, and does not count."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A place that did not answer, or a signature that could not be read."""

    reason: str


Finding = Signed | Refused | Unread


class SignatureScheme(Protocol):
    """A way of signing, with those whom one entry of the configuration trusts."""

    def findings(self, image: ImageReference) -> Iterable[Finding]:
        """What is found of the image, which names its digest; nothing: there is no signature. Never raises.

        It may end with the first valid signature: whoever asks stops there.
        """
        ...


def judged(judge: Callable[[], Finding], *, about: str = "") -> Finding:
    """What one signature comes to; `about` stands before what can't be read. Never raises.

    Whoever may push to a repository attaches what he likes: what no library foresaw hides no valid signature beside it.
    """
    try:
        return judge()
    except UnreadableError as error:
        return Refused(reason=f"{about}{error}")
    except Exception as error:
        log.exception("signature.not_judged")
        return Unread(reason=f"a signature is attached that could not be judged: {told(error)}")


def verdict_of(findings: Iterable[Finding], image: ImageReference) -> SignatureVerdict:
    """One valid signature is enough; without one, what was not read counts before what was refused: it may have been the valid one."""
    refused: dict[str, None] = {}
    unread: dict[str, None] = {}
    for finding in findings:
        match finding:
            case Signed():
                named = finding.told_name
                return SignatureVerdict(
                    state=SignatureState.VALID,
                    signers=(finding.signer,),
                    signed_at=finding.at,
                    signed_as=named if named and named not in {image.name, image.familiar} else "",
                )
            case Refused():
                refused[finding.reason] = None
            case Unread():
                unread[finding.reason] = None
    if unread:
        return SignatureVerdict(state=SignatureState.UNKNOWN, reason=_said([*unread, *refused]))
    if refused:
        return SignatureVerdict(state=SignatureState.INVALID, reason=_said([*refused]))
    return SignatureVerdict(state=SignatureState.MISSING, reason=f"no signature is attached to {image.name}@{image.digest}")


def _said(reasons: list[str]) -> str:
    more = f"; and {len(reasons) - _MOST_REASONS} more" if len(reasons) > _MOST_REASONS else ""
    return "; ".join(reasons[:_MOST_REASONS]) + more
