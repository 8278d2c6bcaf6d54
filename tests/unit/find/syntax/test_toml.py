"""TOML read for its places."""

import pytest

from bot.find.syntax.toml import assigned_strings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a = \"x\"\nb='y'", ["a x", "b y"], id="both quotes"),
        pytest.param('[build]\n  image = "x"', ["build.image x"], id="a table"),
        pytest.param('[[io.buildpacks.group]]\nuri = "x"', ["io.buildpacks.group.uri x"], id="an array of tables"),
        pytest.param('[tools."aqua:a/b"]\nversion = "1"', ["tools.aqua:a/b.version 1"], id="a quoted name in a header"),
        pytest.param('"aqua:a/b" = "1"', ["aqua:a/b 1"], id="a quoted key"),
        pytest.param('io.buildpacks.builder = "x"', ["io.buildpacks.builder x"], id="a dotted key"),
        pytest.param('a = { version = "1" }', ["version 1"], id="an inline table"),
        pytest.param('# a = "x"\nb = "#y" # "z"', ["b #y"], id="comments"),
        pytest.param('a = """\nb = "x"\n"""\nc = "y"', ["c y"], id="a string of several lines"),
        pytest.param(r'a = "x\"y"', [], id="an escape"),
        pytest.param("a = 1\nb = true", [], id="no strings"),
        pytest.param('\ufeff[t]\r\na = "x"\r\n', ["t.a x"], id="a byte order mark and CR LF"),
        pytest.param('a = ["x", "y"]', [], id="an array"),
    ],
)
def test_strings_behind_keys(text: str, expected: list[str]) -> None:
    found = list(assigned_strings(text))

    assert [f"{'.'.join((*value.table, *value.key))} {value.text}" for value in found] == expected
    assert all(text.startswith(value.text, value.start) for value in found)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('"' * 100_001, id="quotes that are not closed"),
        pytest.param("'''" * 30_001, id="long strings that are not closed"),
        pytest.param("[" * 100_000, id="brackets"),
        pytest.param("[a\n" * 30_000, id="headers that are not closed"),
        pytest.param("a." * 50_000, id="a key of many parts"),
        pytest.param('"a".' * 25_000, id="a key of many quoted parts"),
        pytest.param("a" * 1_000_000, id="a line of a megabyte"),
        pytest.param(" " * 1_000_000, id="blanks"),
    ],
)
def test_hostile_text_is_passed_over(text: str) -> None:
    assert list(assigned_strings(text)) == []
