from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from proposal_samples import APP, NOTES, REPO, change, digest, pin, update

from bot.model.failure import Failure
from bot.model.fleet import Phase
from bot.model.forge import BranchState, ForgeError, StaleHeadError
from bot.model.notes import NewestNotes, Notes
from bot.model.pull_request import Outcome, Proposal, PullRequest, PullRequestState
from bot.model.rules import Grouping, Rule
from bot.model.update import Update, UpdateKind
from bot.propose.compose import Draft, compose
from bot.propose.marker import Marker, read, targets_of, with_marker
from bot.propose.proposer import Proposer
from bot.propose.takers import Takers
from tests.image_steps import hole, step

BOT = "keeper[bot]"
NOW = datetime(2026, 5, 4, tzinfo=UTC)
OPEN_HEAD = "b" * 40


def draft(
    value: str = "3.12.5-slim",
    *,
    notes: Notes = NOTES,
    explain: Callable[[Update], Notes] | None = None,
    group: str | None = None,
    phase: Phase = Phase.BAU,
    stage: str = "",
) -> Draft:
    changes = [change(new=f"FROM python:{value}\n")]
    return compose(
        today=date(2026, 5, 9),
        takers=Takers.of(replace(APP, phase=phase)),
        repo=REPO,
        updates=[replace(update(value=value), stage=stage)],
        explain=explain or (lambda _update: notes),
        changes=changes,
        rule=Rule(group=None if group is None else Grouping(name=group), labels=("rebuild-bot",)),
        held=(),
    )


def pull(of: Draft, *, state: PullRequestState = PullRequestState.OPEN, number: int = 1, **changes) -> PullRequest:
    return replace(pulled(of.tell(), state=state, number=number), **changes)


def pulled(of: Proposal, *, state: PullRequestState = PullRequestState.OPEN, number: int) -> PullRequest:
    return PullRequest(
        repo=of.repo,
        number=number,
        url=f"https://github.com/acme/shop/pull/{number}",
        state=state,
        branch=of.branch,
        base=of.base,
        title=of.title,
        body=of.body,
        head=OPEN_HEAD,
        labels=frozenset(of.labels),
        labels_ever=frozenset(of.labels),
        created_at=NOW,
        updated_at=NOW,
        authors=frozenset({BOT}),
    )


@dataclass
class FakeForge:
    """A forge that remembers what was written to it."""

    branch_state: BranchState | None = None
    failures: list[ForgeError] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    labels: frozenset[str] = frozenset()
    replaced: str | None = None
    labelled: list[tuple[int | str, ...]] = field(default_factory=list)
    refuses_labels: bool = False

    def identity(self):
        return frozenset({BOT})

    def branch(self, _repo, _branch, *, base):
        assert base == "main"
        return self.branch_state

    def write(self, proposal, *, replacing):
        self.replaced = replacing
        if self.failures:
            raise self.failures.pop(0)
        self.writes.append("write")
        had = frozenset(proposal.labels) if replacing == OPEN_HEAD else frozenset()
        return replace(pulled(proposal, number=9), head="c" * 40, labels=self.labels or had, labels_ever=had)

    def edit_text(self, *_, **__):
        self.writes.append("edit")

    def put_labels(self, wanted):
        self.writes.append("label")
        self.labelled += [(pull.number, *labels) for pull, labels in wanted]
        return [Failure(where="acme/shop#9", what="its labels are missing")] if self.refuses_labels else []

    def request_reviews(self, _pull, reviewers):
        self.writes.append("ask for reviews")
        return [reviewer for reviewer in reviewers if reviewer == "@stranger"]

    def close_pull_request(self, *_, **__):
        self.writes.append("close")


WHOLE = replace(NOTES, problems=())
OLD_BOT = "keeper-with-a-token"
OLD, WANTED, NEWER = draft("3.12.4-slim", notes=WHOLE), draft(notes=WHOLE), draft("3.12.6-slim", notes=WHOLE)
PARTIAL = draft(notes=NOTES)
SAID_OTHERWISE = draft(notes=replace(WHOLE, compare_url=None), phase=Phase.DEVELOPMENT)
EDITED = WANTED.tell().body.replace("**Why now.**", "**Why now?** (Anna: I will do it on Monday)").replace("\n", "\r\n")
EDITED_PARTIAL = PARTIAL.tell().body.replace("**Why now.**", "**Why now?**")
THEIRS = frozenset({BOT, "anna"})
CLOSED, MERGED = PullRequestState.CLOSED, PullRequestState.MERGED


@pytest.mark.parametrize(
    ("wanted", "existing", "outcome", "writes"),
    [
        pytest.param(WANTED, [], Outcome.OPENED, ["write", "label"], id="nothing there"),
        pytest.param(WANTED, [pull(WANTED)], Outcome.UNCHANGED, [], id="open and the same"),
        pytest.param(WANTED, [pull(WANTED, labels=frozenset())], Outcome.UNCHANGED, [], id="open, its labels taken away by people"),
        pytest.param(WANTED, [pull(WANTED, title="Renamed by people")], Outcome.UNCHANGED, [], id="open, renamed by people"),
        pytest.param(WANTED, [pull(WANTED, body=EDITED)], Outcome.UNCHANGED, [], id="open, text edited by people"),
        pytest.param(WANTED, [pull(OLD)], Outcome.UPDATED, ["write"], id="open for an older release"),
        pytest.param(WANTED, [pull(WANTED, has_conflict=True)], Outcome.UPDATED, ["write"], id="open in conflict with its base"),
        pytest.param(WANTED, [pull(PARTIAL)], Outcome.UPDATED, ["edit"], id="open, and a source that failed answers now"),
        pytest.param(PARTIAL, [pull(PARTIAL)], Outcome.UNCHANGED, [], id="open, and a source fails still"),
        pytest.param(PARTIAL, [pull(WANTED)], Outcome.UNCHANGED, [], id="open, and a source fails today"),
        pytest.param(SAID_OTHERWISE, [pull(WANTED)], Outcome.UNCHANGED, [], id="open, and said otherwise today"),
        pytest.param(WANTED, [pull(PARTIAL, body=EDITED_PARTIAL)], Outcome.UNCHANGED, [], id="open, told in part, but edited by people"),
        pytest.param(NEWER, [pull(WANTED, body=EDITED)], Outcome.UPDATED, ["write"], id="open, edited text of an older release"),
        pytest.param(WANTED, [pull(WANTED, body="")], Outcome.UPDATED, ["write"], id="open, its text removed by people"),
        pytest.param(WANTED, [pull(OLD, authors=THEIRS)], Outcome.EDITED_BY_HUMAN, [], id="open with commits of others"),
        pytest.param(WANTED, [pull(WANTED, author=OLD_BOT, authors={OLD_BOT})], Outcome.UNCHANGED, [], id="open, by the bot's old account"),
        pytest.param(
            NEWER,
            [pull(WANTED, author=OLD_BOT, authors={OLD_BOT})],
            Outcome.UPDATED,
            ["write"],
            id="open for an older release, by its old account",
        ),
        pytest.param(
            NEWER,
            [pull(WANTED, author=OLD_BOT, authors={OLD_BOT, "anna"})],
            Outcome.EDITED_BY_HUMAN,
            [],
            id="its old account's, with commits of others",
        ),
        pytest.param(
            NEWER,
            [pull(WANTED, body="", author="anna", authors={"anna"})],
            Outcome.EDITED_BY_HUMAN,
            [],
            id="opened by others, without a marker",
        ),
        pytest.param(
            WANTED,
            [pull(WANTED, state=CLOSED, author=OLD_BOT, closed_by=OLD_BOT)],
            Outcome.OPENED,
            ["write", "label"],
            id="closed by the bot's old account",
        ),
        pytest.param(WANTED, [pull(WANTED, state=CLOSED)], Outcome.DECLINED, [], id="closed"),
        pytest.param(WANTED, [pull(WANTED, state=CLOSED, body=EDITED)], Outcome.DECLINED, [], id="closed, text edited"),
        pytest.param(WANTED, [pull(WANTED, state=CLOSED, body="")], Outcome.DECLINED, [], id="closed, text removed: the title tells"),
        pytest.param(WANTED, [pull(WANTED, state=CLOSED, closed_by="anna")], Outcome.DECLINED, [], id="closed by a person"),
        pytest.param(
            WANTED, [pull(WANTED, state=CLOSED, closed_by=BOT)], Outcome.OPENED, ["write", "label"], id="closed by the bot itself"
        ),
        pytest.param(NEWER, [pull(WANTED, state=CLOSED)], Outcome.OPENED, ["write", "label"], id="closed, but now something newer"),
        pytest.param(
            WANTED,
            [pull(NEWER, state=CLOSED, number=2), pull(WANTED, state=CLOSED)],
            Outcome.DECLINED,
            [],
            id="closed before something newer was closed",
        ),
        pytest.param(draft(group="base"), [pull(WANTED, state=CLOSED)], Outcome.DECLINED, [], id="closed, and in another group today"),
        pytest.param(WANTED, [pull(WANTED, state=MERGED)], Outcome.OPENED, ["write", "label"], id="merged, and needed again"),
        pytest.param(
            WANTED, [pull(WANTED, labels_ever=frozenset())], Outcome.UPDATED, ["label"], id="open, the run cut off before its labels"
        ),
        pytest.param(
            WANTED,
            [pull(WANTED, state=CLOSED), pull(OLD, number=2)],
            Outcome.UPDATED,
            ["write"],
            id="an open one counts before a closed one",
        ),
        pytest.param(
            WANTED, [pull(WANTED, branch="rebuild-bot/other/python")], Outcome.OPENED, ["write", "label"], id="open on another branch"
        ),
    ],
)
def test_what_becomes_of_a_proposal(wanted, existing, outcome, writes):
    forge = FakeForge()
    proposer = Proposer(forge)

    sent = proposer.send(wanted, existing)

    assert proposer.finish() == []
    assert (sent.outcome, forge.writes) == (outcome, writes)


HOLES = replace(WHOLE, step=step(closed=[hole("CVE-2026-1")]))
TOLD = "Update python to 3.12.5-slim (closes 1 hole)"


@pytest.mark.parametrize(
    ("wanted", "existing", "title"),
    [
        pytest.param(draft(notes=HOLES), [], TOLD, id="opened"),
        pytest.param(draft(notes=HOLES), [pull(OLD)], TOLD, id="other content"),
        pytest.param(draft(notes=HOLES), [pull(PARTIAL)], TOLD, id="more is known"),
        pytest.param(draft(notes=HOLES), [pull(PARTIAL, title="SHOP-1 take the fix")], "SHOP-1 take the fix", id="more is known, renamed"),
        pytest.param(draft(notes=HOLES), [pull(OLD, title="SHOP-1 take the fix")], "SHOP-1 take the fix", id="other content, renamed"),
        pytest.param(draft(notes=HOLES), [pull(OLD, title="SHOP-1: 3.12.4-slim")], TOLD, id="renamed, and no longer true"),
        pytest.param(WANTED, [pull(draft(notes=HOLES))], TOLD, id="nothing new is asked for, and less known today"),
    ],
)
def test_a_title_changes_with_content_or_knowledge_and_stays_where_people_changed_it(wanted, existing, title):
    sent = Proposer(FakeForge()).send(wanted, existing)

    assert (sent.pull_request.title, sent.proposal.title) == (title, title)


AWAITED = draft(notes=replace(WHOLE, newest=NewestNotes.NOT_YET))
FAILED_AND_AWAITED = draft(notes=replace(NOTES, newest=NewestNotes.NOT_YET))


@pytest.mark.parametrize(
    ("wanted", "existing", "days", "writes", "awaits"),
    [
        pytest.param(AWAITED, [], 0, ["write", "label"], "2026-05-14", id="opened"),
        pytest.param(AWAITED, [pull(AWAITED)], 1, [], "2026-05-14", id="not there yet: not one write"),
        pytest.param(WANTED, [pull(AWAITED)], 5, ["edit"], "", id="there on the last day: the text alone is written"),
        pytest.param(WANTED, [pull(AWAITED)], 6, [], "2026-05-14", id="too late to be looked for"),
        pytest.param(WANTED, [pull(AWAITED, body=AWAITED.tell().body.replace("**Why now.**", "Mine."))], 1, [], "2026-05-14", id="edited"),
        pytest.param(PARTIAL, [pull(AWAITED)], 1, [], "2026-05-14", id="there, but a source fails: later"),
        pytest.param(AWAITED, [pull(FAILED_AND_AWAITED)], 3, ["edit"], "2026-05-14", id="the source answers; the day stays"),
        pytest.param(AWAITED, [pull(AWAITED, labels_ever=frozenset())], 1, ["label"], "2026-05-14", id="not there yet, and no labels"),
        pytest.param(PARTIAL, [pull(PARTIAL, labels_ever=frozenset())], 1, ["label"], "", id="fails still, and no labels"),
    ],
)
def test_release_notes_that_come_later_are_told_without_noise(wanted, existing, days, writes, awaits):
    forge = FakeForge()
    proposer = Proposer(forge)
    today = wanted.today + timedelta(days=days)

    sent = proposer.send(replace(wanted, today=today, tell=lambda: later(wanted, days)), existing)
    proposer.finish()

    assert forge.writes == writes
    assert read(sent.pull_request.body).awaits == awaits


def later(of: Draft, days: int) -> Proposal:
    """As it would be told some days later."""
    told = of.tell()
    marker = read(told.body)
    awaits = (date.fromisoformat(marker.awaits) + timedelta(days=days)).isoformat() if marker.awaits else ""
    return replace(told, body=with_marker(told.body, replace(marker, awaits=awaits)))


REBUILT = pin(value="3.12-slim", old_digest=digest("a"))
REBUILD = replace(
    WANTED.untold,
    title=f"Rebuild python:3.12-slim ({'b' * 12})",
    updates=(update(REBUILT, value="3.12-slim", new_digest=digest("b"), kind=UpdateKind.DIGEST),),
)


@pytest.mark.parametrize(
    ("title", "closed_at", "outcome"),
    [
        pytest.param(REBUILD.title, None, Outcome.DECLINED, id="its own title"),
        pytest.param("Rebuild python:3.12-slim (3.12.4 -> 3.12.5)", datetime(2026, 5, 4, tzinfo=UTC), Outcome.DECLINED, id="a told one"),
        pytest.param("Rebuild python:3.12-slim (3.12.3 -> 3.12.4)", datetime(2026, 5, 2, tzinfo=UTC), Outcome.OPENED, id="before its time"),
        pytest.param("Rebuild python:3.13-slim (3.13.4 -> 3.13.5)", datetime(2026, 5, 4, tzinfo=UTC), Outcome.OPENED, id="of another tag"),
    ],
)
def test_a_closed_pull_request_without_a_text_is_known_by_its_title(title, closed_at, outcome):
    wanted = replace(WANTED, untold=REBUILD)

    assert Proposer(FakeForge()).send(wanted, [pull(WANTED, state=CLOSED, body="", title=title, closed_at=closed_at)]).outcome is outcome


@pytest.mark.parametrize(
    ("existing", "outcome"),
    [
        pytest.param([], Outcome.DRY_RUN, id="nothing there"),
        pytest.param([pull(OLD)], Outcome.DRY_RUN, id="an older one"),
        pytest.param([pull(WANTED)], Outcome.UNCHANGED, id="the same"),
        pytest.param([pull(WANTED, state=CLOSED)], Outcome.DECLINED, id="closed"),
    ],
)
def test_a_dry_run_decides_alike_and_writes_nothing(existing, outcome):
    forge = FakeForge()

    sent = Proposer(forge, dry_run=True).send(WANTED, existing)
    closed = Proposer(forge, dry_run=True).close(pull(WANTED), reason="Done elsewhere.")

    assert (sent.outcome, closed.is_done, forge.writes) == (outcome, False, [])


def test_commits_of_others_are_left_alone_even_where_only_the_branch_is_left():
    forge = FakeForge(branch_state=BranchState(head="d" * 40, authors=THEIRS))

    sent = Proposer(forge).send(WANTED, [])

    assert (sent.outcome, forge.writes) == (Outcome.EDITED_BY_HUMAN, [])
    assert "anna" in sent.note


def unexplained(_update) -> Notes:
    raise AssertionError("nobody is to be asked")


@pytest.mark.parametrize(
    ("existing", "outcome"),
    [
        pytest.param([pull(WANTED)], Outcome.UNCHANGED, id="the same"),
        pytest.param([pull(PARTIAL, body=EDITED_PARTIAL)], Outcome.UNCHANGED, id="told in part, but edited by people"),
        pytest.param([pull(WANTED, state=CLOSED)], Outcome.DECLINED, id="declined"),
        pytest.param([pull(OLD, authors=THEIRS)], Outcome.EDITED_BY_HUMAN, id="with commits of others"),
    ],
)
@pytest.mark.parametrize("dry_run", [pytest.param(False, id="write"), pytest.param(True, id="dry run")])
def test_what_is_not_written_is_not_explained(existing, outcome, dry_run):
    sent = Proposer(FakeForge(), dry_run=dry_run).send(draft(explain=unexplained), existing)

    assert (sent.outcome, sent.proposal.body) == (outcome, "")


def test_what_was_updated_is_told_as_it_is_now():
    forge = FakeForge(labels=frozenset({"urgent"}))
    sent = Proposer(forge).send(WANTED, [pull(OLD, has_conflict=True, labels=frozenset({"urgent"}))])

    assert (sent.pull_request.title, sent.pull_request.body, sent.pull_request.head) == (WANTED.untold.title, WANTED.tell().body, "c" * 40)
    assert sent.pull_request.labels == {"urgent"}, "what people took away stays away"
    assert not sent.pull_request.has_conflict


def test_a_commit_whose_answer_got_lost_is_found_at_the_second_try():
    forge = FakeForge(failures=[StaleHeadError("moved")])

    assert Proposer(forge).send(WANTED, []).outcome is Outcome.OPENED


@pytest.mark.parametrize(
    ("existing", "state", "replaced"),
    [
        pytest.param([], None, None, id="no branch"),
        pytest.param([], BranchState(head="d" * 40, authors=frozenset({BOT})), "d" * 40, id="a branch that a broken run left"),
        pytest.param([pull(OLD)], None, OPEN_HEAD, id="an open pull request"),
    ],
)
def test_only_what_was_seen_is_replaced(existing, state, replaced):
    forge = FakeForge(branch_state=state)

    Proposer(forge).send(WANTED, existing)

    assert forge.replaced == replaced


def test_labels_go_on_last_and_many_at_once():
    forge = FakeForge(refuses_labels=True)
    proposer = Proposer(forge)
    for wanted in (WANTED, NEWER):
        proposer.send(wanted, [])

    assert [failure.what for failure in proposer.finish()] == ["its labels are missing"]
    assert forge.writes == ["write", "write", "label"]
    assert forge.labelled == [(9, "rebuild-bot"), (9, "rebuild-bot")]
    assert proposer.finish() == []


def with_reviewers(*reviewers: str) -> Draft:
    untold = replace(WANTED.untold, reviewers=reviewers)
    return replace(WANTED, untold=untold, tell=lambda: replace(WANTED.tell(), reviewers=reviewers))


@pytest.mark.parametrize(
    ("existing", "reviewers", "writes", "note"),
    [
        pytest.param([], ["@anna"], ["write", "ask for reviews", "label"], "", id="opened"),
        pytest.param(
            [], ["@anna", "@stranger"], ["write", "ask for reviews", "label"], "@stranger can't be asked", id="one can't be asked"
        ),
        pytest.param([pull(WANTED, labels_ever=frozenset())], ["@anna"], ["ask for reviews", "label"], "cut off", id="cut off"),
        pytest.param([pull(OLD)], ["@anna"], ["write"], "asks for something else", id="asked before"),
    ],
)
def test_reviewers_are_asked_once_and_who_cannot_be_asked_is_told(existing, reviewers, writes, note):
    forge = FakeForge()
    proposer = Proposer(forge)

    sent = proposer.send(with_reviewers(*reviewers), existing)
    proposer.finish()

    assert forge.writes == writes
    assert note in sent.note


def test_a_failure_is_an_outcome():
    sent = Proposer(FakeForge(failures=[ForgeError("acme/shop: GitHub said 403")])).send(WANTED, [])

    assert (sent.outcome, sent.note) == (Outcome.FAILED, "acme/shop: GitHub said 403")


@pytest.mark.parametrize(
    ("closed", "wanted", "outcome"),
    [
        pytest.param("", "production", Outcome.DECLINED, id="for all of them"),
        pytest.param("production", "production", Outcome.DECLINED, id="for this one"),
        pytest.param("qa", "production", Outcome.OPENED, id="for another"),
        pytest.param("production", "", Outcome.OPENED, id="for one, and now for all"),
    ],
)
def test_a_no_is_for_the_stage_that_was_asked(closed, wanted, outcome):
    existing = pull(draft(stage=closed), state=CLOSED)

    assert Proposer(FakeForge()).send(draft(stage=wanted), [existing]).outcome is outcome


def test_what_nobody_needs_is_closed_unless_others_work_on_it():
    forge = FakeForge()

    assert Proposer(forge).close(pull(WANTED), reason="Done elsewhere.").is_done
    assert not Proposer(forge).close(pull(WANTED, authors=THEIRS), reason="Done elsewhere.")
    assert forge.writes == ["close"]


REDIS = update(pin(name="docker.io/library/redis", value="7.2.4"), value="7.2.5")


def closed_group(weight: str) -> PullRequest:
    """It asked for python and redis, and closed at worst a hole of that weight."""
    written = Marker(app=APP.name, targets=targets_of([update(), REDIS]), content="", weight=weight)
    return replace(pull(draft(), state=PullRequestState.CLOSED, number=4), body=written.write())


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        pytest.param("low", {"python": "low", "redis": "none"}, (4, 4), id="as it was"),
        pytest.param("low", {"python": "exploited", "redis": "none"}, (None, 4), id="one is exploited by now"),
        pytest.param("low", {"python": "", "redis": "critical"}, (4, None), id="of the other nothing is known"),
        pytest.param("", {"python": "exploited", "redis": "critical"}, (4, 4), id="nothing was known then"),
    ],
)
def test_of_a_group_that_was_closed_each_member_comes_back_by_its_own_reason(then, now, expected):
    proposer = Proposer(FakeForge(), weigh=lambda updates: now[updates[0].pin.name])
    found = [proposer.declined_in(APP.name, one, [closed_group(then)]) for one in (update(), REDIS)]

    assert tuple(one and one.number for one in found) == expected
    assert proposer.declined_in("other", REDIS, [closed_group(then)]) is None


def test_what_was_declined_is_not_sent_where_others_of_its_group_are_open():
    forge = FakeForge()
    closed, is_open = closed_group("low"), pull(draft())
    sent = Proposer(forge).send(replace(draft(value="3.12.9-slim"), declined_in=closed), [is_open, closed])

    assert (sent.outcome, sent.pull_request) == (Outcome.DECLINED, closed)
    assert forge.writes == []
