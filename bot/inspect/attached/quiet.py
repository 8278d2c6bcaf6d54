"""A registry that is not asked again and again for what was not attached to an image."""

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.clients.oci.blob import BlobStream
from bot.clients.oci.documents import Descriptor, Manifest
from bot.clients.oci.session import NotFoundError
from bot.clients.short_memory import ShortMemory
from bot.inspect.registry import Registry
from bot.model.image import ImageReference

_STAYS: Final = timedelta(days=3)
"""How long it is believed that nothing is attached: statements follow an image later than it was built."""
_COSIGNS: Final = re.compile(r"sha256-[0-9a-f]{64}\.[a-z]{3,5}", re.ASCII)
"""The tags under which cosign puts what it attaches."""
_NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietRegistry:
    """Satisfies `bot.inspect.registry.Registry`. What was there, or could not be had, is asked for each time."""

    registry: Registry
    memory: ShortMemory
    now: Callable[[], datetime]

    def manifest(self, reference: ImageReference) -> Manifest:
        if reference.tag is None or not _COSIGNS.fullmatch(reference.tag):
            return self.registry.manifest(reference)
        key = f"manifest {reference}"
        if self.memory.get(key, self.now()):
            raise NotFoundError(f"{reference}: was not there within the last {_STAYS.days} days", status=404)
        try:
            return self.registry.manifest(reference)
        except NotFoundError:
            self.memory.put(key, _NOTHING, until=self.now() + _STAYS)
            raise

    def referrers(self, reference: ImageReference) -> Sequence[Descriptor]:
        key = f"referrers {reference}"
        if self.memory.get(key, self.now()):
            return ()
        found = self.registry.referrers(reference)
        if not found:
            self.memory.put(key, _NOTHING, until=self.now() + _STAYS)
        return found

    def blob(self, reference: ImageReference, descriptor: Descriptor, *, max_bytes: int) -> bytes:
        return self.registry.blob(reference, descriptor, max_bytes=max_bytes)

    def stream(self, reference: ImageReference, descriptor: Descriptor, *, total_timeout: timedelta) -> AbstractContextManager[BlobStream]:
        return self.registry.stream(reference, descriptor, total_timeout=total_timeout)

    def part(self, reference: ImageReference, descriptor: Descriptor, *, start: int, size: int, total_timeout: timedelta) -> bytes | None:
        return self.registry.part(reference, descriptor, start=start, size=size, total_timeout=total_timeout)
