"""Policy: without a valid signature that is demanded nothing goes out, and an older value that has one does."""

import pytest

from bot.decide.evidence import NoEvidence
from bot.model.rules import Rule
from bot.model.signature import Demand, Scheme, SignatureCheck, SignatureState, SignatureVerdict, Signer
from bot.model.update import Hold, UpdateKind
from tests.unit.decide.deciding import decide, listing, outcome, pin

SIGNER = Signer(scheme=Scheme.COSIGN, name="SHA256:ab", called="base.pub")


NEWER = Rule(allow=frozenset({UpdateKind.MINOR}))


class Signed(NoEvidence):
    """Knows the state of each value's signature."""

    def __init__(self, demand, **states):
        self.demand = demand
        self.states = states
        self.asked = []

    def signature(self, update):
        value = update.release.value
        self.asked.append(value)
        state = self.states.get("v" + value.replace(".", "_"))
        if state is None:
            return None
        signers = (SIGNER,) if state is SignatureState.VALID else ()
        return SignatureCheck(demand=self.demand, entry="docker.io/*", verdict=SignatureVerdict(state=state, reason="why", signers=signers))


@pytest.mark.parametrize(
    ("demand", "state", "is_held"),
    [
        pytest.param(Demand.REQUIRE, SignatureState.VALID, False, id="required and valid"),
        pytest.param(Demand.REQUIRE, SignatureState.INVALID, True, id="invalid"),
        pytest.param(Demand.REQUIRE, SignatureState.MISSING, True, id="missing"),
        pytest.param(Demand.REQUIRE, SignatureState.UNKNOWN, True, id="unknown"),
        pytest.param(Demand.WARN, SignatureState.INVALID, False, id="invalid, told only"),
        pytest.param(Demand.WARN, SignatureState.UNKNOWN, False, id="unknown, told only"),
        pytest.param(Demand.REQUIRE, None, False, id="nothing is demanded"),
    ],
)
def test_what_is_demanded_holds(demand, state, is_held):
    decided = decide(pin("1.2.0"), listing("1.2.0", "1.3.0"), NEWER, evidence=Signed(demand, v1_3_0=state))

    assert isinstance(decided.verdict, Hold) is is_held
    if is_held:
        said = decided.verdict.reason
        assert (decided.verdict.policy, "1.3.0: " in said, "'docker.io/*' of `signatures`" in said) == ("signature", True, True)


def test_an_older_value_that_is_signed_goes_out_instead():
    evidence = Signed(Demand.REQUIRE, v1_4_0=SignatureState.MISSING, v1_3_0=SignatureState.VALID)

    decided = decide(pin("1.2.0"), listing("1.2.0", "1.3.0", "1.4.0"), NEWER, evidence=evidence)

    assert outcome(decided) == ("1.3.0", UpdateKind.MINOR)
    assert [(one.value, one.verdict) for one in decided.candidates][:2] == [("1.4.0", "held"), ("1.3.0", "chosen")]


def test_nobody_is_asked_of_what_does_not_go_out():
    evidence = Signed(Demand.REQUIRE)

    decide(pin("1.2.0"), listing("1.2.0", "1.3.0", "2.0.0"), Rule(allow=frozenset()), evidence=evidence)

    assert evidence.asked == []
