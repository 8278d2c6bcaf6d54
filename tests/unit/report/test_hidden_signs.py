"""What nobody sees and a terminal or a reader may obey: nowhere in what is written."""

import json

import pytest

from bot.report.json_text import json_text
from bot.report.markdown import code, plain

HIDDEN = [
    pytest.param("\x1b", id="escape"),
    pytest.param("\x7f", id="delete"),
    pytest.param("\x85", id="next line of 8 bits"),
    pytest.param("\x9b", id="control sequence of 8 bits"),
    pytest.param("\u202e", id="right to left override"),
    pytest.param("\u2066", id="isolate"),
    pytest.param("\u061c", id="Arabic letter mark"),
    pytest.param("\u200b", id="space of no width"),
    pytest.param("\u2060", id="word joiner"),
    pytest.param("\ufeff", id="byte order mark"),
    pytest.param("\u2028", id="line separator"),
    pytest.param("\U000e0041", id="tag"),
    pytest.param("\ud83d", id="half a character"),
]


@pytest.mark.parametrize("sign", HIDDEN)
def test_json_escapes_it_and_stays_the_same_value(sign):
    value = {f"a{sign}": [f"{sign}b", {"c": sign}], "ü": "日本 \U0001f600"}

    for written in (json_text(value), json_text(value, indent=None)):
        assert sign not in written
        assert json.loads(written) == value
        assert "日本 \U0001f600" in written
    assert len(json_text(value, indent=None).splitlines()) == 1


@pytest.mark.parametrize("sign", HIDDEN)
@pytest.mark.parametrize("piece", [plain, code])
def test_markdown_has_a_blank_for_it(piece, sign):
    assert sign not in piece(f"a{sign}b")
    assert "a b" in piece(f"a{sign}b")
