"""The lists of what runs that the settings name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from bot.clients.git.file_date import NoDateError, changed_at
from bot.clients.json_fields import UnreadableError, mapping, moment
from bot.clients.json_text import read_json
from bot.clients.named_files import MAX_FILES, content, files_below
from bot.model.failure import Failure
from bot.settings import Settings
from bot.settings.track import InventoryEntry
from bot.track.deployments import inventory
from bot.track.deployments.read import Listing, Read, StageOf

MAX_BYTES: Final = 128 << 20
"""Of one list: some ten thousand pods."""
_MAX_PARTS: Final = 6_000_000
"""Objects and lists in it: a pod has some hundred, and each takes memory."""
_ENDINGS: Final = (".json", ".json.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventories:
    """Reads the lists when it is asked to, one after another."""

    settings: Settings
    stage_of: StageOf

    def read(self, *, now: datetime) -> Iterator[tuple[str, Read | Failure]]:
        """What each list tells, by the name that people are shown. Never raises for what is in one, nor for what is missing."""
        for entry in self.settings.track.inventories:
            path = self.settings.beside(entry.path)
            if not path.is_dir():
                yield path.name, self._list(path, path.name, entry, now)
                continue
            found = list(islice(files_below(path, endings=_ENDINGS), MAX_FILES + 1))
            for file in found[:MAX_FILES]:
                name = str(file.relative_to(path.parent))
                yield name, self._list(file, name, entry, now)
            if not found or len(found) > MAX_FILES:
                yield path.name, _wrong_folder(path, found)

    def _list(self, path: Path, name: str, entry: InventoryEntry, now: datetime) -> Read | Failure:
        try:
            document = _parsed(content(path, max_bytes=MAX_BYTES))
            told = moment(mapping(document).get("takenAt"))
            listing = Listing(
                name=name,
                as_of=told or changed_at(path),
                stage=entry.stage or "",
                cluster=entry.cluster,
                namespaces=entry.namespaces,
                max_age=entry.max_age,
            )
        except (UnreadableError, NoDateError) as error:
            return Failure(where=name, what=f"what runs by it is not known: {error}")
        return inventory.read(document, listing, self.stage_of, now=now)


def _wrong_folder(path: Path, found: Sequence[Path]) -> Failure:
    if found:
        return Failure(
            where=path.name, what=f"it has more than {MAX_FILES} lists, and the others were not read.", remedy="Name smaller folders."
        )
    what = f"the folder holds no list ({', '.join(_ENDINGS)})."
    return Failure(where=path.name, what=what, remedy="Name another, or take it out of track.inventories.")


def _parsed(data: bytes) -> Any:  # noqa: ANN401 - whatever it holds
    if data.count(b"{") + data.count(b"[") > _MAX_PARTS:
        raise UnreadableError(f"it holds more than {_MAX_PARTS:,} objects and lists; list it by namespace")
    try:
        return read_json(data)
    except (ValueError, RecursionError) as error:
        is_empty = not data.strip()
        raise UnreadableError("it is empty; fetch it anew" if is_empty else "it is no valid JSON; fetch it with `-o json`") from error
