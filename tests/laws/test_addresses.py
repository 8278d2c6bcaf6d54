"""What holds for addresses with a version in them."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.find.proof import Wanted, change_files
from bot.find.scan import find_in_file
from bot.model.pin import Pin
from tests.laws.test_finders import OneFile

HOSTS = [
    "https://github.com/acme/a/releases/download/{ref}/",
    "https://raw.githubusercontent.com/acme/a/{ref}/",
    "https://raw.githubusercontent.com/acme/a/refs/tags/{ref}/",
    "https://gitlab.example/acme/a/-/raw/{ref}/",
    "https://codeberg.org/acme/a/releases/download/{ref}/",
    "https://cdn.jsdelivr.net/gh/acme/a@{ref}/",
]
PREFIXES = st.sampled_from(["", "v", "chart-", "app-v", "release_"])
PIECES = st.lists(st.sampled_from(["tool", "-", "_", "/", "{ref}", "{core}", "linux", "amd64"]), max_size=6)
PLACES = ["url: {address}\n", "urls:\n  - {address}\n", "- {address}\n", "jobs: {{a: {{env: {{X: '{address}'}}}}}}\n"]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("place", PLACES)
@given(prefix=PREFIXES, pieces=PIECES)
def test_no_part_of_the_old_version_stays(host: str, place: str, prefix: str, pieces: list[str]) -> None:
    old, new = f"{prefix}1.23.4", f"{prefix}1.24.0"
    tail = "-".join(pieces).format(ref=old, core="1.23.4") + ".yaml"
    text = place.format(address=host.format(ref=old) + tail)
    tree = OneFile(PurePosixPath("x.yaml"), text)
    pins = [found for found in find_in_file(PurePosixPath("x.yaml"), text, tree) if isinstance(found, Pin)]
    assert [pin.value for pin in pins] == [old]

    changed = change_files(tree, [Wanted(pin=pins[0], value=new)])

    # Or it is refused with a reason: half a move is none.
    assert bool(changed.changes) != bool(changed.failures)
    for change in changed.changes:
        assert "1.23.4" not in change.new.decode()
        assert change.new.decode() == text.replace("1.23.4", "1.24.0")
