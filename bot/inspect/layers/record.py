"""What is remembered of a layer: it depends on the layer's bytes alone, so that a base shared by many images is read once."""

from dataclasses import dataclass

from bot.inspect.reader import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A wanted file, and what its readers said."""

    path: str
    found: Found
    """With nothing in it where the file tells nothing, or can't be read: it still hides what lay there in the layers below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What stands at a place on the way to a fixed path: a link decides where the path leads, and a file hides all that lay below."""

    path: str
    link: str | None = None
    """Where it leads, as written; None: no link."""
    is_folder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRecord:
    """One layer, read to its end and proved by its digest; or by its table of contents."""

    files: tuple[FileRecord, ...] = ()
    removed: tuple[str, ...] = ()
    """Paths that the layer takes away from those below (whiteouts)."""
    emptied: tuple[str, ...] = ()
    """Folders of which it keeps nothing of those below (opaque whiteouts)."""
    shapes: tuple[Shape, ...] = ()
    problems: tuple[str, ...] = ()
    """What was passed over, and why."""
    entries: int = 0
    unpacked_bytes: int = 0
    is_by_table: bool = False
    """Whether only its table of contents and the files that it lists were read (`bot.inspect.layers.by_table`)."""
