"""One issue that is edited in place."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.model.forge import Issue, IssueComment
from bot.propose.issue import IssueOutcome, WantedComment, WantedIssue, WantedThread, publish_issue

MARKER = "<!-- the marker -->"
WANTED = WantedIssue(repo="acme/platform", title="Stale apps", body=f"{MARKER}\nshop\n", marker=MARKER, is_open=True, labels=("bot",))
WRITTEN = Issue(
    number=7,
    url="https://github.example.org/acme/platform/issues/7",
    title=WANTED.title,
    body=f"{MARKER}\r\nshop",
    is_open=True,
    labels=frozenset({"bot"}),
    updated_at=datetime(2026, 3, 2, tzinfo=UTC),
)


class FakeForge:
    """Holds at most one issue, and remembers what was written."""

    def __init__(self, issue, comments=()):
        self.issue = issue
        self.comments = [IssueComment(id=number, url=f"https://c/{number}", body=body) for number, body in enumerate(comments)]
        self.writes = []

    def find_issue(self, repo, *, marker):  # noqa: ARG002 - the seam's signature
        return self.issue if self.issue is not None and marker in self.issue.body else None

    def open_issue(self, repo, *, title, body, labels):
        self.writes.append(("open", repo, title, body, tuple(labels)))
        return WRITTEN

    def edit_issue(self, repo, number, *, title, body, is_open):
        self.writes.append(("edit", repo, number, title, body, is_open))

    def issue_comments(self, repo, number):  # noqa: ARG002
        return list(self.comments)

    def write_issue_comment(self, repo, number, body):  # noqa: ARG002
        self.writes.append(("comment", body))
        return IssueComment(id=99, url="https://c/99", body=body)

    def edit_issue_comment(self, repo, number, comment, *, body):  # noqa: ARG002
        self.writes.append(("edit comment", comment.id, body))

    def delete_issue_comment(self, repo, number, comment):  # noqa: ARG002
        self.writes.append(("delete comment", comment.id))


@pytest.mark.parametrize(
    ("there", "wanted", "outcome", "writes"),
    [
        pytest.param(None, WANTED, IssueOutcome.OPENED, [("open", "acme/platform", "Stale apps", WANTED.body, ("bot",))], id="none yet"),
        pytest.param(None, replace(WANTED, is_open=False), IssueOutcome.NOT_NEEDED, [], id="nothing to say and no issue"),
        pytest.param(WRITTEN, WANTED, IssueOutcome.UNCHANGED, [], id="the same but for line ends"),
        pytest.param(
            WRITTEN,
            replace(WANTED, body=f"{MARKER}\ncart\n"),
            IssueOutcome.UPDATED,
            [("edit", "acme/platform", 7, "Stale apps", f"{MARKER}\ncart\n", True)],
            id="another text",
        ),
        pytest.param(
            WRITTEN,
            replace(WANTED, is_open=False),
            IssueOutcome.CLOSED,
            [("edit", "acme/platform", 7, "Stale apps", WANTED.body, False)],
            id="nothing to say any more",
        ),
        pytest.param(
            replace(WRITTEN, is_open=False),
            WANTED,
            IssueOutcome.UPDATED,
            [("edit", "acme/platform", 7, "Stale apps", WANTED.body, True)],
            id="something to say again",
        ),
        pytest.param(
            replace(WRITTEN, is_open=False),
            replace(WANTED, is_open=False, body=f"{MARKER}\n"),
            IssueOutcome.NOT_NEEDED,
            [],
            id="stays closed",
        ),
    ],
)
def test_the_issue_becomes_what_is_wanted_with_as_few_writes_as_that_takes(there, wanted, outcome, writes):
    forge = FakeForge(there)

    published = publish_issue(forge, wanted)

    assert published.outcome is outcome
    assert forge.writes == writes


ONE, TWO = (WantedComment(marker=f"<!-- more {number} -->", body=f"<!-- more {number} -->\nrows\n") for number in (1, 2))
KEPT = WantedComment(marker="<!-- week 9 -->", body="<!-- week 9 -->\nlast week")


def thread(*more, keep=None):
    return WantedThread(
        more=more, more_begins="<!-- more ", keep=lambda _: keep, foot=lambda there: "".join(f"{one.url}\n" for one in there)
    )


@pytest.mark.parametrize(
    ("there", "wanted", "outcome", "writes"),
    [
        pytest.param((), thread(ONE, TWO), IssueOutcome.UPDATED, [("comment", ONE.body), ("comment", TWO.body)], id="what the body lacks"),
        pytest.param(("<!-- more 1 -->\r\nrows", "somebody's"), thread(ONE), IssueOutcome.UPDATED, [], id="links of comments"),
        pytest.param(("<!-- more 1 -->\nold",), thread(ONE), IssueOutcome.UPDATED, [("edit comment", 0, ONE.body)], id="edited in place"),
        pytest.param((ONE.body, TWO.body), thread(ONE), IssueOutcome.UPDATED, [("delete comment", 1)], id="not needed any more"),
        pytest.param((ONE.body, ONE.body), thread(ONE), IssueOutcome.UPDATED, [("delete comment", 1)], id="one that stands twice"),
        pytest.param((), thread(keep=KEPT), IssueOutcome.UPDATED, [("comment", KEPT.body)], id="a week is kept"),
        pytest.param((KEPT.body,), thread(keep=KEPT), IssueOutcome.UPDATED, [], id="once"),
        pytest.param(
            (KEPT.body, "thanks", KEPT.body, "thanks"),
            thread(keep=KEPT),
            IssueOutcome.UPDATED,
            [("delete comment", 2)],
            id="a week that two runs kept",
        ),
        pytest.param(
            (f"it quotes {KEPT.marker}",), thread(keep=KEPT), IssueOutcome.UPDATED, [("comment", KEPT.body)], id="a quotation is none"
        ),
    ],
)
def test_comments_become_what_is_wanted_before_the_body_does(there, wanted, outcome, writes):
    forge = FakeForge(WRITTEN, there)

    published = publish_issue(forge, replace(WANTED, thread=wanted))

    *before, body = [*forge.writes, None] if not forge.comments and not wanted.keep("") else forge.writes
    assert before == writes
    assert published.outcome is outcome
    if body is not None:
        assert body[0] == "edit"
        assert "https://c/" in body[4]


def test_nothing_is_written_twice():
    wanted = replace(WANTED, thread=thread(ONE, keep=KEPT))
    body = WANTED.body + "https://c/0\nhttps://c/1\n"
    forge = FakeForge(replace(WRITTEN, body=body), (ONE.body, KEPT.body))

    assert publish_issue(forge, wanted).outcome is IssueOutcome.UNCHANGED
    assert forge.writes == []


def test_a_new_issue_has_its_comments_at_once():
    forge = FakeForge(None)

    publish_issue(forge, replace(WANTED, thread=thread(ONE, keep=KEPT)))

    assert [name for name, *_ in forge.writes] == ["open", "comment"]


def test_an_issue_that_closes_loses_what_its_body_has_room_for():
    forge = FakeForge(WRITTEN, (ONE.body,))

    assert publish_issue(forge, replace(WANTED, is_open=False, thread=thread())).outcome is IssueOutcome.CLOSED
    assert [name for name, *_ in forge.writes] == ["delete comment", "edit"]
