"""The demo's organisation: who works there, which repos it has, and the upstream repos that its images come from."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

OWNER: Final = "acme"
REPORT_REPO: Final = "acme/platform"
_FOLDER: Final = Path(__file__).parent / "fleet"
_UNKNOWN_DIGEST: Final = re.compile(r"(?P<name>[\w./-]+):(?P<tag>[\w.-]+)@sha256:0{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    login: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRepo:
    """A repo of the organisation. Its files are in the folder of its name."""

    name: str
    description: str
    pushed: datetime
    """The date of its last commit."""
    committer: str
    """The login of who made it."""
    topics: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        return f"{OWNER}/{self.name}"

    def files(self, digest_of: Callable[[str, str], str]) -> Mapping[str, bytes]:
        """Path -> content. A digest of all zeros becomes the one that `digest_of` tells for the name and tag before it."""

        def filled(match: re.Match[str]) -> str:
            return f"{match['name']}:{match['tag']}@{digest_of(match['name'], match['tag'])}"

        root = _FOLDER / self.name
        paths = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc")
        return {path.relative_to(root).as_posix(): _UNKNOWN_DIGEST.sub(filled, path.read_text(encoding="utf-8")).encode() for path in paths}


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamRelease:
    """A release on GitHub with its notes."""

    repo: str
    tag: str
    notes: str


MARA: Final = Person(login="mara-lindholm", name="Mara Lindholm")
JONAS: Final = Person(login="jonas-weber", name="Jonas Weber")
LEA: Final = Person(login="lea-fontaine", name="Léa Fontaine")
HENRIK: Final = Person(login="henrik-solberg", name="Henrik Solberg")
PRIYA: Final = Person(login="priya-raman", name="Priya Raman")
PEOPLE: Final = (MARA, JONAS, LEA, HENRIK, PRIYA)
TEAMS: Final = ("payments", "orders", "web", "billing", "treasury", "platform")


def _on(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 10, 15, tzinfo=UTC)


REPOS: Final = (
    DemoRepo(
        name="base-images",
        description="The images that Acme's apps stand on",
        pushed=_on(2025, 12, 15),
        committer=PRIYA.login,
        topics=("docker", "platform"),
    ),
    DemoRepo(
        name="fxrates", description="Prints the day's exchange rates", pushed=_on(2025, 2, 11), committer=MARA.login, topics=("bau", "go")
    ),
    DemoRepo(name="gitops-payments", description="What runs in the payments namespaces", pushed=_on(2025, 12, 18), committer=MARA.login),
    DemoRepo(name="gitops-shop", description="Helm values of the shop, stage by stage", pushed=_on(2025, 12, 19), committer=LEA.login),
    DemoRepo(name="invoice-worker", description="Writes the invoices", pushed=_on(2025, 6, 3), committer=HENRIK.login, topics=("bau",)),
    DemoRepo(name="legacy-portal", description="The shop until 2023", pushed=_on(2023, 5, 9), committer=LEA.login, topics=("deprecated",)),
    DemoRepo(
        name="nightly-settlement", description="Settles the day's payments", pushed=_on(2024, 1, 16), committer=MARA.login, topics=("bau",)
    ),
    DemoRepo(name="observability", description="Prometheus and Grafana", pushed=_on(2025, 11, 27), committer=PRIYA.login),
    DemoRepo(
        name="orders-api", description="Reads and writes orders", pushed=_on(2025, 8, 21), committer=JONAS.login, topics=("bau", "python")
    ),
    DemoRepo(name="payments-service", description="Takes payment orders", pushed=_on(2025, 9, 30), committer=MARA.login, topics=("java",)),
    DemoRepo(name="platform", description="How the platform team works", pushed=_on(2025, 12, 1), committer=PRIYA.login),
    DemoRepo(
        name="platform-charts", description="Helm charts of the shop", pushed=_on(2025, 10, 22), committer=PRIYA.login, topics=("helm",)
    ),
    DemoRepo(name="storefront", description="The shop's front end", pushed=_on(2026, 1, 4), committer=LEA.login, topics=("javascript",)),
)

PYTHON_NOTES: Final = """\
Rebuilt on Debian 12.13, and Python {version}.

- OpenSSL 3.0.18: a TLS record of a certain length could make a server read beyond its buffer
- `http.client` no longer waits forever for a server that sends endless headers

Thanks to @python-releases for the quick turnaround. Closes #1042.
"""

RELEASES_BEFORE: Final = (
    UpstreamRelease(repo="docker-library/python", tag="3.12.12", notes="Python 3.12.12.\n"),
    UpstreamRelease(repo="grafana/grafana", tag="v12.3.0", notes="### Features\n\n- Dashboards: tabs\n"),
    UpstreamRelease(repo="prometheus/prometheus", tag="v3.8.0", notes="- [FEATURE] Native histograms are stable\n"),
    UpstreamRelease(repo="acme/base-images", tag="python-3.12-r7", notes="Python 3.12.12.\n"),
)
RELEASES_FIX: Final = (
    UpstreamRelease(repo="docker-library/python", tag="3.12.13", notes=PYTHON_NOTES.format(version="3.12.13")),
    UpstreamRelease(
        repo="grafana/grafana",
        tag="v12.3.1",
        notes="### Bug fixes\n\n- Alerting: keep the state of rules, thanks @alerting-squad\n- Security: built with OpenSSL 3.5.5\n",
    ),
    UpstreamRelease(
        repo="prometheus/prometheus",
        tag="v3.8.1",
        notes="- [BUGFIX] TSDB: a query over a truncated block no longer panics. #17620\n- [SECURITY] Built with Go 1.25.6\n",
    ),
)
RELEASES_LATER: Final = (
    UpstreamRelease(repo="docker-library/python", tag="3.12.14", notes="Python 3.12.14, on glibc 2.36-9+deb12u14.\n"),
    UpstreamRelease(repo="oauth2-proxy/oauth2-proxy", tag="v7.13.1", notes="- Cookies: refuse a state that was signed for another host\n"),
)
