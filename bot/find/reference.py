"""A literal image reference in a file -> a pin with its sites, or a skip."""

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from bot.find.syntax.lines import Lines
from bot.model.dependency import OCI, Dependency
from bot.model.image import ImageReference, InvalidReferenceError, split_tag
from bot.model.pin import Pin, Role, Site, SiteKind, Skip, Span

PLACEHOLDER: Final = re.compile(r"\$\{|\$\(|\$[A-Za-z_]|\{\{|<%|%[A-Z_]+%|@[A-Z_]+@|__[A-Z_]+__|<[a-z_-]+>")
"""What templating leaves in a value: shell, Make, Kubernetes and CI variables, Go, Jinja and ERB templates, tokens to substitute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A piece of a file's text that stands there as it is read: `text` is exactly what is at `start`."""

    file: PurePosixPath
    finder: str
    text: str
    start: int
    lines: Lines
    quote: str = ""
    """See `Site.quote`; only for a literal that is a whole plain YAML scalar."""

    def skip(self, reason: str) -> Skip:
        return Skip(file=self.file, line=self.lines.line(self.start), text=self.text, reason=reason, finder=self.finder)

    def site(self, kind: SiteKind, offset: int, length: int) -> Site:
        """The site of a part of the literal."""
        start = self.start + offset
        whole = length == len(self.text)
        return Site(
            kind=kind,
            span=Span(start, start + length),
            line=self.lines.line(start),
            text=self.text[offset : offset + length],
            quote=self.quote if whole else "",
        )


def find_reference(literal: Literal, *, role: Role, platform: str | None = None, written_name: str | None = None) -> Pin | Skip:
    """The pin that a reference written in one piece makes (`name[:tag][@digest]`), or the reason why it makes none.

    `written_name` stands for the name where the literal's own is to be shown or resolved otherwise (a mirror's variable, say).
    """
    text = literal.text
    if PLACEHOLDER.search(text):
        return literal.skip("holds a placeholder: the value is known only when it is filled in")
    try:
        reference = ImageReference.parse(text)
    except InvalidReferenceError as error:
        return literal.skip(f"no image reference: {error}")
    named = text.partition("@")[0]
    name, tag = split_tag(named)
    sites: list[Site] = []
    if tag is not None:
        sites.append(literal.site(SiteKind.TAG, len(name) + 1, len(tag)))
    if reference.digest is not None:
        sites.append(literal.site(SiteKind.DIGEST, len(named) + 1, len(reference.digest)))
    if not sites:
        sites.append(literal.site(SiteKind.NAME, 0, len(name)))
    first = sites[0]
    return Pin(
        file=literal.file,
        finder=literal.finder,
        dependency=Dependency(datasource=OCI, name=reference.name),
        name=written_name or name,
        scheme="docker",
        value=tag,
        digest=reference.digest,
        role=role,
        sites=tuple(sites),
        line=first.line,
        column=literal.lines.column(first.span.start),
        platform=platform,
    )


def version_pin(literal: Literal, *, dependency: Dependency, name: str, role: Role, scheme: str, extract_version: str | None = None) -> Pin:
    """The pin that a literal makes which is nothing but a version."""
    site = literal.site(SiteKind.VERSION, 0, len(literal.text))
    return Pin(
        file=literal.file,
        finder=literal.finder,
        dependency=dependency,
        name=name,
        scheme=scheme,
        value=literal.text,
        role=role,
        sites=(site,),
        line=site.line,
        column=literal.lines.column(site.span.start),
        extract_version=extract_version,
    )


def moved(pin: Pin, *, offset: int, lines: Lines) -> Pin:
    """The same pin, found in a piece of text that begins at `offset` of the file whose `lines` these are."""
    sites = tuple(
        replace(site, span=Span(site.span.start + offset, site.span.end + offset), line=lines.line(site.span.start + offset))
        for site in pin.sites
    )
    first = sites[0]
    return replace(pin, sites=sites, line=first.line, column=lines.column(first.span.start))
