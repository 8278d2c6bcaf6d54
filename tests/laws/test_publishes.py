"""What holds for every reader of outputs, whatever the text."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.find.publishes.read import READERS
from bot.find.publishes.reader import Context, Reader
from tests.laws.test_finders import SAMPLES, SETTINGS, broken

PATHS = [
    PurePosixPath(name) for name in ("compose.yaml", "Makefile", "build.gradle", "pom.xml", "docker-bake.hcl", ".github/workflows/a.yaml")
]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: type(reader).__name__)
@given(data=st.data())
@SETTINGS
def test_broken_files_are_read(reader: Reader, data: st.DataObject) -> None:
    known = [(path, text) for path, text, _ in SAMPLES if reader.matches(path)] + [(path, "") for path in PATHS if reader.matches(path)]
    path, text = data.draw(st.sampled_from(known))
    text = broken(text, data)

    found = list(reader.read(path, text, Context()))

    for one in found:
        assert one.text
        assert one.file == path
        assert 1 <= one.line <= text.count("\n") + 1
