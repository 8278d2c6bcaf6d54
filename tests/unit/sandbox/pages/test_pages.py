"""What each page shows, that hostile content stays text, and that links lead somewhere."""

import re
from dataclasses import replace

import httpx
import pytest
from starlette.responses import PlainTextResponse

from bot.sandbox.pages.app import WithPages
from bot.sandbox.pages.diff import LineKind, numbered
from bot.sandbox.pages.markdown import render
from bot.sandbox.pages.site import Site, ink
from bot.sandbox.pages.views import LabelView
from bot.sandbox.server import Server
from tests.unit.sandbox.pages.sample import HOSTILE, HUNKS, PULL, Sample

REPO = "acme/orders-api"


@pytest.fixture
def site():
    return Site(source=Sample(), name="Acme on the sandbox")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        pytest.param("", [REPO, "1</b> open pull request<", "1</b> open issue<", "acme/portal", "Archived", "bau"], id="repos"),
        pytest.param(REPO, ["#7 opened on 6 January 2026", "merged on 8 January 2026", 'dot closed"', "1 comment"], id="a repo"),
        pytest.param(f"{REPO}/pulls", ["#7 opened on 6 January 2026"], id="pull requests"),
        pytest.param(f"{REPO}/pull/7", [">Open<", "wants to merge", "<td>3.12.13-slim", "+2", "acme/orders", "<summary>"], id="open"),
        pytest.param(f"{REPO}/pull/5", [">Merged<", "merged into", "mara-lindholm</strong>\n  merged this on 8 January"], id="merged"),
        pytest.param(f"{REPO}/pull/4", [">Closed<", "henrik-solberg</strong>\n  closed this on 8 January"], id="declined"),
        pytest.param(f"{REPO}/issues", ["#8 opened on 6 January 2026"], id="issues"),
        pytest.param(f"{REPO}/issues/8", ["opened this issue", "<th>Where</th>", "mara-lindholm"], id="an issue"),
        pytest.param("acme/portal", ["None yet"], id="an empty repo"),
        pytest.param(f"{REPO}/releases", ["None yet"], id="no releases"),
        pytest.param("acme/portal/releases", ["Version 1", "Fixes <strong>all"], id="releases"),
        pytest.param("acme/portal/releases/tag/v1/2", ["Version 1"], id="a release"),
        pytest.param(f"{REPO}/blob/main/docker/Dockerfile", ['<tr id="L2"><td class="n">2</td><td class="code">&lt;b&gt;'], id="a file"),
    ],
)
def test_what_a_page_shows(site, path, shown):
    html = site.page(path)

    assert [text for text in shown if text not in html] == []
    assert "{{" not in html


def test_the_repos_of_others_are_folded_away():
    own, others = Site(source=Sample(), owner="acme"), Site(source=Sample(), owner="somebody")

    assert "<details" not in own.page("")
    assert "<summary>Other repositories (2)</summary>" in others.page("")


@pytest.mark.parametrize(
    "path",
    [
        "acme",
        "acme/none",
        f"{REPO}/pull/8",
        f"{REPO}/pull/",
        f"{REPO}/issues/7",
        f"{REPO}/releases/tag/v1",
        f"{REPO}/blob/main",
        f"{REPO}/blob/main/README.md",
        f"{REPO}/pull/-7",
        f"{REPO}/pull/\N{ARABIC-INDIC DIGIT SEVEN}",
        f"{REPO}/pull/{'7' * 99}",
        "/",
    ],
)
def test_what_does_not_exist_has_no_page(site, path):
    assert site.page(path) is None


def hostile() -> Sample:
    thread = replace(PULL.thread, title=HOSTILE, body=HOSTILE, author=HOSTILE, labels=(LabelView(name=HOSTILE, color="ededed"),))
    file = replace(PULL.files[0], path=HOSTILE, hunks=f"@@ -1 +1 @@\n-{HOSTILE}\n+{HOSTILE}")
    pull = replace(PULL, thread=thread, head=HOSTILE, reviewers=(HOSTILE,), files=(file,))
    return Sample(
        found=replace(Sample().found, description=HOSTILE, topics=(HOSTILE,)),
        found_pulls=(pull,),
        found_issues=(replace(thread, number=8),),
    )


@pytest.mark.parametrize("path", ["", REPO, f"{REPO}/pull/7", f"{REPO}/issues", f"{REPO}/issues/8"])
def test_hostile_content_stays_text(path):
    html = Site(source=hostile()).page(path)

    body = html.partition("</style>")[2]
    assert re.findall(r"<(script|img|iframe)|\sonerror=(?![^<>]*&gt;)", body.replace("&#34;", '"')) == []
    assert "{{ 7 * 7 }}" in body


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        pytest.param("<script>alert(1)</script>", "", id="script"),
        pytest.param("a <img src=x onerror=alert(1)> b", "<p>a  b</p>", id="image"),
        pytest.param("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>", id="script in a link"),
        pytest.param(
            '<a href="javascript:alert(1)">a</a>', '<p><a rel="nofollow noopener noreferrer">a</a></p>', id="script in a raw link"
        ),
        pytest.param(
            '<details open onclick="x()"><summary>s</summary></details>', '<details open=""><summary>s</summary></details>', id="attribute"
        ),
        pytest.param("<!-- marker -->", "", id="comment"),
        pytest.param('<p style="position:fixed">a</p>', "<p>a</p>", id="style"),
        pytest.param("~~a~~ `<b>`", "<p><s>a</s> <code>&lt;b&gt;</code></p>", id="plain Markdown"),
        pytest.param("</div></main><form action=/x>", "", id="closing what is not its own"),
    ],
)
def test_markdown_is_rendered_and_sanitised(markdown, html):
    assert render(markdown, str).strip() == html


def test_a_diff_is_numbered_on_both_sides():
    lines = list(numbered(HUNKS))

    assert [(line.kind, line.old_number, line.new_number) for line in lines[:4]] == [
        (LineKind.HUNK, None, None),
        (LineKind.REMOVED, 1, None),
        (LineKind.ADDED, None, 1),
        (LineKind.SAME, 2, 2),
    ]
    assert (lines[-2].old_number, lines[-2].new_number, lines[-1].text) == (7, 7, "No newline at end of file")


@pytest.mark.parametrize(
    ("hunks", "kinds"),
    [
        pytest.param("", [], id="none"),
        pytest.param("@@ -1 +1,2 @@\n a\n++++ b/x", ["hunk", "same", "added"], id="content like a header"),
        pytest.param("@@ -1 +1 @@\n-a\r\n+b\x0c", ["hunk", "removed", "added"], id="control characters"),
    ],
)
def test_lines_of_a_diff_are_what_their_sign_says(hunks, kinds):
    assert [line.kind.value for line in numbered(hunks)] == kinds


@pytest.mark.parametrize(
    ("color", "expected"), [("ffffff", "#1f2328"), ("fbca04", "#1f2328"), ("0e8a16", "#ffffff"), ("000000", "#ffffff")]
)
def test_a_label_can_be_read(color, expected):
    assert ink(color) == expected


def links(html: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', html)


def test_every_link_between_files_leads_to_a_file(tmp_path):
    site = Site(source=Sample(), address="http://sandbox.example")

    first = site.write(tmp_path)

    pages = sorted(tmp_path.rglob("*.html"))
    found = {(page, link) for page in pages for link in links(page.read_text())}
    outside = {link for _, link in found if "://" in link}
    assert first == tmp_path / "index.html"
    assert {page.parent.relative_to(tmp_path).as_posix() for page in pages} >= {
        ".",
        f"{REPO}/pull/5",
        f"{REPO}/issues/8",
        "acme/portal/releases",
    }
    assert [link for page, link in found if link not in outside and not (page.parent / link.partition("#")[0]).is_file()] == []
    assert outside == {"http://sandbox.example/acme/none", "https://example.org/"}


def test_links_of_bodies_lead_to_pages_of_the_same_edition(tmp_path):
    Site(source=Sample(), address="http://sandbox.example").write(tmp_path)

    text = (tmp_path / REPO / "pull/7/index.html").read_text()
    assert 'href="../../../../acme/orders-api/blob/main/docker/Dockerfile/index.html#L2"' in text
    assert 'href="../../../../acme/portal/releases/tag/v1/2/index.html"' in text


def test_the_server_answers_for_every_path_and_leaves_the_api_and_git_alone(site):
    behind = PlainTextResponse("the app behind", status_code=418)
    with Server(WithPages(behind, site)) as server, httpx.Client(base_url=server.url) as client:
        pages = {path: client.get(f"/{path}") for path in ("", REPO, f"{REPO}/pull/7", f"{REPO}/issues", f"{REPO}/issues/8")}
        linked = {link for page in pages.values() for link in links(page.text) if "://" not in link}
        others = ["/api/v3/repos/acme/orders-api", "/api/graphql", f"/{REPO}.git/info/refs", f"/{REPO}/info/refs"]

        assert {page.status_code for page in pages.values()} == {200}
        assert all("default-src 'none'" in page.headers["content-security-policy"] for page in pages.values())
        assert {client.get(link).status_code for link in linked} == {200}
        assert client.get("/acme/none").status_code == 404
        assert {client.get(path).status_code for path in others} == {418}
        assert client.post(f"/{REPO}/pull/7").status_code == 418
