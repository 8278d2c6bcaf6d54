"""What keeps a pull request from its merge, in words that name the check, the person and the remedy."""

import pytest

from bot.model.checks import Checks
from bot.model.fleet import App
from bot.model.readiness import Check, CheckState, Readiness
from bot.track.hurdles import hurdles

OWNED = App(name="shop", repo="acme/shop", owners=("@acme/shop", "@ana", "@ben", "@cy"))
NOBODYS = App(name="shop", repo="acme/shop")


def check(name: str, state: CheckState = CheckState.RED, *, said: str = "", is_required: bool = False) -> Check:
    return Check(name=name, state=state, said=said, is_required=is_required)


RED = tuple(check(name) for name in "abcde")
ASKED = ("@ana",)
CASES = {
    "waits for who is asked": (Readiness(checks=Checks.GREEN, asked=ASKED), []),
    "red, by name": (
        Readiness(checks=Checks.RED, asked=ASKED, not_green=(check("build", said="timed out", is_required=True), *RED)),
        [("checks red: build (required, timed out), a, b and 3 more", "see why its checks fail")],
    ),
    "red among those that were not looked at": (
        Readiness(checks=Checks.RED, asked=ASKED, unlisted=7),
        [("checks red; 7 checks were not looked at", "see why its checks fail")],
    ),
    "red and not done": (
        Readiness(checks=Checks.RED, asked=ASKED, not_green=(check("a"), check("b", CheckState.PENDING))),
        [("checks red: a", "see why its checks fail"), ("checks not done: b", "let its checks end")],
    ),
    "a required one never began": (
        Readiness(checks=Checks.PENDING, asked=ASKED, not_green=(check("cla", CheckState.NOT_BEGUN, is_required=True),)),
        [("required checks not begun: cla (required)", "start the required checks, or require them no more")],
    ),
    "a draft that is approved": (
        Readiness(checks=Checks.GREEN, approvals=1, is_draft=True),
        [("draft", "mark it as ready for review")],
    ),
    "changes requested": (
        Readiness(checks=Checks.GREEN, changes_wanted_by=ASKED, needs_approval=True),
        [("changes requested: @ana", "make the changes that @ana asked for, or answer them")],
    ),
    "nobody is asked": (
        Readiness(checks=Checks.GREEN),
        [("no reviewer", "ask @acme/shop, @ana, @ben and 1 more for a review")],
    ),
    "nobody is asked, for the owner does not exist": (
        Readiness(checks=Checks.GREEN, needs_approval=True, unknown_owners=("@acme/gone (CODEOWNERS line 3)",)),
        [
            ("code owner unknown: @acme/gone (CODEOWNERS line 3)", "name owners in CODEOWNERS who exist and may write"),
            ("no reviewer", "ask @acme/shop, @ana, @ben and 1 more for a review"),
        ],
    ),
    "another owner is unknown, and somebody is asked": (Readiness(checks=Checks.GREEN, asked=ASKED, unknown_owners=("@x",)), []),
    "a rule wants an approval": (
        Readiness(checks=Checks.GREEN, asked=ASKED, needs_approval=True),
        [("not approved: @ana", "have @ana review it")],
    ),
    "one approved, and another is wanted whom nobody asked": (
        Readiness(checks=Checks.GREEN, approvals=1, needs_approval=True),
        [("no reviewer", "ask @acme/shop, @ana, @ben and 1 more for a review")],
    ),
    "approved and green": (Readiness(checks=Checks.GREEN, approvals=1), [("approved, not merged", "merge it")]),
    "approved and red": (
        Readiness(checks=Checks.RED, approvals=1, not_green=(check("a"),)),
        [("checks red: a", "see why its checks fail")],
    ),
}


@pytest.mark.parametrize(("found", "told"), CASES.values(), ids=CASES.keys())
def test_each_hurdle_is_told_with_what_takes_it_away(found, told):
    assert [(one.said, one.todo) for one in hurdles(found, OWNED)] == told


def test_an_app_without_an_owner_is_told_as_the_reason_why_nobody_is_asked():
    (one,) = hurdles(Readiness(checks=Checks.NONE), NOBODYS)

    assert one.todo == "ask somebody for a review; the app has no owner: name one in the fleet file or CODEOWNERS"
