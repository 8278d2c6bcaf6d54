"""String literals and blocks of C-like source."""

import pytest

from bot.find.syntax.code import Blocks, strings, without_comments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("""a "x" 'y'""", [("x", False), ("y", False)], id="both quotes"),
        pytest.param("\"\"\"x\ny\"\"\" '''z'''", [("x\ny", False), ("z", False)], id="over several lines"),
        pytest.param('// "x"\n/* "y" */ "z"', [("z", False)], id="comments"),
        pytest.param('"http://x"', [("http://x", False)], id="slashes inside a string"),
        pytest.param("\"a${b}\" 'a${b}'", [("a${b}", True), ("a${b}", False)], id="interpolation between double quotes only"),
        pytest.param(r'"a\"b"', [(r"a\"b", True)], id="an escape"),
        pytest.param('"open\n"x"', [("x", False)], id="not closed on its line"),
        pytest.param('""', [("", False)], id="an empty one"),
    ],
)
def test_strings(text: str, expected: list[tuple[str, bool]]) -> None:
    found = list(strings(text))

    assert [(string.text, string.is_template) for string in found] == expected
    assert all(text.startswith(string.text, string.start) for string in found)


def test_comments_become_blanks_of_the_same_length() -> None:
    text = 'a // "x"\n/* b\nc */ d "//e"'

    assert without_comments(text) == 'a       \n    \n     d "//e"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("jib { from { HERE } }", ("jib", "from"), id="nested"),
        pytest.param("jib { from { } HERE }", ("jib",), id="behind a closed one"),
        pytest.param("jib.from { HERE }", ("jib", "from"), id="a dotted name"),
        pytest.param('tasks.named("bootBuildImage") { HERE }', ("bootBuildImage",), id="by a task's name"),
        pytest.param('tasks.named<Task>("bootBuildImage") { HERE }', ("bootBuildImage",), id="by a task's name and type"),
        pytest.param('jib { a = "}" HERE }', ("jib",), id="a brace inside a string"),
        pytest.param("} } HERE", (), id="more closed than opened"),
    ],
)
def test_blocks_around_a_place(text: str, expected: tuple[str, ...]) -> None:
    assert Blocks(text).around(text.index("HERE")) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('\\"' * 50_000, id="escaped quotes that are not closed"),
        pytest.param('"\\' * 50_000, id="escapes that are not closed"),
        pytest.param("'" * 100_001, id="quotes"),
        pytest.param("/*" * 50_000, id="comments that are not closed"),
        pytest.param("a {" * 30_000, id="blocks that are nested deeply"),
        pytest.param("x" * 1_000_000, id="a line of a megabyte"),
    ],
)
def test_hostile_text_is_passed_over(text: str) -> None:
    assert len(without_comments(text)) == len(text)
    assert all(string.start <= len(text) for string in strings(text))
    assert len(Blocks(text).around(len(text))) <= 20
