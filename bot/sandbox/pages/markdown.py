"""Markdown as GitHub shows it in issues and pull requests: tables, folded parts, and no HTML that does anything else."""

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
_CLEANER: Final = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags={"script", "style"},
    attributes={"a": {"href", "title"}, "details": {"open"}, "ol": {"start"}},
    tag_attribute_values={"td": {"align": {"left", "right", "center"}}, "th": {"align": {"left", "right", "center"}}},
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow noopener noreferrer",
)


def render(text: str) -> Markup:
    """The HTML of a Markdown text, safe to put into a page whatever the text holds."""
    return Markup(_CLEANER.clean(_PARSER.render(text)))  # noqa: S704 - sanitised in the same line
