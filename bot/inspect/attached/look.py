"""Looks for what is attached to an image in all places, and reads each document once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from bot.clients.oci.documents import Descriptor, Manifest
from bot.clients.oci.session import NotFoundError, RegistryError
from bot.inspect.attached.bills import Bill, bill_of
from bot.inspect.attached.places import (
    BILLS,
    BUILDKIT,
    PROVENANCE,
    REFERRER,
    STATEMENTS,
    Attachment,
    Sought,
    attachments,
    attestations,
    is_promising,
    tags_of,
)
from bot.inspect.attached.statement import document
from bot.inspect.reader import MEBIBYTE, UnreadableError
from bot.inspect.registry import Registry
from bot.model.contents import Contents, NotRead
from bot.model.image import Digest, ImageReference

log = structlog.get_logger()

_MAX_BYTES: Final = 16 * MEBIBYTE
_MAX_ATTACHED: Final = 20
_CLIENT_ERRORS: Final = range(400, 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedBill:
    where: str
    bill: Bill


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedDocument:
    where: str
    document: dict[str, Any]
    """Hostile."""


@dataclass(slots=True, kw_only=True)
class Look:
    """One look at one image for what is attached to it. What fails is in `not_read`."""

    registry: Registry
    reference: ImageReference
    not_read: list[NotRead] = field(default_factory=list)

    def bills(self, image: Manifest, index: Manifest | None) -> Iterator[AttachedBill]:
        """The bills of materials that are attached to the image or to the index that it stands in, each document once."""
        for found in self._documents(image, index, BILLS):
            try:
                yield AttachedBill(where=found.where, bill=bill_of(found.document))
            except UnreadableError as error:
                self._missing(found.where, BILLS, str(error))

    def statements(self, contents: Contents) -> tuple[AttachedDocument, ...]:
        """The documents that say of this image which holes do not affect it. New ones are attached long after an image was built."""
        try:
            image = self.registry.manifest(self.reference.at(digest=contents.digest))
            index = self.registry.manifest(self.reference.at(digest=contents.index_digest)) if contents.index_digest else None
        except RegistryError as error:
            self._missing("the image", STATEMENTS, str(error))
            return ()
        return tuple(self._documents(image, index, STATEMENTS))

    def provenance(self, image: Manifest, index: Manifest | None) -> Iterator[AttachedDocument]:
        """What builds say of how they made the image, each document once."""
        yield from self._documents(image, index, PROVENANCE)

    def _documents(self, image: Manifest, index: Manifest | None, sought: Sought) -> Iterator[AttachedDocument]:
        digests = [image.digest, *([index.digest] if index else [])]
        seen: set[Digest] = set()
        for attachment in self._attachments(image, index, digests, sought):
            if attachment.descriptor.digest in seen:
                continue
            seen.add(attachment.descriptor.digest)
            if len(seen) > _MAX_ATTACHED:
                self._missing(attachment.where, sought, f"more than {_MAX_ATTACHED} are attached")
                return
            try:
                yield AttachedDocument(where=attachment.where, document=document(self._blob(attachment), digests))
            except (UnreadableError, RegistryError) as error:
                self._missing(attachment.where, sought, str(error))

    def _blob(self, attachment: Attachment) -> bytes:
        if attachment.descriptor.size > _MAX_BYTES:
            raise UnreadableError(f"it has {attachment.descriptor.size} bytes, and at most {_MAX_BYTES} are read")
        return self.registry.blob(self.reference, attachment.descriptor, max_bytes=_MAX_BYTES)

    def _attachments(self, image: Manifest, index: Manifest | None, digests: list[Digest], sought: Sought) -> Iterator[Attachment]:
        for child in attestations(index, image) if index else ():
            yield from self._of_manifest(self.reference.at(digest=child.digest), BUILDKIT, sought)
        for digest in digests:
            for referrer in self._referrers(digest, sought):
                if is_promising(referrer, sought):
                    yield from self._of_manifest(self.reference.at(digest=referrer.digest), REFERRER, sought)
            for tag in tags_of(digest, sought):
                yield from self._of_manifest(self.reference.at(tag=tag), f"tag {tag[:19]}…{tag[-5:]}", sought)

    def _of_manifest(self, reference: ImageReference, where: str, sought: Sought) -> Iterator[Attachment]:
        try:
            yield from attachments(self.registry.manifest(reference), where, sought)
        except NotFoundError:
            return
        except RegistryError as error:
            self._failed(where, sought, error)

    def _referrers(self, digest: Digest, sought: Sought) -> tuple[Descriptor, ...]:
        try:
            return tuple(self.registry.referrers(self.reference.at(digest=digest)))
        except RegistryError as error:
            self._failed("referrers", sought, error)
            return ()

    def _failed(self, where: str, sought: Sought, error: RegistryError) -> None:
        """A registry that refuses the question has no such attachments; one that fails may have some."""
        if error.status in _CLIENT_ERRORS:
            log.info("inspect.attachments_refused", image=str(self.reference), where=where, reason=str(error))
        else:
            self._missing(where, sought, str(error))

    def _missing(self, where: str, sought: Sought, reason: str) -> None:
        self.not_read.append(NotRead(what=f"attached {sought.what} ({where})", reason=f"not read: {reason}"))
