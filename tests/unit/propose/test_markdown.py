import pytest

from bot.propose.markdown import Markdown, code, escape, link, quoted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("seen for 2 of 7 days", "seen for 2 of 7 days", id="plain"),
        pytest.param(
            "a*b_c `d` [e](f) <g> ~h~ |i| !j $k$ &amp;", r"a\*b\_c \`d\` \[e\](f) \<g\> \~h\~ \|i\| \!j \$k\$ \&amp;", id="markup"
        ),
        pytest.param("@octocat fixes #12 GH-3", "@\u200boctocat fixes #\u200b12 GH-\u200b3", id="mention and references"),
        pytest.param("https://evil.example www.evil.example", "https://\u200bevil.example www\u200b.evil.example", id="addresses"),
        pytest.param("two\n# lines\x00\u202e", "two # lines", id="lines and control characters"),
        pytest.param("x" * 600, "x" * 499 + "…", id="long"),
        pytest.param(Markdown("**ours**"), "**ours**", id="ours"),
    ],
)
def test_a_text_reads_as_it_is_written(text, expected):
    assert escape(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("3.12", "`3.12`", id="plain"),
        pytest.param("a`b", "``a`b``", id="a backtick"),
        pytest.param("`a``", "``` `a`` ```", id="backticks at the ends"),
        pytest.param("a|b", "`a\N{DIVIDES}b`", id="a bar, which would end a cell"),
        pytest.param("a\nb", "`a b`", id="a line end"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_code_holds_any_text(text, expected):
    assert code(text) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://a.example/b?c=d#e", "[t](https://a.example/b?c=d#e)", id="plain"),
        pytest.param("https://a.example/b) [x](y", "[t](https://a.example/b%29%20%5Bx%5D%28y)", id="that would end the link"),
        pytest.param("javascript:alert(1)", "t", id="a script"),
        pytest.param("https://github.com/a/b/issues/1", "t", id="a thread that would be told"),
        pytest.param("https://github.com/a/b/%70ull/1", "t", id="a thread in disguise"),
        pytest.param(
            "https://redirect.github.com/a/b/issues/1", "[t](https://redirect.github.com/a/b/issues/1)", id="a thread that is not told"
        ),
        pytest.param("https://redirect.github.com@github.com/a/b/issues/1", "t", id="a thread at another host than it seems"),
        pytest.param("https://github.com/a/b/releases/tag/v1", "[t](https://github.com/a/b/releases/tag/v1)", id="a release"),
        pytest.param("https:///no-host", "t", id="no host"),
        pytest.param("https://a.example/" + "x" * 2000, "t", id="too long"),
        pytest.param("https://[::1", "t", id="no address"),
        pytest.param(None, "t", id="none"),
    ],
)
def test_a_link_stays_a_link(url, expected):
    assert link(Markdown("t"), url) == expected


def test_a_quote_quotes_every_line():
    assert quoted("a\n\n```\nb") == "> a\n>\n> ```\n> b"
