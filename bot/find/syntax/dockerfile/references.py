"""A resolved image reference whose characters know their places -> a pin with its sites, or a skip."""

import re
from pathlib import PurePosixPath
from typing import Final

from bot.find.opt_out import with_opt_out
from bot.find.reference import PLACEHOLDER
from bot.find.syntax.dockerfile.scope import Resolved
from bot.find.syntax.dockerfile.traced import Traced
from bot.find.syntax.lines import Lines
from bot.find.traced_reference import read_traced
from bot.model.dependency import OCI, Dependency
from bot.model.image import InvalidReferenceError
from bot.model.pin import Pin, Role, Site, SiteKind, Skip, Span

FILLED_IN_LATER: Final = "holds a placeholder: the value is known only when it is filled in"
_DIGIT: Final = re.compile(r"[0-9]", re.ASCII)


class References:
    """Makes the findings of one file."""

    def __init__(self, *, file: PurePosixPath, finder: str, text: str, lines: Lines) -> None:
        """`text` and `lines` are those of the whole file, to which the origins of the characters belong."""
        self._file: Final = file
        self._finder: Final = finder
        self._text: Final = text
        self._lines: Final = lines

    def skip(self, offset: int, text: str, reason: str) -> Skip:
        return Skip(file=self._file, line=self._lines.line(offset), text=text, reason=reason, finder=self._finder)

    def skip_word(self, word: Traced, reason: str) -> Skip:
        """The skip of a word that is written in the file."""
        return self.skip(word.origins[0] or 0, word.text, reason)

    def pin(self, resolved: Resolved, *, role: Role, used_at: int, platform: str | None = None) -> Pin | Skip:
        """The pin of a reference that the instruction at an offset uses, or the reason why it makes none.

        A part that is spread over several literals has one site for each, also where it is written beside a variable.
        """
        reference, text = resolved.text, resolved.text.text
        if PLACEHOLDER.search(text):
            return self.skip_word(resolved.word, FILLED_IN_LATER)
        try:
            read = read_traced(reference)
        except InvalidReferenceError as error:
            return self.skip_word(resolved.word, resolved.lacking or f"no image reference: {error}")
        if None in reference.origins:
            return self.skip_word(resolved.word, "depends on the platform that is built for: it is not written in the file as a whole")
        sites = tuple(self._site(kind, piece) for kind, piece in read.pieces)
        if sites[0].kind is SiteKind.NAME:
            main = sites[-1]
        else:
            main = next((site for site in sites if site.kind is sites[0].kind and _DIGIT.search(site.text)), sites[0])
        pin = Pin(
            file=self._file,
            finder=self._finder,
            dependency=Dependency(datasource=OCI, name=read.parsed.name),
            name=read.name,
            scheme="docker",
            value=read.parsed.tag,
            digest=read.parsed.digest,
            role=role,
            sites=sites,
            line=main.line,
            column=self._lines.column(main.span.start),
            platform=platform,
        )
        return with_opt_out(pin, self._text, self._lines, used_at=self._lines.line(used_at))

    def _site(self, kind: SiteKind, piece: Traced) -> Site:
        origin = piece.origins[0] or 0
        return Site(kind=kind, span=Span(origin, origin + len(piece)), line=self._lines.line(origin), text=piece.text)
