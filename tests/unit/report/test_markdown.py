"""Text of others in a cell: one line, and what is cut says so and keeps its end, where the remedy stands."""

import pytest

from bot.report.markdown import code, plain

REASON = f"its tags could not be listed: GET https://registry.example/v2/{'long/' * 60}tags/list: 404 (NAME_UNKNOWN). Check the name."


def test_a_long_reason_keeps_what_failed_and_the_remedy():
    told = plain(REASON)

    assert told.startswith("its tags could not be listed: GET https")
    assert told.endswith("404 (NAME\\_UNKNOWN). Check the name.")
    assert told.count("…") == 1


@pytest.mark.parametrize("most", [1, 2, 3, 10, 60, 160])
@pytest.mark.parametrize("write", [lambda text, most: plain(text, most=most), lambda text, _: code(text).strip("`")], ids=["plain", "code"])
def test_what_is_cut_says_so_and_fits(write, most):
    told = write("x" * 1_000, most)

    assert "…" in told
    assert len(told) <= max(most, 160)
    assert "…" not in write("x" * min(most, 160), most)
