"""Files with policies -> what they demand. A file that can't be read demands something that is not known."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from bot.clients.json_fields import UnreadableError
from bot.clients.named_files import content, files_below
from bot.clients.plain_yaml import read_documents
from bot.inspect.admission import connaisseur, kyverno, policy_controller, ratify
from bot.inspect.admission.policy import ImagePolicy, Wanted, patterns

_READERS: Final = (kyverno.policies, policy_controller.policies, connaisseur.policies, ratify.policies)
_ENDINGS: Final = (".yaml", ".yml", ".json")
_MARKS: Final = (b"verifyImages", b"ImageValidatingPolicy", b"ClusterImagePolicy", b"validators", b"atif")
"""One of them stands in every file that the readers find something in: others, templates among them, are passed over unread."""
_MAX_BYTES: Final = 4 << 20
_MOST_FILES: Final = 5_000
_MOST_DOCUMENTS: Final = 2_000


def load_policies(paths: Sequence[Path]) -> list[ImagePolicy]:
    """All policies in these files, and in the files below these folders. Never raises for what is in them."""
    return [found for path in paths for found in _of_path(path)]


def read_policies(data: bytes, file: str) -> Iterator[ImagePolicy]:
    """The policies in one file; where it is no YAML, one that says so. Manifests of other kinds demand nothing."""
    if not any(mark in data for mark in _MARKS):
        return
    try:
        documents = list(islice(read_documents(data), _MOST_DOCUMENTS + 1))
    except ValueError as error:
        yield unread(file, f"{error}")
        return
    if len(documents) > _MOST_DOCUMENTS:
        yield unread(file, f"it holds more than {_MOST_DOCUMENTS} documents")
    for document in documents[:_MOST_DOCUMENTS]:
        items = document.get("items") if isinstance(document, dict) and document.get("kind") == "List" else None
        for one in items if isinstance(items, list) else [document]:
            if isinstance(one, dict):
                for reader in _READERS:
                    yield from _read(reader(one, file), file)


def _read(found: Iterator[ImagePolicy], file: str) -> Iterator[ImagePolicy]:
    try:
        yield from found
    except UnreadableError as error:
        yield unread(file, str(error))


def _of_path(path: Path) -> Iterator[ImagePolicy]:
    files = list(islice(files_below(path, endings=_ENDINGS), _MOST_FILES + 1)) if path.is_dir() else [path]
    if len(files) > _MOST_FILES:
        yield unread(path.name, f"more than {_MOST_FILES} files are below it")
    for file in files[:_MOST_FILES]:
        named = file.relative_to(path.parent).as_posix() if path.is_dir() else file.name
        try:
            data = content(file, max_bytes=_MAX_BYTES)
        except UnreadableError as error:
            yield unread(named, str(error))
        else:
            yield from read_policies(data, named)


def unread(file: str, reason: str) -> ImagePolicy:
    """A policy of which only the place is known: what it demands of every image is unknown."""
    wanted = Wanted(problem=f"what it demands could not be read: {reason}")
    return ImagePolicy(
        system="admission", name="that could not be read", file=file, match=patterns(["*"]), wanted=(wanted,), is_unread=True
    )
