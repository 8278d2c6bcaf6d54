"""Ubuntu's chiselled images have no dpkg database but a manifest: zstd-packed JSON lines (chisel's "jsonwall")."""

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bot.clients.json_text import read_json
from bot.inspect.reader import MAX_TEXT_BYTES, MEBIBYTE, Content, FileEntry, Found, Reader, UnreadableError
from bot.model.contents import Package

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_PATH: Final = "var/lib/chisel/manifest.wall"
_MAX_PACKED_BYTES: Final = 16 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class ChiselReader:
    name: str = "chisel"
    paths: frozenset[str] = frozenset({_PATH})
    precedence: int = 0

    def wants(self, entry: FileEntry) -> bool:
        return entry.path == _PATH

    def read(self, entry: FileEntry, content: Content) -> Found:
        lines = _lines(content.whole(max_bytes=_MAX_PACKED_BYTES))
        if "jsonwall" not in next(lines, {}):
            raise UnreadableError("it is no manifest of chisel")
        # The manifest names no source package; Ubuntu's advisories speak of those, which whoever assesses must know.
        packages = [
            Package(
                type="deb", name=str(told["name"]), version=str(told["version"]), architecture=str(told.get("arch", "")), path=entry.path
            )
            for told in lines
            if told.get("kind") == "package" and told.get("name") and told.get("version")
        ]
        return Found(packages=tuple(packages))


def _lines(data: bytes) -> Iterator[dict[str, Any]]:
    unpacked = 0
    try:
        with zstd.ZstdFile(io.BytesIO(data), "rb", options={zstd.DecompressionParameter.window_log_max: 23}) as stream:
            while line := stream.readline(MEBIBYTE):
                unpacked += len(line)
                if unpacked > MAX_TEXT_BYTES:
                    raise UnreadableError(f"it unpacks to more than {MAX_TEXT_BYTES} bytes")
                told = read_json(line)
                yield told if isinstance(told, dict) else {}
    except (zstd.ZstdError, EOFError, ValueError, RecursionError) as error:
        raise UnreadableError(f"it can't be unpacked ({error})") from error


PLUGIN: Final[Reader] = ChiselReader()
