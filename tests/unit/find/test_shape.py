import pytest

from bot.find.shape import NoSplitError, shape, split
from bot.model.pin import Site, SiteKind, Span


def site(text: str) -> Site:
    """A site from `before[text]after`."""
    before, _, rest = text.partition("[")
    inner, _, after = rest.partition("]")
    return Site(kind=SiteKind.TAG, span=Span(0, len(inner)), line=1, text=inner, before=before, after=after)


@pytest.mark.parametrize(
    ("sites", "whole", "texts"),
    [
        pytest.param(["[1.2]"], "anything", ["anything"], id="one literal takes all"),
        pytest.param(["book-[1]-slim"], "book-22-slim", ["22"], id="between fixed parts"),
        pytest.param(["[3.12.4]", "[-slim]"], "3.13.0-slim", ["3.13.0", "-slim"], id="the shapes tell two neighbours apart"),
        pytest.param(["[3.12.4]", "[-slim]"], "3.13-slim", ["3.13", "-slim"], id="what need not change stays"),
        pytest.param(["[3.12.4]", "[-slim]"], "3.12.4-bookworm", ["3.12.4", "-bookworm"], id="the other of two"),
        pytest.param(["[3]", ".[12]"], "4.1", ["4", "1"], id="a fixed part between"),
        pytest.param(["[bookworm-]", "[20240408]", "[-slim]"], "trixie-20250811-slim", ["trixie-", "20250811", "-slim"], id="three"),
        pytest.param(["[sha256:]", "[00aa]"], "sha256:a0b1", ["sha256:", "a0b1"], id="a digest whose digits stand apart"),
        pytest.param(["[]", "[1.2]"], "1.3", ["", "1.3"], id="an empty literal stays empty"),
        pytest.param(["[1]", "[2]"], "12", ["1", "2"], id="the same value"),
    ],
)
def test_split(sites: list[str], whole: str, texts: list[str]) -> None:
    assert split(whole, [site(text) for text in sites]) == texts


@pytest.mark.parametrize(
    ("sites", "whole", "message"),
    [
        pytest.param(["book-[1]-slim"], "trixie-2-slim", "can't be written with book-", id="another beginning"),
        pytest.param(["book-[1]-slim"], "book-2", "can't be written", id="another end"),
        pytest.param(["book-[1]-slim"], "book--slim", "can't be written", id="nothing left for the literal"),
        pytest.param(["a[1]b"], "ab", "can't be written", id="beginning and end would overlap"),
        pytest.param(["[1]", "[2]"], "345", "more than one way", id="neighbours of one shape"),
        pytest.param(["[3.12]", "[-slim]"], "3.13", "more than one way", id="no number is cut in two"),
        pytest.param(["[bookworm]", "[-slim]"], "trixie", "can't be written", id="no word is cut in two"),
        pytest.param(["[1]"] * 20, "1" * 20, "can't be written", id="too many literals"),
    ],
)
def test_no_split(sites: list[str], whole: str, message: str) -> None:
    with pytest.raises(NoSplitError, match=message):
        split(whole, [site(text) for text in sites])


@pytest.mark.parametrize(
    ("text", "expected"), [("3.12.4-slim", "0.0.0-a"), ("v1", "a0"), ("RELEASE.2024-04-06T05Z", "a.0-0-0a0a"), ("", "")]
)
def test_shape(text: str, expected: str) -> None:
    assert shape(text) == expected
