"""Pull requests in an organisation's own words."""

from dataclasses import replace
from datetime import date

import pytest
from proposal_samples import APP, NOTES, REPO, change, pin, update

from bot.model.notes import Notes
from bot.model.pin import Role
from bot.model.rules import Rule
from bot.model.severity import Severity
from bot.propose.compose import MAX_BODY_CHARACTERS, compose
from bot.propose.conventional import uses_conventional_commits
from bot.propose.marker import read, text_hash, visible
from bot.propose.takers import Takers
from bot.settings.pull_requests import PullRequests
from tests.image_steps import hole, step

CRITICAL = replace(NOTES, step=step(closed=[hole("CVE-2026-1", Severity.CRITICAL)]))
CONVENTIONAL = ("feat: a cart", "fix(cart): empty it", "chore(deps): bump x", "Tidy up")
CHORE = replace(update(), pin=replace(pin(), role=Role.BUILD_BASE))


def draft(*updates, notes=NOTES, repo=REPO, **wording):
    return compose(
        today=date(2026, 5, 9),
        takers=Takers.of(APP),
        repo=repo,
        updates=updates or (update(),),
        explain=lambda _: notes,
        changes=[change()],
        rule=Rule(),
        held=(),
        wording=PullRequests(**wording),
    )


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        pytest.param(CONVENTIONAL, True, id="three of four"),
        pytest.param(("feat: a", "fix!: b", "ci(x)!: c"), True, id="breaking ones"),
        pytest.param(CONVENTIONAL[:2], False, id="too few"),
        pytest.param(("Add: a", "fix a", "note: b", "feat:c"), False, id="what only looks so"),
        pytest.param(("feat: a", "x", "y", "fix: b", "z"), False, id="two of five"),
        pytest.param((), False, id="none"),
    ],
)
def test_conventional_commits_are_seen_in_the_history(subjects, expected):
    assert uses_conventional_commits(subjects) is expected


@pytest.mark.parametrize(
    ("one", "prefix", "headlines", "expected"),
    [
        pytest.param(update(), "auto", CONVENTIONAL, "fix(deps): update python to 3.12.5-slim", id="what runs"),
        pytest.param(CHORE, "auto", CONVENTIONAL, "chore(deps): update python to 3.12.5-slim", id="what builds"),
        pytest.param(update(), "auto", ("Add a", "Add b", "Add c"), "Update python to 3.12.5-slim", id="another history"),
        pytest.param(update(), "none", CONVENTIONAL, "Update python to 3.12.5-slim", id="none"),
        pytest.param(update(), "build({kind}):", (), "build(patch): update python to 3.12.5-slim", id="configured"),
    ],
)
def test_prefixes_go_by_the_history_or_the_configuration(one, prefix, headlines, expected):
    made = draft(one, repo=replace(REPO, headlines=headlines), commit_prefix=prefix)

    assert made.untold.title == made.tell().title == expected
    assert made.tell().commit_message.startswith(f"{expected}\n\n")


def test_templates_make_title_branch_commit_and_body():
    made = draft(
        notes=CRITICAL,
        title="{{ updates[0].name }}: {{ updates[0].old }} to {{ updates[0].new }}{{ ' (' ~ severity ~ ')' if severity }}",
        branch="{{ topic }}/{{ app }}",
        commit_message="{{ title }}\n\nRisk: {{ risk }}",
        body="{{ summary }}\n\nAsk *us* about {{ app }}.\n\n{{ body }}",
    )
    told = made.tell()

    assert made.untold.title == "python: 3.12.4-slim to 3.12.5-slim", "nothing is claimed before it is known"
    assert told.title == "python: 3.12.4-slim to 3.12.5-slim (critical)"
    assert told.branch == made.untold.branch == "rebuild-bot/python/shop"
    assert told.commit_message == "python: 3.12.4-slim to 3.12.5-slim (critical)\n\nRisk: high\n"
    assert visible(told.body).startswith("**Closes 1 hole (1 critical)")
    assert told.body.count("Ask *us* about shop.") == 1
    assert read(told.body).text == text_hash(told.body)


@pytest.mark.parametrize(
    ("wording", "said"),
    [
        pytest.param({"title": "{{ title }}\n{{ app }}"}, "the title", id="several lines"),
        pytest.param({"title": "x{% for one in updates %}{{ one.new }}{% endfor %}"}, "the title", id="too long"),
        pytest.param({"commit_message": "{{ updates[2].name }}"}, "the commit message", id="fails"),
        pytest.param({"body": "{{ updates[2].name }}"}, "the body", id="a body that fails"),
        pytest.param({"body": "{{ body }}" + "{{ summary }}{{ body }}" * 200}, "the body", id="a body that is too large"),
    ],
)
def test_a_template_of_no_use_gives_way_to_the_built_in_one_and_that_is_told(wording, said):
    # As it is later: what the check of the file could not know.
    settings = PullRequests.model_construct(**{**PullRequests().model_dump(), **wording})
    made = compose(
        today=date(2026, 5, 9),
        takers=Takers.of(APP),
        repo=REPO,
        updates=[update(value="1" * 120)] * 2,
        explain=lambda _: NOTES,
        changes=[change()],
        rule=Rule(),
        held=(),
        wording=settings,
    ).tell()

    assert made.title.startswith("Update python to ")
    assert made.commit_message.startswith(made.title)
    assert f"The template of {said} in the bot's configuration is of no use here" in made.body.replace("\\", "")
    assert "| What | Where |" in made.body
    assert len(made.body) <= MAX_BODY_CHARACTERS
    assert read(made.body).title


def test_text_of_others_does_nothing_in_a_body_of_ones_own():
    hostile = "</details> @all #1 <img src=x> ![p](http://e)"

    body = draft(update(value=hostile), body="{% for one in updates %}{{ one.new }}{% endfor %}\n\n{{ body }}").tell().body

    first = body.partition("\n")[0]
    assert first.startswith("\\</details\\>")
    assert not any(acts in first for acts in ("@all", "#1", " <img", " ![", "http://e"))


def test_a_draft_of_ones_own_words_asks_nobody_either():
    def ask(_update) -> Notes:
        raise AssertionError("nobody is to be asked")

    made = compose(
        today=date(2026, 5, 9),
        takers=Takers.of(APP),
        repo=REPO,
        updates=[update()],
        explain=ask,
        changes=[change()],
        rule=Rule(),
        held=(),
        wording=PullRequests(title="{{ title }} {{ risk }}{{ closes }}"),
    )

    assert made.untold.title == "Update python to 3.12.5-slim"
