"""What tells linked artifacts where published images lie."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from bot.clients.short_memory import ShortMemory
from bot.pipeline.record_storage import StorageWrites
from bot.settings import Settings
from bot.wiring.home import Home


@contextmanager
def storage_writes(settings: Settings, home: Home, *, most: int, now: datetime) -> Iterator[StorageWrites | None]:
    """What writes at most so many records; None: the settings do not ask for it, or nobody keeps any."""
    if home.storage is None or not settings.track.write_storage_records:
        yield None
        return
    memory = ShortMemory(settings.cache_path / "storage-records.json")
    records_of, write = home.storage
    try:
        yield StorageWrites(records_of=records_of, write=write, memory=memory, most=most)
    finally:
        memory.save(now)
