"""What a pull request says of signatures: who signed, that it is somebody else, what is missing, and what clusters would refuse."""

from datetime import UTC, datetime

import pytest

from bot.model.signature import Demand, DemandedBy, Scheme, SignatureCheck, SignatureState, SignatureStep, SignatureVerdict, Signer
from bot.propose.signatures import signature_lines

ANNA = Signer(scheme=Scheme.COSIGN, name="SHA256:anna", called="anna.pub")
BOT = Signer(scheme=Scheme.COSIGN, name="https://github.com/acme/app", issuer="https://token.example")


def valid(signer, **more):
    return SignatureVerdict(state=SignatureState.VALID, signers=(signer,), **more)


def bad(state, reason="nothing is attached to `x`"):
    return SignatureVerdict(state=state, reason=reason)


def check(verdict, **more):
    return SignatureCheck(demand=Demand.WARN, verdict=verdict, **{"entry": "ghcr.io/*", **more})


def at_admission(verdict, by=DemandedBy.ADMISSION):
    return check(verdict, entry="the policy p (Kyverno, p.yaml)", demanded_by=by)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(valid(ANNA), valid(ANNA), "Signed by the key `anna.pub`", id="as before"),
        pytest.param(
            valid(ANNA),
            valid(BOT, signed_at=datetime(2026, 11, 20, tzinfo=UTC)),
            "⚠️ **Another signer**: signed by `https://github.com/acme/app` (issuer `https://token.example`) on 2026-11-20; "
            "the image in use is signed by the key `anna.pub`",
            id="somebody else",
        ),
        pytest.param(
            bad(SignatureState.MISSING, "none"),
            valid(ANNA),
            "Signed by the key `anna.pub`. Of the image in use: it is not signed: none",
            id="signed from now on",
        ),
        pytest.param(None, valid(ANNA, signed_as="x/y"), "Signed by the key `anna.pub`, under the name `x/y`", id="copied"),
        pytest.param(valid(ANNA), bad(SignatureState.MISSING), "⚠️ **No valid signature**: it is not signed: ", id="missing"),
        pytest.param(valid(ANNA), bad(SignatureState.INVALID), "⚠️ **No valid signature**: its signature is not valid: ", id="invalid"),
        pytest.param(None, bad(SignatureState.UNKNOWN), "⚠️ **Perhaps not signed**: whether it is signed is not known: ", id="unknown"),
    ],
)
def test_who_signed_is_told(old, new, said):
    (line,) = signature_lines(SignatureStep(old=old, new=check(new)))

    assert line.startswith(said)


@pytest.mark.parametrize(
    ("state", "by", "said"),
    [
        pytest.param(SignatureState.MISSING, DemandedBy.ADMISSION, "⚠️ **Would be refused at admission** by the policy p", id="refused"),
        pytest.param(SignatureState.UNKNOWN, DemandedBy.ADMISSION, "⚠️ **May be refused at admission** by the policy p", id="not known"),
        pytest.param(SignatureState.INVALID, DemandedBy.AUDIT, "Would be reported at admission by the policy p", id="reported"),
        pytest.param(SignatureState.UNKNOWN, DemandedBy.AUDIT, "May be reported at admission by the policy p", id="perhaps reported"),
    ],
)
def test_what_a_cluster_would_refuse_is_told(state, by, said):
    (line,) = signature_lines(SignatureStep(old=None, new=None, admission=(at_admission(bad(state), by),)))

    assert line.startswith(said)


def test_that_all_policies_are_met_is_one_line():
    step = SignatureStep(old=None, new=None, admission=(at_admission(valid(ANNA)),) * 7)

    (line,) = signature_lines(step)
    assert line.startswith("Signed by whom admission wants, by the policy p")
    assert line.endswith("and 2 more")


def test_text_of_others_stays_text():
    hostile = "**bold** @acme/team <!-- x --> [a](http://b)"

    (line,) = signature_lines(SignatureStep(old=None, new=check(bad(SignatureState.INVALID, hostile))))
    assert "@acme" not in line
    assert "<!--" not in line
