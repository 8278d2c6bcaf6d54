from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.propose.commands import Command, Unknown, Verb, read

NOW = datetime(2026, 11, 29, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        pytest.param("/rebuild-bot rebase", Command(verb=Verb.REBASE), id="alone"),
        pytest.param("/Rebuild-Bot   RECREATE  ", Command(verb=Verb.RECREATE), id="capitals and blanks"),
        pytest.param("Thanks!\r\n\r\n/rebuild-bot split\r\nBye", Command(verb=Verb.SPLIT), id="among other lines"),
        pytest.param("/rebuild-bot urgent\n/rebuild-bot ignore", Command(verb=Verb.URGENT), id="the first counts"),
        pytest.param("/rebuild-bot explain", Command(verb=Verb.EXPLAIN), id="explain"),
        pytest.param("/rebuild-bot ignore", Command(verb=Verb.IGNORE), id="ignore"),
        pytest.param("/rebuild-bot ignore this", Command(verb=Verb.IGNORE), id="ignore this"),
        pytest.param(
            "/rebuild-bot ignore this until 2027-01-31", Command(verb=Verb.IGNORE, until=date(2027, 1, 31)), id="ignore until a day"
        ),
        pytest.param("/rebuild-bot\u00a0rebase", Command(verb=Verb.REBASE), id="a blank that does not break"),
        pytest.param("\u3000/rebuild-bot\u2003 rebase\u202f", Command(verb=Verb.REBASE), id="wide and thin blanks"),
        pytest.param("```x``` is odd\n/rebuild-bot rebase", Command(verb=Verb.REBASE), id="code in a line that begins as a fence"),
        pytest.param("```\na\n``` \n/rebuild-bot rebase", Command(verb=Verb.REBASE), id="behind a fence"),
        pytest.param("~~~ `a`\na\n~~~~\n/rebuild-bot rebase", Command(verb=Verb.REBASE), id="behind a fence of tildes"),
        pytest.param("<!--\n```\n-->\n/rebuild-bot rebase", Command(verb=Verb.REBASE), id="behind a hidden fence"),
        pytest.param("<pre>a</pre>\n/rebuild-bot rebase", Command(verb=Verb.REBASE), id="behind HTML of one line"),
        pytest.param("<pre>\na\n</PRE>\n/rebuild-bot rebase", Command(verb=Verb.REBASE), id="behind HTML of some lines"),
        pytest.param("/rebuild-bot snooze 14d", Command(verb=Verb.SNOOZE, until=date(2026, 12, 13)), id="days"),
        pytest.param("/rebuild-bot snooze for 2 weeks", Command(verb=Verb.SNOOZE, until=date(2026, 12, 13)), id="weeks"),
    ],
)
def test_commands(body, wanted):
    assert read(body, NOW) == wanted


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param("/rebuild-bot", "no command", id="nothing"),
        pytest.param("/rebuild-bot help", "no command", id="help"),
        pytest.param("/rebuild-bot rebase please", "no such command", id="more words"),
        pytest.param("/rebuild-bot ignore all", "no such command", id="ignores more than this"),
        pytest.param("/rebuild-bot ignore this until 2026-02-30", "no such day", id="no day of the calendar"),
        pytest.param("/rebuild-bot ignore this until 2026-11-29", "after the day", id="until today"),
        pytest.param("/rebuild-bot ignore this until 2036-11-29", "within 366 days", id="until far away"),
        pytest.param("/rebuild-bot snooze 0d", "after the day", id="no time"),
        pytest.param("/rebuild-bot snooze 9999w", "within 366 days", id="an age"),
        pytest.param("/rebuild-bot snooze", "no such command", id="without a time"),
        pytest.param("/rebuild-bot reb\u200base", "signs", id="a sign of no width"),
        pytest.param("/rebuild-bot r\u0435base", "signs", id="a letter that looks alike"),
        pytest.param("/rebuild-bot \x1b[31mrebase", "no such command", id="a colour of terminals"),
        pytest.param("/rebuild-bot snooze \u0661\u0664d", "signs", id="other digits"),
    ],
)
def test_what_is_said_to_the_bot_and_not_understood(body, says):
    said = read(body, NOW)

    assert isinstance(said, Unknown)
    assert says in said.why


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("Do not /rebuild-bot rebase", id="within a line"),
        pytest.param("> /rebuild-bot rebase", id="a quote"),
        pytest.param("> > /rebuild-bot rebase", id="a quote of a quote"),
        pytest.param("```\n/rebuild-bot rebase\n```", id="code in a fence"),
        pytest.param("~~~~\n```\n/rebuild-bot rebase", id="a fence without end"),
        pytest.param("````\n```\n/rebuild-bot rebase\n````", id="a fence in a fence"),
        pytest.param("```\n```python\n/rebuild-bot rebase\n```", id="a fence that looks like an end"),
        pytest.param("````\n````x\n/rebuild-bot rebase", id="a longer fence that looks like an end"),
        pytest.param("```\n~~~\n/rebuild-bot rebase", id="another fence"),
        pytest.param("```\n<!--\n```\n-->\n```\n/rebuild-bot rebase\n```", id="a fence around an end of what is hidden"),
        pytest.param("<!-- a -->\n<!--\n/rebuild-bot rebase\n-->", id="hidden behind what is hidden"),
        pytest.param("<pre>\n/rebuild-bot rebase\n</pre>", id="code in HTML"),
        pytest.param("<Blockquote cite='x'>\n\n/rebuild-bot rebase\n\n</blockquote>", id="a quote in HTML"),
        pytest.param("<textarea\n>\n/rebuild-bot rebase", id="HTML without end"),
        *(pytest.param(f"a{sign}/rebuild-bot rebase", id=f"within a line, behind {sign!r}") for sign in "\x0b\x0c\x1c\x85\u2028\u2029"),
        pytest.param("    /rebuild-bot rebase", id="code by its indent"),
        pytest.param("\t/rebuild-bot rebase", id="code by a tab"),
        pytest.param("`/rebuild-bot rebase`", id="code in a line"),
        pytest.param("<!-- \n/rebuild-bot rebase\n-->", id="hidden"),
        pytest.param("<!-- \n/rebuild-bot rebase", id="hidden without end"),
        pytest.param("/rebuild-bots rebase", id="another word"),
        pytest.param("/rebuild-bot\u200b rebase", id="another word that looks alike"),
        pytest.param("\u200b/rebuild-bot rebase", id="after a sign of no width"),
        pytest.param("@rebuild-bot rebase", id="a mention"),
        pytest.param("x\n" * 300 + "/rebuild-bot rebase", id="far below"),
    ],
)
def test_what_is_not_said_to_the_bot(body):
    assert read(body, NOW) is None


def test_days_are_counted_from_the_comment():
    assert read("/rebuild-bot snooze 1d", NOW - timedelta(days=1)) == Command(verb=Verb.SNOOZE, until=date(2026, 11, 29))


@given(st.text(max_size=400) | st.text(alphabet="`~>/rebuild-bot ignore\n<!--", max_size=400))
def test_any_text_is_read(body):
    assert isinstance(read(f"/rebuild-bot {body}", NOW) or read(body, NOW), Command | Unknown | None)


def test_a_huge_comment_is_read_at_once():
    assert read("`" * 65_536 + "\n/rebuild-bot rebase", NOW) is None
    assert read("/rebuild-bot " + "snooze " * 9_000, NOW) is None
