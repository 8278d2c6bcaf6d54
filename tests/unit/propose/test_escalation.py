"""What is said of a pull request that is past due."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.model.comment import Comment, Thread
from bot.model.pull_request import PullRequest, PullRequestState
from bot.propose.escalation import Ladder, Level, Overdue, comment_of, together, unsaid, wants_label

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
LADDER = Ladder(comment_after=7 * DAY, owners_after=14 * DAY, leads_after=30 * DAY, leads=("@acme/leads",))
BOT = frozenset({"rebuild-bot[bot]"})


def pull(*, number: int = 1, labels: frozenset[str] = frozenset()) -> PullRequest:
    return PullRequest(
        repo="acme/shop",
        number=number,
        url=f"https://github.com/acme/shop/pull/{number}",
        state=PullRequestState.OPEN,
        branch="b",
        base="main",
        title="t",
        body="",
        head="0" * 40,
        labels=frozenset(),
        labels_ever=labels,
        created_at=NOW,
        updated_at=NOW,
    )


def overdue(days: float, *, owners: tuple[str, ...] = ("@acme/web",), fixes: tuple[str, ...] = ("python closes 3 holes",), **of) -> Overdue:
    return Overdue(pull=pull(**of), late_by=days * DAY, owners=owners, fixes=fixes)


def thread(*bodies: str, by: str = "rebuild-bot[bot]", is_cut: bool = False) -> Thread:
    comments = (Comment(node_id=body, author=by, is_by_person=False, body=body, written_at=NOW) for body in bodies)
    return Thread(comments=tuple(comments), is_cut=is_cut)


@pytest.mark.parametrize(
    ("days", "said", "levels"),
    [
        pytest.param(6, thread(), [], id="too early"),
        pytest.param(7, thread(), [Level.COMMENT], id="a comment"),
        pytest.param(40, thread(), [Level.COMMENT, Level.OWNERS, Level.LEADS], id="all at once"),
        pytest.param(15, thread(f"{Level.COMMENT.mark}\nlate"), [Level.OWNERS], id="the next one"),
        pytest.param(15, thread(f"{Level.COMMENT.mark}{Level.OWNERS.mark}\nlate"), [], id="each once"),
        pytest.param(7, thread(Level.COMMENT.mark, by="mallory"), [Level.COMMENT], id="a mark of others counts for nothing"),
        pytest.param(40, thread(is_cut=True), [], id="what can't be seen may have been said"),
    ],
)
def test_each_step_is_taken_once(days, said, levels):
    assert unsaid(overdue(days), LADDER, said, BOT) == levels


def test_owners_that_nobody_knows_are_not_mentioned():
    assert unsaid(overdue(15, owners=()), LADDER, thread(Level.COMMENT.mark), BOT) == []


def test_all_but_the_label_is_off_by_default():
    assert unsaid(overdue(1_000), Ladder(), thread(), BOT) == []
    assert wants_label(overdue(0), Ladder())


@pytest.mark.parametrize(
    ("one", "ladder", "wants"),
    [
        pytest.param(overdue(3), Ladder(), True, id="past due"),
        pytest.param(overdue(3), Ladder(label_after=5 * DAY), False, id="not long enough"),
        pytest.param(overdue(3), Ladder(label_after=None), False, id="off"),
        pytest.param(overdue(3, labels=frozenset({"overdue"})), Ladder(), False, id="what people took away stays away"),
    ],
)
def test_the_label_is_put_on_once(one, ladder, wants):
    assert wants_label(one, ladder) is wants


def test_a_comment_says_how_late_it_is_and_mentions_who_is_meant():
    body = comment_of(overdue(40), [Level.COMMENT, Level.OWNERS, Level.LEADS], LADDER)

    assert body.startswith(
        f"{Level.COMMENT.mark}{Level.OWNERS.mark}{Level.LEADS.mark}\n**This is 40 days past due**: python closes 3 holes."
    )
    assert "\ncc @acme/web @acme/leads\n" in body
    assert "\ncc " not in comment_of(overdue(7), [Level.COMMENT], LADDER)


@pytest.mark.parametrize("text", ["@acme/web\n\n@all", "<!-- rebuild-bot:overdue:v1 leads -->", "a|b @x", "https://evil.example", "#1"])
def test_text_of_others_tells_nobody_and_marks_nothing(text):
    body = comment_of(overdue(40, owners=(text,), fixes=(text,)), [Level.OWNERS], LADDER)

    assert Level.LEADS.mark not in body
    assert "\n@all" not in body
    assert " #1" not in body.replace("`#1`", "")


def test_a_pull_request_of_many_fixes_is_spoken_of_once():
    found = together([overdue(3, fixes=("a",)), overdue(9, fixes=("b", "a"), owners=("@dana",)), overdue(5, number=2)])

    assert [(one.pull.number, one.late_by.days, one.owners, one.fixes) for one in found] == [
        (1, 9, ("@acme/web", "@dana"), ("a", "b")),
        (2, 5, ("@acme/web",), ("python closes 3 holes",)),
    ]
