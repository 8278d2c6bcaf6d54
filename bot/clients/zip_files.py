"""The files of a zip archive in memory, within bounds, whatever its list says of them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from bot.clients.json_fields import UnreadableError

_MOST_LIST_BYTES: Final = 4 << 20
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OverflowError, struct.error, LookupError,
)  # fmt: skip
"""What `zipfile` raises for what is spoilt; LookupError for a file whose name begins with a zero."""


class _Bounded(io.BytesIO):
    """Gives no more at once than the list of an archive may be long: zipfile reads that in one piece."""

    def read(self, size: int | None = -1, /) -> Any:  # noqa: ANN401 - as the class above has it
        if size is not None and size > _MOST_LIST_BYTES:
            raise UnreadableError(f"the archive's list is longer than {_MOST_LIST_BYTES >> 20} MiB")
        return super().read(size)


def files_of(data: bytes, *, endings: Sequence[str], most_files: int, max_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file of these endings, by name; all together no more than `max_bytes`. Raises UnreadableError."""
    try:
        with zipfile.ZipFile(_Bounded(data)) as archive:
            wanted = sorted((one for one in archive.infolist() if _is_wanted(one, endings)), key=lambda one: one.filename)
            if len(wanted) > most_files:
                raise UnreadableError(f"the archive has more than {most_files} lists")
            left = max_bytes
            for one in wanted:
                if one.compress_type not in _METHODS or one.flag_bits & 1:
                    raise UnreadableError("the archive is packed in an unusual way, or encrypted")
                with archive.open(one) as file:
                    body = file.read(left + 1)
                left -= len(body)
                if left < 0:
                    raise UnreadableError(f"the archive holds more than {max_bytes >> 20} MiB")
                yield one.filename, body
    except _BROKEN as error:
        raise UnreadableError("it is no zip archive, or a broken one") from error


def _is_wanted(one: zipfile.ZipInfo, endings: Sequence[str]) -> bool:
    return not one.is_dir() and one.filename.lower().endswith(tuple(endings))
