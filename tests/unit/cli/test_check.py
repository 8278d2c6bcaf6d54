"""What `check` says of a pin, beside the verdict."""

from pathlib import PurePosixPath

import pytest

from bot.cli.check import for_people
from bot.cli.rows import decision_row
from bot.model.dependency import Dependency, Release
from bot.model.pin import Pin, Role
from bot.model.update import Candidate, Decision, Hold, Propose, Undecidable, Update, UpdateKind, UpToDate

NGINX = Dependency(datasource="oci", name="docker.io/library/nginx")
PIN = Pin(
    file=PurePosixPath("Dockerfile"),
    finder="dockerfile",
    dependency=NGINX,
    name="nginx",
    scheme="docker",
    value="1.2.0",
    role=Role.IMAGE,
    sites=(),
    line=1,
    column=1,
)
UPDATE = Update(pin=PIN, release=Release(dependency=NGINX, value="1.3.0", deprecation="gone in May"), kind=UpdateKind.MINOR)
MISMATCH = Candidate(value="1.1.0", verdict="mismatch", reason="0123 belongs to 1.1.0")
FORBIDDEN = Candidate(value="1.2.0", verdict="forbidden base", reason="this base is forbidden")


@pytest.mark.parametrize(
    ("verdict", "candidates", "why"),
    [
        pytest.param(UpToDate(pin=PIN), (), "", id="nothing"),
        pytest.param(UpToDate(pin=PIN), (MISMATCH,), "0123 belongs to 1.1.0", id="a remark"),
        pytest.param(Undecidable(pin=PIN, reason="no order"), (MISMATCH,), "no order; 0123 belongs to 1.1.0", id="a reason and a remark"),
        pytest.param(
            Hold(update=UPDATE, policy="approved base", reason="this base is forbidden"),
            (FORBIDDEN,),
            "approved base: this base is forbidden; its publisher warns: gone in May",
            id="a remark that is the reason",
        ),
        pytest.param(Propose(update=UPDATE), (), "its publisher warns: gone in May", id="a warning"),
    ],
)
def test_why(verdict, candidates, why):
    assert for_people(Decision(pin=PIN, verdict=verdict, candidates=candidates))["why"] == why


def test_machines_get_remarks_and_warning_apart():
    row = decision_row(Decision(pin=PIN, verdict=Propose(update=UPDATE), candidates=(MISMATCH,)))

    assert (row["remarks"], row["warning"]) == (["0123 belongs to 1.1.0"], "gone in May")
