"""Eight public threads of the summer of 2026 about rebuilds that rebuilt nothing, retold as images: what would have been said at once."""

from datetime import UTC, datetime

import pytest

from bot.model.rebuild import BuildLine, BuildPlace, RebuildGoal, RebuildVerdict, WantedFix
from bot.sandbox.registry import Layer
from tests.rebuilds import ALPINE, DEBIAN, World, running_registry

V = RebuildVerdict


def day(month, number):
    return datetime(2026, month, number, tzinfo=UTC)


APT = "RUN /bin/sh -c apt-get update && apt-get upgrade -y && rm -rf /var/lib/apt/lists/* # buildkit"
APK = "RUN /bin/sh -c apk upgrade --no-cache # buildkit"


def cached(world, instruction, then, now, *, places=()):
    """The pinned base stays, the upgrade's layer comes from the build's cache, the app above it is new."""
    base = world.base("old", world.versions(), day(6, 1))
    world.push("old", base, world.run(instruction, world.versions(), then), world.copy("1", then), at=then)
    world.push("new", base, world.run(instruction, world.versions(), then), world.copy("2", now), at=now)
    return world.goal(*places)


def insight(world):
    """constructorfabric/insight#3432: a job with cache-from is green for ever, and the fixed package never gets out."""
    step = BuildPlace(kind=BuildLine.BUILD_STEP, file=".github/workflows/publish.yml", line=40, text="uses: docker/build-push-action@v6")
    return cached(world, APT, day(7, 20), day(9, 14), places=(step,))


def forest_admin(world):
    """ForestAdmin/agent-nodejs#1899: the upgrade ran at last, and left what a new package was needed for."""
    base = world.base("old", world.versions(), day(6, 1))
    world.push("old", base, world.run(APT, world.versions(), day(8, 30)), world.copy("1", day(8, 30)), at=day(8, 30))
    weekly = APT.replace("RUN /bin/sh", "RUN |1 WEEK=2026-W37 /bin/sh")
    world.push("new", base, world.run(weekly, world.versions(world.distribution.other), day(9, 14)), at=day(9, 14))
    return world.goal()


def play_store(world):
    """lusky3/play-store-mcp#153: the same with apk."""
    return cached(world, APK, day(8, 2), day(9, 6))


def awos(world):
    """provectus/awos-recruitment#92: what installs the package by its name was in the cache, too."""
    return cached(world, world.distribution.install, day(7, 1), day(8, 26))


def open_metadata(world):
    """open-metadata/OpenMetadata#31447: the layer of apt is of 6 August, all else of the 13th, and the fix came out on the 10th."""
    return cached(world, APT, day(8, 6), day(8, 13))


def massing(world):
    """ibuilder/massing#545: the final stage was in the cache; its name is what `no-cache-filters` wants."""
    text = "RUN apt-get update && apt-get upgrade -y && rm -rf /var/lib/apt/lists/*"
    place = BuildPlace(kind=BuildLine.RUN, file="Dockerfile", line=22, text=text, stage="final")
    return cached(world, APT, day(7, 1), day(8, 1), places=(place,))


def terrapod(world):
    """mattrobinsonsre/terrapod#1177: a constant in front of the upgrade that somebody has to raise, and nobody did for 18 days."""
    return cached(world, APT.replace("RUN /bin/sh", "RUN |1 APT_REFRESH=7 /bin/sh"), day(7, 13), day(7, 31))


def orb_agent(world):
    """netboxlabs/orb-agent#400: the distribution has the fix, and the base was built again without it by its publisher."""
    world.push("old", world.base("old", world.versions(), day(5, 1)), world.copy("1", day(5, 10)), at=day(5, 10))
    world.push("new", world.base("new", world.versions(world.distribution.other), day(6, 1)), world.copy("2", day(6, 11)), at=day(6, 11))
    return world.goal(base=world.wanted_base())


@pytest.fixture(scope="module")
def registry():
    with running_registry() as running:
        yield running


@pytest.mark.parametrize(
    ("thread", "distribution", "verdict", "says"),
    [
        pytest.param(insight, DEBIAN, V.CACHED, "docker/build-push-action (.github/workflows/publish.yml:40)", id="insight"),
        pytest.param(forest_admin, DEBIAN, V.HELD_BACK, "--with-new-pkgs", id="ForestAdmin"),
        pytest.param(play_store, ALPINE, V.CACHED, "RUN /bin/sh -c apk upgrade", id="play-store-mcp"),
        pytest.param(awos, DEBIAN, V.CACHED, "apt-get install", id="awos-recruitment"),
        pytest.param(open_metadata, DEBIAN, V.CACHED, "of 2026-08-06; the image is of 2026-08-13", id="OpenMetadata"),
        pytest.param(massing, DEBIAN, V.CACHED, "`no-cache-filters: final`", id="massing"),
        pytest.param(terrapod, DEBIAN, V.CACHED, "of 2026-07-13", id="terrapod"),
        pytest.param(orb_agent, ALPINE, V.FIX_NOT_IN_BASE, "apk upgrade --no-cache", id="orb-agent"),
    ],
)
def test_each_thread_gets_its_answer(thread, distribution, verdict, says, registry):
    made = World(registry=registry, name=thread.__name__.replace("_", "-"), distribution=distribution)
    goal = thread(made)

    found = made.judged(goal)

    assert found.verdict is verdict, found.evidence
    assert says in " ".join((*found.evidence, found.remedy))


def test_a_copy_elsewhere_is_found(registry):
    """A fixed dependency, and the old one still bundled in a folder of plug-ins."""
    made = World(registry=registry, name="vendored", distribution=DEBIAN)
    base = made.base("old", made.versions(), day(6, 1))

    def site(path, version, at):
        told = f"Metadata-Version: 2.1\nName: requests\nVersion: {version}\n".encode()
        return Layer(instruction=f"COPY {path} # buildkit", files={f"{path}/requests-{version}.dist-info/METADATA": told}, created=at)

    vendored = site("opt/plugins", "2.31.0", day(6, 2))
    made.push("old", base, vendored, site("usr/lib/python3/site-packages", "2.31.0", day(8, 1)), at=day(8, 1))
    made.push("new", base, vendored, site("usr/lib/python3/site-packages", "2.32.0", day(9, 1)), at=day(9, 1))

    found = made.judged(RebuildGoal(packages=(WantedFix(type="pypi", name="requests", fixed_in="2.32.0"),)))

    assert found.verdict is V.NOT_FIXED
    assert "opt/plugins/requests-2.31.0.dist-info/METADATA" in " ".join(found.evidence)
