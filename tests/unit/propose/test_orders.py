from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proposal_samples import APP, pin, update

from bot.model.comment import Comment, Reaction, Thread
from bot.model.pull_request import PullRequest, PullRequestState
from bot.model.run import AppDecisions
from bot.model.update import Decision, Hold, Propose, UpdateKind
from bot.propose.answers import refusal, reply
from bot.propose.commands import Command, Verb
from bot.propose.marker import Marker, targets_of, text_hash, visible
from bot.propose.orders import Order, Orders, after, orders_of, with_orders
from bot.propose.threads import Request, requests_in

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
BOT = frozenset({"keeper[bot]"})
SNOOZED = Order(verb=Verb.SNOOZE, by="alice", until=date(2026, 12, 13))
IGNORED, URGENT, SPLIT, BACK = (Order(verb=verb, by="alice") for verb in (Verb.IGNORE, Verb.URGENT, Verb.SPLIT, Verb.RECREATE))
UPDATE = update()


def pull(*orders: Order, state=PullRequestState.OPEN, branch="rebuild-bot/shop/python", number=7, app="shop", stage="") -> PullRequest:
    marker = Marker(app=app, stage=stage, targets=targets_of([UPDATE]), content="x")
    return PullRequest(
        repo="acme/shop",
        number=number,
        url=f"https://github.com/acme/shop/pull/{number}",
        state=state,
        branch=branch,
        base="main",
        title="Update python",
        body=with_orders(f"Text.\n\n{marker.write()}\n", orders),
        head="b" * 40,
        labels=frozenset(),
        created_at=NOW,
        updated_at=NOW,
    )


def comment(body: str, *, by: str = "alice", minute: int = 0, node_id: str | None = None) -> Comment:
    return Comment(node_id=node_id or f"IC_{minute}", author=by, is_by_person=True, body=body, written_at=NOW.replace(minute=minute))


def test_orders_survive_in_a_body_and_are_not_seen():
    body = pull(SNOOZED, SPLIT).body

    assert orders_of(body) == (SNOOZED, SPLIT)
    assert text_hash(body) == text_hash("Text.")
    assert visible(body) == "Text."
    assert with_orders(body, ()) == pull().body
    assert with_orders(with_orders(body, (URGENT,)), (SNOOZED, SPLIT)) == body


@pytest.mark.parametrize("data", ["", "e30=", "W10=", "AAAA", "!", "W3sidmVyYiI6Im5vIn1d", "A" * 7_000])
def test_orders_that_cannot_be_read_are_none(data):
    assert orders_of(f"x <!-- rebuild-bot:orders:v1 {data} -->") == ()


@given(st.text())
def test_any_body_is_read(body):
    assert orders_of(body) == ()
    assert orders_of(with_orders(body, (IGNORED,))) == (IGNORED,)


@pytest.mark.parametrize(
    ("before", "order", "is_open", "wanted"),
    [
        pytest.param((), IGNORED, True, (IGNORED,), id="first"),
        pytest.param((SNOOZED,), IGNORED, True, (IGNORED,), id="the newer of two that hold"),
        pytest.param((SPLIT,), URGENT, True, (SPLIT, URGENT), id="others stay"),
        pytest.param((IGNORED, URGENT), BACK, True, (), id="all taken back"),
        pytest.param((IGNORED,), BACK, False, (BACK,), id="the closing, too"),
        pytest.param((BACK,), IGNORED, False, (IGNORED,), id="ignored after all"),
        pytest.param((URGENT,), Order(verb=Verb.REBASE, by="bob"), True, (URGENT,), id="none that stands"),
    ],
)
def test_what_stands_after_an_order(before, order, is_open, wanted):
    assert after(before, order, is_open=is_open) == wanted
    assert after(wanted, order, is_open=is_open) == wanted, "said twice is said once"


def verdict(orders: Orders, kind=UpdateKind.PATCH, *, now=NOW, app=APP, stage=""):
    wanted = replace(UPDATE, kind=kind, stage=stage)
    decided = AppDecisions(app=app, decisions=(Decision(pin=pin(), verdict=Propose(update=wanted), stage=stage),))
    return orders.held(decided, now).decisions[0].verdict


@pytest.mark.parametrize(
    ("given", "kind", "now", "reason"),
    [
        pytest.param(pull(SNOOZED), UpdateKind.PATCH, NOW, "snoozed by @alice in #7", id="snoozed"),
        pytest.param(pull(SNOOZED), UpdateKind.PATCH, NOW.replace(month=12, day=13, hour=23), "snoozed by @alice in #7", id="its last day"),
        pytest.param(pull(SNOOZED), UpdateKind.PATCH, NOW.replace(month=12, day=14, hour=0), None, id="over"),
        pytest.param(pull(IGNORED, state=PullRequestState.CLOSED), UpdateKind.DIGEST, NOW, "ignored by @alice in #7", id="ignored"),
        pytest.param(pull(IGNORED, state=PullRequestState.MERGED), UpdateKind.PATCH, NOW, None, id="merged after all"),
        pytest.param(pull(IGNORED), UpdateKind.MAJOR, NOW, None, id="a step is another matter"),
        pytest.param(pull(IGNORED, branch="b/shop/python-major"), UpdateKind.PATCH, NOW, None, id="a step was meant"),
        pytest.param(pull(IGNORED, branch="b/shop/python-major"), UpdateKind.MAJOR, NOW, "ignored by @alice in #7", id="that step"),
        pytest.param(pull(IGNORED, app="other"), UpdateKind.PATCH, NOW, None, id="another app"),
        pytest.param(pull(URGENT, SPLIT, BACK), UpdateKind.PATCH, NOW, None, id="orders that hold nothing"),
    ],
)
def test_what_an_order_holds(given, kind, now, reason):
    found = verdict(Orders([given]), kind, now=now)

    assert (found.reason if isinstance(found, Hold) else None) == reason


def test_an_order_of_this_run_stands_in_place_of_the_bodys():
    assert isinstance(verdict(Orders([pull(IGNORED)], given={pull().url: ()})), Propose)
    assert isinstance(verdict(Orders([pull()], given={pull().url: (IGNORED,)})), Hold)


@pytest.mark.parametrize(
    ("given", "of", "holds"),
    [
        pytest.param("", "", True, id="of all, in all"),
        pytest.param("", "production", True, id="of all, in a stage that went apart since"),
        pytest.param("production", "production", True, id="of a stage, in it"),
        pytest.param("production", "qa", False, id="of a stage, in another"),
        pytest.param("production", "", False, id="of a stage, in the rest"),
    ],
)
def test_an_order_is_for_the_stage_of_its_pull_request(given, of, holds):
    orders = Orders([pull(IGNORED, URGENT, stage=given)])

    assert isinstance(verdict(orders, stage=of), Hold) is holds
    assert orders.hurries("acme/shop", "shop", of, str(UPDATE.pin.dependency)) is holds
    assert orders.is_urgent("acme/shop", "shop", replace(UPDATE, stage=of)) is holds


def test_urgent_holds_while_it_is_open():
    assert Orders([pull(URGENT)]).is_urgent("acme/shop", "shop", UPDATE)
    assert not Orders([pull(URGENT)]).is_urgent("acme/shop", "shop", replace(UPDATE, kind=UpdateKind.MAJOR))
    assert not Orders([pull(URGENT, state=PullRequestState.CLOSED)]).is_urgent("acme/shop", "shop", UPDATE)


def requests(*comments: Comment) -> list[str]:
    thread = Thread(comments=tuple(sorted(comments, key=lambda one: one.written_at, reverse=True)))
    return [request.comment.node_id for request in requests_in(pull(), thread, BOT)]


def answer_to(said: Comment, *, minute: int) -> Comment:
    request = Request(pull=pull(), comment=said, by="alice", said=Command(verb=Verb.URGENT))
    answer = reply(request, sent=None, decisions=[])
    assert answer is not None
    return comment(answer.body, by="keeper[bot]", minute=minute)


def test_each_comment_is_heard_once():
    first, second = comment("/rebuild-bot urgent", minute=1), comment("/rebuild-bot explain", minute=3)

    assert requests(first, second) == ["IC_1", "IC_3"]
    assert requests(first, answer_to(first, minute=2), second) == ["IC_3"]
    assert requests(second, answer_to(second, minute=5), first) == [], "what was said before it is over"
    assert requests(answer_to(first, minute=2), replace(first, written_at=NOW.replace(minute=9))) == ["IC_1"], "edited: said anew"


def test_a_copied_mark_of_an_answer_silences_nobody():
    said = comment("/rebuild-bot urgent", minute=1)

    assert requests(said, replace(answer_to(said, minute=2), author="mallory")) == ["IC_1"]


@pytest.mark.parametrize("author", ["keeper[bot]", "", "a b", "../x", "x" * 200, "al\u0131ce"])
def test_who_is_not_heard(author):
    assert requests(comment("/rebuild-bot urgent", by=author)) == []


def test_of_many_the_newest_are_heard_in_order():
    assert requests(*(comment("/rebuild-bot urgent", minute=minute) for minute in range(30))) == [f"IC_{n}" for n in range(20, 30)]


@pytest.mark.parametrize(
    ("verb", "given", "why"),
    [
        pytest.param(Verb.REBASE, pull(state=PullRequestState.CLOSED), "is closed", id="rebase of a closed one"),
        pytest.param(Verb.SPLIT, pull(), "only one update", id="split of one"),
        pytest.param(Verb.IGNORE, replace(pull(), body="Text."), "hidden mark is gone", id="nobody knows what it asked for"),
    ],
)
def test_refusals(verb, given, why):
    request = Request(pull=given, comment=comment("x"), by="alice", said=Command(verb=verb))

    assert why in refusal(request)
    answer = reply(request, sent=None, decisions=[])
    assert answer is not None
    assert answer.reaction is Reaction.NOT_DONE
