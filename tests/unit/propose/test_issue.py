"""One issue that is edited in place."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.model.forge import Issue
from bot.propose.issue import IssueOutcome, WantedIssue, publish_issue

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

    def __init__(self, issue):
        self.issue = issue
        self.writes = []

    def find_issue(self, repo, *, marker):  # noqa: ARG002 - the seam's signature
        return self.issue if self.issue is not None and marker in self.issue.body else None

    def open_issue(self, repo, *, title, body, labels):
        self.writes.append(("open", repo, title, body, tuple(labels)))
        return WRITTEN

    def edit_issue(self, repo, number, *, title, body, is_open):
        self.writes.append(("edit", repo, number, title, body, is_open))


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
