"""Reads pages of the site back, as a browser would."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Page(HTMLParser):
    """What stands in a page: its elements with their attributes, its text, and the data in it."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""
    data: list[dict] = field(default_factory=list)
    _script: str | None = None

    def __post_init__(self):
        super().__init__()

    @classmethod
    def of(cls, html: bytes) -> "Page":
        page = cls()
        page.feed(html.decode())
        page.close()
        return page

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "script" and dict(attrs).get("type") == "application/json":
            self._script = ""

    def handle_endtag(self, tag):
        if tag == "script" and self._script is not None:
            self.data.append(json.loads(self._script))
            self._script = None

    def handle_data(self, data):
        if self._script is not None:
            self._script += data
        else:
            self.text += data

    def hrefs(self) -> list[str]:
        """Of its own links, from where it is."""
        return [attrs["href"] for tag, attrs in self.elements if tag == "a"]

    def row_hrefs(self) -> list[str]:
        """Of the links that its script makes, from the top of the site."""
        return [cell[1] for one in self.data for row in one["rows"] for cell in row if isinstance(cell, list) and cell[1]]

    def ids(self) -> set[str]:
        return {attrs["id"] for _, attrs in self.elements if "id" in attrs}
