"""References with shell variables in YAML, resolved by defaults and by variables whose literals are known: each part has its place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Self

from bot.find.finder import Tree
from bot.find.reference import PLACEHOLDER
from bot.find.syntax.dockerfile.expand import ExpansionError, Words
from bot.find.syntax.dockerfile.traced import Traced
from bot.find.syntax.lines import Lines
from bot.find.syntax.yaml import Scalar
from bot.find.traced_reference import read_traced
from bot.find.yaml_pins import YamlSource
from bot.model.dependency import OCI, Dependency
from bot.model.image import InvalidReferenceError
from bot.model.pin import Finding, Pin, Role, Site, SiteKind, Span

_ASSIGNMENT: Final = re.compile(
    r"^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*=[ \t]*(?P<quote>['\"]?)(?P<value>[^'\"\s#$]*)(?P=quote)[ \t]*(?:#.*)?\r?$",
    re.MULTILINE,
)
_VARIABLE: Final = re.compile(r"\$(?:\{|[A-Za-z_])")
_ELSEWHERE: Final = 1 << 40
"""Added to the offsets of the other file, so that every character of a resolved text knows which of the two it stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpolation:
    """The variables that a file may use, by name."""

    variables: Mapping[str, Traced]
    elsewhere: PurePosixPath | None = None
    """The file that variables with offsets from `_ELSEWHERE` on stand in."""
    elsewhere_lines: Lines | None = None

    @classmethod
    def beside(cls, path: PurePosixPath, tree: Tree) -> Self:
        """The variables of the `.env` beside a file (Compose specification, interpolation)."""
        file = path.parent / ".env"
        text = tree.read(file)
        if text is None:
            return cls(variables={})
        variables = {match["name"]: _traced(match["value"], _ELSEWHERE + match.start("value")) for match in _ASSIGNMENT.finditer(text)}
        return cls(variables=variables, elsewhere=file, elsewhere_lines=Lines(text))

    @classmethod
    def of_scalars(cls, scalars: Mapping[str, Scalar]) -> Self:
        """Variables whose values are scalars of the same file."""
        exact = {name: scalar for name, scalar in scalars.items() if scalar.is_exact and not _VARIABLE.search(scalar.value)}
        return cls(variables={name: _traced(scalar.value, scalar.span.start) for name, scalar in exact.items()})

    def references(self, source: YamlSource, scalar: Scalar, *, role: Role) -> Iterator[Finding]:
        """What a scalar is that holds an image reference, and what its default is where another file overrides it: both are kept fresh."""
        found = self.reference(source, scalar, role=role)
        yield found
        if isinstance(found, Pin) and any(site.file for site in found.sites):
            alone = Interpolation(variables={}).reference(source, scalar, role=role)
            if isinstance(alone, Pin):
                yield alone

    def reference(self, source: YamlSource, scalar: Scalar, *, role: Role) -> Finding:
        """What a scalar is that holds an image reference, with or without variables."""
        if not scalar.is_exact or not _VARIABLE.search(scalar.value):
            return source.reference(scalar, role=role)
        words = Words(_traced(scalar.value, scalar.span.start), self.variables)
        try:
            text = words.whole()
        except ExpansionError as error:
            return source.skip(scalar, f"holds variables that can't be resolved: {error}")
        if words.unset:
            return source.skip(scalar, f"{', '.join(words.unset)} has no value here: it is known only when it is filled in")
        return self._pin(source, scalar, text, role)

    def _pin(self, source: YamlSource, scalar: Scalar, resolved: Traced, role: Role) -> Finding:
        text = resolved.text
        try:
            reference = read_traced(resolved)
        except InvalidReferenceError as error:
            return source.skip(scalar, f"no image reference: {error}")
        if PLACEHOLDER.search(text) or None in resolved.origins:
            return source.skip(scalar, "holds variables that can't be resolved")
        lines = source.stream.lines
        sites = tuple(self._site(kind, piece, lines) for kind, piece in reference.pieces)
        first = sites[0]
        return Pin(
            file=source.file,
            finder=source.finder,
            dependency=Dependency(datasource=OCI, name=reference.parsed.name),
            name=reference.name,
            scheme="docker",
            value=reference.parsed.tag,
            digest=reference.parsed.digest,
            role=role,
            sites=sites,
            line=first.line if first.file is None else lines.line(scalar.span.start),
            column=lines.column(first.span.start if first.file is None else scalar.span.start),
        )

    def _site(self, kind: SiteKind, piece: Traced, lines: Lines) -> Site:
        """Where a piece stands: in the file itself, or elsewhere."""
        origin = piece.origins[0] or 0
        if origin < _ELSEWHERE or self.elsewhere_lines is None:
            return Site(kind=kind, span=Span(origin, origin + len(piece)), line=lines.line(origin), text=piece.text)
        start = origin - _ELSEWHERE
        line = self.elsewhere_lines.line(start)
        return Site(kind=kind, span=Span(start, start + len(piece)), line=line, text=piece.text, file=self.elsewhere)


def _traced(text: str, start: int) -> Traced:
    return Traced(text, tuple(range(start, start + len(text))))
