"""Layers with a table of contents, written by the formats: eStargz and zstd:chunked."""

import gzip
import hashlib
import json
import struct
import sys
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Member = tuple[str, bytes | None] | tarfile.TarInfo
KINDS = {tarfile.REGTYPE: "reg", tarfile.DIRTYPE: "dir", tarfile.SYMTYPE: "symlink", tarfile.LNKTYPE: "hardlink"}


@dataclass(frozen=True, kw_only=True)
class Tabled:
    data: bytes
    annotations: dict[str, str]
    archive: bytes
    """What it unpacks to."""


def estargz(members: Sequence[Member], *, chunk: int = 256 << 10, edit: Callable[[list[dict]], object] = lambda _: None) -> Tabled:
    """`edit` may change the table before it is written and its digest taken."""
    data, archive, entries = _body(members, chunk, lambda piece: gzip.compress(piece, 1, mtime=0), "sha256:")
    edit(entries)
    table = json.dumps({"version": 1, "entries": entries}).encode()
    last = _file("stargz.index.json", table) + b"\0" * 1024
    footer = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x1a\0SG\x16\0" + b"%016xSTARGZ" % len(data) + b"\x01\0\0\xff\xff" + b"\0" * 8
    annotations = {"containerd.io/snapshot/stargz/toc.digest": f"sha256:{hashlib.sha256(table).hexdigest()}"}
    return Tabled(data=data + gzip.compress(last, mtime=0) + footer, annotations=annotations, archive=archive + last)


def zstd_chunked(members: Sequence[Member], *, chunk: int = 64 << 10, edit: Callable[[list[dict]], object] = lambda _: None) -> Tabled:
    """As `estargz`."""
    data, archive, entries = _body(members, chunk, zstd.compress, "sha256:")
    data, archive = data + zstd.compress(b"\0" * 1024), archive + b"\0" * 1024
    edit(entries)
    table = json.dumps({"version": 1, "entries": entries}).encode()
    packed = zstd.compress(table)
    place = f"{len(data) + 8}:{len(packed)}:{len(table)}:1"
    footer = struct.pack("<7Q8s", len(data) + 8, len(packed), len(table), 1, 0, 0, 0, b"GNUlInUx")
    annotations = {
        "io.github.containers.zstd-chunked.manifest-position": place,
        "io.github.containers.zstd-chunked.manifest-checksum": f"sha256:{hashlib.sha256(packed).hexdigest()}",
    }
    return Tabled(data=data + _skippable(packed) + _skippable(footer), annotations=annotations, archive=archive)


def _body(members: Sequence[Member], chunk: int, pack: Callable[[bytes], bytes], prefix: str) -> tuple[bytes, bytes, list[dict]]:
    """The packed archive without its end, the plain one, and the entries of the table."""
    packed, archive, waiting, entries = bytearray(), bytearray(), b"", []
    for info, content in map(_told, members):
        header = info.tobuf(tarfile.PAX_FORMAT)
        waiting += header
        archive += header + content + b"\0" * (-len(content) % 512)
        entry = {"name": info.name, "type": KINDS[info.type], "mode": info.mode, "linkName": info.linkname, "size": info.size}
        pieces = list(_pieces(content, chunk))
        if not pieces:
            entries.append(entry)
        for number, (start, piece) in enumerate(pieces):
            if waiting:
                packed += pack(waiting)
                waiting = b""
            told = entry if number == 0 else {"name": info.name, "type": "chunk"}
            size = 0 if start + len(piece) == len(content) else len(piece)
            digest = f"{prefix}{hashlib.sha256(piece).hexdigest()}"
            entries.append({**told, "offset": len(packed), "chunkOffset": start, "chunkSize": size, "chunkDigest": digest})
            packed += pack(piece)
        waiting += b"\0" * (-len(content) % 512)
    packed += pack(waiting) if waiting else b""
    return bytes(packed), bytes(archive), entries


def _told(member: Member) -> tuple[tarfile.TarInfo, bytes]:
    if isinstance(member, tarfile.TarInfo):
        return member, b""
    path, content = member
    info = tarfile.TarInfo(path)
    info.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
    info.size = len(content or b"")
    info.mode = 0o755 if "/bin/" in path else 0o644
    return info, content or b""


def _pieces(content: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    return ((start, content[start : start + size]) for start in range(0, len(content), size))


def _file(name: str, content: bytes) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    return info.tobuf(tarfile.USTAR_FORMAT) + content + b"\0" * (-len(content) % 512)


def _skippable(data: bytes) -> bytes:
    return b"\x50\x2a\x4d\x18" + struct.pack("<I", len(data)) + data
