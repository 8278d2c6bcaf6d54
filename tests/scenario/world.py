"""A scenario on GitHub and a registry on loopback: what happens in it happens there, and the bot looks at it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from string import Template
from typing import Final

from bot.model.image import Digest
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults, ServerError
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.registry import Access, RegistrySandbox
from bot.sandbox.server import Server
from tests.scenario.form import AppForm, Build, Deploy, Happening, Merge, Outage, Release, Retire, Revive, Scenario

_COMPANY: Final = "registry.acme.example"
_CONFIG: Final = Template("""\
github: {api_url: "$github/api/v3", upstream_api_url: "$github/api/v3", owners: [acme], report_repo: acme/platform}
registries:
  docker.io: {location: "$registry/docker.io", plain_http: true}
  registry.acme.example: {location: "$registry/registry.acme.example", plain_http: true}
defaults: {cooldown_days: 0}
limits: {pull_requests_per_run: 1000, pull_requests_per_hour: 1000}
order: {wait_with_build_stages_days: 0}
cache_folder: "$folder/cache"
fleet_file: "$folder/fleet.yaml"
assess: {advisories: off}
ledger: {url: "sqlite:///$folder/ledger.sqlite3"}
track:
  inventories: [{path: running.json, max_age_days: 2}]
""")
_NIGHT: Final = time(23, tzinfo=UTC)


@dataclass(kw_only=True)
class World:
    """Where a scenario takes place. `served` first."""

    scenario: Scenario
    folder: Path
    clock: Clock = field(init=False)
    github: GitHubSandbox = field(init=False)
    registry: RegistrySandbox = field(init=False)
    faults: Faults = field(init=False)
    _base_builds: dict[str, list[Digest]] = field(init=False, default_factory=dict)
    _builds: dict[str, list[Digest]] = field(init=False, default_factory=dict)
    _stands_on: dict[str, list[Digest | None]] = field(init=False, default_factory=dict)
    _deployed: dict[tuple[str, str], int] = field(init=False, default_factory=dict)
    _retired: set[str] = field(init=False, default_factory=set)
    _down_until: dict[str, int] = field(init=False, default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "rebuild-bot.yaml"

    def moment(self, day: int) -> datetime:
        """The night of a day."""
        return datetime.combine(self.scenario.start, _NIGHT) + timedelta(days=day)

    @contextmanager
    def served(self) -> Iterator[None]:
        self.clock = Clock(self.moment(-1))
        self.github = GitHubSandbox(self.folder / "github", clock=self.clock, requests_per_hour=1_000_000)
        self.registry = RegistrySandbox(clock=self.clock)
        self.registry.gate.access = Access.OPEN
        self.faults = Faults(self.github.app)
        for base in self.scenario.bases:
            self._base_builds[base] = []
            self._release(base)
        for app in self.scenario.apps:
            self._begin(app)
        self.github.create_repo("acme", "platform", {"README.md": "# Platform\n"})
        self._declare()
        with Server(self.faults) as github, Server(self.registry.app) as registry:
            address = registry.url.removeprefix("http://")
            self.config.write_text(_CONFIG.substitute(github=github.url, registry=address, folder=self.folder), encoding="utf-8")
            yield

    def _declare(self) -> None:
        apps = [_declared(app, phase="retired" if app.name in self._retired else "bau") for app in self.scenario.apps]
        (self.folder / "fleet.yaml").write_text(json.dumps({"apps": apps}), encoding="utf-8")

    def begin_day(self, day: int) -> None:
        self.clock.set(datetime.combine(self.scenario.start, time(9, tzinfo=UTC)) + timedelta(days=day))

    def live(self, event: Happening) -> None:
        self.clock.advance(timedelta(minutes=1))
        match event:
            case Release(release=base):
                self._release(base)
            case Merge(merge=name):
                pulls = [(issue, pull) for issue, pull in self.github.repo(f"acme/{name}").pulls if issue.is_open]
                for issue, _ in pulls[:1]:
                    self.github.merge_pull_request(f"acme/{name}", issue.number, by="acme-developer")
            case Build(build=name, base=kind):
                self._build(self.scenario.app(name), kind)
            case Deploy(deploy=name, stage=stage, build=which):
                newest = len(self._builds[name]) - 1
                self._deployed[name, stage] = newest if which == "newest" else max(self._deployed[name, stage] - 1, 0)
            case Retire(retire=name, how="archived"):
                self.github.repo(f"acme/{name}").is_archived = True
            case Retire(retire=name):
                self._retired.add(name)
                self._declare()
            case Revive(revive=name):
                self.github.repo(f"acme/{name}").is_archived = False
                self._retired.discard(name)
                self._declare()
            case Outage(outage=what, days=days):
                self._down_until[what] = event.day + days - 1

    def begin_night(self, day: int) -> None:
        """What runs is listed, and what is down is down."""
        self.clock.set(self.moment(day))
        self.faults.switch_off()
        self.registry.faults.switch_off()
        for what, until in self._down_until.items():
            if until < day:
                continue
            if what == "registry":
                self.registry.faults.switch_on("* *", ServerError(status=503))
            else:
                self.faults.switch_on(f"* /acme/{what}.git/*", ServerError(status=500))
        (self.folder / "running.json").write_text(json.dumps(self._running()), encoding="utf-8")

    def short(self, app: str, build: int) -> str:
        """The first digits of a build of the base that an app stands on."""
        return self._base_builds[self.scenario.app(app).base][build].short

    def build_of(self, app: str, short: str) -> int:
        """The number of the base's build that has these digits."""
        return next(number for number, digest in enumerate(self._base_builds[self.scenario.app(app).base]) if digest.short == short)

    def _release(self, base: str) -> None:
        name, _, tag = base.partition(":")
        number = len(self._base_builds[base])
        layers = [{"etc/os-release": b"ID=debian\n"}, {f"usr/lib/{name}": f"{base} build {number}\n".encode()}]
        self._base_builds[base].append(self.registry.push_image(f"docker.io/team/{name}", tag, layers=layers))

    def _begin(self, app: AppForm) -> None:
        digest = self._base_builds[app.base][0]
        self.github.create_repo("acme", app.name, {"Dockerfile": _dockerfile(app, digest), "app.py": f"# {app.name}\n"})
        if app.publishes:
            self._builds[app.name], self._stands_on[app.name] = [], []
            self._build(app, "files")
            self._deployed |= {(app.name, stage): 0 for stage in app.stages}

    def _build(self, app: AppForm, kind: str) -> None:
        builds, bases = self._builds[app.name], self._stands_on[app.name]
        base = bases[-1] if kind == "cache" else self._named(app)
        layer = {"app": f"{app.name} {len(builds)} {kind}\n".encode()}
        repository, tag = f"{_COMPANY}/{app.name}", f"1.0.{len(builds)}"
        below = None if kind == "squashed" or base is None else (f"docker.io/team/{app.base.partition(':')[0]}", str(base))
        builds.append(self.registry.push_image(repository, tag, layers=[layer], base=below))
        bases.append(None if kind == "squashed" else base)

    def _named(self, app: AppForm) -> Digest:
        """What a build from the app's files stands on."""
        text = (self.github.read_file(f"acme/{app.name}", "Dockerfile") or b"").decode()
        digest = text.split()[1].partition("@")[2]
        return Digest(digest) if digest else self._base_builds[app.base][-1]

    def _running(self) -> dict[str, object]:
        pods = [_pod(name, stage, self._builds[name][number], number) for (name, stage), number in sorted(self._deployed.items())]
        return {"apiVersion": "v1", "kind": "List", "takenAt": self.clock().strftime("%Y-%m-%dT%H:%M:%SZ"), "items": pods}


def _dockerfile(app: AppForm, digest: Digest) -> str:
    return f"FROM docker.io/team/{app.base}{f'@{digest}' if app.pinned else ''}\nCOPY app.py /app.py\n"


def _declared(app: AppForm, *, phase: str) -> dict[str, object]:
    images = {"images": [f"{_COMPANY}/{app.name}"]} if app.publishes else {}
    owners = {"owners": [app.owner]} if app.owner else {}
    return {"name": app.name, "repo": f"acme/{app.name}", "phase": phase, "criticality": app.criticality, **images, **owners}


def _pod(name: str, stage: str, digest: Digest, number: int) -> dict[str, object]:
    image = f"{_COMPANY}/{name}"
    status = {"name": "app", "image": f"{image}:1.0.{number}", "imageID": f"{image}@{digest}", "ready": True, "state": {"running": {}}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"{name}-0", "namespace": f"{name}-{stage}"},
        "spec": {"containers": [{"name": "app", "image": f"{image}:1.0.{number}"}]},
        "status": {"phase": "Running", "containerStatuses": [status]},
    }
