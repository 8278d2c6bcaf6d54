"""A site in a folder: nothing of others is written over, and pages of what is gone go."""

import os

import pytest

from bot.wiring.site import SiteError, write_files

OLD = "apps/gone-0123456789.html"


def files(*names):
    return [(name, name.encode()) for name in names]


def test_a_site_is_written_anew_over_an_older_one(tmp_path):
    folder = tmp_path / "site"
    write_files(folder, files("index.html", OLD, "apps/shop-0000000000.html"))
    (folder / "CNAME").write_text("dash.example.org", encoding="utf-8")
    first = write_files(folder, files("index.html", "apps/shop-0000000000.html"))

    assert first == folder / "index.html"
    assert not (folder / OLD).exists()
    assert (folder / "CNAME").exists()
    assert sorted(one.name for one in (folder / "apps").iterdir()) == ["shop-0000000000.html"]


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "index.html").write_text("mine", encoding="utf-8")

    with pytest.raises(SiteError, match="no dashboard of the bot"):
        write_files(tmp_path, files("index.html"))

    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "mine"


def test_a_place_that_is_no_folder_is_told(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(SiteError, match="can't be written"):
        write_files(tmp_path / "file" / "site", files("index.html"))


def test_what_a_killed_report_left_goes_and_what_another_writes_now_stays(tmp_path):
    write_files(tmp_path, files("index.html"))
    (tmp_path / "apps").mkdir()
    dead, alive = tmp_path / "apps" / "shop-0000000000.html.41.new", tmp_path / "index.html.42.new"
    for draft in (dead, alive):
        draft.write_text("half")
    os.utime(dead, (0, 0))

    write_files(tmp_path, files("index.html"))

    assert (dead.exists(), alive.exists()) == (False, True)
