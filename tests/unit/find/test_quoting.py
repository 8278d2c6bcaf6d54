import pytest

from bot.find.quoting import reads_back


@pytest.mark.parametrize(
    ("text", "like", "safe"),
    [
        pytest.param("v1.2.3", "v1.2.2", True, id="a string"),
        pytest.param("1.2.3@sha256:ab", "1.2.3", True, id="a colon inside"),
        pytest.param("^1.2", "^1.1", True, id="a caret"),
        pytest.param("17.5", "17.4", True, id="a float behind a float"),
        pytest.param("42", "41", True, id="an integer behind an integer"),
        pytest.param("20240408", "20240407", True, id="a long integer behind one"),
        pytest.param("0.41", "0.40.3", False, id="a float behind a string"),
        pytest.param("1.10", "1.9", False, id="a float that loses its zero"),
        pytest.param("010", "9", False, id="octal"),
        pytest.param("1e3", "x", False, id="exponent"),
        pytest.param("1_000", "999", False, id="underscores"),
        pytest.param("0x1f", "x", False, id="hexadecimal"),
        pytest.param("1" * 20, "1", False, id="more digits than a float holds"),
        pytest.param("no", "x", False, id="a word that YAML 1.1 takes for false"),
        pytest.param("y", "x", False, id="a letter that YAML 1.1 takes for true"),
        pytest.param("~", "x", False, id="null"),
        pytest.param("null", "x", False, id="null as a word"),
        pytest.param("2024-01-01", "x", False, id="a date"),
        pytest.param("12:30", "x", False, id="sexagesimal"),
        pytest.param("@x", "x", False, id="a reserved sign in front"),
        pytest.param(">=1", "1", False, id="a block scalar's sign"),
        pytest.param("*", "x", False, id="an alias"),
        pytest.param("- x", "x", False, id="a list"),
        pytest.param("a: b", "x", False, id="a mapping"),
        pytest.param("a:", "x", False, id="a key"),
        pytest.param("a #b", "x", False, id="a comment"),
        pytest.param("a,b", "x", False, id="ends a flow entry"),
        pytest.param("=", "x", False, id="the value key of YAML 1.1"),
        pytest.param("", "x", False, id="nothing"),
    ],
)
def test_plain_scalars(text: str, like: str, safe: bool) -> None:  # noqa: FBT001 - a column of the table
    assert reads_back(text, like=like) is safe
