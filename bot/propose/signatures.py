"""What a pull request says of the signatures of an image."""

from collections.abc import Iterator, Sequence
from typing import Final, assert_never

from bot.model.signature import DemandedBy, SignatureCheck, SignatureState, SignatureStep, SignatureVerdict, Signer
from bot.propose.markdown import Markdown, code, escape

_MOST_POLICIES: Final = 5


def signature_lines(step: SignatureStep) -> Iterator[Markdown]:
    """Who signed the new image, whether that is somebody else than of the image in use, and whether clusters would let it in."""
    if step.new is not None:
        yield _own(step, step.old, step.new.verdict)
    yield from map(_refusal, (one for one in step.admission if one.verdict.state is not SignatureState.VALID))
    let_in = [one.entry for one in step.admission if one.verdict.state is SignatureState.VALID]
    if let_in and len(let_in) == len(step.admission):
        more = f" and {len(let_in) - _MOST_POLICIES} more" if len(let_in) > _MOST_POLICIES else ""
        yield Markdown(f"Signed by whom admission wants, by {escape(', '.join(let_in[:_MOST_POLICIES]))}{more}")


def _refusal(check: SignatureCheck) -> Markdown:
    by = f"by {escape(check.entry)}: {escape(check.verdict)}"
    verb = "May be" if check.verdict.state is SignatureState.UNKNOWN else "Would be"
    match check.demanded_by:
        case DemandedBy.ADMISSION:
            return Markdown(f"⚠️ **{verb} refused at admission** {by}")
        case DemandedBy.AUDIT | DemandedBy.CONFIGURATION:
            return Markdown(f"{verb} reported at admission {by}")
        case _:
            assert_never(check.demanded_by)


def _own(step: SignatureStep, old: SignatureVerdict | None, new: SignatureVerdict) -> Markdown:
    """What the configuration demands."""
    if new.state is SignatureState.UNKNOWN:
        return Markdown(f"⚠️ **Perhaps not signed**: {escape(new)}")
    if new.state is not SignatureState.VALID:
        return Markdown(f"⚠️ **No valid signature**: {escape(new)}")
    if old is not None and step.has_other_signer:
        return Markdown(f"⚠️ **Another signer**: {_signed(new)}; the image in use is signed by {_names(old.signers)}")
    if old is not None and old.state is not SignatureState.VALID:
        return Markdown(f"S{_signed(new)[1:]}. Of the image in use: {escape(old)}")
    return Markdown(f"S{_signed(new)[1:]}")


def _signed(verdict: SignatureVerdict) -> Markdown:
    when = f" on {verdict.signed_at:%Y-%m-%d}" if verdict.signed_at else ""
    named = f", under the name {code(verdict.signed_as)}" if verdict.signed_as else ""
    return Markdown(f"signed by {_names(verdict.signers)}{when}{named}")


def _names(signers: Sequence[Signer]) -> Markdown:
    return Markdown(" and ".join(map(_name, signers)))


def _name(signer: Signer) -> Markdown:
    if signer.issuer:
        return Markdown(f"{code(signer.name)} (issuer {code(signer.issuer)})")
    return Markdown(f"the key {code(signer.called)}" if signer.called else f"the key {code(signer.name)}")
