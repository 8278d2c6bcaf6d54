"""Markdown as GitHub shows it in issues and pull requests: tables, folded parts, and no HTML that does anything else."""

from collections.abc import Callable
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS: Final = (
    *("a", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "kbd"),
    *("li", "ol", "p", "pre", "s", "strong", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"),
)
# Inline HTML is let through the parser because bodies fold long parts into <details>; nh3 then drops all but the tags above.
_PARSER: Final = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def render(text: str, link: Callable[[str], str]) -> Markup:
    """The HTML of a Markdown text, safe to put into a page whatever the text holds. `link` may give each link another address."""

    def linked(_tag: str, name: str, value: str) -> str:
        return link(value) if name == "href" else value

    cleaner = nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags={"script", "style"},
        attributes={"a": {"href", "title"}, "details": {"open"}, "ol": {"start"}},
        attribute_filter=linked,
        tag_attribute_values={"td": {"align": {"left", "right", "center"}}, "th": {"align": {"left", "right", "center"}}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
    return Markup(cleaner.clean(_PARSER.render(text)))  # noqa: S704 - sanitised in the same line
