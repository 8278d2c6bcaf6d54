"""Pull requests of every shape and weekly issues, as a browser shows them."""

import struct
from pathlib import Path

import pytest

from tests.pictures.taking import LOOKS, chromium, shapes, take

_PNG = b"\x89PNG\r\n\x1a\n"
_SMALLEST_PICTURE_BYTES = 20_000
"""An empty page takes less."""


def size_of(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(_PNG)
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


@pytest.mark.skipif(chromium() is None, reason="there is no Chromium here")
def test_a_browser_shows_each_shape_at_the_width_of_a_phone(tmp_path: Path):
    pictures = [path for path in take(tmp_path, looks=("phone",)) if path.suffix == ".png"]

    assert len(pictures) == len(shapes())
    for picture in pictures:
        data = picture.read_bytes()
        assert size_of(data)[0] == LOOKS["phone"].width
        assert len(data) > _SMALLEST_PICTURE_BYTES, picture.name


@pytest.mark.parametrize("name", ["bump", "rebuild", "group", "chart", "internal", "oversize"])
def test_each_shape_has_its_first_lines_its_table_and_its_end(name):
    html = shapes()[name]

    first, table, end = (html.find(text) for text in ("Risk:", "<table>", "Not wanted?"))
    assert 0 < first < table < end
    assert html.count("<details>") == html.count("</details>")
    assert "**" not in html.partition("<table>")[0].partition("</h1>")[2], "markup that was not read as such"


@pytest.mark.parametrize("name", ["weekly-5", "weekly-500"])
def test_a_weekly_issue_says_first_what_matters_most(name):
    html = shapes()[name]

    places = [
        html.find(text) for text in ("exposed and stale", "Worst:", "Trend:", "Since last week", "by owner", "<table>", "xychart-beta")
    ]
    assert places == sorted(places)
    assert places[0] > 0
    assert html.count("<details>") == html.count("</details>")
    assert "**" not in html.partition("<table>")[0].partition("</h1>")[2], "markup that was not read as such"
