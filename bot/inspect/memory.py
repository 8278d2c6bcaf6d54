"""What was read before, kept in the ledger: layers, and what is inside whole images."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.inspect.inspector import Inspector, Progress
from bot.inspect.layers.keep import packed, reading_form, unpacked
from bot.inspect.layers.record import LayerRecord
from bot.ledger.layers import Layers
from bot.ledger.ledger import Ledger
from bot.model.contents import Contents
from bot.model.dependency import OCI, Dependency, Release
from bot.model.image import ImageReference, Platform


@dataclass(frozen=True, slots=True)
class LedgerMemory:
    """What `bot.inspect.inspector.LayerMemory` asks for. Raises DatabaseError."""

    layers: Layers

    def layer(self, diff_id: str) -> LayerRecord | None:
        kept = self.layers.get(diff_id, reading_form())
        return None if kept is None else unpacked(kept)

    def remember(self, diff_id: str, record: LayerRecord) -> None:
        self.layers.keep(diff_id, reading_form(), packed(record))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingInspector:
    """An Inspector that leaves in the ledger what it found, for `who-has` to look up. Raises DatabaseError besides."""

    inspector: Inspector
    ledger: Ledger
    now: Callable[[], datetime]

    def inspect(self, reference: ImageReference, platform: Platform | None = None, progress: Progress = lambda *_: None) -> Contents:
        """As `Inspector.inspect`."""
        contents, now = self.inspector.inspect(reference, platform, progress), self.now()
        self.ledger.contents.record(contents, form=reading_form(), now=now)
        if reference.digest is None:
            tagged = Dependency(datasource=OCI, name=reference.name)
            digest = contents.index_digest or contents.digest
            self.ledger.sightings.seen(Release(dependency=tagged, value=reference.tag or "latest", digest=digest), now)
        return contents
