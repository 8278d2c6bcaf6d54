import pytest

from bot.model.sizes import in_words


@pytest.mark.parametrize(("size", "words"), [(0, "0 bytes"), (1, "1 byte"), (2, "2 bytes"), (999, "999 bytes"), (1000, "1.0 kB")])
def test_a_size_in_words(size, words):
    assert in_words(size) == words
