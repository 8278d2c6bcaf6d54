"""Archives as a careless or hostile server may serve them: bounded, and never half believed."""

import io
import json
import struct
import zipfile
from pathlib import Path

import pytest

from bot.assess.osv import archive
from bot.assess.osv.archive import ArchiveError, records
from tests.advisories import advisory

GOOD = json.dumps(advisory("A-1", ("npm", "a"))).encode()


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as writer:
        for name, body in files.items():
            writer.writestr(name, body)
    return sink.getvalue()


def with_lying_size(size: int) -> bytes:
    """An archive whose list says another size than its file has."""
    data = bytearray(packed({"A-1.json": GOOD}))
    entry = data.rindex(b"PK\x01\x02")
    struct.pack_into("<L", data, entry + 24, size)
    return bytes(data)


def with_long_list() -> bytes:
    """An archive that says that its list is 4 GB long."""
    data = bytearray(packed({"A-1.json": GOOD}))
    struct.pack_into("<L", data, data.rindex(b"PK\x05\x06") + 12, 0xFFFF_FFF0)
    return bytes(data)


def encrypted() -> bytes:
    data = bytearray(packed({"A-1.json": GOOD}))
    struct.pack_into("<H", data, data.rindex(b"PK\x01\x02") + 8, 1)
    struct.pack_into("<H", data, 6, 1)
    return bytes(data)


def test_every_record_comes_with_how_many_there_are(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(packed({"A-1.json": GOOD, "folder/": b"", "A-2.json": GOOD.replace(b"A-1", b"A-2")}))

    assert [(record["id"], total) for record, total in records(path)] == [("A-1", 2), ("A-2", 2)]


def test_names_are_never_paths(tmp_path: Path) -> None:
    path = tmp_path / "in" / "all.zip"
    path.parent.mkdir()
    path.write_bytes(packed({"../../escaped.json": GOOD, "/etc/absolute.json": GOOD}))

    assert len(list(records(path))) == 2
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["all.zip", "in"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"", "no zip archive", id="empty"),
        pytest.param(b"<html>sign in</html>", "no zip archive", id="a proxy's page"),
        pytest.param(packed({"A-1.json": GOOD})[:-30], "no zip archive", id="cut short"),
        pytest.param(packed({"A-1.json": GOOD}).replace(b"PK\x03\x04", b"PK\x03\x05"), "no zip archive", id="broken within"),
        pytest.param(with_lying_size(10), "no zip archive, or a broken one", id="a size that is not so"),
        pytest.param(with_long_list(), "no zip archive, or a broken one", id="a list of 4 GB"),
        pytest.param(encrypted(), "no zip archive, or a broken one", id="encrypted"),
        pytest.param(packed({"A-1.json": GOOD}, zipfile.ZIP_LZMA), "'A-1.json' is packed in an unusual way", id="another method"),
        pytest.param(packed({"A-1.json": b"{"}), "'A-1.json': no valid JSON (line 1)", id="no JSON"),
        pytest.param(packed({"A-1.json": b"[" * 100_000}), "nested too deeply", id="nested"),
        pytest.param(packed({"A-1.json": b"[]"}), "'A-1.json' is no advisory", id="a list"),
        pytest.param(packed({"A-1.json": b'{"id": 1}'}), "'A-1.json' is no advisory", id="a number for a name"),
        pytest.param(packed({"\x1b[31m.json": b"{}"}), r"'\x1b[31m.json' is no advisory", id="a name that would colour the terminal"),
        pytest.param(packed({"A-1.json": b" " * (65 << 20)}), "'A-1.json' is larger than 67,108,864 bytes", id="a bomb in one file"),
    ],
)
def test_what_can_not_be_read_whole_is_not_believed(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(data)

    with pytest.raises(ArchiveError) as caught:
        list(records(path))

    assert said in str(caught.value)


def test_a_bomb_of_many_files_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_SLACK_BYTES", 1 << 20)
    path = tmp_path / "all.zip"
    body = json.dumps({"id": "A", "details": " " * (1 << 20)}).encode()
    path.write_bytes(packed({f"A-{number}.json": body for number in range(20)}))

    with pytest.raises(ArchiveError, match="its content is larger than"):
        list(records(path))


def test_a_list_is_read_in_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_MOST_DIRECTORY_BYTES", 1000)
    path = tmp_path / "all.zip"
    path.write_bytes(packed({f"A-{number}.json": GOOD for number in range(100)}))

    with pytest.raises(ArchiveError, match="its list is longer than"):
        list(records(path))
