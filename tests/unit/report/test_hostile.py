"""Text of others in every place of what is told to people: it is read, and does nothing."""

import io
from dataclasses import replace
from datetime import date

import pytest
from rich.console import Console

from bot.cli.output import Format, write_rows
from bot.cli.plan import WAVE
from bot.cli.rows import closed_row, going_row, run_json, sent_row, waiting_row
from bot.cli.run_fleet import COLUMNS
from bot.model.accepted import Accepted
from bot.model.base_state import BaseState
from bot.model.contents import NotRead, OperatingSystem
from bot.model.pull_request import Outcome
from bot.model.run import Interruption, OwnFault, Stage
from bot.model.update import Candidate, Decision, NotAllowed, Propose, Undecidable, Unknown
from bot.propose.answers import explained
from bot.propose.own_file_issue import issue_of
from bot.report.json_text import json_text
from bot.report.noticed import noticed
from bot.report.summary import step_summary
from bot.report.weekly import MARKER, Sight, weekly_issue
from bot.report.weekly_weeks import written_in
from tests.hostile import TEXTS, faults_of, filled, tables_of
from tests.unit.report.sample import EXPOSURES, KEPT_BACK, MOVED, NOW
from tests.unit.report.test_summary import PIN, RUN, UPDATE

CANDIDATE = Candidate(value="3.12.2", verdict="moved", reason="it stands elsewhere now")
DECISIONS = (
    Decision(pin=PIN, verdict=Propose(update=UPDATE), candidates=(CANDIDATE,)),
    Decision(pin=PIN, verdict=NotAllowed(update=UPDATE, policy="kinds", reason="a major update"), candidates=(CANDIDATE,)),
    Decision(pin=PIN, verdict=Undecidable(pin=PIN, reason="no order"), candidates=(CANDIDATE,)),
    Decision(pin=PIN, verdict=Unknown(pin=PIN, reason="not there")),
)
FAULTS = (
    OwnFault(repo="acme/shop", faults=("a", "b", "c", "d"), is_silencing=True),
    OwnFault(repo="a/b", faults=("a",), is_silencing=False),
)
ENTRY = replace(RUN.apps[0], decisions=(*RUN.apps[0].decisions, *DECISIONS))
BASES = (
    BaseState(dependency="oci: a", value="1", apps=("a",), problem="gone"),
    BaseState(
        dependency="oci: b",
        value="1",
        apps=("a",),
        system=OperatingSystem(id="debian", version="10", name="Debian 10", end_of_life=date(2020, 1, 1)),
        said="3 holes",
        not_read=(NotRead(what="a layer", reason="it is broken"),),
    ),
)
WHOLE = replace(
    RUN,
    apps=(ENTRY, *RUN.apps[1:]),
    not_reached=RUN.failures,
    empty_repos=("acme/new",),
    bases=BASES,
    idle_rules=("one",),
    own_faults=FAULTS,
    circles=("a - b - a",),
    interruption=Interruption(stage=Stage.PROPOSE, unread=("a",), unjudged=("b",), unsent=("c",), in_doubt=("d: e",), unlabelled=("f",)),
)


def summary(text: str) -> str:
    return step_summary(filled(WHOLE, text))


def weekly(text: str) -> str:
    told = filled(WHOLE, text)
    sight = Sight(unseen_repos=told.failures, empty_repos=told.empty_repos, unread=told.failures, apps_of={text: (text,)})
    exposures, moved, kept = filled((tuple(EXPOSURES), tuple(MOVED), tuple(KEPT_BACK)), text)
    entry = Accepted(app=text, dependency=text, hole=text, reason=text, by=text, until=NOW.date())
    put_off = [replace(exposures[0], accepted=entry)]
    bases, wrong = told.bases, noticed(told.apps)
    issue = weekly_issue([*exposures, *put_off], moved, kept, bases, wrong, accepted=[entry], now=NOW, sight=sight)
    return issue.body.replace(MARKER, "", 1).replace(written_in(NOW), "", 1)


def own_file(text: str) -> str:
    return "\n\n".join(issue_of("acme/shop", filled(fault, text)).body.partition("\n")[2] for fault in FAULTS)


def explanation(text: str) -> str:
    return explained(filled(DECISIONS, text))


PAGES = [pytest.param(page, id=page.__name__) for page in (summary, weekly, own_file, explanation)]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("page", PAGES)
def test_no_page_does_more_with_text_of_others_than_show_it(page, text):
    body = page(text)

    assert faults_of(body) == []
    assert [cells for cells in tables_of(body) if len(cells) > 1] == []
    assert len(tables_of(body)) == len(tables_of(page("x")))
    assert len(body.encode()) < 1_000_000


@pytest.mark.parametrize("text", TEXTS)
def test_no_line_of_a_terminal_does_more_than_show_it(text):
    told = filled(WHOLE, text)
    going = [replace(one, outcome=Outcome.DRY_RUN) for one in told.sent]
    wave = [*map(going_row, going), *map(waiting_row, told.waiting)]
    rows = [*(sent_row(one, "") for one in told.sent), *map(closed_row, told.closed)]
    for each, columns in ((wave, WAVE), (rows, COLUMNS)):
        for is_terminal in (False, True):
            target = io.StringIO()
            console = Console(file=target, width=200, force_terminal=is_terminal, color_system=None)
            write_rows(console, Format.TABLE, each, columns=columns)

            shown = target.getvalue()
            assert not {sign for sign in shown if not (sign.isprintable() or sign == "\n")}
            assert is_terminal or len(shown.splitlines()) == len(each) + 2


@pytest.mark.parametrize("text", TEXTS)
def test_json_says_it_back(text):
    written = json_text(run_json(filled(WHOLE, text)))

    assert all(sign.isprintable() or sign == "\n" for sign in written)
