"""VEX that is attached to an image: its publisher's word on this image alone."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from bot.assess.fields import Object, UnreadableError
from bot.assess.reports import cyclonedx
from bot.assess.source import Told
from bot.assess.vex import csaf, openvex
from bot.model.assessment import NotChecked, VexStatement
from bot.model.contents import Contents

_WHAT: Final = "statements attached to the image"


def told_of(contents: Contents, documents: Iterable[tuple[str, Object]]) -> Told:
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
    return Told(statements=tuple(said), not_checked=tuple(missing))
