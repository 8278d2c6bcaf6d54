"""The lists of what runs that the settings name."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from bot.clients.git.file_date import NoDateError, changed_at
from bot.clients.github.stored_lists import Stored, StoredLists
from bot.clients.json_fields import UnreadableError, mapping, moment
from bot.clients.json_text import read_json
from bot.clients.named_files import MAX_FILES, content, files_below, unpacked
from bot.model.failure import Failure, told
from bot.model.forge import ForgeError
from bot.settings import Settings
from bot.settings.track import InventoryEntry
from bot.track.deployments import inventory
from bot.track.deployments.read import Listing, Read, StageOf

ENDINGS: Final = (".json", ".json.gz")
MAX_BYTES: Final = 128 << 20
"""Of one list: some ten thousand pods."""
_MAX_PARTS: Final = 6_000_000
"""Objects and lists in it: a pod has some hundred, and each takes memory."""


_Opened = Callable[[], tuple[bytes, Callable[[], datetime]]]
"""The bytes of a list, and what tells its age, asked only where the list itself does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventories:
    """Reads the lists when it is asked to, one after another."""

    settings: Settings
    stage_of: StageOf
    stored: StoredLists | None = None
    """Those that lie at GitHub; None: there is none to ask."""

    def read(self, *, now: datetime) -> Iterator[tuple[str, Read | Failure]]:
        """What each list tells, by the name that people are shown. Never raises for what is in one, nor for what is missing."""
        for entry in self.settings.track.inventories:
            if entry.path is None:
                yield from self._of_github(entry, now)
                continue
            path = self.settings.beside(entry.path)
            if not path.is_dir():
                yield path.name, self._list(path, path.name, entry, now)
                continue
            found = list(islice(files_below(path, endings=ENDINGS), MAX_FILES + 1))
            for file in found[:MAX_FILES]:
                name = str(file.relative_to(path.parent))
                yield name, self._list(file, name, entry, now)
            if not found or len(found) > MAX_FILES:
                yield path.name, _wrong_folder(path, found)

    def _of_github(self, entry: InventoryEntry, now: datetime) -> Iterator[tuple[str, Read | Failure]]:
        """What lies in an artifact or on a branch; where that can't be had, nothing is known of what runs."""
        name, files = _at_github(entry, self.stored)
        if files is None:
            why = "over a folder of clones GitHub is not asked; name a path"
            yield name, Failure(where=name, what=f"what runs by it is not known: {why}")
            return
        try:
            found = files()
        except ForgeError as error:
            yield name, Failure(where=name, what=f"what runs by it is not known: {told(error, where=name)}", resumes_at=error.resumes_at)
        except UnreadableError as error:
            yield name, Failure(where=name, what=f"what runs by it is not known: {error}")
        else:
            for one in found:
                yield one.name, self._read(partial(_opened, one), one.name, entry, now)

    def _list(self, path: Path, name: str, entry: InventoryEntry, now: datetime) -> Read | Failure:
        return self._read(lambda: (content(path, max_bytes=MAX_BYTES), lambda: changed_at(path)), name, entry, now)

    def _read(self, opened: _Opened, name: str, entry: InventoryEntry, now: datetime) -> Read | Failure:
        try:
            data, at = opened()
            document = _parsed(data)
            listing = Listing(
                name=name,
                as_of=moment(mapping(document).get("takenAt")) or at(),
                stage=entry.stage or "",
                cluster=entry.cluster,
                namespaces=entry.namespaces,
                max_age=entry.max_age,
            )
        except (UnreadableError, NoDateError) as error:
            return Failure(where=name, what=f"what runs by it is not known: {error}")
        return inventory.read(document, listing, self.stage_of, now=now)


def _opened(stored: Stored) -> tuple[bytes, Callable[[], datetime]]:
    return unpacked(stored.data, max_bytes=MAX_BYTES), lambda: stored.at


def _at_github(entry: InventoryEntry, stored: StoredLists | None) -> tuple[str, Callable[[], list[Stored]] | None]:
    """What people are shown, and what brings it; None: nobody can."""
    if entry.artifact is not None:
        asked = (entry.artifact.repo, entry.artifact.name)
        return f"{asked[0]} artifact {asked[1]}", None if stored is None else partial(stored.of_artifact, *asked)
    if entry.branch is not None:
        repo, ref, path = entry.branch.repo, entry.branch.ref, entry.branch.path
        return f"{repo}@{ref}: {path}", None if stored is None else partial(stored.of_branch, repo, ref, path)
    return "an inventory that lies nowhere", None


def _wrong_folder(path: Path, found: Sequence[Path]) -> Failure:
    if found:
        return Failure(
            where=path.name, what=f"it has more than {MAX_FILES} lists, and the others were not read.", remedy="Name smaller folders."
        )
    what = f"the folder holds no list ({', '.join(ENDINGS)})."
    return Failure(where=path.name, what=what, remedy="Name another, or take it out of track.inventories.")


def _parsed(data: bytes) -> Any:  # noqa: ANN401 - whatever it holds
    if data.count(b"{") + data.count(b"[") > _MAX_PARTS:
        raise UnreadableError(f"it holds more than {_MAX_PARTS:,} objects and lists; list it by namespace")
    try:
        return read_json(data)
    except (ValueError, RecursionError) as error:
        is_empty = not data.strip()
        raise UnreadableError("it is empty; fetch it anew" if is_empty else "it is no valid JSON; fetch it with `-o json`") from error
