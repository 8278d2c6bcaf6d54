"""VEX that is attached to an image: its publisher's word on this image alone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from bot.assess.fields import Object, UnreadableError
from bot.assess.reports import cyclonedx
from bot.assess.source import Told
from bot.assess.vex import csaf, openvex
from bot.assess.vex.applies import gaps
from bot.model.assessment import NotChecked, VexStatement
from bot.model.contents import Contents, NotRead

_WHAT: Final = "statements attached to the image"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedTo:
    """What is attached to one image: documents, each with its place, and what could not be read."""

    documents: Sequence[tuple[str, Object]]
    not_read: Sequence[NotRead]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedStatements:
    """What publishers attach to their images, as a source. Satisfies HoleSource."""

    look: Callable[[Contents], AttachedTo]
    """Asks the registry."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def told(self, contents: Contents) -> Told | None:
        """None where nothing is attached, and nothing failed."""
        found = self.look(contents)
        if not found.documents and not found.not_read:
            return None
        told = told_of(contents, found.documents, self.now())
        missing = tuple(
            NotChecked(what=one.what, reason=f"{one.reason}; what it takes away is not known", is_failure=True) for one in found.not_read
        )
        return replace(told, not_checked=(*told.not_checked, *missing))


def told_of(contents: Contents, documents: Iterable[tuple[str, Object]], now: datetime) -> Told:
    """What documents, each with where it is attached, say of the image that they are attached to.

    A statement without a product is about what it is attached to.
    Signatures are not checked: whoever may push to the repository may say it.
    """
    said: list[VexStatement] = []
    missing: list[NotChecked] = []
    subject = tuple(str(digest) for digest in (contents.digest, contents.index_digest) if digest)
    for where, document in documents:
        place = f"attached to the image ({where})"
        try:
            if openvex.is_openvex(document):
                said += openvex.statements(document, place, subject)
            elif csaf.is_csaf(document):
                said += csaf.statements(document, place)
            elif cyclonedx.is_cyclonedx(document):
                of_image = cyclonedx.is_of_image(document)
                said += (replace(one, products=subject) if of_image else one for one in cyclonedx.statements(document, place))
        except UnreadableError as error:
            missing.append(NotChecked(what=f"{_WHAT} ({where})", reason=f"not read: {error}; tell its publisher"))
    missing += [NotChecked(what=f"statements {place}", reason=reason) for place, reason in gaps(said, now)]
    return Told(statements=tuple(said), not_checked=tuple(missing))
