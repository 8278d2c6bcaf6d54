from datetime import date
from pathlib import PurePosixPath

import pytest

from bot.find.opt_out import with_opt_out
from bot.find.syntax.lines import Lines
from bot.model.dependency import OCI, Dependency
from bot.model.pin import OptOut, Pin, Role, Site, SiteKind, Span


def opt_out(text: str, *, used_at: int | None = None) -> OptOut | None:
    """The opt-out of a pin whose literal is the `1.2` of the text."""
    lines = Lines(text)
    start = text.index("1.2")
    line = lines.line(start)
    site = Site(kind=SiteKind.TAG, span=Span(start, start + 3), line=line, text="1.2")
    pin = Pin(
        file=PurePosixPath("f"),
        finder="test",
        dependency=Dependency(datasource=OCI, name="docker.io/library/x"),
        name="x",
        scheme="docker",
        value="1.2",
        role=Role.IMAGE,
        sites=(site,),
        line=line,
        column=1,
    )
    return with_opt_out(pin, text, lines, used_at=used_at).opt_out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a: 1.2\n", None, id="none"),
        pytest.param("a: 1.2 # rebuild-bot: ignore\n", OptOut(), id="same line"),
        pytest.param("# rebuild-bot: ignore\r\na: 1.2\r\n", OptOut(), id="line above, CRLF"),
        pytest.param("  // rebuild-bot:ignore waits for #12\nx = 1.2", OptOut(reason="waits for #12"), id="reason"),
        pytest.param(
            "<!-- rebuild-bot: ignore until 2030-01-31 why -->\n1.2", OptOut(reason="why", until=date(2030, 1, 31)), id="date, XML"
        ),
        pytest.param("/* rebuild-bot: ignore until 2030-01-31 */ 1.2", OptOut(until=date(2030, 1, 31)), id="date, C"),
        pytest.param(
            "# rebuild-bot: ignore until 2030-02-31\n1.2",
            OptOut(reason="(without an end: `until 2030-02-31` names no day; write `until YYYY-MM-DD`)"),
            id="no such date: for good",
        ),
        pytest.param("# rebuild-bot: ignore til 2030-02-28 busy\n1.2", OptOut(until=date(2030, 2, 28), reason="busy"), id="til"),
        pytest.param("# rebuild-bot: ignore Until 2030-02-28\n1.2", OptOut(until=date(2030, 2, 28)), id="capitals"),
        pytest.param(
            "# rebuild-bot: ignore til 2027\n1.2",
            OptOut(reason="2027 (without an end: `til` names no day; write `until YYYY-MM-DD`)"),
            id="a year is no day",
        ),
        pytest.param("# rebuild-bot: ignore - flaky\n1.2", OptOut(reason="flaky"), id="a dash in front of the reason"),
        pytest.param("# rebuild-bot: ignored\n1.2", None, id="another word"),
        pytest.param("b: 2 # rebuild-bot: ignore\na: 1.2\n", None, id="the line above speaks of itself"),
        pytest.param("# rebuild-bot: ignore\n\na: 1.2\n", None, id="a blank line between"),
        pytest.param('a: 1.2 "rebuild-bot: ignore"\n', None, id="no comment"),
        pytest.param("a: 1.2 # rebuild-bot: datasource=x\n", None, id="another comment of ours"),
    ],
)
def test_opt_out(text: str, expected: OptOut | None) -> None:
    assert opt_out(text) == expected


def test_the_line_of_use_counts() -> None:
    assert opt_out("A=1.2\n\n# rebuild-bot: ignore\nFROM $A\n", used_at=4) == OptOut()
