"""What a pull request says of the signatures of an image."""

from collections.abc import Iterator, Sequence

from bot.model.signature import SignatureState, SignatureStep, SignatureVerdict, Signer
from bot.propose.markdown import Markdown, code, escape


def signature_lines(step: SignatureStep) -> Iterator[Markdown]:
    """Who signed the new image, and whether that is somebody else than of the image in use."""
    old, new = step.old, step.new.verdict
    if new.state is not SignatureState.VALID:
        yield Markdown(f"⚠️ **No valid signature**: {escape(new)}")
    elif old is not None and step.has_other_signer:
        yield Markdown(f"⚠️ **Another signer**: {_signed(new)}; the image in use is signed by {_names(old.signers)}")
    elif old is not None and old.state is not SignatureState.VALID:
        yield Markdown(f"S{_signed(new)[1:]}. Of the image in use: {escape(old)}")
    else:
        yield Markdown(f"S{_signed(new)[1:]}")


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
