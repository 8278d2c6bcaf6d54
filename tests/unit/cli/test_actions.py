"""What GitHub Actions reads as a command, and what it must not."""

import io

import pytest

from bot.cli import actions
from bot.cli.actions import Guarded, harmless
from bot.cli.progress import Lines


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param("::error::pwned", ": :error::pwned", id="a command"),
        pytest.param(" \t::add-mask::x", " \t: :add-mask::x", id="behind blanks"),
        pytest.param("\u00a0::stop-commands::x", "\u00a0: :stop-commands::x", id="behind a blank of another kind"),
        pytest.param("::::", ": :::", id="colons"),
        pytest.param("a ##[group]b ##[error]", "a # #[group]b # #[error]", id="the older form, wherever it stands"),
        pytest.param("###[x]", "## #[x]", id="more hashes"),
        pytest.param("acme/shop: a::b", "acme/shop: a::b", id="in the middle it is text"),
        pytest.param("# [x] #[y]", "# [x] #[y]", id="hashes"),
    ],
)
def test_a_line_that_looks_like_a_command_is_broken(line, told):
    assert harmless(line) == told


def test_a_command_is_one_line_whatever_is_in_it():
    told = actions.command("error", "100%\r\n::error::x", title="a:b,c%\nd", file="")

    assert told == "::error title=a%3Ab%2Cc%25%0Ad::100%25%0D%0A::error::x"


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(["::error::x\n"], id="whole"),
        pytest.param([":", ":error::x", "\n"], id="in pieces"),
        pytest.param(["a\r::error::x\n"], id="behind a carriage return"),
        pytest.param(["a\r", "::error::x\r\n"], id="cut behind it"),
        pytest.param(["a\r\n", "  ::error::x"], id="without an end"),
        pytest.param(["#", "#[error]x"], id="the older form in pieces"),
    ],
)
def test_no_way_of_writing_makes_a_command(pieces):
    target = io.StringIO(newline="")
    stream = Guarded(target)

    for piece in pieces:
        stream.write(piece)
        stream.flush()
    stream.send("::group::find")

    *before, last, end = target.getvalue().replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert (last, end) == ("::group::find", "")
    assert not [line for line in before if line.lstrip().startswith("::") or "##[" in line]
    assert "error" in "".join(before)


class Heard:
    """Lines and commands in their order, at a time that the test sets."""

    def __init__(self):
        self.told, self.time = [], 0.0
        self.lines = Lines(say=self.told.append, send=self.told.append, monotonic=lambda: self.time)


def test_each_stage_is_a_group_with_what_happened_in_it():
    heard = Heard()

    heard.lines("find", 1, 2)
    heard.lines.tell("acme/shop", "read anew: 3 findings")
    heard.time = 61
    heard.lines("find", 2, 2)
    heard.lines("propose", 0, 2)
    heard.lines.close()
    heard.lines.close()

    assert heard.told == [
        "::group::find (2)",
        "acme/shop: read anew: 3 findings",
        "find: 2 of 2 after 0:01:01, about 0:00:00 left",
        "find: 2 of 2 in 0:01:01",
        "::endgroup::",
        "::group::propose (2)",
        "propose: 0 of 2 in 0:00:00",
        "::endgroup::",
    ]


def test_ten_thousand_repos_where_nothing_happened_are_a_few_lines():
    heard = Heard()

    for done in range(1, 10_001):
        heard.time += 0.01
        heard.lines("find", done, 10_000)
    heard.lines.close()

    assert len(heard.told) <= 3 + 5
    assert heard.told[1] == "find: 2001 of 10000 after 0:00:20, about 0:01:20 left"


def test_of_an_unknown_total_nothing_is_foretold():
    heard = Heard()

    heard.lines("survey", 1, -1)
    heard.time = 20
    heard.lines("survey", 900, -1)
    heard.lines.close()

    assert heard.told == ["::group::survey", "survey: 900 after 0:00:20", "survey: 900 in 0:00:20", "::endgroup::"]
