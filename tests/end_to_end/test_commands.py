"""What people tell the bot below its pull requests, from the comment to the answer, with every write counted."""

from datetime import timedelta

import pytest
from github import Auth, Github

from bot.model.pull_request import Outcome
from bot.propose.orders import orders_of
from bot.report.not_done import Why, not_done
from bot.report.summary import step_summary
from bot.sandbox.faults import ServerError
from bot.sandbox.registry import Access
from tests.end_to_end.conftest import Acme, outcomes, run

SHOP = "acme/shop"
PYTHON, REDIS = "rebuild-bot/shop/python", "rebuild-bot/shop/redis"
GROUP = "rules: [{name: bases, match: {files: ['**']}, group: bases}]\n"


@pytest.fixture
def shop(acme: Acme) -> Acme:
    """One repo with two images that are behind, and a night in which both were asked for."""
    begin(acme)
    assert outcomes(run(acme)) == [(SHOP, Outcome.OPENED)] * 2
    return acme


def begin(acme: Acme) -> None:
    acme.registry.gate.access = Access.OPEN
    for tag in ("3.12.4", "3.12.5"):
        acme.release(tag)
    for tag in ("7.2.4", "7.2.5"):
        acme.release(tag, repository="docker.io/library/redis")
    acme.github.create_repo("acme", "shop", {"Dockerfile": "FROM python:3.12.4\n", "cache/Dockerfile": "FROM redis:7.2.4\n"})


def number_of(acme: Acme, branch: str = PYTHON) -> int:
    """The newest pull request of a branch."""
    return max(issue.number for issue, pull in acme.github.repo(SHOP).pulls if pull.head == branch)


def say(acme: Acme, body: str, *, by: str = "alice", number: int | None = None) -> int:
    """The comment's id; an hour after whatever came before."""
    acme.github.clock.advance(timedelta(hours=1))
    comment = acme.github.comment(SHOP, number or number_of(acme), body, by=by)
    acme.github.clock.advance(timedelta(hours=1))
    return comment.id


def comments(acme: Acme, number: int) -> list[tuple[str, str]]:
    return [(comment.author.login, comment.body) for comment in acme.github.issue(SHOP, number).comments]


def answers(acme: Acme, number: int) -> list[str]:
    """What the bot wrote, without what is hidden in it."""
    return [body.partition("<!--")[0].strip() for who, body in comments(acme, number) if who == "rebuild-bot[bot]"]


def signs(acme: Acme, number: int) -> list[set[str]]:
    """On each comment of a person."""
    return [set(comment.reactions) for comment in acme.github.issue(SHOP, number).comments if comment.author.login != "rebuild-bot[bot]"]


def is_open(acme: Acme, number: int) -> bool:
    return acme.github.issue(SHOP, number).is_open


def assert_quiet(acme: Acme) -> None:
    """The next nights write nothing, and then ask no more than one in which nobody ever said a word."""
    for _ in range(2):
        acme.github.clock.advance(timedelta(hours=1))
        run(acme)
        assert acme.faults.writes == 0, acme.faults.requests
    acme.github.clock.advance(timedelta(hours=1))
    run(acme)
    assert acme.faults.writes == 0
    assert acme.faults.count("*graphql*") == 1, acme.faults.requests
    assert acme.faults.count("*permission*") == 0


def test_a_night_in_which_nobody_says_anything_asks_for_no_comments(shop):
    assert_quiet(shop)


@pytest.mark.parametrize(
    ("body", "by"),
    [
        pytest.param("Looks fine to me", "alice", id="talk"),
        pytest.param("> /rebuild-bot ignore this", "alice", id="a quote"),
        pytest.param("/rebuild-bot ignore this", "mallory", id="a stranger"),
        pytest.param("/rebuild-bot nonsense", "mallory", id="a stranger's nonsense"),
        pytest.param("/rebuild-bot ignore this", "renovate[bot]", id="another bot"),
        pytest.param("/rebuild-bot ignore this", "rebuild-bot[bot]", id="the bot itself"),
        pytest.param("@alice " * 8_000, "mallory", id="a storm of mentions"),
        pytest.param("\x1b[2J\u202e/rebuild-bot recreate", "alice", id="signs for terminals"),
    ],
)
def test_what_is_no_command_of_somebody_who_may_gets_no_word(shop, body, by):
    shop.github.set_permission(SHOP, "mallory", "read")
    number = number_of(shop)
    say(shop, body, by=by)

    summary = run(shop)

    assert not summary.failures
    assert shop.faults.writes == 0
    assert (len(comments(shop, number)), is_open(shop, number)) == (1, True)
    assert_quiet(shop)


def test_rebase(shop):
    number = number_of(shop)
    shop.github.commit_files(SHOP, {"README.md": "new\n"}, message="Elsewhere")
    head = shop.github.repo(SHOP).store.head("main")
    shop.github.issue(SHOP, number).body += "\nA word of Anna's.\n"
    say(shop, "/rebuild-bot rebase")

    run(shop)

    assert answers(shop, number) == [f"The branch is one commit on `main` at `{head[:12]}`."]
    assert signs(shop, number) == [{"THUMBS_UP"}]
    assert shop.github.repo(SHOP).store.commits(PYTHON)[1].sha == head
    assert "A word of Anna's." in shop.github.issue(SHOP, number).body
    assert_quiet(shop)


def test_recreate_hands_back_what_others_committed_to(shop):
    number = number_of(shop)
    shop.github.commit_files(SHOP, {"mine.txt": "x\n"}, message="Mine", branch=PYTHON, author="bob")
    shop.github.clock.advance(timedelta(hours=1))

    first = run(shop)

    assert (SHOP, Outcome.EDITED_BY_HUMAN) in outcomes(first)
    assert [text.partition(":")[0] for text in answers(shop, number)] == ["This branch holds commits of `bob`"]
    assert shop.faults.writes == 1
    assert_quiet(shop)

    say(shop, "/rebuild-bot rebase")
    run(shop)
    assert "holds commits of bob" in answers(shop, number)[1]
    assert shop.github.read_file(SHOP, "mine.txt", ref=PYTHON) is not None

    say(shop, "/rebuild-bot recreate")
    run(shop)
    assert answers(shop, number)[2].startswith("The branch is one commit on `main`")
    assert shop.github.read_file(SHOP, "mine.txt", ref=PYTHON) is None
    assert_quiet(shop)


def test_recreate_takes_back_that_it_was_closed(shop):
    number = number_of(shop)
    shop.github.close_issue(SHOP, number, by="alice")
    assert (SHOP, Outcome.DECLINED) in outcomes(run(shop))

    say(shop, "/rebuild-bot recreate", number=number)
    assert (SHOP, Outcome.OPENED) in outcomes(run(shop))

    new = number_of(shop)
    assert new != number
    assert answers(shop, number) == [f"Taken back. It is asked for in #{new}."]
    assert_quiet(shop)
    shop.github.close_issue(SHOP, new, by="alice")
    shop.github.clock.advance(timedelta(hours=1))
    assert (SHOP, Outcome.DECLINED) in outcomes(run(shop)), "the new no is a no"


@pytest.mark.parametrize(
    ("command", "day", "word"),
    [
        pytest.param("snooze 14d", 14, "snoozed by @alice", id="snooze"),
        pytest.param("ignore this until {day}", 20, "ignored by @alice", id="ignore until a day"),
        pytest.param("ignore this", None, "ignored by @alice", id="ignore"),
    ],
)
def test_what_is_ignored_or_snoozed_is_closed_and_comes_back_in_time(shop, command, day, word):
    number = number_of(shop)
    shop.github.clock.advance(timedelta(hours=1))
    last = shop.github.clock().date() + timedelta(days=day or 0)
    until = f" until {last}" if day else ""
    say(shop, f"/rebuild-bot {command.format(day=last)}")

    summary = run(shop)

    assert outcomes(summary) == [(SHOP, Outcome.UNCHANGED)], "the other update goes its way"
    assert not is_open(shop, number)
    assert shop.github.repo(SHOP).store.head(PYTHON) is None
    assert [end.pull_request.number for end in summary.closed] == [number]
    assert len(answers(shop, number)) == 1
    assert (until or " from now on") in answers(shop, number)[0]
    assert shop.faults.writes == 3, "the order, the closing, the answer"
    held = [one for one in not_done(summary) if one.why in {Why.HELD, Why.STARVED}]
    assert [one.reason for one in held] == [f"command: {word} in #{number}"]
    assert word.replace("@", "@\u200c") in step_summary(summary)
    assert [one.blocked_by for one in summary.exposures if "python" in one.dependency] == [f"{word} in #{number}{until}"]
    assert_quiet(shop)

    shop.release("3.12.6")
    shop.github.clock.advance(timedelta(days=2))
    run(shop)
    assert shop.faults.writes == 0, "newer releases do not get around it"
    shop.github.clock.advance(timedelta(days=40))
    assert ((SHOP, Outcome.OPENED) in outcomes(run(shop))) is (day is not None)


def test_recreate_takes_back_an_ignore(shop):
    number = number_of(shop)
    say(shop, "/rebuild-bot ignore this")
    run(shop)
    say(shop, "/rebuild-bot recreate", number=number)

    assert (SHOP, Outcome.OPENED) in outcomes(run(shop))

    assert number_of(shop) != number
    assert_quiet(shop)


def test_a_lost_cache_loses_no_order(shop, tmp_path):
    say(shop, "/rebuild-bot ignore this")
    run(shop)
    for file in (tmp_path / "cache").glob("repos.sqlite3*"):
        file.unlink()
    (tmp_path / "ledger.sqlite3").unlink()
    shop.github.clock.advance(timedelta(hours=1))

    assert outcomes(run(shop)) == [(SHOP, Outcome.UNCHANGED)]
    assert shop.faults.writes == 0


def test_split(acme):
    acme.config.write_text(acme.config.read_text() + GROUP, encoding="utf-8")
    begin(acme)
    assert outcomes(run(acme)) == [(SHOP, Outcome.OPENED)]
    number = acme.github.repo(SHOP).pulls[0][0].number
    say(acme, "/rebuild-bot split", number=number)

    assert outcomes(run(acme)) == [(SHOP, Outcome.OPENED)] * 2

    assert not is_open(acme, number)
    assert {pull.head for issue, pull in acme.github.repo(SHOP).pulls if issue.is_open} == {PYTHON, REDIS}
    assert len(answers(acme, number)) == 1
    assert_quiet(acme)
    acme.release("3.12.6")
    acme.github.clock.advance(timedelta(days=2))
    assert outcomes(run(acme)) == [(SHOP, Outcome.UPDATED), (SHOP, Outcome.UNCHANGED)]


def test_there_is_nothing_to_split_in_one(shop):
    say(shop, "/rebuild-bot split")
    run(shop)

    assert answers(shop, number_of(shop)) == ["Not done: there is only one update in here."]
    assert signs(shop, number_of(shop)) == [{"THUMBS_DOWN"}]
    assert_quiet(shop)


def test_what_is_urgent_waits_for_no_cooldown(shop):
    shop.config.write_text(shop.config.read_text().replace("cooldown_days: 0", "cooldown_days: 5"), encoding="utf-8")
    shop.github.clock.advance(timedelta(days=9))
    shop.release("3.12.6")
    assert outcomes(run(shop)) == [(SHOP, Outcome.UNCHANGED)] * 2
    number = number_of(shop)
    say(shop, "/rebuild-bot urgent")

    assert sorted(outcomes(run(shop))) == [(SHOP, Outcome.UNCHANGED), (SHOP, Outcome.UPDATED)]

    assert shop.github.read_file(SHOP, "Dockerfile", ref=PYTHON) == b"FROM python:3.12.6\n"
    assert [order.by for order in orders_of(shop.github.issue(SHOP, number).body)] == ["alice"]
    assert answers(shop, number)[0].startswith("Urgent: ")
    assert_quiet(shop)


def test_explain(shop):
    say(shop, "/rebuild-bot explain")
    run(shop)

    (text,) = answers(shop, number_of(shop))
    assert "**`python` in `Dockerfile:1`**: `3.12.4 -> 3.12.5` (patch)" in text
    assert "| `3.12.5` | chosen |" in text
    assert shop.faults.writes == 1
    assert_quiet(shop)


def test_a_stranger_who_says_much_drowns_nobody(shop):
    number = number_of(shop)
    shop.github.set_permission(SHOP, "mallory", "read")
    say(shop, "/rebuild-bot explain")
    for _ in range(30):
        shop.github.clock.advance(timedelta(seconds=1))
        shop.github.comment(SHOP, number, "/rebuild-bot ignore this", by="mallory")
    run(shop)

    (text,) = answers(shop, number)
    assert "chosen" in text
    assert shop.github.issue(SHOP, number).is_open


def test_unknown_words_get_help_once(shop):
    number = number_of(shop)
    for words in ("please", "help"):
        say(shop, f"/rebuild-bot {words}")
        run(shop)

    (text,) = answers(shop, number)
    assert "`/rebuild-bot snooze 14d`" in text
    assert signs(shop, number) == [{"CONFUSED"}] * 2
    assert_quiet(shop)


def test_an_edited_comment_is_heard_once_more(shop):
    number = number_of(shop)
    comment = say(shop, "/rebuild-bot rebas")
    run(shop)
    shop.github.clock.advance(timedelta(hours=1))
    shop.github.edit_comment(SHOP, number, comment, "/rebuild-bot rebase")
    shop.github.clock.advance(timedelta(hours=1))
    run(shop)

    assert len(answers(shop, number)) == 2
    assert answers(shop, number)[1].startswith("The branch is one commit")
    assert_quiet(shop)


def test_the_newest_word_counts_and_each_is_answered(shop):
    number = number_of(shop)
    say(shop, "/rebuild-bot snooze 3d")
    say(shop, "/rebuild-bot recreate", by="bob")
    run(shop)

    assert is_open(shop, number)
    assert len(answers(shop, number)) == 2
    assert orders_of(shop.github.issue(SHOP, number).body) == ()
    assert_quiet(shop)


def test_a_flood_of_strangers_hides_no_command(shop):
    number = number_of(shop)
    shop.github.set_permission(SHOP, "mallory", "read")
    for _ in range(60):
        shop.github.comment(SHOP, number, "/rebuild-bot recreate", by="mallory")
    say(shop, "/rebuild-bot ignore this")
    run(shop)

    assert not is_open(shop, number)
    for _ in range(200):
        shop.github.comment(SHOP, number, "/rebuild-bot recreate", by="mallory")
    shop.github.clock.advance(timedelta(hours=1))
    assert outcomes(run(shop)) == [(SHOP, Outcome.UNCHANGED)]
    assert shop.faults.writes == 0


def test_what_people_say_meanwhile_hides_no_command(shop):
    number = number_of(shop)
    shop.github.set_permission(SHOP, "mallory", "read")
    say(shop, "/rebuild-bot ignore this")
    for _ in range(120):
        shop.github.comment(SHOP, number, "I see it otherwise.", by="mallory")
    shop.github.clock.advance(timedelta(hours=1))

    run(shop)

    assert not is_open(shop, number)
    assert_quiet(shop)


def test_a_permission_that_cannot_be_had_is_told_and_asked_again(shop):
    number = number_of(shop)
    say(shop, "/rebuild-bot explain")
    shop.faults.switch_on("GET *permission*", ServerError(status=403))
    summary = run(shop)

    assert [failure.where for failure in summary.failures] == [f"{SHOP}#{number}"]
    assert shop.faults.writes == 0
    shop.faults.switch_off()
    run(shop)
    assert len(answers(shop, number)) == 1


@pytest.mark.parametrize("command", ["rebase", "recreate", "ignore this", "snooze 14d", "urgent", "explain", "nonsense"])
@pytest.mark.parametrize("done", [0, 1, 2, 3])
def test_a_run_cut_off_between_its_writes_is_finished_by_the_next(shop, command, done):
    """Whatever was written by then, the next run neither does it twice nor answers twice."""
    number = number_of(shop)
    shop.github.commit_files(SHOP, {"README.md": "new\n"}, message="Elsewhere")
    say(shop, f"/rebuild-bot {command}")
    cut_off_after(shop, done)

    run(shop)

    assert len(answers(shop, number)) == 1
    assert len(signs(shop, number)[0]) == 1
    assert is_open(shop, number) is (command not in {"ignore this", "snooze 14d"})
    assert_quiet(shop)


class CutOff(BaseException):
    pass


def cut_off_after(acme: Acme, writes: int) -> None:
    """A run that ends before its next write after so many."""
    from bot.clients.github import connection  # noqa: PLC0415

    left = iter(range(writes))
    whole = connection.Connection.write

    def write(self, given):
        if next(left, None) is None:
            raise CutOff
        return whole(self, given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection.Connection, "write", write)
        try:
            run(acme)
        except CutOff:
            return


def test_other_bots_are_honoured_and_cost_no_request(acme):
    begin(acme)
    acme.github.commit_files(
        SHOP, {"Dockerfile": "FROM python:3.12.5\n"}, message="x", branch="renovate/python-3.x", author="renovate[bot]"
    )
    acme.github.add_token("other", login="renovate[bot]")
    address = next(line for line in acme.config.read_text().splitlines() if "api_url" in line).split('"')[1]
    client = Github(base_url=address, auth=Auth.Token("other"))
    client.get_repo(SHOP).create_pull(base="main", head="renovate/python-3.x", title="Update python Docker tag to v3.12.5", body="")
    client.close()
    acme.github.clock.advance(timedelta(hours=1))

    summary = run(acme)

    assert [(sent.proposal.branch, sent.outcome) for sent in summary.sent] == [(REDIS, Outcome.OPENED)]
    said = [one.reason for one in not_done(summary) if "python" in one.what]
    assert said == ["other bot: renovate asks for it in #1"]
    assert [one.blocked_by for one in summary.exposures if "python" in one.dependency] == ["renovate asks for it in #1"]
    assert_quiet(acme)
    acme.github.close_issue(SHOP, 1, by="alice")
    acme.github.clock.advance(timedelta(hours=1))
    assert (SHOP, Outcome.OPENED) in outcomes(run(acme))
