import pytest

from bot.clients.text import decode, is_binary


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        pytest.param("é\r\n".encode(), "é\r\n", "utf-8", id="UTF-8 with CRLF"),
        pytest.param(b"\xef\xbb\xbfa", "\ufeffa", "utf-8", id="the byte order mark stays"),
        pytest.param(b"caf\xe9", "café", "latin-1", id="no UTF-8"),
        pytest.param(bytes(range(1, 256)), "".join(map(chr, range(1, 256))), "latin-1", id="any bytes"),
        pytest.param(b"", "", "utf-8", id="nothing"),
    ],
)
def test_text_gives_its_bytes_back(data: bytes, text: str, encoding: str) -> None:
    assert decode(data) == (text, encoding)
    assert text.encode(encoding) == data


def test_a_nul_makes_bytes_binary() -> None:
    assert is_binary(b"a\0b")
    assert not is_binary(b"a" * 9000 + b"\0")
