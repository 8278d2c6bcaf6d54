"""What finders find: pins, the sites where their text stands, and skips."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath

from bot.model.dependency import Dependency
from bot.model.image import Digest


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of a file's text: offsets in characters of the decoded text (line ends and byte order mark kept), `end` excluded."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


class SiteKind(StrEnum):
    """What the text of a site is."""

    NAME = "name"
    """The image's name, where no tag and no digest stand; a digest would be put behind it."""
    TAG = "tag"
    DIGEST = "digest"
    VERSION = "version"
    """A version that is no image tag: of a chart, a tool, a git tag."""
    COMMIT = "commit"
    COMMENT = "comment"
    """The version in a comment beside a digest or commit (only the version's own text); it moves along.

    An empty one is the place for such a comment, `before` and the value, once a commit is written over the version.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One literal that an edit replaces.

    A value that is spread over several literals has several sites of one kind, in reading order. The whole value is then
    `before + text` of each of them, joined, and `after` of the last one. `FROM debian:bookworm-${DATE}-slim` with
    `ARG DATE=20240408` has three TAG sites: `bookworm-`, `20240408` and `-slim`. Before and after are what no literal holds: where a
    chart's template puts a `v` in front of `appVersion: 1.2.3`, the one TAG site has the text `1.2.3` and `v` before.
    """

    kind: SiteKind
    span: Span
    line: int
    """1-based line of the span's start."""
    text: str
    file: PurePosixPath | None = None
    """Where the site stands in another file than its pin: `.env` beside a Compose file, Chart.yaml's appVersion."""
    before: str = ""
    after: str = ""
    quote: str = ""
    """The quote character to put around a new text that YAML would not read back as the same string; empty: never needed."""


class Role(StrEnum):
    """What a pin is for in its file."""

    FINAL_BASE = "final-stage base"
    BUILD_BASE = "build-stage base"
    COPY_FROM = "copy-from"
    MOUNT_FROM = "mount-from"
    FRONTEND = "frontend"
    ONBUILD_BASE = "on-build base"
    IMAGE = "image"
    """An image that runs: in a manifest, in values, in Compose."""
    CI_IMAGE = "ci image"
    """An image that a pipeline or a developer's tool runs in."""
    CHART = "chart"
    ACTION = "action"
    GIT = "git"
    """A repo at a ref: a remote Kustomize base, a Terraform module."""
    TOOL = "tool"
    """A version that an annotation comment or a package list names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """A comment of the file's owner: leave this pin alone."""

    reason: str = ""
    until: date | None = None
    """The last day on which it holds; None: for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One place in one file where a dependency's value is written."""

    file: PurePosixPath
    """The file of the literal that would be edited, relative to the root of the tree."""
    finder: str
    dependency: Dependency
    """In normal form; what is asked for releases."""
    name: str
    """As written, with defaults of variables resolved."""
    scheme: str
    """The name of the version scheme that reads the value (`bot.versions`)."""
    value: str | None
    digest: Digest | str | None = None
    """An image's digest, or the commit of a pin whose value is the version in the comment beside it."""
    role: Role
    sites: tuple[Site, ...]
    line: int
    """1-based line of the literal that would be edited: tag, else digest, else name."""
    column: int
    """1-based column of the same, in characters."""
    platform: str | None = None
    """`os/architecture[/variant]` where the file fixes it."""
    extract_version: str | None = None
    """A regular expression with a group `version` that makes a value of a published tag."""
    opt_out: OptOut | None = None

    def sites_of(self, *kinds: SiteKind) -> tuple[Site, ...]:
        """The sites of these kinds, in reading order."""
        return tuple(site for site in self.sites if site.kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Something that looks like a pin but can't be read or edited safely, with the reason. A value, never a silent drop."""

    file: PurePosixPath
    line: int
    """1-based."""
    text: str
    reason: str
    finder: str = ""


Finding = Pin | Skip
