import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from markdown_it import MarkdownIt

from bot.explain.neutralise import MAX_CHARACTERS, neutralise
from bot.model.notes import CUT

SPACE = "\u200b"


def shown(text: str) -> str:
    """What the result reads like, with the zero-width spaces made visible."""
    return neutralise(text).replace(SPACE, "·")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("thanks @octocat", "thanks @·octocat", id="mention"),
        pytest.param("cc @acme/security-team", "cc @·acme/security-team", id="mention of a team"),
        pytest.param("`@octocat` in code", "`@·octocat` in code", id="mention in code, which may not be code after all"),
        pytest.param("&#64;octocat &commat;octocat", "@·octocat @·octocat", id="mention by entity"),
        pytest.param("&amp;#64;octocat", "&·#·64;octocat", id="mention by entity of an entity"),
        pytest.param("\\@octocat", "\\@·octocat", id="mention behind a backslash"),
        pytest.param("@\u200boctocat @\u2060octocat", "@·octocat @·octocat", id="mention broken by somebody else's invisible character"),
        pytest.param("mail me at a@example.org", "mail me at a@·example.org", id="mail address"),
        pytest.param("see #12", "see #·12", id="reference"),
        pytest.param("see acme/shop#12, GH-12 and gh-7", "see acme/shop#·12, GH-·12 and gh-·7", id="references in other forms"),
        pytest.param("Fixes #12, closes: acme/shop#3", "F·ixes #·12, c·loses: acme/shop#·3", id="closing keywords"),
        pytest.param(
            "resolves https://forge.example/acme/shop/issues/3",
            "r·esolves https://forge.example/acme/shop/issues/3",
            id="closing keyword before an address",
        ),
        pytest.param("This fixes crashes", "This fixes crashes", id="the same word without a reference"),
        pytest.param("https://github.com/acme/shop/issues/1", "https://redirect.github.com/acme/shop/issues/1", id="address of an issue"),
        pytest.param("[1](http://www.GitHub.com/a/b/pull/1)", "[1](https://redirect.github.com/a/b/pull/1)", id="link to a pull request"),
        pytest.param(
            "[1](//github.com/a/b/discussions/1)", "[1](https://redirect.github.com/a/b/discussions/1)", id="link without a scheme"
        ),
        pytest.param("www.github.com/a/b/issues/1", "https://redirect.github.com/a/b/issues/1", id="address without a scheme"),
        pytest.param("[1](https://github\\.com/a/b/issues/1)", "[1](https://redirect.github.com/a/b/issues/1)", id="link with a backslash"),
        pytest.param("https://github.com/acme/shop", "https://github.com/acme/shop", id="address of a repo"),
        pytest.param("![pixel](https://evil.example/p.png)", "!·[pixel](https://evil.example/p.png)", id="picture"),
        pytest.param("<img src=x onerror=alert(1)>hi", "hi", id="HTML tag"),
        pytest.param("<script>x</script>", "x", id="script"),
        pytest.param("a <b c", "a <·b c", id="tag that never ends"),
        pytest.param("<<b>script>", "<·script>", id="tag in a tag"),
        pytest.param("&lt;details>", "", id="tag by entity"),
        pytest.param("1 < 2 && 3 > 2", "1 < 2 && 3 > 2", id="comparison"),
        pytest.param("before<!-- hidden -->after", "beforeafter", id="comment"),
        pytest.param("before<!-- hidden", "before", id="comment that never ends"),
        pytest.param("<!-- rebuild-bot:pull-request:v1 e30= -->", "", id="a marker like ours"),
        pytest.param("# Title\n## Next", "#### Title\n##### Next", id="headings"),
        pytest.param("Title\n=====\ntext\n---", "Title\n\ntext", id="underlined headings"),
        pytest.param("```\n# comment\n---\n```", "```\n# comment\n·---\n```", id="code keeps its hashes"),
        pytest.param("- [ ] task\n- [x] done", "- ☐ task\n- ☑ done", id="boxes"),
        pytest.param("[!CAUTION]\nfake", "[·!CAUTION]\nfake", id="alert"),
        pytest.param("abc\u202edef\u2066x\x00\x1b[31m", "abcdefx[31m", id="changed direction and control characters"),
        pytest.param("a\r\nb\rc", "a\nb\nc", id="line ends"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_foreign_text_does_nothing_and_reads_the_same(text, expected):
    assert shown(text) == expected


def test_a_whole_release_note():
    text = """\
<!-- generated -->
# v1.2.3
<details><summary>Changes</summary>

* fix: escape by @octocat in https://github.com/acme/base/pull/42
* fixes #41

</details>

```diff
- old @octocat
```
**Full Changelog**: https://github.com/acme/base/compare/v1.2.2...v1.2.3
"""
    assert shown(text) == snapshot("""\
#### v1.2.3
Changes

* fix: escape by @·octocat in https://redirect.github.com/acme/base/pull/42
* f·ixes #·41



```diff
- old @·octocat
```
**Full Changelog**: https://github.com/acme/base/compare/v1.2.2...v1.2.3\
""")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        pytest.param("word\n" * 10_000, f"word\n{CUT}", id="many lines"),
        pytest.param("seen\n" + "<!-- unseen -->\n" * 5_000, f"seen\n{CUT}", id="most of it never shown"),
        pytest.param("x" * 3_000, "x…", id="a long line"),
    ],
)
def test_what_is_cut_says_so(text, end):
    result = neutralise(text)

    assert len(result) <= MAX_CHARACTERS
    assert result.replace("\n\n", "\n").endswith(end)


def test_what_is_whole_says_nothing_of_a_cut():
    assert neutralise("word\n" * 1_000) == ("word\n" * 1_000).strip()


ACTING = (
    re.compile(r"@[A-Za-z0-9_-]"),
    re.compile(r"#[0-9]"),
    re.compile(r"<[A-Za-z/!?]"),
    re.compile(r"!\["),
    re.compile(r"&#|&[A-Za-z][A-Za-z0-9]*;"),
    re.compile(r"[\u202a-\u202e\u2066-\u2069\x00-\x08]"),
)
PIECES = r"@ a # 1 < > ! [ ] ( ) & amp; lt; #64; ` ``` ~~~ \ <!-- --> GH- fixes / &lt; &commat; --- | - https://github.com/a/b/issues/1"
HOSTILE = st.lists(st.sampled_from([*PIECES.split(), " ", "\n", "\u200b", "\u202e", "- [x] "]), max_size=40).map("".join)


@given(HOSTILE)
def test_nothing_that_acts_is_left(text):
    once = neutralise(text)

    assert [pattern.pattern for pattern in ACTING if pattern.search(once)] == []


@given(HOSTILE)
def test_what_stands_behind_the_quote_is_still_ours(text):
    quote = "\n".join(f"> {line}".rstrip() for line in neutralise(text).split("\n"))

    tokens = MarkdownIt("commonmark").enable("table").parse(f"{quote}\n\nOURS\n")

    level_0 = [token for token in tokens if token.level == 0]
    assert [token.type for token in level_0[-2:]] == ["paragraph_open", "paragraph_close"]
    assert tokens[-2].content == "OURS"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(piece * 60_000, id=repr(piece))
        for piece in ("<", "<!--", "<a ", "@", "&", "`", "[", "fixes ", "- [", "#", "github.com/", "a-", "\n", "> ")
    ],
)
def test_no_text_takes_long(text):
    began = time.process_time()

    neutralise(text)

    assert time.process_time() - began < 2
