"""Whatever a registry sends, there is an answer: a base that is borne out, unknown with a reason, or a failure."""

import json
import random
from copy import deepcopy

import pytest

from bot.model.failure import Failure
from bot.model.lineage import Lineage
from bot.sandbox.registry.store import encode
from tests.lineage_pairs import edited
from tests.lineages import BASE_DIGEST, BASE_NAME, served_by_nobody

ODD = (None, True, 7, -1, 2**70, 1.5, "", "\ud800", "\x00\x1b[31m", "sha256:1", "x" * 30_000, [], [[]], {}, {"a": {"b": []}}, [None, 1, {}])
DEBIAN = "library/debian"


def mangled(value, chance):
    """The document with one place of it replaced by something odd, or taken away, or said twice."""
    places = []

    def visit(node):
        for key in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
            places.append((node, key))
            visit(node[key])

    visit(value)
    if not places:
        return
    node, key = chance.choice(places)
    match chance.randrange(4):
        case 0 if isinstance(node, dict):
            del node[key]
        case 1 if isinstance(node, list):
            node.append(deepcopy(node[key]))
        case _:
            node[key] = deepcopy(chance.choice(ODD))


@pytest.mark.parametrize("seed", range(3))
def test_odd_manifests_and_configs_end_in_an_answer(seed):
    chance = random.Random(seed)
    with served_by_nobody() as world:
        debian = world.push(DEBIAN, "12", steps=["RUN debootstrap", "CMD sh"])
        world.remember(f"{DEBIAN}:12")
        named = {BASE_NAME: world.name(f"{DEBIAN}:12"), BASE_DIGEST: debian}

        def mangle(manifest, config):
            for _ in range(chance.randrange(1, 4)):
                mangled(chance.choice([manifest, config, config["config"] or config]), chance)
            manifest.setdefault("config", {})
            if not isinstance(manifest["config"], dict):
                manifest["config"] = {}

        answered = 0
        for number in range(150):
            name = f"team/app-{number}"
            labels = {**named, "org.opencontainers.image.revision": "\ud800" * 30_000}
            world.push(name, on=f"{DEBIAN}:12", annotations=named, labels=labels, mark=str(number))
            try:
                edited(world, name, mangle)
            except Exception:  # noqa: BLE001 what the registry itself refuses
                continue

            found = world.lineages.of(world.reference(f"{name}:2"))

            assert isinstance(found, Lineage | Failure)
            assert isinstance(found, Failure) or found.base is None or found.base.base.repository == DEBIAN
            assert isinstance(found, Failure) or len(found.revision) <= 200
            answered += isinstance(found, Lineage)
        assert answered > 30


@pytest.mark.parametrize("seed", range(3))
def test_odd_provenance_ends_in_an_answer_and_makes_no_base(seed):
    chance = random.Random(seed)
    with served_by_nobody() as world:
        debian = world.push(DEBIAN, "12", steps=["RUN debootstrap", "CMD sh"])
        for number in range(150):
            name = f"team/app-{number}"
            world.push(name, on=f"{DEBIAN}:12", mark=str(number))
            materials = [world.material(f"{DEBIAN}:12", debian), {"uri": "https://github.com/a/b", "digest": {"sha1": "a" * 40}}]
            told = {"materials": materials}
            for _ in range(chance.randrange(1, 4)):
                mangled(told, chance)
            listed = told.get("materials")
            world.attest(name, "1", listed if isinstance(listed, list) else [listed], way=chance.choice(["buildkit v1", "att v0.2"]))

            found = world.lineage(f"{name}:1")

            assert found.base is None or found.base.base.digest == debian
            assert json.loads(encode([str(claim.base) for claim in found.unchecked])) is not None
