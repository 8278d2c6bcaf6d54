"""Scalars of a YAML file -> pins and skips; shared by all formats written in YAML."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from bot.find.git_url import COMMIT, GitUrl, git_dependency, read_file_url, read_git_url
from bot.find.reference import PLACEHOLDER, Literal, find_reference
from bot.find.syntax.yaml import Comment, Scalar, Stream, Style
from bot.model.dependency import HELM, OCI, Dependency
from bot.model.image import Digest, ImageReference, InvalidReferenceError, is_tag
from bot.model.pin import Finding, Pin, Role, Site, SiteKind, Skip, Span

YAML_SUFFIXES: Final = frozenset({".yaml", ".yml"})
_TEMPLATE_SUFFIXES: Final = frozenset({".j2", ".jinja", ".jinja2", ".tpl", ".tmpl", ".template", ".gotmpl", ".erb", ".tftpl"})
_IMAGE_POLICY: Final = '"$imagepolicy"'
"""The marker of Flux image automation: `# {"$imagepolicy": "namespace:policy"}`."""
_VERSION_COMMENT: Final = re.compile(r"#[ \t]*(?:(?:tag|version)[ \t]*[:=][ \t]*)?(?P<version>v?[0-9][\w.+-]{0,126})[ \t]*", re.ASCII)
_FULL_REFERENCE: Final = re.compile(
    r"(?:-{0,2}[A-Za-z_][\w.-]{0,100}=)?(?:(?:oci|docker|docker-image)://|oci::)?"
    r"(?P<reference>(?:[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,10}(?::[0-9]{1,5})?|localhost(?::[0-9]{1,5})?|[A-Za-z0-9-]{1,63}:[0-9]{1,5})"
    r"/[a-z0-9][a-z0-9._/-]{0,200}(?::[A-Za-z0-9_][\w.-]{0,127}(?:@sha(?:256|512):[0-9a-f]{64,128})?|@sha(?:256|512):[0-9a-f]{64,128})"
    r"|[a-z0-9][a-z0-9._/-]{0,200}(?::[A-Za-z0-9_][\w.-]{0,127})?@sha(?:256|512):[0-9a-f]{64,128})",
    re.ASCII,
)
_MAY_PIN: Final = re.compile(r"image|/[\w.-]{1,128}(?::\w|@sha)|github", re.ASCII | re.IGNORECASE)
_PORT: Final = re.compile(r"[0-9]{2,5}")
NO_TEXT: Final = "is written with escapes, over several lines, or with characters that do not show"
HOLDS_PLACEHOLDER: Final = "holds a placeholder: the value is known only when it is filled in"
MANAGED_BY_FLUX: Final = "managed by Flux image automation"


def is_yaml(path: PurePosixPath) -> bool:
    """Whether a file is YAML by its name, or a template of it (`app.yaml.j2`)."""
    suffixes = path.suffixes[-2:]
    return bool(suffixes) and (
        suffixes[-1] in YAML_SUFFIXES or (suffixes[-1] in _TEMPLATE_SUFFIXES and len(suffixes) > 1 and suffixes[0] in YAML_SUFFIXES)
    )


def full_reference(text: str) -> str | None:
    """The image reference that a text unmistakably is: a registry host with a path and a tag, or any name with a digest.

    Alone or behind `--flag=`, `NAME=`, `oci://` and the like. `example.com/path:8080` is none: that may be an address.
    """
    match = _FULL_REFERENCE.fullmatch(text)
    if match is None:
        return None
    reference = match["reference"]
    return None if "@" not in reference and _PORT.fullmatch(reference.rpartition(":")[2]) else reference


def may_pin(text: str) -> bool:
    """Whether anything in a manifest's text can be a pin: it speaks of images, or of something with a tag, digest or repo. Cheap."""
    return _MAY_PIN.search(text) is not None


def distinct(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, each once: an alias leads to the text of its anchor again. Two names may well share an anchored tag."""
    seen = set[tuple[object, ...]]()
    for finding in findings:
        place = _place(finding)
        if place not in seen:
            seen.add(place)
            yield finding


def _place(finding: Finding) -> tuple[object, ...]:
    if isinstance(finding, Skip):
        return finding.line, finding.text
    return finding.dependency, *(site.span for site in finding.sites)


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlSource:
    """A YAML file, or a block of YAML in it, as a finder reads it."""

    file: PurePosixPath
    finder: str
    stream: Stream

    def skip(self, scalar: Scalar, reason: str) -> Skip:
        return Skip(file=self.file, line=self.stream.line(scalar), text=scalar.value[:200], reason=reason, finder=self.finder)

    def obstacle(self, scalar: Scalar) -> str | None:
        """Why a scalar may not or can't be edited, if so."""
        comment = self.comment(scalar)
        if comment and _IMAGE_POLICY in comment.text:
            return MANAGED_BY_FLUX
        if PLACEHOLDER.search(scalar.value):
            return HOLDS_PLACEHOLDER
        return None if scalar.is_exact and scalar.value.isprintable() else NO_TEXT

    def comment(self, scalar: Scalar) -> Comment | None:
        """The comment behind a scalar on its line."""
        return self.stream.comment(self.stream.line(scalar))

    def literal(self, scalar: Scalar, *, part: str | None = None) -> Literal:
        """The text of an exact scalar, or a part of it that stands in it once, at its end."""
        text = scalar.value if part is None else part
        is_whole_plain = part is None and scalar.style is Style.PLAIN
        return Literal(
            file=self.file,
            finder=self.finder,
            text=text,
            start=scalar.span.end - len(text),
            lines=self.stream.lines,
            quote=self.stream.quote if is_whole_plain else "",
        )

    def reference(self, scalar: Scalar, *, role: Role = Role.IMAGE, part: str | None = None) -> Finding:
        """What a scalar is that holds an image reference in one piece; `part`: that much of its end."""
        reason = self.obstacle(scalar)
        if reason:
            return self.skip(scalar, reason)
        found = find_reference(self.literal(scalar, part=part), role=role)
        return found if isinstance(found, Skip) else self.with_comment(found, scalar)

    def unmistakable(self, scalar: Scalar) -> Finding | None:
        """What a scalar of any meaning is, if it is unmistakably an image reference (see `full_reference`) or a file of a repo at a ref."""
        if not scalar.is_exact or not ("/" in scalar.value or "@" in scalar.value):
            return None
        part = full_reference(scalar.value)
        return self.reference(scalar, part=part) if part else self.unmistakable_address(scalar)

    def unmistakable_address(self, scalar: Scalar) -> Finding | None:
        """What a scalar is that holds the address of a file in a repo or release at a ref, and nothing else; None where it holds none."""
        return self._git(scalar, read_file_url(scalar.value))

    def split_reference(self, name: str, *, tag: Scalar | None, digest: Scalar | None = None, role: Role = Role.IMAGE) -> Finding:
        """What an image is whose name stands elsewhere; at least one of its tag (or `tag@digest`) and its digest must be given."""
        first = tag or digest
        if first is None:
            raise ValueError(f"nothing pins {name}")
        for scalar in filter(None, (tag, digest)):
            reason = self.obstacle(scalar)
            if reason:
                return self.skip(scalar, reason)
        sites = [*self._tag_sites(tag), *self._digest_sites(digest)]
        tags = [site.text for site in sites if site.kind is SiteKind.TAG]
        digests = [site.before + site.text for site in sites if site.kind is SiteKind.DIGEST]
        try:
            reference = ImageReference.parse(name)
            known = Digest(digests[-1]) if digests else None
        except InvalidReferenceError as error:
            return self.skip(first, f"no image reference: {error}")
        if reference.tag or reference.digest:
            return self.skip(first, f"{name} has a tag or digest of its own")
        if len(digests) > 1 or not all(is_tag(text) for text in tags):
            return self.skip(first, f"not one tag and one digest: {first.value[:100]}")
        pin = Pin(
            file=self.file,
            finder=self.finder,
            dependency=Dependency(datasource=OCI, name=reference.name),
            name=name,
            scheme="docker",
            value=tags[0] if tags else None,
            digest=known,
            role=role,
            sites=tuple(sites),
            line=sites[0].line,
            column=self.stream.lines.column(sites[0].span.start),
        )
        return self.with_comment(pin, first)

    def _tag_sites(self, tag: Scalar | None) -> list[Site]:
        if tag is None:
            return []
        literal = self.literal(tag)
        text, at, _ = tag.value.partition("@")
        sites = [literal.site(SiteKind.TAG, 0, len(text))] if text else []
        if at:
            sites.append(literal.site(SiteKind.DIGEST, len(text) + 1, len(tag.value) - len(text) - 1))
        return sites

    def _digest_sites(self, digest: Scalar | None) -> list[Site]:
        if digest is None:
            return []
        literal = self.literal(digest)
        has_algorithm = ":" in digest.value
        at = digest.value.startswith("@")  # `digest: "@sha256:..."`, appended by the template as it stands
        site = literal.site(SiteKind.DIGEST, int(at), len(digest.value) - int(at))
        return [site if has_algorithm else replace(site, before="sha256:")]

    def version(self, scalar: Scalar, *, dependency: Dependency, name: str, role: Role, scheme: str) -> Finding:
        """What a scalar is that holds nothing but a version."""
        reason = self.obstacle(scalar)
        if reason:
            return self.skip(scalar, reason)
        site = self.literal(scalar).site(SiteKind.VERSION, 0, len(scalar.value))
        return Pin(
            file=self.file,
            finder=self.finder,
            dependency=dependency,
            name=name,
            scheme=scheme,
            value=scalar.value,
            role=role,
            sites=(site,),
            line=site.line,
            column=self.stream.lines.column(site.span.start),
        )

    def chart(self, version: Scalar, *, repository: str, chart: str) -> Finding:
        """What the version of a chart is, of an HTTP repository or an `oci://` one (the chart is then the last part of its name)."""
        if PLACEHOLDER.search(repository) or PLACEHOLDER.search(chart):
            return self.skip(version, HOLDS_PLACEHOLDER)
        if not repository.startswith("oci://"):
            dependency = Dependency(datasource=HELM, name=f"{repository.rstrip('/')}#{chart}")
            return self.version(version, dependency=dependency, name=chart, role=Role.CHART, scheme="semver")
        try:
            reference = ImageReference.parse(f"{repository.removeprefix('oci://').rstrip('/')}/{chart}".rstrip("/"))
        except InvalidReferenceError as error:
            return self.skip(version, f"the chart's repository is no OCI name: {error}")
        dependency = Dependency(datasource=OCI, name=reference.name)
        return self.version(version, dependency=dependency, name=chart or str(reference), role=Role.CHART, scheme="semver")

    def git(self, scalar: Scalar) -> Finding | None:
        """What a scalar is that holds the address of a repo or of a file in one, at a ref; None where it holds none."""
        return self._git(scalar, read_git_url(scalar.value))

    def _git(self, scalar: Scalar, url: GitUrl | None) -> Finding | None:
        if url is None:
            return None
        reason = self.obstacle(scalar)
        if reason and (reason != HOLDS_PLACEHOLDER or PLACEHOLDER.search(scalar.value[: url.ref.end])):
            return self.skip(scalar, reason)
        repeats = tuple(self._part(scalar, SiteKind.COMMENT, span) for span in url.repeats)
        return self._at_ref(scalar, url.dependency, url.name, url.ref, repeats)

    def git_ref(self, scalar: Scalar, *, url: str) -> Finding:
        """What a scalar is that holds a tag, branch or commit of the repo at an address."""
        reason = HOLDS_PLACEHOLDER if PLACEHOLDER.search(url) else self.obstacle(scalar)
        if reason:
            return self.skip(scalar, reason)
        return self._at_ref(scalar, git_dependency(url), url, Span(0, len(scalar.value)), ())

    def _at_ref(self, scalar: Scalar, dependency: Dependency, name: str, ref: Span, repeats: tuple[Site, ...]) -> Pin:
        text = ref.of(scalar.value)
        is_commit = COMMIT.fullmatch(text) is not None
        site = self._part(scalar, SiteKind.COMMIT if is_commit else SiteKind.VERSION, ref)
        pin = Pin(
            file=self.file,
            finder=self.finder,
            dependency=dependency,
            name=name,
            scheme="loose",
            value=None if is_commit else text,
            digest=text if is_commit else None,
            role=Role.GIT,
            sites=(site, *repeats),
            line=site.line,
            column=self.stream.lines.column(site.span.start),
        )
        return self.with_comment(pin, scalar)

    def _part(self, scalar: Scalar, kind: SiteKind, span: Span) -> Site:
        return self.literal(scalar).site(kind, span.start, span.end - span.start)

    def with_comment(self, pin: Pin, scalar: Scalar) -> Pin:
        """The pin with the version that the comment behind it repeats; where only a digest is written, the comment says the version."""
        comment = self.comment(scalar)
        match = _VERSION_COMMENT.fullmatch(comment.text) if comment else None
        if comment is None or match is None:
            return pin
        version = match["version"]
        if pin.value is None:
            if pin.digest is None:
                return pin
        elif version.removeprefix("v") != pin.value.removeprefix("v"):
            return pin
        start = comment.span.start + match.start("version")
        literal = Literal(file=self.file, finder=self.finder, text=version, start=start, lines=self.stream.lines)
        return replace(pin, value=pin.value or version, sites=(*pin.sites, literal.site(SiteKind.COMMENT, 0, len(version))))
