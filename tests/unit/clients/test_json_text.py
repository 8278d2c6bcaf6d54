"""JSON of others becomes text that can be written again."""

import pytest

from bot.clients.json_text import read_json


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(b'{"a": [1, null, "x"]}', {"a": [1, None, "x"]}, id="plain"),
        pytest.param(b'{"a\\ud800": "\\uDFFF x"}', {"a\ufffd": "\ufffd x"}, id="half a pair, escaped"),
        pytest.param(b'["\xed\xa0\x80z"]', ["\ufffdz"], id="half a pair, as bytes"),
        pytest.param(b'["\\ud83d\\ude00", "\xf0\x9f\x98\x80"]', ["\U0001f600", "\U0001f600"], id="a whole pair stays"),
        pytest.param(b'["\\\\ud800", "\xed\x95\x9c"]', ["\\ud800", "\ud55c"], id="what only looks like half a pair stays"),
    ],
)
def test_every_text_can_be_written(data, told):
    assert read_json(data) == told


@pytest.mark.parametrize("data", [b"{", b"[" * 100_000, b'"\xff"'])
def test_what_is_no_document_is_an_error(data):
    with pytest.raises((ValueError, RecursionError)):
        read_json(data)
