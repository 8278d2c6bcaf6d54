"""A Markdown file with its facts above the title, as people may read and edit it; written whole or not at all."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from bot.clients.plain_yaml import Plain, read_yaml
from bot.clients.private import private_folder
from bot.model.failure import told
from bot.model.forge import ForgeError

_MAX_BYTES: Final = 4_000_000
_FRONT: Final = "---\n"
_FRONT_END: Final = "\n---\n"
_MAX_TITLE: Final = 500

Fact = str | int | Sequence[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Facts, a title, and a text."""

    facts: Mapping[str, Plain]
    title: str
    text: str


def write_document(path: Path, facts: Mapping[str, Fact], *, title: str, text: str) -> bool:
    """Whether anything was written: a file that says this already is left alone. Raises ForgeError."""
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()]
    heading = " ".join(title.split())[:_MAX_TITLE]
    front = "\n".join(lines)
    data = f"{_FRONT}{front}{_FRONT_END}\n# {heading}\n\n{text}".encode("utf-8", "replace")
    try:
        if path.exists() and path.read_bytes() == data:
            return False
        private_folder(path.parent)
        _put(path, data)
    except OSError as error:
        raise ForgeError(f"{path} can't be written: {error.strerror or told(error)}. Make room, and let the bot write there.") from error
    return True


def _put(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{uuid4().hex}.draft")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_document(path: Path) -> Document:
    """Line ends are those of Unix, whatever an editor made of them. Raises ForgeError where it can't be read as one of ours."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        return _document(data)
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else str(error)
        raise ForgeError(f"{path} can't be read: {what}. Mend it, or delete it together with its branch.") from error


def _document(data: bytes) -> Document:
    if len(data) > _MAX_BYTES:
        raise ValueError(f"more than {_MAX_BYTES:,} bytes")
    text = data.decode("utf-8").replace("\r\n", "\n")
    if not text.startswith(_FRONT) or _FRONT_END not in text:
        raise ValueError("its facts between two lines of --- are gone")
    front, _, rest = text.removeprefix(_FRONT).partition(_FRONT_END)
    facts = read_yaml(front)
    if not isinstance(facts, dict):
        raise ValueError("its facts are no mapping")  # noqa: TRY004 - as all else that is wrong with it
    match = re.match(r"\n*# ([^\n]*)\n(?:\n)?", rest)
    return Document(facts=facts, title=match[1].strip() if match else "", text=rest[match.end() :] if match else rest.lstrip("\n"))


class Facts:
    """What stands above the title, read as what it should be. Each raises ValueError with the key where it is something else."""

    def __init__(self, facts: Mapping[str, Plain]) -> None:
        self._facts: Final = facts

    def text(self, key: str) -> str:
        value = self._facts.get(key)
        if isinstance(value, list | dict):
            raise ValueError(f"{key} is no text")  # noqa: TRY004 - as all else that is wrong with it
        return value or ""

    def number(self, key: str) -> int:
        value = self.text(key)
        if not (value.isascii() and value.isdigit() and len(value) < 10):  # noqa: PLR2004 - no folder holds a milliard of files
            raise ValueError(f"{key} is no number")
        return int(value)

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._facts.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ValueError(f"{key} is no list of texts")
        return tuple(str(each) for each in value)

    def known_moment(self, key: str) -> datetime:
        moment = self.moment(key)
        if moment is None:
            raise ValueError(f"{key} is missing")
        return moment

    def commit(self, key: str) -> str:
        value = self.text(key)
        if not re.fullmatch(r"[0-9a-f]{40}", value):
            raise ValueError(f"{key} is no commit")
        return value

    def moment(self, key: str) -> datetime | None:
        value = self.text(key)
        if not value:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"{key} is no time") from error
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def written(moment: datetime | None) -> str:
    """As `Facts.moment` reads it; empty for None."""
    return "" if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")
