"""The pages themselves: path -> HTML, for the server and for files."""

from collections.abc import Callable, Iterator
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


def day(moment: datetime) -> str:
    """A date as people write it: `6 January 2026`."""
    return f"{moment.day} {moment:%B %Y}"


def ink(color: str) -> str:
    """Black or white, whichever can be read on a label's color (six hexadecimal digits), by its perceived lightness."""
    red, green, blue = (int(color[start : start + 2], 16) for start in (0, 2, 4))
    return "#1f2328" if (red * 299 + green * 587 + blue * 114) / 1000 > 140 else "#ffffff"  # noqa: PLR2004 - of 255


_ENVIRONMENT.filters |= {"day": day, "ink": ink, "markdown": render, "numbered": numbered}
_ENVIRONMENT.globals |= {"State": State}


@dataclass(frozen=True, kw_only=True)
class Site:
    """Every page of what a source holds."""

    source: Source
    name: str = "Sandbox"
    """What stands at the top of each page."""
    owner: str = ""
    """Whose repos are shown first, the others folded away; empty: no difference is made."""

    def page(self, path: str, href: Href) -> str | None:
        """The HTML of the page at a path without slashes at its ends; None: there is no such page."""
        if not path:
            repos = self.source.repos()
            own = [repo for repo in repos if repo.full_name.startswith(f"{self.owner}/")] if self.owner else repos
            return self._render("repos.html", href, repos=own, others=[repo for repo in repos if repo not in own])
        owner, _, rest = path.partition("/")
        name, _, rest = rest.partition("/")
        repo = self.source.repo(f"{owner}/{name}")
        return None if repo is None else self._repo_page(repo, rest, href)

    def _repo_page(self, repo: RepoView, path: str, href: Href) -> str | None:
        kind, _, number = path.partition("/")
        match kind, _number(number):
            case (("" | "pulls"), None):
                threads = self.source.pulls(repo.full_name)
                return self._render("threads.html", href, repo=repo, threads=threads, tab="pulls")
            case "issues", None:
                issues = self.source.issues(repo.full_name)
                return self._render("threads.html", href, repo=repo, threads=issues, tab="issues")
            case "pull", int(number_) if pull := self.source.pull(repo.full_name, number_):
                return self._render("pull.html", href, repo=repo, pull=pull, thread=pull.thread, tab="pulls")
            case "issues", int(number_) if issue := self.source.issue(repo.full_name, number_):
                return self._render("issue.html", href, repo=repo, thread=issue, tab="issues")
            case _:
                return None

    def paths(self) -> Iterator[str]:
        """The path of every page, the first page's first."""
        yield ""
        for repo in self.source.repos():
            yield repo.full_name
            yield f"{repo.full_name}/issues"
            for pull in self.source.pulls(repo.full_name):
                yield f"{repo.full_name}/pull/{pull.number}"
            for issue in self.source.issues(repo.full_name):
                yield f"{repo.full_name}/issues/{issue.number}"

    def write(self, folder: Path) -> Path:
        """Write every page under a folder, with links that work from files; the first page's file. What is there is overwritten."""
        for path in self.paths():
            html = self.page(path, _file_href(path))
            if html is not None:
                file = folder / path / "index.html"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(html, encoding="utf-8")
        return folder / "index.html"

    def _render(self, template: str, href: Href, **values: object) -> str:
        return _ENVIRONMENT.get_template(template).render(site=self, href=href, **values)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004 - digits of a number that exists


def server_href(path: str) -> str:
    """A link for pages that are served at the root of a host."""
    return f"/{path}"


def _file_href(page: str) -> Href:
    up = "../" * (page.count("/") + 1 if page else 0)
    return lambda path: f"{up}{path}/index.html" if path else f"{up}index.html"
