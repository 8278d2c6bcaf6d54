"""What the catalogue says of a base, and the decision on a move to its successor."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.decide.catalogue import judged
from bot.decide.decider import Decider
from bot.decide.migrate import Move, move_of
from bot.model.catalogue import Catalogue, Judged, Standing
from bot.model.dependency import Dependency
from bot.model.pin import OptOut, Role
from bot.model.repo_rules import RepoRules
from bot.model.rules import ApprovedBase, Freeze, Rule
from bot.model.update import Frozen, Hold, NotAllowed, Propose, Undecidable, Unknown, UpdateKind
from tests.unit.decide.deciding import CONTEXT, NOW, Knows, Registry, digest, listing, pin

TODAY = NOW.date()
DAY = timedelta(days=1)
NGINX = "docker.io/library/nginx"
OURS = Dependency(datasource="oci", name="reg.example/base/nginx")


def entry(status, *, name="docker.io/library/*", **more):
    return ApprovedBase(dependency=name, status=status, **more)


OLD = entry("deprecated", older_than=90 * DAY, name="*")


@pytest.mark.parametrize(
    ("entries", "age", "expected"),
    [
        pytest.param([], None, Standing.NOT_KNOWN, id="no entry is no word for it"),
        pytest.param([entry("allowed")], None, Standing.APPROVED, id="approved"),
        pytest.param([entry("allowed", name="quay.io/*")], None, Standing.NOT_KNOWN, id="of another registry"),
        pytest.param([entry("allowed"), entry("forbidden", tags="1.2*")], None, Standing.FORBIDDEN, id="the last one counts"),
        pytest.param([entry("allowed"), entry("forbidden", tags="1.3*")], None, Standing.APPROVED, id="by its tag"),
        pytest.param([entry("deprecated", since=TODAY)], None, Standing.DEPRECATED, id="from today on"),
        pytest.param([entry("deprecated", since=TODAY + DAY)], None, Standing.ANNOUNCED, id="from tomorrow on"),
        pytest.param([entry("allowed"), OLD], 91, Standing.DEPRECATED, id="old"),
        pytest.param([entry("allowed"), OLD], 89, Standing.APPROVED, id="young"),
        pytest.param([entry("allowed"), OLD], None, Standing.NOT_KNOWN, id="of unknown age is not young"),
        pytest.param([entry("forbidden"), OLD], None, Standing.FORBIDDEN, id="of unknown age and forbidden anyway"),
        pytest.param([OLD], 89, Standing.NOT_KNOWN, id="young, and named nowhere"),
    ],
)
def test_standing(entries, age, expected):
    built = None if age is None else NOW - age * DAY
    found = judged(Catalogue(entries=tuple(entries)), pin().dependency, "1.2.0", built, NOW)

    assert found.standing is expected
    assert found.why or found.entry is not None


@pytest.mark.parametrize(("age", "expected"), [(None, Standing.NOT_APPROVED), (1, Standing.NOT_APPROVED)])
def test_only_what_is_approved(age, expected):
    built = None if age is None else NOW - age * DAY

    assert judged(Catalogue(only_approved=True), pin().dependency, "1.2.0", built, NOW).standing is expected


def move(status="deprecated", pattern="reg.example/base/{name}:{major}.{minor}", *, in_use=None, **more):
    said = Judged(standing=Standing(status), entry=entry(status, successor=pattern, is_proposed=True, **more))
    return move_of(in_use or pin(role=Role.FINAL_BASE), said)


def decided(
    rule=None,
    *,
    in_use=None,
    published=("1.2", "1.3"),
    of=None,
    own=None,
    evidence=None,
    registry=None,
    pattern="reg.example/base/{name}:{major}.{minor}",
):
    asked = move(in_use=in_use, pattern=pattern)
    assert isinstance(asked, Move)
    decider = Decider([rule or Rule(allow=frozenset({UpdateKind.PATCH}))], evidence=evidence).within({CONTEXT.repo: own} if own else {})
    listed = of or listing(*published, dependency=asked.successor)
    return decider.migration(asked, listed, CONTEXT, (registry or Registry({"1.2": digest(7)})).describe, NOW)


def test_a_base_that_is_to_be_left_moves_to_its_successor_and_says_why():
    verdict = decided().verdict

    assert isinstance(verdict, Propose)
    assert (verdict.update.kind, verdict.update.release.dependency, verdict.update.release.value) == (UpdateKind.MIGRATE, OURS, "1.2")
    assert verdict.update.release.digest is None
    assert verdict.update.new_image is not None
    assert str(verdict.update.new_image) == "reg.example/base/nginx:1.2"
    assert verdict.update.because == "The organisation's catalogue has nginx as deprecated"


@pytest.mark.parametrize("status", ["approved", "deprecated later", "not approved", "not known"])
def test_what_may_stay_is_asked_nothing(status):
    said = Judged(standing=Standing(status), entry=entry("deprecated", successor="reg.example/p:1", is_proposed=True))

    assert move_of(pin(), said) is None


def test_a_successor_that_is_only_told_is_not_proposed():
    assert move_of(pin(), Judged(standing=Standing.FORBIDDEN, entry=entry("forbidden", successor="reg.example/p:1"))) is None


def test_the_digest_of_the_successor_is_written_where_the_pin_has_one():
    pinned = pin(role=Role.FINAL_BASE, digest=digest(1))

    assert decided(in_use=pinned).verdict.update.release.digest == digest(7)
    assert isinstance(decided(in_use=pinned, registry=Registry()).verdict, Unknown)


def test_who_names_the_successor_already_moves_nowhere():
    there = pin("1.2", dependency=OURS, role=Role.FINAL_BASE)

    assert decided(in_use=there) is None


LEAVES_OUT = RepoRules(rules=(Rule(allow=frozenset({UpdateKind.PATCH})),))


@pytest.mark.parametrize(
    ("kept_by", "expected", "said"),
    [
        pytest.param({"published": ("1.3",)}, Undecidable, "it has no tag 1.2", id="its tag is not published"),
        pytest.param({"of": listing(dependency=OURS, problem="denied")}, Unknown, "denied", id="its registry denies"),
        pytest.param({"of": replace(listing("1.2", dependency=OURS), shrunk="it shrank")}, Frozen, "it shrank", id="its list shrank"),
        pytest.param({"in_use": pin(role=Role.FINAL_BASE, opt_out=OptOut(reason="pinned"))}, Hold, "pinned", id="the file opts out"),
        pytest.param(
            {"rule": Rule(freezes=(Freeze(starts=NOW, ends=NOW + DAY, reason="year end"),))}, Hold, "frozen: year end", id="a freeze"
        ),
        pytest.param({"rule": Rule(cooldown=2 * DAY), "published": (("1.2", 1),)}, Hold, "releases wait 2 days", id="a young successor"),
        pytest.param({"own": LEAVES_OUT}, NotAllowed, "the repo's own file says so", id="the repo's own file leaves it out"),
        pytest.param({"own": RepoRules(silence="off")}, Hold, "off", id="the repo is silent"),
        pytest.param(
            {"evidence": Knows(lost={"1.2": ("linux/arm64",)})}, Hold, "no longer published for linux/arm64", id="a lost platform"
        ),
    ],
)
def test_what_keeps_a_move_back(kept_by, expected, said):
    verdict = decided(**kept_by).verdict

    assert isinstance(verdict, expected)
    assert said in verdict.reason


def test_the_catalogue_allows_it_whatever_kinds_the_rules_do():
    assert isinstance(decided(Rule(allow=frozenset())).verdict, Propose)
