"""What need not be asked again for a while, in one small file that can be lost."""

import json
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final

import structlog

from bot.clients.private import private_file, private_folder

log = structlog.get_logger()

_MOST: Final = 20_000
_MOST_BYTES: Final = 16 << 20


class ShortMemory:
    """Texts by their keys, each until a moment. Safe to use from several threads.

    Whatever is wrong with the file, nothing is remembered and nothing fails; of two processes that write, the last one's wins.
    """

    def __init__(self, path: Path) -> None:
        self._path: Final = path
        self._lock: Final = Lock()
        self._known: Final = _read(path)
        self._has_news = False

    def get(self, key: str, now: datetime) -> str | None:
        """What is remembered at a moment; None: nothing."""
        with self._lock:
            text, until = self._known.get(key, ("", 0.0))
        return text if until > now.timestamp() else None

    def put(self, key: str, text: str, *, until: datetime) -> None:
        """Remember in memory; `save` writes it down."""
        with self._lock:
            self._known[key] = (text, until.timestamp())
            self._has_news = True

    def save(self, now: datetime) -> None:
        """Write down what still holds at a moment, the longest-lived first where there is too much; nothing where nothing is new."""
        if not self._has_news:
            return
        with self._lock:
            alive = sorted(((key, entry) for key, entry in self._known.items() if entry[1] > now.timestamp()), key=lambda one: -one[1][1])
        draft = self._path.with_name(f".{self._path.name}.new")
        try:
            private_folder(self._path.parent)
            private_file(draft)
            draft.write_text(json.dumps(dict(alive[:_MOST])), encoding="utf-8")
            draft.replace(self._path)
        except OSError as error:
            log.info("short_memory.not_saved", path=str(self._path), error=str(error))


def _read(path: Path) -> dict[str, tuple[str, float]]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            return {}
        told: Any = json.loads(path.read_bytes())
        entries = ((key, text, until) for key, (text, until) in told.items())
        return {key: (text, float(until)) for key, text, until in entries if isinstance(text, str)}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        log.info("short_memory.begun_anew", path=str(path), error=str(error))
        return {}
