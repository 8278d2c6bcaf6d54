"""The fleet file: what it declares, and what is wrong in it."""

from pathlib import Path, PurePosixPath

import pytest

from bot.model.fleet import Criticality, Phase
from bot.track.fleet_file import FleetEntry, FleetFileError, read_fleet

EXAMPLE = Path(__file__).parents[3] / "config" / "fleet.yaml"


def read(tmp_path: Path, text: str) -> tuple[FleetEntry, ...]:
    path = tmp_path / "fleet.yaml"
    path.write_text(text, encoding="utf-8")
    return read_fleet(path)


def test_the_example_is_right_and_shows_every_key() -> None:
    checkout, jobs = read_fleet(EXAMPLE)

    assert checkout == FleetEntry(
        name="checkout",
        repo="example/checkout",
        owners=("@example/payments",),
        criticality=Criticality.HIGH,
        phase=Phase.BAU,
        product_owner="Ana Silva",
        images=("ghcr.io/example/checkout",),
    )
    assert jobs == FleetEntry(name="checkout-jobs", repo="example/checkout", path=PurePosixPath("jobs"))


def test_an_empty_file_declares_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "") == ()
    assert read(tmp_path, "apps: []\n") == ()


APP = "apps:\n- name: a\n  repo: acme/a\n"
WRONG = {
    "unknown key": (APP + "  criticalty: high\n", "4: unknown key 'criticalty'; did you mean 'criticality'?"),
    "unknown word": (APP + "  phase: bua\n", "4: apps[1].phase: 'bua' is not known here; did you mean 'bau'?"),
    "no name": ("apps:\n- repo: acme/a\n", "2: apps[1]: the key 'name' is missing"),
    "no repo": ("apps:\n- name: a\n  repo: a\n", "3: apps[1].repo: 'a' is no repo; write it as owner/name"),
    "folder from the root of the machine": (
        APP + "  path: /jobs\n",
        "4: apps[1].path: '/jobs' is no folder of the repo; write it from the repo's root, without a slash in front",
    ),
    "folder outside": (
        APP + "  path: a/../../b\n",
        "4: apps[1].path: 'a/../../b' is no folder of the repo; write it from the repo's root, without a slash in front",
    ),
    "owner": (APP + "  owners: [payments]\n", "4: apps[1].owners[1]: 'payments' is no owner; write @user or @organisation/team"),
    "image with a tag": (
        APP + "  images: ['ghcr.io/acme/a:1']\n",
        "4: apps[1].images[1]: 'ghcr.io/acme/a:1' names one image; write the name without tag and digest",
    ),
    "no image": (APP + "  images: ['ghcr.io/ACME/a']\n", "4: apps[1].images[1]: not an image name: 'ghcr.io/ACME/a'"),
    "name twice": (APP + "- name: a\n  repo: acme/b\n", "4: an app is called 'a' already on line 2; names are unique"),
    "place twice": (
        APP + "- name: b\n  repo: Acme/A\n",
        "5: Acme/A, folder (the whole repo), is an app already on line 2; give each its own `path`",
    ),
    "folder twice": (
        APP + "  path: x\n- name: b\n  repo: acme/a\n  path: x/\n",
        "7: acme/a, folder x/, is an app already on line 2; give each its own `path`",
    ),
}


@pytest.mark.parametrize(("text", "expected"), WRONG.values(), ids=WRONG.keys())
def test_each_fault_names_its_line(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(FleetFileError) as caught:
        read(tmp_path, text)

    assert str(caught.value) == f"{tmp_path / 'fleet.yaml'}:{expected}"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FleetFileError, match=r"can't be read: .*mend fleet_file in the configuration"):
        read_fleet(tmp_path / "fleet.yaml")


def test_several_images_become_normal_names(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, APP + "  images: [acme/a, ghcr.io/acme/a]\n")

    assert entry.images == ("docker.io/acme/a", "ghcr.io/acme/a")
