"""Files of an archive that somebody spoilt: what can't be read is told as such, and nothing else is raised."""

import io
import zipfile

import pytest

from bot.clients.json_fields import UnreadableError
from bot.clients.zip_files import files_of


def archive() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo("a.json"), "{}")
    return written.getvalue()


def read(data: bytes) -> dict[str, bytes]:
    return dict(files_of(data, endings=(".json",), most_files=9, max_bytes=1 << 20))


@pytest.mark.filterwarnings("ignore")
def test_no_byte_that_was_changed_breaks_anything():
    whole = archive()
    assert read(whole) == {"a.json": b"{}"}
    for place in range(len(whole)):
        for value in (0, 1, 8, 0x7F, 0xFF):
            spoilt = bytearray(whole)
            spoilt[place] = value
            try:
                read(bytes(spoilt))
            except UnreadableError:
                continue
