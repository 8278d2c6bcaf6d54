"""What a look at a folder costs: `python -m tests.bench.check [IMAGES] [PINS] [DIGESTS]` prints a table.

IMAGES images (default 100), each for two platforms and with twelve tags, are pinned PINS times (default 300) in Dockerfiles, Compose
files and Helm values, all behind; every DIGESTS-th one has a digest (default: none). The registry is on loopback and asks for no token;
the second look follows at once.
"""

import logging
import sys
import tempfile
import time
from pathlib import Path
from string import Template
from typing import Final

import structlog

from bot.model.update import Propose
from bot.sandbox.clock import Clock
from bot.sandbox.registry import Access, RegistrySandbox
from bot.sandbox.server import Server
from bot.settings import load
from bot.wiring import local

CONFIG: Final = Template("""\
registries: {docker.io: {location: "$registry/docker.io", plain_http: true}}
defaults: {cooldown_days: 0}
cache_folder: "$folder/cache"
assess: {advisories: off}
ledger: {url: "sqlite:///$folder/ledger.sqlite3"}
""")
TAGS: Final = 12


def seed(registry: RegistrySandbox, images: int) -> None:
    for number in range(images):
        for patch in range(TAGS):
            registry.push_image(f"docker.io/acme/image-{number}", f"1.4.{patch}", platforms=("linux/amd64", "linux/arm64"))


def write_pins(folder: Path, registry: RegistrySandbox, *, images: int, pins: int, digests: int) -> None:
    folder.mkdir()
    for number in range(pins):
        image, tag = f"acme/image-{number % images}", f"1.4.{number % (TAGS - 2)}"
        digest = f"@{registry.store.manifest(f'docker.io/{image}', tag).digest}" if digests and number % digests == 0 else ""
        match number % 3:
            case 0:
                name, text = "Dockerfile", f"FROM {image}:{tag}{digest}\n"
            case 1:
                name, text = "compose.yaml", f"services:\n  app:\n    image: {image}:{tag}{digest}\n"
            case _:
                name, text = "values.yaml", f"image:\n  repository: {image}\n  tag: {tag}{digest}\n"
        place = folder / f"app-{number:04}" / name
        place.parent.mkdir()
        place.write_text(text, encoding="utf-8")


def row(name: str, folder: Path, config: Path, registry: RegistrySandbox, clock: Clock) -> str:
    registry.faults.forget()
    started = time.perf_counter()
    decisions = local.check(folder, load(config, {}), now=clock).decisions
    seconds = time.perf_counter() - started
    proposed = sum(isinstance(decision.verdict, Propose) for decision in decisions)
    asked = registry.faults
    kinds = " | ".join(str(asked.count(route)) for route in ("GET */tags/list", "HEAD *", "GET */manifests/*", "GET */blobs/*"))
    return f"| {name} | {seconds:.2f} | {asked.count()} | {kinds} | {len(decisions)} | {proposed} |\n"


def main(images: int = 100, pins: int = 300, digests: int = 0) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as name:
        root, clock = Path(name), Clock()
        registry = RegistrySandbox(clock=clock, access=Access.OPEN)
        seed(registry, images)
        write_pins(root / "repo", registry, images=images, pins=pins, digests=digests)
        with Server(registry.app) as server:
            config = root / "rebuild-bot.yaml"
            address = server.url.removeprefix("http://")
            config.write_text(CONFIG.substitute(registry=address, folder=root), encoding="utf-8")
            sys.stdout.write("| a check | seconds | requests | lists | HEAD | manifests | blobs | pins | updates |\n")
            sys.stdout.write("|---|---:|---:|---:|---:|---:|---:|---:|---:|\n")
            for run in ("cold", "warm"):
                sys.stdout.write(row(run, root / "repo", config, registry, clock))
                sys.stdout.flush()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
