"""The fleet of the nights' benchmark with what may go wrong in it: broken repos, a registry that is down, lists that shrink."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from string import Template
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from bot.sandbox.chance import GITHUB, REGISTRY, Chance
from bot.sandbox.faults import Faults, ServerError, StrangeAnswer
from bot.sandbox.registry import Access, RegistrySandbox
from bot.sandbox.server import Server
from bot.sandbox.spoilt import with_changed_body
from tests.bench.night.fleet import BEHIND, OWNER, TAGS, Fleet

CONFIG: Final = Template("""\
github: {api_url: "$github/api/v3", upstream_api_url: "$github/api/v3", owners: [acme]}
registries:
  docker.io: {location: "$registry/docker.io", plain_http: true}
  other.example: {location: "$other/other.example", plain_http: true}
defaults: {cooldown_days: 1}
limits: {pull_requests_per_run: 100000, pull_requests_per_hour: 100000}
cache_folder: "$folder/state/cache"
assess: {advisories: off}
ledger: {url: "sqlite:///$folder/state/ledger.sqlite3"}
""")
_FROM_OTHER: Final = 10
"""One repo in so many uses an image of the other registry."""


@dataclass(kw_only=True)
class SoakFleet(Fleet):
    """Half of the repos are behind with an image, and one in ten with one of another registry."""

    other: RegistrySandbox = field(init=False)
    chances: list[Chance] = field(init=False, default_factory=list)
    _kept_back: set[str] = field(init=False, default_factory=set)
    _stack: ExitStack = field(init=False)
    _other_port: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.other = RegistrySandbox(clock=self.clock)
        self.other.gate.access = Access.OPEN
        for tag in TAGS:
            self.other.push_image("other.example/team/tool", tag)
        self.counted = Faults(self._keeping_back)
        (self.folder / "state").mkdir()

    @property
    def names(self) -> list[str]:
        return [f"app-{number:05}" for number in range(self.repos)]

    @property
    def broken(self) -> tuple[str, str, str]:
        """Each in another way: GitHub keeps it back, git answers with errors, its objects are lost."""
        return self.names[1], self.names[2], self.names[3]

    @property
    def served_by_other(self) -> list[str]:
        return self.names[::_FROM_OTHER]

    @contextmanager
    def served(self) -> Iterator[None]:
        with ExitStack() as self._stack, Server(self.counted) as github, Server(self.registry.app) as registry:
            with Server(self.other.app) as other:
                self._other_port = other.port
            addresses = {"registry": registry.url.removeprefix("http://"), "other": f"127.0.0.1:{self._other_port}"}
            self.config.write_text(CONFIG.substitute(addresses, github=github.url, folder=self.folder), encoding="utf-8")
            yield

    def start_other(self) -> None:
        """Until then nothing listens where the other registry should be."""
        self._stack.enter_context(Server(self.other.app, port=self._other_port))

    def break_repos(self) -> None:
        kept_back, refused, lost = self.broken
        self._kept_back.add(f"{OWNER}/{kept_back}")
        self.counted.switch_on(f"* /{OWNER}/{refused}.git/*", ServerError(status=500))
        objects = self.github.repo(f"{OWNER}/{lost}").store.path / "objects"
        objects.rename(objects.with_name("objects.lost"))

    def mend(self) -> None:
        """All repos can be read again, no list is short, and no answer fails."""
        self.counted.switch_off()
        self.registry.faults.switch_off()
        self.other.faults.switch_off()
        self._kept_back.clear()
        self.chances.clear()
        for name in self.broken:
            objects = self.github.repo(f"{OWNER}/{name}").store.path / "objects"
            if (lost := objects.with_name("objects.lost")).exists():
                lost.rename(objects)

    def leave_to_chance(self, *, seed: int, share: float) -> None:
        """From now on a share of all answers fails."""
        self.chances = [Chance(seed=seed, share=share, faults=faults) for faults in (GITHUB, REGISTRY, REGISTRY)]
        for server, chance in zip((self.counted, self.registry.faults, self.other.faults), self.chances, strict=True):
            server.leave_to(chance)

    def shorten_lists(self) -> None:
        """The lists of three images in use lack what their pull requests ask for, or all."""
        images = list(dict.fromkeys(self.image_of(name) for name in self.names[4 : self.pull_requests]))[:3]
        for image, tags in zip(images, ([], None, [*TAGS[:-2]]), strict=False):
            body = json.dumps({"name": f"docker.io/{image}", "tags": tags}).encode()
            self.registry.faults.switch_on(f"GET /v2/docker.io/{image}/tags/list", StrangeAnswer(body=body, kind="application/json"))

    def release(self, tag: str, *, every: int) -> None:
        """One image in so many gets a new tag."""
        for image in range(0, self.images, every):
            self.registry.push_image(f"docker.io/team/image-{image:03}", tag)

    def image_of(self, name: str) -> str:
        """Of a repo that is behind, the image that it is behind with."""
        return self._files(name)["Dockerfile"].split()[1].partition(":")[0]

    def met(self) -> Counter[str]:
        """The faults of chance since `leave_to_chance`, by kind."""
        return sum((chance.met for chance in self.chances), Counter())

    def _files(self, name: str) -> dict[str, str]:
        files = super()._files(name)
        if int(name.rpartition("-")[2]) % _FROM_OTHER == 0:
            files |= {"tool/Dockerfile": f"FROM other.example/team/tool:{BEHIND}\n"}
        return files

    async def _keeping_back(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_question = scope["path"].endswith("/graphql") and self._kept_back
        await self.github.app(scope, receive, with_changed_body(send, self._without_kept_back) if is_question else send)

    def _without_kept_back(self, body: bytes) -> bytes:
        """As GitHub answers where an organisation's rules forbid the token a repo: null in its place, and an error that names it."""
        answer: dict[str, Any] = json.loads(body)
        owner = (answer.get("data") or {}).get("repositoryOwner")
        nodes = owner["repositories"]["nodes"] if owner else []
        for place, node in enumerate(nodes):
            if node is not None and node["nameWithOwner"] in self._kept_back:
                nodes[place] = None
                path = ["repositoryOwner", "repositories", "nodes", place]
                said = "Resource protected by organization SAML enforcement."
                answer.setdefault("errors", []).append({"type": "FORBIDDEN", "path": path, "message": said})
        return json.dumps(answer).encode()
