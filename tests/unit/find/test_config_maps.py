"""Full references in the data of ConfigMaps: off until the configuration asks, and then in finding and in the proof alike."""

from pathlib import Path

import pytest

from bot.clients.folder import FolderTree
from bot.find.config_maps import OPTIONAL
from bot.find.finder import Finder
from bot.find.plugins import FINDERS, with_optional
from bot.find.proof import Wanted, change_files
from bot.find.scan import scan
from bot.model.pin import Pin
from bot.settings import load
from bot.wiring import folder, local

CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
data:
  image: ghcr.io/acme/api:1.0.0
  text: |
    image: ghcr.io/acme/worker:1.0.0
"""


@pytest.fixture
def tree(tmp_path: Path) -> FolderTree:
    (tmp_path / "settings.yaml").write_text(CONFIG_MAP, encoding="utf-8")
    return FolderTree(tmp_path)


def pins(tree: FolderTree, finders: tuple[Finder, ...]) -> list[Pin]:
    return [found for found in scan(tree, finders=finders) if isinstance(found, Pin)]


def test_off_they_are_what_they_were(tree: FolderTree) -> None:
    (skip,) = scan(tree)

    assert not isinstance(skip, Pin)
    assert skip.reason == "stands in the data of a ConfigMap: an annotation, or find.config_map_images, makes it a pin"


def test_a_proof_without_the_finder_refuses_what_it_found(tree: FolderTree) -> None:
    on = with_optional(OPTIONAL)
    wanted = [Wanted(pin=pin, value="1.1.0") for pin in pins(tree, on)]

    assert len(change_files(tree, wanted, finders=on).done) == 2
    assert change_files(tree, wanted, finders=FINDERS).changes == ()


@pytest.mark.parametrize(
    ("config", "changed"),
    [
        pytest.param("{}", CONFIG_MAP, id="off"),
        pytest.param("find: {config_map_images: true}", CONFIG_MAP.replace("api:1.0.0", "api:1.1.0"), id="on"),
    ],
)
@pytest.mark.usefixtures("tree")
def test_the_setting_reaches_finding_and_proof(tmp_path: Path, config: str, changed: str) -> None:
    (tmp_path / "rebuild-bot.yaml").write_text(config, encoding="utf-8")
    settings = load(tmp_path / "rebuild-bot.yaml", {})
    found = [one for one in folder.find(tmp_path, settings) if isinstance(one, Pin)]

    if found:
        folder.write(tmp_path, local.update_to(tmp_path, settings, [("ghcr.io/acme/api", "1.1.0")]).changes)

    assert (tmp_path / "settings.yaml").read_text(encoding="utf-8") == changed
    assert [one for one in folder.find(tmp_path / "settings.yaml", settings) if isinstance(one, Pin)][1:] == found[1:]
    assert len(found) == (0 if config == "{}" else 2)
