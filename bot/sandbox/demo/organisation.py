"""The demo's organisation, alive: GitHub, registry and OSV on loopback, filled, and a configuration that points there."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template
from typing import Final, Self

from bot.sandbox.clock import Clock
from bot.sandbox.demo import advisories, company, fleet, images
from bot.sandbox.demo.company import Built
from bot.sandbox.demo.fleet import OWNER, Person, UpstreamRelease
from bot.sandbox.demo.images import Wave
from bot.sandbox.faults import Faults
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.sandbox.osv import OsvSandbox
from bot.sandbox.pages.app import WithPages
from bot.sandbox.pages.site import Site
from bot.sandbox.pages.world import WorldSource
from bot.sandbox.registry import RegistrySandbox
from bot.sandbox.server import Server

_HERE: Final = Path(__file__).parent
_RELEASES: Final[Mapping[Wave, tuple[UpstreamRelease, ...]]] = {
    Wave.BEFORE: fleet.RELEASES_BEFORE,
    Wave.FIX: fleet.RELEASES_FIX,
    Wave.LATER: fleet.RELEASES_LATER,
}


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """What the story and the pages work with, and what the bot is pointed at."""

    clock: Clock
    github: GitHubSandbox
    registry: RegistrySandbox
    osv: OsvSandbox
    github_faults: Faults
    site: Site
    github_url: str
    """Where GitHub answers: pages at `/`, the API at `/api/v3`, git at `/OWNER/NAME.git`."""
    config_file: Path

    @classmethod
    @contextmanager
    def running(cls, folder: Path, *, port: int = 0) -> Iterator[Self]:
        """The organisation as it is before the story, served from entering to leaving; everything it writes is under `folder`.

        Raises OSError where the port (of GitHub and the pages; 0: any free one) is taken.
        """
        clock = Clock()
        github, registry, osv = GitHubSandbox(folder / "github", clock=clock), RegistrySandbox(clock=clock), OsvSandbox()
        site = Site(source=WorldSource(github.world), name="Acme on the sandbox's GitHub", owner=OWNER)
        faults = Faults(WithPages(github.app, site))
        with Server(faults, port=port) as github_server, Server(registry.app) as registry_server, Server(osv.app) as osv_server:
            made = cls(
                clock=clock,
                github=github,
                registry=registry,
                osv=osv,
                github_faults=faults,
                site=replace(site, address=github_server.url),
                github_url=github_server.url,
                config_file=_write_config(folder, github_url=github_server.url, registry_url=registry_server.url, osv_url=osv_server.url),
            )
            made._seed()
            yield made

    @property
    def environment(self) -> dict[str, str]:
        """The environment that the bot is to run with."""
        return {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN}

    @property
    def writes(self) -> int:
        """How many requests wanted to change something, since the servers started."""
        return self.github_faults.writes + self.registry.faults.writes

    def publish(self, wave: Wave) -> None:
        """Let others publish what they publish in a wave: images, releases with notes, and what becomes known of holes."""
        self._push(wave)
        self._announce(wave)

    def build(self, image: Built) -> None:
        """What the pipeline of a repo does after a merge: publish an image, and tell of it where it has something to tell."""
        images.publish_own(self.registry, image, at=self.clock())
        if image.notes:
            self.github.add_release(image.source, f"{image.name.rpartition('/')[2]}-{image.tag}", body=image.notes)

    def deploy(self, repo: str, path: str, image: Built, *, by: Person, stage: str) -> None:
        """Let somebody write another build of an image into a stage's values file. Raises ValueError where it names none of it."""
        text = (self.github.read_file(repo, path) or b"").decode()
        written, places = re.subn(rf"(?m)(repository: {re.escape(image.name)}\n\s+tag: ).*$", rf"\g<1>{image.tag}", text)
        if not places:
            raise ValueError(f"{path} of {repo} names no {image.name}")
        self.github.commit_files(repo, {path: written}, message=f"{image.reference} to {stage}", author=by.login)

    def _seed(self) -> None:
        self.github.organization(OWNER, teams=fleet.TEAMS)
        for person in fleet.PEOPLE:
            self.github.user(person.login, name=person.name)
        self._push(Wave.LONG_AGO)
        self._push(Wave.BEFORE)
        for image in (company.OWN_BASE, *company.APPS):
            images.publish_own(self.registry, image, at=Wave.BEFORE.value)
        for repo in fleet.REPOS:
            self.github.create_repo(
                OWNER,
                repo.name,
                repo.files(self._digest_of),
                topics=repo.topics,
                description=repo.description,
                author=repo.committer,
                created_at=repo.pushed,
            )
        for source in sorted({release.line.source for release in images.BASES}):
            owner, name = source.split("/")
            readme = f"# {name}\n\nStands in for the repo of this name on GitHub.\n"
            self.github.create_repo(owner, name, {"README.md": readme}, created_at=Wave.LONG_AGO.value)
        self._announce(Wave.BEFORE)

    def _push(self, wave: Wave) -> None:
        images.publish(self.registry, wave)
        self.osv.put(*advisories.records(wave))
        exploited = json.dumps(advisories.exploited(wave), indent=2)
        (self.config_file.parent / "known_exploited.json").write_text(exploited, encoding="utf-8")

    def _announce(self, wave: Wave) -> None:
        for release in _RELEASES.get(wave, ()):
            self.github.add_release(release.repo, release.tag, body=release.notes, published_at=wave.value)

    def _digest_of(self, name: str, tag: str) -> str:
        full = name if "/" in name else f"docker.io/library/{name}"
        return self.registry.store.manifest(full, tag).digest


def _write_config(folder: Path, *, github_url: str, registry_url: str, osv_url: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    template = Template((_HERE / "rebuild-bot.yaml").read_text(encoding="utf-8"))
    text = template.substitute(github=github_url, registry=registry_url.removeprefix("http://"), osv=osv_url, folder=folder)
    (folder / "fleet.yaml").write_bytes((_HERE / "fleet.yaml").read_bytes())
    config = folder / "rebuild-bot.yaml"
    config.write_text(text, encoding="utf-8")
    return config
