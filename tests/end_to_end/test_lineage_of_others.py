"""Images built, squashed, copied and recompressed by others' tools, in a real registry: never a wrong base."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clients.oci.client import RegistryClient
from bot.inspect.lineage.lineages import Lineages
from bot.ledger.ledger import Ledger
from bot.model.failure import Failure
from bot.model.image import ImageReference
from bot.model.lineage import Lineage
from bot.sandbox.clock import Clock
from bot.sandbox.registry import Access, RegistrySandbox
from tests.lineages import World
from tests.registries import docker_registry, needed, plain_http

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BASE = 'FROM scratch\nCOPY base /etc/base\nENV PATH=/bin\nCMD ["sh"]\n'
APP = 'FROM {base}\nCOPY app /srv/app\nCOPY more /srv/more\nCMD ["app"]\n'
PLATFORMS = "linux/amd64,linux/arm64"


@dataclass(kw_only=True)
class Tools:
    """buildah, skopeo and umoci beside one registry, and what they were told to make."""

    folder: Path
    host: str
    mirror: str
    """Another registry, empty at first: into the same one skopeo copies nothing that lies there in any packing."""
    lineages: Lineages

    def buildah(self, *arguments: str) -> None:
        storage = ["--root", f"{self.folder}/root", "--runroot", f"{self.folder}/run", "--storage-driver", "vfs"]
        self._call("buildah", *storage, *arguments)

    def skopeo(self, *arguments: str) -> None:
        self._call("skopeo", "--policy", f"{self.folder}/policy.json", *arguments)

    def umoci(self, *arguments: str) -> None:
        self._call("umoci", *arguments)

    def build(self, name: str, dockerfile: str, *options: str, platforms: str = "") -> str:
        """Build what a Dockerfile says and push it under a name; its name in the registry."""
        target = f"{self.host}/{name}"
        file = self.folder / "context" / f"{name.replace('/', '-').replace(':', '-')}.Dockerfile"
        file.write_text(dockerfile.format(base=f"{self.host}/base:1", middle=f"{self.host}/middle:1"))
        named = ["--platform", platforms, "--manifest", target] if platforms else ["--tag", target]
        policy = ["--signature-policy", f"{self.folder}/policy.json", "--tls-verify=false"]
        fresh = [] if "FROM scratch" in dockerfile else ["--pull-always"]  # else what lies in its own store, which no registry has
        self.buildah("bud", *policy, *fresh, "--isolation", "chroot", *named, *options, "--file", str(file), str(self.folder / "context"))
        if platforms:
            self.buildah("manifest", "push", *policy, "--all", target, f"docker://{target}")
        else:
            self.buildah("push", *policy, *(["--format", "docker"] if "docker" in options else []), target, f"docker://{target}")
        return target

    def recompressed(self, source: str, target: str, compression: str) -> None:
        """Copy an image with its layers packed anew."""
        unpacked = f"dir:{self.folder}/{target.replace('/', '-').replace(':', '-')}"
        self.skopeo("copy", "--src-tls-verify=false", "--dest-decompress", f"docker://{self.host}/{source}", unpacked)
        packed = ["--dest-compress-format", compression, "--dest-compress-level", "1", "--format", "oci"]
        self.skopeo("copy", "--dest-tls-verify=false", *packed, unpacked, f"docker://{self.mirror}/{target}")

    def remember(self, name: str, *platforms: str) -> None:
        for platform in platforms or (None,):
            assert self.lineages.remember(ImageReference.parse(f"{self.host}/{name}"), platform) is None

    def lineage(self, name: str, platform: str | None = None, *, host: str = "") -> Lineage:
        found = self.lineages.of(ImageReference.parse(f"{host or self.host}/{name}"), platform)
        assert not isinstance(found, Failure), found
        return found

    def told(self, name: str, platform: str | None = None) -> str:
        """Base, ways and confidence in one line."""
        base = self.lineage(name, platform).base
        if base is None:
            return "unknown"
        return f"{base.base.repository}:{base.base.tag} by {'+'.join(claim.way for claim in base.known_by)} {base.confidence}"

    def _call(self, program: str, *arguments: str) -> None:
        command = [needed(program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def tools(tmp_path_factory) -> Iterator[Tools]:
    for program in ("buildah", "skopeo", "umoci"):
        needed(program)
    folder = tmp_path_factory.mktemp("tools")
    (folder / "policy.json").write_text(json.dumps({"default": [{"type": "insecureAcceptAnything"}]}))
    (folder / "context").mkdir()
    (folder / "mirror").mkdir()
    for name in ("base", "middle", "app", "more"):
        (folder / "context" / name).write_text(f"{name}\n")
    with (
        docker_registry(folder, has_login=False) as (host, _),
        docker_registry(folder / "mirror", has_login=False) as (mirror, _),
        plain_http() as http,
        closing(Ledger.open("sqlite://")) as ledger,
    ):
        made = Tools(
            folder=folder, host=host, mirror=mirror, lineages=Lineages(registry=RegistryClient(http=http), ledger=ledger, now=lambda: NOW)
        )
        made.build("base:1", BASE, platforms=PLATFORMS)
        made.build("middle:1", "FROM {base}\nCOPY middle /etc/middle\nLABEL team=shop\n", platforms=PLATFORMS)
        made.remember("base:1", *PLATFORMS.split(","))
        yield made


@pytest.mark.parametrize(
    ("options", "ways"),
    [
        # Beside the name buildah 1.28 writes the digest of the step before, which no registry has.
        pytest.param(["--layers"], "(annotation[+])?history[+]layers proved", id="a layer for each step"),
        pytest.param(["--layers=false"], "annotation[+]history[+]layers proved", id="one layer"),
        pytest.param(["--layers", "--format", "docker"], "history[+]layers proved", id="without annotations, a layer for each step"),
        pytest.param(["--layers=false", "--format", "docker"], "history[+]layers at least", id="without annotations, one layer"),
        pytest.param(["--timestamp", "0"], "annotation[+]history[+]layers proved", id="without dates"),
    ],
)
def test_buildah(tools, options, ways):
    name = f"app:{'-'.join(option.strip('-').replace('=', '-') for option in options)}"
    tools.build(name, APP, *options)
    assert re.fullmatch(f"base:1 by {ways}", tools.told(name))


def test_a_label_is_handed_on_and_an_annotation_is_not(tools):
    tools.build("app:on-middle", APP.replace("{base}", "{middle}"))

    assert tools.told("app:on-middle") == "middle:1 by annotation+history+layers proved"
    assert tools.told("middle:1") == "base:1 by annotation+history+layers proved"


def test_an_image_between_that_nobody_knows(tools):
    """Without annotations, and built in a way that tells no boundary."""
    tools.build("unknown:1", "FROM {base}\nCOPY middle /etc/unknown\n", "--format", "docker", "--layers=false")
    tools.build("app:on-unknown", f"FROM {tools.host}/unknown:1\nCOPY app /srv/app\n", "--format", "docker", "--layers=false")

    found = tools.lineage("app:on-unknown")

    assert tools.told("app:on-unknown") == "base:1 by layers at least"
    assert [claim.base.repository for claim in found.unchecked] == ["unknown"]


def test_squashed(tools):
    tools.build("app:squashed", APP, "--squash")

    found = tools.lineage("app:squashed")

    assert found.base is None
    assert "squashed or flattened into its one layer" in found.unknown
    assert [(claim.way, claim.base.repository) for claim in found.refuted] == [("annotation", "base")]


@pytest.mark.parametrize("compression", ["zstd", "gzip"])
def test_skopeo_copied_and_recompressed(tools, compression):
    """Digests of manifest and layers are others, and so is the registry's path; what is in the layers is not."""
    tools.build("app:plain", APP)
    tools.recompressed("app:plain", f"app:{compression}", compression)

    copy = tools.lineage(f"app:{compression}", host=tools.mirror)
    assert copy.digest != tools.lineage("app:plain").digest
    assert (copy.base.base, copy.base.confidence) == (tools.lineage("app:plain").base.base, "proved")


def test_a_recompressed_copy_of_a_base_is_no_base_of_its_own(tools):
    tools.recompressed("base:1", "base:1", "zstd")

    assert tools.lineage("base:1", host=tools.mirror).base is None
    assert tools.lineage("base:1").base is None


@pytest.mark.parametrize("platform", PLATFORMS.split(","))
def test_several_platforms(tools, platform):
    tools.build("app:all", APP, platforms=PLATFORMS)

    found = tools.lineage("app:all", platform)

    assert (found.platform.partition("/v")[0], found.index_digest is None) == (platform, False)
    assert tools.told("app:all", platform).endswith("proved")
    assert found.base.base.repository == "base"


def test_umoci_puts_a_layer_on_top(tools):
    layout = tools.folder / "layout"
    tools.skopeo("copy", "--src-tls-verify=false", f"docker://{tools.host}/base:1", f"oci:{layout}:app")
    tools.umoci("insert", "--image", f"{layout}:app", str(tools.folder / "context" / "app"), "/srv/app")
    tools.umoci("config", "--image", f"{layout}:app", "--config.label", "team=shop")
    tools.skopeo("copy", "--dest-tls-verify=false", f"oci:{layout}:app", f"docker://{tools.host}/umoci:1")

    assert tools.told("umoci:1") == "base:1 by layers at least"


@pytest.mark.parametrize("way", ["buildkit v0.2", "buildkit v1", "att v1"])
def test_attestations_in_a_real_registry(tmp_path, way):
    """In the form of BuildKit beside the image in its index, and of cosign below a tag; that registry has no referrers."""
    sandbox = RegistrySandbox(clock=Clock(), access=Access.OPEN)
    with (
        docker_registry(tmp_path, has_login=False) as (host, publish),
        plain_http() as http,
        closing(Ledger.open("sqlite://")) as ledger,
    ):
        world = World(sandbox=sandbox, client=RegistryClient(http=http), ledger=ledger, host=host, clock=Clock())
        debian = world.push("library/debian", "12", steps=["RUN debootstrap"], platforms=PLATFORMS.split(","))
        golang = world.push("library/golang", "1", on="library/debian:12", steps=["RUN install"], platforms=PLATFORMS.split(","))
        world.push("team/app", on="library/debian:12", platforms=PLATFORMS.split(","))
        used = [world.material(text, digest) for text, digest in (("library/golang:1", golang), ("library/debian:12", debian))]
        world.attest("team/app", "1", used, way=way)
        publish(sandbox)

        proved, other = (world.lineage("team/app:1", platform).base for platform in PLATFORMS.split(","))

    assert (proved.base.repository, proved.confidence, proved.base.digest) == ("library/debian", "proved", debian)
    assert other is None, "nothing is said of that platform, and nothing was known there before"
