"""The dashboard as a browser shows it from a disk: under its own policy, with keys alone, on a phone, and judged by axe."""

import json
import os
import shutil
import subprocess

import pytest

from bot.report.site.site import site_files
from bot.wiring.site import write_files
from tests.boards import made_board
from tests.pictures.browser import BrowserError, browser
from tests.pictures.taking import chromium
from tests.unit.report.site.test_site import hostile_board

pytestmark = pytest.mark.skipif(chromium() is None, reason="there is no Chromium here")

AXE = "axe-core@4.14.1"
PAGES = (
    "index.html",
    "apps.html",
    "updates.html",
    "owners.html",
    "bases.html",
    "catalogue.html",
    "stages.html",
    "ends.html",
    "unseen.html",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    write_files(folder, site_files(made_board(260)))
    return folder


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="session")
def axe(request):
    """axe-core's source, from npm; kept between runs."""
    folder = request.config.cache.mkdir("axe-core")
    file = folder / "node_modules/axe-core/axe.min.js"
    if not file.exists():
        npm = shutil.which("npm")
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-save", AXE)
        done = npm and subprocess.run([npm, "install", "--prefix", str(folder), *options], capture_output=True, timeout=120, check=False)
        if not done or done.returncode:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("axe-core is not to be had")
    return file.read_text(encoding="utf-8")


def pages_of(site):
    """Every page of its own, and the longest of those of which there are many."""
    longest = [max((site / folder).glob("*.html"), key=lambda one: one.stat().st_size) for folder in ("apps", "bases")]
    return [*(site / name for name in PAGES), *longest]


def rows(page, table):
    return page.ask(f"[...document.querySelectorAll('#{table} tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))")


def test_every_page_works_from_a_disk_under_its_policy(page, site):
    page.look(width=1300)
    for file in pages_of(site):
        page.open(file.as_uri())

        assert page.ask("'ready' in document.documentElement.dataset"), file.name
        assert [one for one in page.events if one["method"] in {"Log.entryAdded", "Runtime.exceptionThrown"}] == [], file.name


def test_charts_are_drawn_and_their_numbers_folded(page, site):
    for name in ("index.html", "owners.html"):
        page.open((site / name).as_uri())
        charts = "[...document.querySelectorAll('figure.chart')]"
        found = page.ask(f"{charts}.map((one) => [one.querySelector('details').open, one.querySelector('canvas').width > 300])")

        assert found == [[False, True]], name


def test_words_narrow_the_rows_and_each_must_be_there(page, site):
    page.open((site / "apps.html").as_uri())
    page.ask("document.querySelector('#apps input').value = 'payments BAU'")
    page.ask("document.querySelector('#apps input').dispatchEvent(new Event('input'))")
    page.ask("new Promise((done) => setTimeout(done, 400))")
    found = rows(page, "apps")

    assert 0 < len(found) < 100
    assert all("payments" in " ".join(row) and "bau" in row for row in found)
    assert page.ask("document.querySelector('#apps .shown').textContent") == f"{len(found)} of 260"


def test_an_address_chooses_the_rows(page, site):
    page.open("about:blank")
    page.open((site / "apps.html").as_uri() + "#Owner=%40acme%2Fweb")

    assert {row[1] for row in rows(page, "apps")} == {"@acme/web"}
    assert page.ask("document.querySelector('#apps select').value") == "=@acme/web"


def test_keys_alone_sort_and_turn_pages(page, site):
    page.open("about:blank")
    page.open((site / "updates.html").as_uri())
    page.ask("document.querySelector('#updates th.severity button').focus()")
    page.press("Enter", text="\r")
    first = [row[4] for row in rows(page, "updates")]
    page.press("Enter", text="\r")
    last = [row[4] for row in rows(page, "updates")]

    assert page.ask("document.querySelector('#updates th.severity').getAttribute('aria-sort')") == "ascending"
    assert (first[0], last[0]) == ("critical", "low")
    count = page.ask("JSON.parse(document.querySelector('#updates script').textContent).rows.length")
    assert count > 100
    page.ask("document.querySelector('#updates .pages button:last-child').focus()")
    page.press("Enter", text="\r")
    assert page.ask("document.querySelector('#updates .pages span').textContent").startswith("Page 2 of ")
    assert page.ask("document.activeElement.className") == "scroll"


def test_the_first_tab_leads_past_the_menu(page, site):
    page.open((site / "apps.html").as_uri())
    page.press("Tab")
    page.press("Enter", text="\r")

    assert page.ask("location.hash") == "#main"


@pytest.mark.parametrize("width", [pytest.param(390, id="phone"), pytest.param(768, id="tablet"), pytest.param(1300, id="screen")])
def test_no_page_is_wider_than_the_window(page, site, width):
    page.look(width=width)
    wide = []
    for file in pages_of(site):
        page.open(file.as_uri())
        if page.ask("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(file.name)
    page.look(width=1300)

    assert wide == []


def test_on_paper_there_is_no_menu_and_no_tool(page, site):
    page.look(width=1000, media="print")
    page.open((site / "apps.html").as_uri())
    shown = page.ask("['nav', '.tools', '.pages'].filter((one) => getComputedStyle(document.querySelector(one)).display !== 'none')")
    page.look(width=1300)

    assert shown == []


def test_text_of_others_runs_nothing_in_a_browser(page, tmp_path):
    write_files(tmp_path / "hostile", site_files(hostile_board()))
    for file in sorted((tmp_path / "hostile").rglob("*.html")):
        page.open(file.as_uri())
        page.ask("document.querySelectorAll('th button').forEach((one) => one.click())")
        assert file.name != "updates.html" or len(rows(page, "updates")) == 20

        assert page.ask("document.querySelectorAll('main img, main script:not([type])').length") == 0, file.name
        strange = "[...document.links].map((one) => one.protocol).filter((one) => !['http:', 'https:', 'file:'].includes(one))"
        assert page.ask(strange) == [], file.name
        assert "Page.javascriptDialogOpening" not in {one["method"] for one in page.events}, file.name
        assert [one for one in page.events if one["method"] in {"Log.entryAdded", "Runtime.exceptionThrown"}] == [], file.name


@pytest.mark.parametrize(
    "look",
    [
        pytest.param({"width": 1300}, id="light"),
        pytest.param({"width": 1300, "is_dark": True}, id="dark"),
        pytest.param({"width": 390}, id="phone"),
    ],
)
def test_axe_finds_nothing_that_is_serious(page, site, axe, look):
    page.look(**look)
    found = {}
    for file in pages_of(site):
        page.open(file.as_uri())
        page.ask(f"{axe}; undefined")
        told = json.loads(str(page.ask("axe.run().then((told) => JSON.stringify(told.violations))")))
        serious = [one for one in told if one["impact"] in {"serious", "critical"}]
        if serious:
            found[file.name] = [(one["id"], [node["html"][:200] for node in one["nodes"]][:3]) for one in serious]
    page.look(width=1300)

    assert found == {}


def test_the_driver_tells_what_a_page_throws(page):
    with pytest.raises(BrowserError, match="no such thing"):
        page.ask("(() => { throw new Error('no such thing'); })()")
