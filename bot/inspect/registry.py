"""What the room asks of a registry; the client in bot/clients/oci is one."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Protocol

from bot.clients.oci.blob import BlobStream
from bot.clients.oci.documents import Descriptor, Manifest
from bot.model.image import ImageReference


class Registry(Protocol):
    """Every method raises RegistryError."""

    def manifest(self, reference: ImageReference) -> Manifest: ...

    def blob(self, reference: ImageReference, descriptor: Descriptor, *, max_bytes: int) -> bytes: ...

    def stream(
        self, reference: ImageReference, descriptor: Descriptor, *, total_timeout: timedelta
    ) -> AbstractContextManager[BlobStream]: ...

    def part(
        self, reference: ImageReference, descriptor: Descriptor, *, start: int, size: int, total_timeout: timedelta
    ) -> bytes | None: ...

    def referrers(self, reference: ImageReference) -> Sequence[Descriptor]: ...
