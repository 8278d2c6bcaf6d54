"""Addresses of repos, and of files in them, that say at which tag, branch or commit: `//base?ref=v1.8.2`, downloads, raw files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.model.dependency import GIT_TAGS, GITHUB_RELEASES, GITHUB_TAGS, Dependency
from bot.model.pin import Span

_REF_PARAMETER: Final = re.compile(r"[?&](?:ref|version)=(?P<ref>[^&#\s]{1,200})")
"""Kustomize reads both; `ref` is the documented one (kustomize: remote targets)."""
_GITHUB: Final = re.compile(
    r"(?:[a-z+]{1,10}::?)?(?:[a-z]{2,10}://)?(?:[^@/\s]{1,100}@)?github\.com[/:](?P<repo>[\w.-]{1,100}/[\w.-]{1,100})", re.ASCII
)
_SCHEME: Final = re.compile(r"(?:[a-z]{2,10}::)?(?:(?P<scheme>https?|ssh|git|file)://)?(?P<rest>.*)", re.ASCII)
_OWNER_REPO: Final = r"(?P<repo>[\w.-]{1,100}/[\w.-]{1,100})"
_REF: Final = r"(?:refs/(?:tags|heads)/)?(?P<ref>[^/\s?#]{1,200})"
_FILES: Final = (
    (re.compile(rf"https?://raw\.githubusercontent\.com/{_OWNER_REPO}/{_REF}/", re.ASCII), GITHUB_TAGS),
    (re.compile(rf"https?://github\.com/{_OWNER_REPO}/(?:raw|blob|tree)/{_REF}/", re.ASCII), GITHUB_TAGS),
    (re.compile(rf"https?://github\.com/{_OWNER_REPO}/releases/download/{_REF}/", re.ASCII), GITHUB_RELEASES),
    (re.compile(rf"https?://github\.com/{_OWNER_REPO}/archive/{_REF}\.(?:zip|tar\.gz|tgz)", re.ASCII), GITHUB_TAGS),
    (re.compile(rf"https?://codeload\.github\.com/{_OWNER_REPO}/(?:zip|tar\.gz)/{_REF}", re.ASCII), GITHUB_TAGS),
    (re.compile(rf"https?://api\.github\.com/repos/{_OWNER_REPO}/(?:zip|tar)ball/{_REF}", re.ASCII), GITHUB_TAGS),
    (re.compile(rf"https?://cdn\.jsdelivr\.net/gh/{_OWNER_REPO}@{_REF}/", re.ASCII), GITHUB_TAGS),
)
_FORGEJO_REPO: Final = r"(?P<url>https?://(?:codeberg\.org|gitea\.com)/[\w.-]{1,100}/[\w.-]{1,100})"
_OTHER_FILES: Final = (
    re.compile(rf"(?P<url>https?://[^/\s]{{1,253}}/[^\s?#]{{1,300}}?)/-/(?:raw|archive|blob|releases)/{_REF}/", re.ASCII),
    re.compile(rf"{_FORGEJO_REPO}/(?:releases/download|raw/tag)/{_REF}/", re.ASCII),
    re.compile(rf"{_FORGEJO_REPO}/archive/{_REF}\.(?:zip|tar\.gz)", re.ASCII),
)
"""GitLab anywhere, and public hosts of Forgejo and Gitea; their releases are tags."""
_DOWNLOAD: Final = re.compile(r"/(?:releases/download|raw|archive|zip|tar\.gz|zipball|tarball|gh)/|//raw\.", re.ASCII)
_CORE: Final = re.compile(r"(?<![0-9.])[0-9]+(?:\.[0-9]+)+[\w.+-]*", re.ASCII)
_VERSION: Final = re.compile(r"(?:[A-Za-z][\w.-]{0,60}[-_/])?v?[0-9]+[.0-9][\w.+-]*|v[0-9]+", re.ASCII)
"""What tells a version from a branch where the address does not: `v1.2.3`, `chart-1.2.3`, not `main`."""
COMMIT: Final = re.compile(r"[0-9a-f]{40}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitUrl:
    """An address and the place of its ref in it."""

    name: str
    """The address up to the query, or of the repo where a file's address was given."""
    dependency: Dependency
    ref: Span
    repeats: tuple[Span, ...]
    """Where the ref's version stands again: `archive/v1.2.3.zip//repo-1.2.3/config`."""


def read_git_url(text: str) -> GitUrl | None:
    """The repo and ref that an address names; None where it names none. The spans are offsets in `text`."""
    question = text.find("?")
    parameter = _REF_PARAMETER.search(text, question) if question != -1 else None
    if parameter:
        name = text[:question]
        return GitUrl(name=name, dependency=git_dependency(name), ref=Span(*parameter.span("ref")), repeats=())
    return read_file_url(text)


def read_file_url(text: str) -> GitUrl | None:
    """The same, of the address of a file in a repo or release only, alone or behind `name=`."""
    if "://" not in text:
        return None
    start = text.partition("://")[0].rfind("=") + 1
    for pattern, datasource in _FILES:
        match = pattern.match(text, start)
        if match:
            repo = match["repo"]
            return _file(text, match, f"https://github.com/{repo}", Dependency(datasource=datasource, name=repo))
    match = next(filter(None, (pattern.match(text, start) for pattern in _OTHER_FILES)), None)
    return _file(text, match, match["url"], Dependency(datasource=GIT_TAGS, name=match["url"])) if match else None


def is_download(address: str) -> bool:
    """Whether an address of a file in a repo or release (`read_file_url`) is one to load it from, no page about it."""
    return _DOWNLOAD.search(address) is not None


def git_dependency(url: str) -> Dependency:
    """What lists the tags of a repo: GitHub's own interface, or the git remote. Folders in the repo (`//base`) are left out."""
    github = _GITHUB.match(url)
    if github:
        return Dependency(datasource=GITHUB_TAGS, name=github["repo"].removesuffix(".git"))
    match = _SCHEME.match(url)
    rest = match["rest"] if match else url
    scheme = (match["scheme"] if match else None) or "https"
    if "//" in rest:
        rest = rest.partition("//")[0]
    elif ".git/" in rest:
        rest = rest.partition(".git/")[0] + ".git"
    if "@" in rest.partition("/")[0] and ":" in rest.partition("/")[0] and scheme == "https":
        return Dependency(datasource=GIT_TAGS, name=rest)  # git@host:owner/repo
    return Dependency(datasource=GIT_TAGS, name=f"{scheme}://{rest}")


def _file(text: str, match: re.Match[str], url: str, dependency: Dependency) -> GitUrl | None:
    ref = match["ref"]
    if not (_VERSION.fullmatch(ref) or COMMIT.fullmatch(ref)):
        return None
    repeats = tuple(_repeats(text, ref, match.end("ref"))) if not COMMIT.fullmatch(ref) else ()
    return GitUrl(name=url, dependency=dependency, ref=Span(*match.span("ref")), repeats=repeats)


def _repeats(text: str, ref: str, start: int) -> Iterator[Span]:
    """Where a ref stands again, with or without its `v`; of one with a prefix (`chart-1.2.3`) the bare version as well."""
    core = _CORE.search(ref)
    words = [rf"(?<![0-9A-Za-z.])v?{re.escape(ref.removeprefix('v'))}"]
    if core and core.end() == len(ref):
        words.append(rf"(?<![0-9.])(?:(?<![A-Za-z])v)?{re.escape(core.group())}")
    again = re.compile(rf"(?:{'|'.join(words)})(?![0-9A-Za-z]|\.[0-9])")
    yield from (Span(*found.span()) for found in again.finditer(text, start))
