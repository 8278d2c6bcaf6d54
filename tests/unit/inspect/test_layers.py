"""One layer: unpacked, walked, and bounded whatever it is."""

import gzip
import hashlib
import io
import sys
import tarfile
import tracemalloc
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inspect.layers.tar import Kind, TarReader, inside
from bot.inspect.layers.unpacked import LayerError, LayerLimits, Unpacked
from bot.inspect.layers.walk import walk
from bot.inspect.readers import READERS
from tests.images import MATERIAL, Bytes, archive, link, needs_material, walked

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STATUS = "var/lib/dpkg/status"
ACL = b"Package: acl\nVersion: 2.3\n"
MEBIBYTE = 1 << 20
SKIPPABLE = b"\x5a\x2a\x4d\x18" + (8).to_bytes(4, "little") + b"contents"


def packages(record):
    return [(package.name, package.version) for file in record.files for package in file.found.packages]


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param(lambda data: data, id="plain"),
        pytest.param(gzip.compress, id="gzip"),
        pytest.param(lambda data: gzip.compress(data[:700]) + gzip.compress(data[700:]), id="gzip in members, as eStargz"),
        pytest.param(zstd.compress, id="zstd"),
        pytest.param(lambda data: SKIPPABLE + zstd.compress(data[:700]) + zstd.compress(data[700:]) + SKIPPABLE, id="zstd:chunked"),
    ],
)
def test_a_layer_is_read_however_it_is_packed_and_its_diff_id_is_that_of_the_archive(pack):
    data = archive(("var", None), (STATUS, ACL))
    unpacked = Unpacked(Bytes(pack(data), piece=100), limits=LayerLimits())

    record = walk(unpacked, READERS, LayerLimits())

    assert packages(record) == [("acl", "2.3")]
    assert unpacked.diff_id == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert unpacked.packed_bytes == len(pack(data))


NAMES = st.lists(st.text("aé.b", min_size=1, max_size=60), min_size=1, max_size=6).map("/".join).filter(lambda name: set(name) - {"."})


@given(
    members=st.lists(st.tuples(NAMES, st.binary(max_size=2000)), max_size=8),
    format_=st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
)
def test_archives_are_read_as_tarfile_reads_them(members, format_):
    data = archive(*members, link("l" * 150, "t" * 150), format_=format_)

    reader = TarReader(Unpacked(Bytes(data), limits=LayerLimits()))
    found = [(entry.path, entry.kind, reader.read(entry.size), entry.link) for entry in reader.entries()]

    with tarfile.open(fileobj=io.BytesIO(data)) as judge:
        expected = [
            (m.name, Kind.FILE if m.isreg() else Kind.SYMLINK, judge.extractfile(m).read() if m.isreg() else b"", m.linkname) for m in judge
        ]
    assert found == expected


@pytest.mark.parametrize(
    ("path", "real"),
    [("./etc//x", "etc/x"), ("/etc/x", "etc/x"), ("a/../etc/x", "etc/x"), ("../etc/x", None), ("a/../../x", None), ("./", "")],
)
def test_paths_stay_inside(path, real):
    assert inside(path) == real


def test_a_path_that_leads_out_is_passed_over_and_said():
    record = walked(archive((f"../{STATUS}", ACL), ("../../etc/passwd", b"x"), (f"./{STATUS}", b"Package: b\nVersion: 1\n")))

    assert packages(record) == [("b", "1")]
    assert len(record.problems) == 2
    assert "out of the image" in record.problems[0]


def test_whiteouts_are_told_apart():
    record = walked(archive(("var/lib/.wh.dpkg", b""), ("opt/.wh..wh..opq", b""), (".wh..wh.plnk", b""), (".wh.srv", b"")))

    assert set(record.removed) == {"var/lib/dpkg", "srv"}
    assert record.emptied == ("opt",)
    assert record.files == ()


def test_the_last_of_two_equal_paths_counts():
    assert packages(walked(archive((STATUS, ACL), (STATUS, b"Package: b\nVersion: 1\n")))) == [("b", "1")]


def test_a_hard_link_to_a_file_that_was_read_tells_the_same_and_another_is_said():
    lost = link("usr/lib/apk/db/installed", "opt/store/1", is_hard=True)
    record = walked(archive((STATUS, ACL), link("usr/lib/opkg/status", STATUS, is_hard=True), ("opt/store/1", b"P:x"), lost))

    found = {file.path: file.found for file in record.files}
    assert [package.path for package in found["usr/lib/opkg/status"].packages] == ["usr/lib/opkg/status"]
    assert found["usr/lib/apk/db/installed"].packages == ()
    assert "hard link" in found["usr/lib/apk/db/installed"].problems[0]


def _sparse():
    info = tarfile.TarInfo(STATUS)
    info.type, info.size = tarfile.GNUTYPE_SPARSE, 512
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"\x80" + (10 << 30).to_bytes(11, "big")  # the size that it would have on disk
    header[482] = 1
    header[148:156] = b"%06o\0 " % sum(header[:148] + b"        " + header[156:])
    return bytes(header) + b"\0" * 512 + b"x" * 512 + archive(("a", b""))


def _many(count):
    info = tarfile.TarInfo("usr/share/x")
    return info.tobuf() * count + b"\0" * 1024


def _broken(data, place):
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


def _header(kind, size):
    """A header whose field for the size is this text, behind a file: there is something to go back to."""
    header = bytearray(tarfile.TarInfo("x").tobuf(tarfile.GNU_FORMAT))
    header[124:136], header[156:157], header[148:156] = size.ljust(12, b"\0"), kind, b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return archive(("f", b"x" * 3000))[:3584] + bytes(header) + archive((STATUS, ACL))


def _records(*records):
    """A pax header of these records."""
    told = [b" %s=%s\n" % record for record in records]
    lengths = [next(length for length in range(len(text), len(text) + 9) if length == len(text) + len(str(length))) for text in told]
    data = b"".join(b"%d%s" % (length, text) for length, text in zip(lengths, told, strict=True))
    return _pax_of(len(data)) + data + b"\0" * (-len(data) % 512)


def _pax_of(size):
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, size
    return info.tobuf(tarfile.GNU_FORMAT)


KINDS = (b"g", b"x", b"L", b"K", b"0")
ENDLESS = b"".join(_records((b"k%05d" % number, b"v" * 900)) for number in range(20_000)) + archive(("x", b""))
_WRITER = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
WIDE = _WRITER.compress(archive((STATUS, ACL))) + _WRITER.flush()
SMALL = LayerLimits(max_unpacked_bytes=50 * MEBIBYTE, ratio_from_bytes=5 * MEBIBYTE, max_entries=1000, max_removals=100, max_packages=5)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"", None, id="empty"),
        pytest.param(b"no archive" * 200, "no tar archive", id="no archive"),
        pytest.param(archive((STATUS, b"x" * 5000))[:2000], "in the middle", id="cut short in a wanted file"),
        pytest.param(archive(("srv/x", b"x" * 5000))[:2000], "in the middle", id="cut short in another"),
        pytest.param(_broken(archive((STATUS, ACL)), 20), "broken", id="wrong checksum"),
        pytest.param(gzip.compress(archive((STATUS, ACL)))[:-20], "compression", id="gzip cut short"),
        pytest.param(_broken(gzip.compress(archive((STATUS, ACL))), 30), "compression", id="gzip broken"),
        pytest.param(gzip.compress(archive((STATUS, ACL))) + b"rubbish", "compression", id="rubbish behind gzip"),
        pytest.param(zstd.compress(archive((STATUS, ACL)))[:-20], "compression", id="zstd cut short"),
        pytest.param(gzip.compress(b"\0" * (20 * MEBIBYTE)), "times its size", id="gzip bomb"),
        pytest.param(zstd.compress(archive(("x", b"\0" * (20 * MEBIBYTE)))), "times its size", id="zstd bomb"),
        pytest.param(archive(("x", bytes(range(256)) * (300 << 10))), "unpacks to more", id="too large"),
        pytest.param(_many(1001), "entries", id="too many entries"),
        pytest.param(archive(*((f".wh.{n}", b"") for n in range(101))), "takes away", id="too many whiteouts"),
        pytest.param(
            archive((STATUS, b"".join(b"Package: a%d\nVersion: 1\n\n" % n for n in range(6)))), "packages", id="too many packages"
        ),
        pytest.param(_pax_of(8 << 30), "name of 8589934592 bytes", id="a pax header of 8 GiB"),
        pytest.param(_pax_of(20) + b"99999999999 a=b\n".ljust(512, b"\0"), "pax", id="a broken pax header"),
        pytest.param(_pax_of(16) + b"16 size=minus1x\n".ljust(512, b"\0") + archive(("x", b"")), "no number", id="a size that is none"),
        pytest.param(_records((b"size", b"9" * 5000)) + archive(("x", b"")), "no number", id="a size of 5000 digits"),
        *(pytest.param(_header(kind, b"-1000"), "no number", id=f"a size that leads back: {kind}") for kind in KINDS),
        pytest.param(gzip.compress(ENDLESS, compresslevel=1), None, id="pax headers without end"),
        pytest.param(_sparse(), None, id="a sparse file of 10 GiB"),
        pytest.param(WIDE, "compression", id="a window of 128 MiB"),
    ],
)
def test_hostile_layers_end_in_an_answer(data, said):
    tracemalloc.start()
    try:
        walked(data, SMALL)
        told = None
    except LayerError as error:
        told = str(error)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert told is None if said is None else said in (told or "")
    assert peak < 8 * MEBIBYTE


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_sparse(), id="as GNU tar writes it"),
        pytest.param(
            _records((b"GNU.sparse.major", b"1"), (b"GNU.sparse.name", STATUS.encode()), (b"GNU.sparse.realsize", b"10737418240"))
            + archive(("x", b"1\n0\n512\n".ljust(512, b"\0"))),
            id="as pax has it",
        ),
    ],
)
def test_a_sparse_database_is_said(data):
    assert [(file.path, file.found.problems) for file in walked(data).files] == [(STATUS, ("not read: it is a sparse file",))]


def test_names_and_texts_that_are_not_utf8_stay_apart_and_can_be_written():
    names = [tarfile.TarInfo(f"usr/lib/node_modules/{name}/package.json") for name in ("caf\udce9", "caf\udce8")]
    told = [b'{"name": "\\ud800a", "version": "1"}', b'{"name": "b\xed\xa0\x80", "version": "2\\udfff"}']
    data = b""
    for name, text in zip(names, told, strict=True):
        name.size = len(text)
        data += name.tobuf(tarfile.GNU_FORMAT, errors="surrogateescape") + text.ljust(512, b"\0")

    record = walked(data + archive((STATUS, b"Package: caf\xe9\nVersion: 1\xff\n")))

    assert sorted(file.path for file in record.files) == [
        r"usr/lib/node_modules/caf\xe8/package.json",
        r"usr/lib/node_modules/caf\xe9/package.json",
        STATUS,
    ]
    assert [name for name, _ in packages(record)] == ["\ufffda", "b\ufffd", "caf\ufffd"]
    assert all(name.encode() and version.encode() for name, version in packages(record))


def test_a_database_that_is_too_large_is_said_and_never_held():
    huge = tarfile.TarInfo(STATUS)
    huge.size = 200 * MEBIBYTE
    data = gzip.compress(huge.tobuf() + b"x" * huge.size + archive(("lib/apk/db/installed", b"P:a\nV:1\n")), compresslevel=1)

    tracemalloc.start()
    record = walked(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert packages(record) == [("a", "1")]
    assert "209715200 bytes" in record.files[0].found.problems[0]
    assert peak < 8 * MEBIBYTE


def test_a_layer_that_trickles_is_left():
    seconds = iter(range(0, 10_000, 400))
    unpacked = Unpacked(
        Bytes(archive(("x", bytes(range(256)) * 4000))), limits=LayerLimits(longest=timedelta(seconds=900)), monotonic=lambda: next(seconds)
    )

    with pytest.raises(LayerError, match="longer than 900 s"):
        walk(unpacked, READERS, LayerLimits())


@given(st.binary(max_size=3000), st.integers(0, 2000))
def test_any_bytes_end_in_an_answer(rubbish, place):
    data = archive((STATUS, ACL), ("lib/apk/db/installed", b"P:a\nV:1\n"), ("x" * 200, b"y"))
    with suppress(LayerError):
        walked(data[:place] + rubbish + data[place + len(rubbish) :])


@needs_material
@pytest.mark.parametrize("file", sorted(path.name for path in (MATERIAL / "layers").glob("*.tar")))
def test_real_layers_are_walked_to_their_end(file):
    record = walked((MATERIAL / "layers" / file).read_bytes())

    expected = {"alpine-310-databases.tar": 14, "alpine-311-databases.tar": 14}
    assert len(packages(record)) == expected.get(file, 0)
    assert not [problem for found in record.files for problem in found.found.problems]
