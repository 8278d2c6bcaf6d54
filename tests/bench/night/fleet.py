"""The synthetic fleet, behind a GitHub and a registry on loopback: repos of five files and ten pins, 400 images in all unless told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from string import Template
from typing import Final

from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.github.merging import person
from bot.sandbox.github.state import Repo
from bot.sandbox.registry import Access, RegistrySandbox
from bot.sandbox.server import Server
from tests.bench.night.later_repo import LaterStore

CONFIG: Final = Template("""\
github: {api_url: "$github/api/v3", upstream_api_url: "$github/api/v3", owners: [acme]}
registries: {docker.io: {location: "$registry/docker.io", plain_http: true}}
defaults: {cooldown_days: 0}
limits: {pull_requests_per_run: 100000, pull_requests_per_hour: 100000}
cache_folder: "$folder/cache"
assess: {advisories: off}
ledger: {url: "sqlite:///$folder/ledger.sqlite3"}
fleet_file: fleet.yaml
""")
IMAGES: Final = 400
OWNER: Final = "acme"
TAGS: Final = tuple(f"1.4.{build}" for build in range(10))
NEWEST: Final = TAGS[-1]
BEHIND: Final = TAGS[-2]
PINS: Final = 10
"""In each repo."""
MOST_PULL_REQUESTS: Final = 500
_CHANGED_SHARE: Final = 50
"""One repo in so many has another commit in the morning."""


def files_of(number: int, *, images_in_all: int, tag: str) -> dict[str, str]:
    """Those of one repo, of which one image stands at `tag` and the others at the newest one."""
    images = [f"team/image-{(number * 7 + place * 41) % images_in_all:03}" for place in range(PINS - 1)]
    services = "".join(f"  service-{place}:\n    image: {image}:{NEWEST}\n" for place, image in enumerate(images[1:5]))
    containers = "".join(f"        - name: part-{place}\n          image: {image}:{NEWEST}\n" for place, image in enumerate(images[5:]))
    return {
        "README.md": f"App {number}\n",
        "Dockerfile": f"FROM {images[0]}:{tag} AS build\nRUN make app-{number}\n\nFROM {images[0]}:{tag}\nCOPY --from=build /app /app\n",
        "compose.yaml": f"services:\n{services}",
        "deploy/app.yaml": f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-{number}\nspec:\n  template:\n    spec:\n"
        f"      containers:\n{containers}",
        "src/main.py": f"print({number})\n",
    }


def files_in(full_name: str, *, repos: int, images_in_all: int = IMAGES) -> dict[str, str]:
    """Those of a repo of a fleet of so many, as they are at first."""
    number = int(full_name.rpartition("-")[2])
    return files_of(number, images_in_all=images_in_all, tag=BEHIND if number < pull_requests_of(repos) else NEWEST)


def base_of(number: int, *, repos: int, images_in_all: int) -> tuple[str, str]:
    """Repository and tag of what the Dockerfile of a repo names at first."""
    tag = BEHIND if number < pull_requests_of(repos) else NEWEST
    return f"docker.io/team/image-{(number * 7) % images_in_all:03}", tag


def pull_requests_of(repos: int) -> int:
    """How many repos of a fleet are behind with an image."""
    return min(MOST_PULL_REQUESTS, repos // 2)


@dataclass(frozen=True, kw_only=True)
class Requests:
    """What was asked of the servers."""

    github: int
    git: int
    registry: int
    writes: int


@dataclass(kw_only=True)
class Fleet:
    """The repos of `acme`, as many of them behind as get a pull request each: half of them, and no more than 500."""

    folder: Path
    repos: int
    images: int = IMAGES
    publish: bool = False
    """Whether each repo publishes an image, built on the one that its files named at first."""
    clock: Clock = field(default_factory=Clock)
    github: GitHubSandbox = field(init=False)
    registry: RegistrySandbox = field(init=False)
    counted: Faults = field(init=False)

    def __post_init__(self) -> None:
        self.github = GitHubSandbox(self.folder / "github", clock=self.clock, requests_per_hour=1_000_000)
        self.registry = RegistrySandbox(clock=self.clock)
        self.registry.gate.access = Access.OPEN  # which look-up is the first to be sent for a token is left to chance
        self.counted = Faults(self.github.app)
        for image in range(self.images):
            for tag in TAGS:
                self.registry.push_image(f"docker.io/team/image-{image:03}", tag)
        for number in range(self.repos):
            self._add_repo(number)
            if self.publish:
                base = base_of(number, repos=self.repos, images_in_all=self.images)
                self.registry.push_image(f"docker.io/{_published(number)}", "1.0.0", base=base)

    @property
    def pull_requests(self) -> int:
        return pull_requests_of(self.repos)

    @property
    def config(self) -> Path:
        return self.folder / "rebuild-bot.yaml"

    @contextmanager
    def served(self) -> Iterator[None]:
        with Server(self.counted) as github, Server(self.registry.app) as registry:
            address = registry.url.removeprefix("http://")
            apps = [{"name": _name(n), "repo": f"{OWNER}/{_name(n)}", "images": [_published(n)]} for n in range(self.repos)]
            (self.folder / "fleet.yaml").write_text(json.dumps({"apps": apps if self.publish else []}), encoding="utf-8")
            self.config.write_text(CONFIG.substitute(github=github.url, registry=address, folder=self.folder), encoding="utf-8")
            yield

    def forget(self) -> None:
        self.counted.forget()
        self.registry.faults.forget()

    def requests(self) -> Requests:
        """Since the last `forget`."""
        git, writes = self.counted.count("* *.git/*"), self.counted.writes
        return Requests(github=self.counted.count() - git, git=git, registry=self.registry.faults.count(), writes=writes)

    def pass_night(self, *, is_quiet: bool = False) -> int:
        """A day goes by, and of 50 repos one gets a commit unless it is quiet; how many did."""
        self.clock.advance(timedelta(days=1))
        changed = range(0, 0 if is_quiet else self.repos, _CHANGED_SHARE)
        for number in changed:
            text = f"# Changed on {self.clock():%Y-%m-%d}\n{self._files(_name(number))['compose.yaml']}"
            self.github.commit_files(f"{OWNER}/{_name(number)}", {"compose.yaml": text}, message="Change")
        return len(changed)

    def _files(self, name: str) -> dict[str, str]:
        return files_in(name, repos=self.repos, images_in_all=self.images)

    def _add_repo(self, number: int) -> None:
        name, now = _name(number), self.clock()
        owner = self.github.organization(OWNER)
        author = person(self.github.user("acme-developer"), now)
        store = LaterStore(self.folder / "github" / OWNER / f"{name}.git", self._files(name), author)
        self.github.world.repos[f"{OWNER}/{name}"] = Repo(
            id=self.github.world.next_id(),
            owner=owner,
            name=name,
            store=store,
            default_branch="main",
            created_at=now,
            updated_at=now,
            pushed_at=now,
        )


def _name(number: int) -> str:
    return f"app-{number:05}"


def _published(number: int) -> str:
    return f"apps/{_name(number)}"
