"""A file's bytes -> text that gives the same bytes back."""

from typing import Final

_BINARY_PROBE_BYTES: Final = 8192


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and the name of the encoding that turns it back into exactly these bytes.

    UTF-8 where it is that (a byte order mark stays as U+FEFF, the first character), else Latin-1, which takes any bytes.
    Line ends are kept.
    """
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def is_binary(data: bytes) -> bool:
    """Whether the bytes are no text: a NUL among the first 8 KiB, which is how git tells."""
    return b"\0" in data[:_BINARY_PROBE_BYTES]
