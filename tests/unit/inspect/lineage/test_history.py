"""The name of a base beside a step of the history, as buildah and podman write it."""

from types import SimpleNamespace

import pytest

from bot.inspect.lineage.detector import Says
from bot.inspect.lineage.history import History, first_own_step

NAME, STEP, OTHERS = "FROM docker.io/library/debian:12", "FROM eb0fe0e1be34", "buildkit.dockerfile.v0"


@pytest.mark.parametrize(
    ("comments", "named", "own"),
    [
        pytest.param(["", NAME, STEP, STEP], "docker.io/library/debian:12", 1, id="a layer for each step"),
        pytest.param(["", "", NAME], "docker.io/library/debian:12", None, id="one layer: where it begins is not told"),
        pytest.param(["", NAME, STEP, "FROM team/base:1", STEP], "docker.io/team/base:1", 3, id="on another one of the kind"),
        pytest.param([NAME, STEP, OTHERS], None, None, id="another tool built on top"),
        pytest.param([NAME, STEP, ""], None, None, id="another tool that says nothing"),
        pytest.param([NAME, "", STEP], None, None, id="steps of two tools"),
        pytest.param(["", STEP, STEP], None, None, id="no name at all"),
        pytest.param(["", "FROM UPPER CASE"], None, None, id="no name of an image"),
        pytest.param([], None, None, id="no history"),
    ],
)
def test_only_the_last_build_is_heard(comments, named, own):
    image = SimpleNamespace(comments=tuple(comments), platform="linux/amd64")

    heard = [(str(said.claim.base), said.says) for said in History().hear(image)]

    assert heard == ([(named, Says.NAME_OF_ITS_BASE)] if named else [])
    assert first_own_step(image) == own
