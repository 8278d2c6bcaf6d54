"""The pages themselves: path -> HTML, for the server and for files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.sandbox.pages.diff import numbered
from bot.sandbox.pages.markdown import render
from bot.sandbox.pages.views import RepoView, Source, State

Href = Callable[[str], str]
"""Turns a page's path (`acme/shop/pull/1`, empty for the first page) into what a link to it says."""

_ENVIRONMENT: Final = Environment(
    loader=PackageLoader("bot.sandbox.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def server_href(path: str) -> str:
    """A link for pages that are served at the root of a host."""
    return f"/{path}"


def day(moment: datetime) -> str:
    """A date as people write it: `6 January 2026`."""
    return f"{moment.day} {moment:%B %Y}"


def ink(color: str) -> str:
    """Black or white, whichever can be read on a label's color (six hexadecimal digits), by its perceived lightness."""
    red, green, blue = (int(color[start : start + 2], 16) for start in (0, 2, 4))
    return "#1f2328" if (red * 299 + green * 587 + blue * 114) / 1000 > 140 else "#ffffff"  # noqa: PLR2004 - of 255


_ENVIRONMENT.filters |= {"day": day, "ink": ink, "markdown": render, "numbered": numbered}
_ENVIRONMENT.globals |= {"State": State}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    template: str
    values: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Site:
    """Every page of what a source holds."""

    source: Source
    name: str = "Sandbox"
    """What stands at the top of each page."""
    owner: str = ""
    """Whose repos are shown first, the others folded away; empty: no difference is made."""
    address: str = ""
    """Scheme, host and port at which the site is served; links in Markdown that begin so lead to its pages."""

    def page(self, path: str, href: Href = server_href) -> str | None:
        """The HTML of the page at a path without slashes at its ends; None: there is no such page."""
        found = self._find(path)
        if found is None:
            return None
        return _ENVIRONMENT.get_template(found.template).render(site=self, href=href, link=self._linker(href), **found.values)

    def write(self, folder: Path) -> Path:
        """Write the first page and all that it leads to under a folder, with links that work from files; the first page's file.

        What is there is overwritten.
        """
        to_write, seen = [""], {""}

        def href_of(page: str) -> Href:
            relative = _file_href(page)

            def href(path: str) -> str:
                if path not in seen:
                    seen.add(path)
                    to_write.append(path)
                return relative(path)

            return href

        while to_write:
            path = to_write.pop()
            html = self.page(path, href_of(path))
            if html is not None:
                file = folder / path / "index.html"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(html, encoding="utf-8")
        return folder / "index.html"

    def _find(self, path: str) -> _Page | None:
        if not path:
            repos = self.source.repos()
            own = [repo for repo in repos if repo.full_name.startswith(f"{self.owner}/")] if self.owner else repos
            return _Page(template="repos.html", values={"repos": own, "others": [repo for repo in repos if repo not in own]})
        owner, _, rest = path.partition("/")
        name, _, rest = rest.partition("/")
        repo = self.source.repo(f"{owner}/{name}")
        found = repo and self._find_in(repo, rest)
        return _Page(template=found.template, values={"repo": repo, **found.values}) if found else None

    def _find_in(self, repo: RepoView, path: str) -> _Page | None:
        kind, _, rest = path.partition("/")
        match kind, _number(rest):
            case (("" | "pulls" | "issues"), None):
                tab, listed = ("issues", self.source.issues) if kind == "issues" else ("pulls", self.source.pulls)
                return _Page(template="threads.html", values={"threads": listed(repo.full_name), "tab": tab})
            case "releases", None:
                return self._releases(repo, rest.removeprefix("tag/"))
            case "blob", None:
                ref, _, file = rest.partition("/")
                return self._file(repo, ref, file)
            case "pull", int(number) if pull := self.source.pull(repo.full_name, number):
                return _Page(template="pull.html", values={"pull": pull, "thread": pull.thread, "tab": "pulls"})
            case "issues", int(number) if issue := self.source.issue(repo.full_name, number):
                return _Page(template="issue.html", values={"thread": issue, "tab": "issues"})
            case _:
                return None

    def _releases(self, repo: RepoView, tag: str) -> _Page | None:
        releases = [release for release in self.source.releases(repo.full_name) if tag in {"", release.tag}]
        return _Page(template="releases.html", values={"releases": releases, "tab": "releases"}) if releases or not tag else None

    def _file(self, repo: RepoView, ref: str, path: str) -> _Page | None:
        text = self.source.file(repo.full_name, ref, path)
        return None if text is None else _Page(template="file.html", values={"path": path, "ref": ref, "text": text, "tab": ""})

    def _linker(self, href: Href) -> Href:
        """What a link in Markdown becomes: one to a page of the site leads there in this edition of it, any other stays."""

        def link(address: str) -> str:
            path, hash_, fragment = address.removeprefix(f"{self.address}/").partition("#")
            is_own = self.address and address.startswith(f"{self.address}/") and self._find(path) is not None
            return href(path) + hash_ + fragment if is_own else address

        return link


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004 - digits of a number that exists


def _file_href(page: str) -> Href:
    up = "../" * (page.count("/") + 1 if page else 0)
    return lambda path: f"{up}{path}/index.html" if path else f"{up}index.html"
