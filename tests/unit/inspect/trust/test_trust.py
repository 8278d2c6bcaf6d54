"""Entries of the configuration held against images: which one counts, what is asked, and what two images tell of their signers."""

import pytest

from bot.clients.oci.session import RegistryError
from bot.inspect.trust.cosign import Cosign
from bot.inspect.trust.scheme import Signed, judged, verdict_of
from bot.inspect.trust.trust import Guard, Trust
from bot.model.dependency import Dependency, Release
from bot.model.image import ImageReference
from bot.model.signature import Demand, Scheme, SignatureRule, SignatureState, Signer
from bot.model.update import Update, UpdateKind
from tests.signatures import IMAGE, Shelf, key, recorded, shelf_image
from tests.unit.decide.deciding import digest, pin


@pytest.fixture
def shelf():
    return Shelf(recorded().store)


def guard(shelf, *patterns, demand=Demand.REQUIRE, keys=("p256",)):
    rule = SignatureRule(match=patterns, demand=demand, keys=keys)
    return Guard(rule=rule, schemes=() if demand is Demand.OFF else (Cosign(registry=shelf, keys=[key(kind) for kind in keys]),))


def trust(*guards, digest_of=lambda _: IMAGE):
    return Trust(guards, digest_of=digest_of)


@pytest.mark.parametrize(
    ("name", "guards", "expected"),
    [
        pytest.param("v2/p256", ["ghcr.io/v2/*"], SignatureState.VALID, id="signed"),
        pytest.param("v2/rsa", ["ghcr.io/v2/*"], SignatureState.INVALID, id="by somebody else"),
        pytest.param("unsigned", ["ghcr.io/*"], SignatureState.MISSING, id="not signed"),
        pytest.param("unsigned", ["ghcr.io/v2/*"], None, id="no entry fits"),
        pytest.param("unsigned", [], None, id="no entry at all"),
    ],
)
def test_the_entry_that_fits_counts(shelf, name, guards, expected):
    check = trust(*(guard(shelf, pattern) for pattern in guards)).check_image(shelf_image(name))

    assert (None if check is None else check.verdict.state) is expected
    assert (check is not None) is bool(shelf.asked)


def test_the_last_entry_that_fits_wins(shelf):
    made = trust(guard(shelf, "ghcr.io/*"), guard(shelf, "ghcr.io/v2/*", demand=Demand.WARN, keys=("rsa",)))

    check = made.check_image(shelf_image("v2/rsa"))

    assert (check.demand, check.entry, check.verdict.state) == (Demand.WARN, "ghcr.io/v2/*", SignatureState.VALID)


def test_where_the_policy_is_off_nobody_is_asked(shelf):
    def unasked(image):
        raise AssertionError(image)

    made = trust(guard(shelf, "*"), guard(shelf, "ghcr.io/*", demand=Demand.OFF), digest_of=unasked)

    assert made.check_image(shelf_image("unsigned", digest=None)) is None
    assert shelf.asked == []


def test_each_image_is_asked_about_once(shelf):
    made = trust(guard(shelf, "*"))

    verdicts = {made.check_image(shelf_image("v2/p256")) for _ in range(5)}

    assert (len(verdicts), len(shelf.asked)) == (1, 2)


def test_images_of_docker_hub_are_matched_as_people_write_them(shelf):
    image = ImageReference.parse("python:3.12").at(tag="3.12", digest=IMAGE)

    assert trust(guard(shelf, "python")).check_image(image).verdict.state is SignatureState.MISSING


def test_a_tag_alone_is_judged_by_what_it_stands_for(shelf):
    assert trust(guard(shelf, "*")).check_image(shelf_image("v2/p256", digest=None)).verdict.state is SignatureState.VALID


def registry_down(_):
    raise RegistryError("registry.example: no answer. Try again later.")


def our_bug(_):
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("fails", "said"), [pytest.param(registry_down, "no answer", id="registry"), pytest.param(our_bug, "bot met", id="bug")]
)
def test_whatever_fails_is_unknown_and_refused(shelf, fails, said):
    check = trust(guard(shelf, "*"), digest_of=fails).check_image(shelf_image("v2/p256", digest=None))

    assert (check.verdict.state, check.is_refused, said in check.verdict.reason) == (SignatureState.UNKNOWN, True, True)


def test_a_scheme_that_breaks_is_unknown_and_refused():
    class Broken:
        def findings(self, image):  # noqa: ARG002
            raise KeyError("x")

    made = Trust([Guard(rule=SignatureRule(match=("*",), demand=Demand.REQUIRE), schemes=(Broken(),))], digest_of=lambda _: IMAGE)

    assert made.check_image(shelf_image("v2/p256")).is_refused


@pytest.mark.parametrize("problem", ["gone.pub can't be read", ""])
def test_an_entry_that_can_check_nothing_lets_nothing_through(problem):
    made = trust(Guard(rule=SignatureRule(match=("*",), demand=Demand.REQUIRE), problem=problem))

    check = made.check_image(shelf_image("v2/p256"))

    assert (check.verdict.state, check.is_refused) == (SignatureState.UNKNOWN, True)


def update(old, new):
    """From one repository's image to another's: what differs is who signed them."""
    dependency = Dependency(datasource="oci", name="ghcr.io/team/app")
    return Update(
        pin=pin("1", dependency=dependency, digest=old),
        release=Release(dependency=dependency, value="1", digest=new),
        kind=UpdateKind.DIGEST,
    )


class Told:
    """Says who signed a digest."""

    def __init__(self, **signers):
        self.signers = {str(digest(int(number[1:]))): who for number, who in signers.items()}

    def findings(self, image):
        who = self.signers.get(str(image.digest))
        return [Signed(signer=one) for one in (who if isinstance(who, tuple) else (who,)) if one]


ANNA, BEN = (Signer(scheme=Scheme.COSIGN, name=f"SHA256:{n}", called=f"{n}.pub") for n in ("anna", "ben"))
BOT = Signer(scheme=Scheme.COSIGN, name="https://github.com/acme/app", issuer="https://token.example")


@pytest.mark.parametrize(
    ("old", "new", "is_other"),
    [
        pytest.param(ANNA, ANNA, False, id="the same key"),
        pytest.param(ANNA, BEN, True, id="another key"),
        pytest.param(ANNA, BOT, True, id="an identity after a key"),
        pytest.param(ANNA, (BEN, ANNA), False, id="one of them signed both"),
        pytest.param((ANNA, BEN), BEN, False, id="one signs no longer"),
        pytest.param((ANNA, BEN), BOT, True, id="none of two"),
        pytest.param(None, ANNA, False, id="signed for the first time"),
        pytest.param(ANNA, None, False, id="no longer signed: told as such"),
    ],
)
def test_a_signer_that_changed_is_known(old, new, is_other):
    told = Told(**{key: who for key, who in {"d1": old, "d2": new}.items() if who})
    made = trust(Guard(rule=SignatureRule(match=("*",), demand=Demand.WARN), schemes=(told,)))

    step = made.step(update(digest(1), digest(2)))

    assert (step.has_other_signer, step.new.is_refused) == (is_other, False)


def test_of_one_repository_so_many_images_are_asked_about_and_the_rest_is_unknown(shelf):
    made = trust(guard(shelf, "*"))

    states = [made.check_image(shelf_image("unsigned", digest(number))).verdict.state for number in range(60)]

    assert (states.count(SignatureState.MISSING), states.count(SignatureState.UNKNOWN)) == (50, 10)
    assert made.check_image(shelf_image("v2/p256")).verdict.state is SignatureState.VALID


def test_of_a_chart_nothing_is_demanded(shelf):
    dependency = Dependency(datasource="helm", name="https://charts.example#redis")
    step = Update(pin=pin("1", dependency=dependency), release=Release(dependency=dependency, value="2"), kind=UpdateKind.MAJOR)

    assert trust(guard(shelf, "*")).step(step) is None


def test_what_nobody_foresaw_in_one_signature_hides_no_valid_one():
    """Whoever may push to a repository may attach what breaks a library."""
    trusted = Signer(scheme=Scheme.COSIGN, name="k", called="k.pub")
    found = [judged(lambda: our_bug(None)), judged(lambda: Signed(signer=trusted))]

    assert verdict_of(found, shelf_image("unsigned")).signers == (trusted,)
    assert verdict_of(found[:1], shelf_image("unsigned")).state is SignatureState.UNKNOWN
