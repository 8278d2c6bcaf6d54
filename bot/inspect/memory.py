"""Layers that were read before, kept in the ledger."""

from dataclasses import dataclass

from bot.inspect.layers.keep import packed, reading_form, unpacked
from bot.inspect.layers.record import LayerRecord
from bot.ledger.layers import Layers


@dataclass(frozen=True, slots=True)
class LedgerMemory:
    """What `bot.inspect.inspector.LayerMemory` asks for. Raises DatabaseError."""

    layers: Layers

    def layer(self, diff_id: str) -> LayerRecord | None:
        kept = self.layers.get(diff_id, reading_form())
        return None if kept is None else unpacked(kept)

    def remember(self, diff_id: str, record: LayerRecord) -> None:
        self.layers.keep(diff_id, reading_form(), packed(record))
