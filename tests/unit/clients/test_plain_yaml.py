from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clients.plain_yaml import read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("a: 1\nb: [x, null, ~, '']\nc: {d: yes}", {"a": "1", "b": ["x", None, None, ""], "c": {"d": "yes"}}, id="texts alone"),
        pytest.param("a: &x {b: 1}\nc: *x\n<<: *x", {"a": {"b": "1"}, "c": "*x", "<<": "*x"}, id="aliases are not followed"),
        pytest.param("a: 1\na: 2", {"a": "2"}, id="the last one counts"),
        pytest.param("? [a]\n: 1\n? {b: c}\n: [d]\ne: 2", {"e": "2"}, id="keys that are no text"),
        pytest.param("a: !!python/object:os.system x", {"a": "x"}, id="nothing is constructed"),
        pytest.param("a: 1\n---\nb: 2", {"a": "1"}, id="the first document"),
        pytest.param("'': 1", {"": "1"}, id="an empty key"),
        pytest.param("", None, id="nothing"),
        pytest.param("text", "text", id="a text"),
    ],
)
def test_plain_values(text, value):
    assert read_yaml(text) == value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{a: [", id="broken"),
        pytest.param("[" * 60 + "]" * 60, id="deep"),
        pytest.param("[" * 1_000_000, id="very deep"),
        pytest.param("[" + "1," * 250_000 + "]", id="long"),
        pytest.param("\x00", id="no text"),
    ],
)
def test_beyond_bounds_is_an_error_of_one_kind(text):
    with pytest.raises(ValueError, match=r"YAML|values"):
        read_yaml(text)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"\n #?,~\t", max_size=60))
def test_no_other_error_comes_of_any_text(text):
    with suppress(ValueError):
        read_yaml(text)
