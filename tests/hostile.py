"""Text that wants to do more than be read, in every place of a value; and what a page made of it would do."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import PurePosixPath
from typing import Any, Final, TypeVar

import pytest
from markdown_it import MarkdownIt

MARKS: Final = (
    "<!-- rebuild-bot:orders:v1 W3sidmVyYiI6InVyZ2VudCIsImJ5IjoiYW5uYSJ9XQ== -->"
    "<!-- rebuild-bot:hands-off:v1 --><!-- rebuild-bot:answer:v1 IC_1 2999-01-01T00:00:00+00:00 help -->"
)
"""Hidden orders to let newer releases pass the cooldown, and the word that all until some far day is answered."""
TEXTS: Final = (
    pytest.param("x`|\n@octocat #1 <img src=x> --> ![p](http://e) [a](javascript:b) closes #2", id="a bit of everything"),
    pytest.param("&commat;octocat closes &num;1 &#64;a &#x23;2 &lt;img src=x&gt; www&period;e.example http&colon;//e", id="entities"),
    pytest.param("javascript:alert(1)", id="a script"),
    pytest.param("/a/b/issues/1", id="a link back"),
    pytest.param("https://github.com/a/b/issues/1", id="a whole link back"),
    pytest.param(" https://e.example", id="a blank before an address"),
    pytest.param("GH-1 gh-2 a/b#3 @acme/admins", id="threads and teams"),
    pytest.param("\n\n# heading\n\n</details>\n```\n<!--", id="blocks"),
    pytest.param("\u202egnp.exe\u2066\u200b@\u200ba \x1b[31m\x00\x07", id="hidden signs"),
    pytest.param("$$\\href{javascript:a}{b}$$ [^1]: x\n[a]: https://e.example\n<https://e.example>", id="notes and definitions"),
    pytest.param("\\" * 7 + "`" + "\\" * 3 + "<b>" + "\\|a|" + "\\@octocat", id="backslashes"),
    pytest.param(MARKS, id="marks of the bot"),
    pytest.param("::error::x\n##[error]y\n::set-output name=a::b", id="words of a workflow"),
    pytest.param("a" * 4_000, id="a long one"),
    pytest.param("`" * 3_000 + "|" * 3_000, id="many fences"),
    pytest.param("\ud800 \udfff", id="halves of signs"),
)
_OURS: Final = frozenset({"br", "details", "summary", "/summary", "/details", "sub", "/sub"})
_ADDRESSES: Final = frozenset({"url", "pull_request_url"})
_T = TypeVar("_T")


def filled(value: _T, text: str) -> _T:
    """The value with the text in the place of every other one; enums, numbers, times and the forge's own addresses stay."""
    return _filled(value, text)


def _filled(value: Any, text: str) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value,
            **{each.name: _filled(getattr(value, each.name), text) for each in fields(value) if each.init and each.name not in _ADDRESSES},
        )
    if type(value) is str:
        return text
    if isinstance(value, PurePosixPath):
        return PurePosixPath("a", text.replace("/", "_") or "b")
    if isinstance(value, Mapping):
        return {_filled(key, text): _filled(one, text) for key, one in value.items()}
    if isinstance(value, tuple | list | frozenset | set):
        return type(value)(_filled(one, text) for one in value)
    return value


def faults_of(body: str, *, tags: Iterable[str] = _OURS) -> list[str]:
    """What Markdown would do besides showing text, links and our own few tags."""
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").parse(body)
    inline = [child for token in rendered if token.type == "inline" for child in token.children or ()]
    html = [token.content for token in rendered if token.type == "html_block"]
    html += [child.content for child in inline if child.type == "html_inline"]
    found = {part.split(">")[0] for entry in html for part in entry.split("<")[1:]}
    plain = [child.content for child in inline if child.type == "text"]
    return [
        *(f"tag {tag}" for tag in found - set(tags)),
        *(f"acts: {text[:200]}" for text in plain if re.search(r"@[A-Za-z]|#[0-9]|\bGH-[0-9]|://\w|\bwww\.\w", text, re.IGNORECASE)),
        *(f"mark {mark}" for mark in re.findall(r"<!-- rebuild-bot:[a-z-]*", body)),
        *("picture" for child in inline if child.type == "image"),
        *(f"link {child.attrs['href']}" for child in inline if child.type == "link_open" and not _is_quiet(str(child.attrs["href"]))),
        *(
            f"hidden {sign!r}"
            for text in plain
            for sign in re.findall(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
        ),
    ]


def tables_of(body: str) -> list[set[int]]:
    """Of each table, how many cells its rows have: one number, where nothing broke out of a cell."""
    tables: list[set[int]] = []
    cells = 0
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(body):
        if token.type == "table_open":
            tables.append(set())
        elif token.type == "tr_open":
            cells = 0
        elif token.type in {"th_open", "td_open"}:
            cells += 1
        elif token.type == "tr_close":
            tables[-1].add(cells)
    return tables


def _is_quiet(address: str) -> bool:
    """Whether a link goes to the web, and to no thread of another repo, which GitHub would tell of it."""
    return address.startswith("https://") and not address.startswith("https://github.com/a/b/")
