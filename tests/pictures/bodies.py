"""One made-up pull request of each shape that people see."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import PurePosixPath

from bot.model.chart import Change, ChartMove, ChartStep, ValueChange
from bot.model.comparison import Difference
from bot.model.contents import OperatingSystem, Package
from bot.model.dependency import HELM, OCI, Dependency, Release
from bot.model.edit import FileChange
from bot.model.fleet import App, Phase, Repo
from bot.model.image import Digest
from bot.model.notes import ImageFacts, Notes, ReleaseNote
from bot.model.pin import Pin, Role, Site, SiteKind, Span
from bot.model.pull_request import Proposal
from bot.model.rules import Grouping, Rule
from bot.model.severity import Severity
from bot.model.update import Candidate, Decision, Propose, Update, UpdateKind
from bot.propose.compose import compose
from bot.propose.takers import Takers
from tests.image_steps import OPENSSL, hole, image, step

TODAY = date(2026, 5, 9)
_HEAD = "0123456789abcdef0123456789abcdef01234567"
_REPO = Repo(full_name="acme/shop", default_branch="main", head=_HEAD, clone_url="https://github.com/acme/shop.git")
_APP = App(name="shop", repo="acme/shop", phase=Phase.BAU)
_BULLSEYE = OperatingSystem(id="debian", version="11", name="Debian GNU/Linux 11 (bullseye)", end_of_life=date(2024, 8, 14))
_HOLES = [
    hole("CVE-2026-90101", Severity.CRITICAL, exploited_since=date(2026, 4, 30)),
    hole("CVE-2026-90102", Severity.HIGH),
    hole("CVE-2026-90103", Severity.MEDIUM),
]
_NEW_OPENSSL = replace(OPENSSL, version="3.0.14-1~deb12u1")
_ZLIB = Package(type="deb", namespace="debian", name="zlib1g", version="1:1.2.13")


def _update(
    name: str, old: str | None, new: str, kind: UpdateKind, *, file: str = "Dockerfile", role: Role = Role.FINAL_BASE, chart: str = ""
) -> Update:
    is_rebuild = kind is UpdateKind.DIGEST
    dependency = Dependency(datasource=HELM, name=f"{chart}#{name}") if chart else Dependency(datasource=OCI, name=name)
    pin = Pin(
        file=PurePosixPath(file),
        finder="dockerfile",
        dependency=dependency,
        name=name,
        scheme="docker",
        value=old,
        digest=Digest("sha256:" + "a" * 64) if is_rebuild else None,
        role=role,
        sites=(Site(kind=SiteKind.TAG, span=Span(0, 1), line=3, text=old or ""),),
        line=3,
        column=1,
    )
    release = Release(
        dependency=dependency,
        value=new,
        digest=Digest("sha256:" + "b" * 64) if is_rebuild else None,
        published_at=datetime(2026, 5, 2, 10, tzinfo=UTC),
        first_seen=datetime(2026, 5, 3, 4, tzinfo=UTC),
    )
    return Update(pin=pin, release=release, kind=kind)


def _proposal(*explained: tuple[Update, Notes], group: str | None = None, held: Sequence[Decision] = ()) -> Proposal:
    notes = {id(update): told for update, told in explained}
    return compose(
        takers=Takers.of(_APP),
        repo=_REPO,
        updates=[update for update, _ in explained],
        explain=lambda update: notes[id(update)],
        changes=[FileChange(path=PurePosixPath("Dockerfile"), old=b"a", new=b"b")],
        rule=Rule(group=None if group is None else Grouping(name=group)),
        held=held,
        today=TODAY,
    ).tell()


def _facts(day: date, version: str, size: int) -> ImageFacts:
    return ImageFacts(
        created_at=datetime(day.year, day.month, day.day, tzinfo=UTC),
        size_bytes=size,
        environment=(f"PYTHON_VERSION={version}",),
        diff_ids=(version, "app"),
    )


_CLOSES = step(
    closed=_HOLES,
    left=[hole("CVE-2026-90201", Severity.LOW, fixed_in="")],
    old=image(OPENSSL, _ZLIB, end_of_life=date(2028, 6, 30), layers=("base", "python")),
    new=image(_NEW_OPENSSL, _ZLIB, end_of_life=date(2028, 6, 30), layers=("newer", "python")),
)
_CALM = Notes(old=_facts(date(2025, 10, 7), "3.12.12", 45_100_000), new=_facts(date(2026, 5, 2), "3.12.14", 44_900_000), step=_CLOSES)
_RELEASES = (
    ReleaseNote(name="v3.12.5", text="Fixes a crash.\n\n- one\n- two", url="https://github.com/python/cpython/releases/tag/v3.12.5"),
)
_ROOT = Difference(aspect="user", old="app", new="root", needs_attention=True)
_ENTRY = Difference(aspect="entrypoint", old="/docker-entrypoint.sh", new="/entrypoint", needs_attention=True)
_VERSION = Difference(aspect="environment", name="PYTHON_VERSION", old="3.12.4", new="3.12.5")


_CHART = ChartStep(
    app_version=("7.2.4", "7.4.1"),
    kube_version=(">=1.19", ">=1.23"),
    images=(ChartMove(name="docker.io/library/redis", old="7.2.4", new="7.4.1"),),
    values=(
        ValueChange(key="image.tag", change=Change.CHANGED, old="7.2.4", new="7.4.1"),
        ValueChange(key="metrics.legacy", change=Change.REMOVED, old="true"),
        ValueChange(key="networkPolicy", change=Change.ADDED, count=6),
    ),
)


def bodies() -> Mapping[str, Proposal]:
    """Title and body of each shape, by its name."""
    python = _update("docker.io/library/python", "3.12.4-slim", "3.12.5-slim", UpdateKind.PATCH)
    rebuild = _update("docker.io/library/python", "3.12-slim-bookworm", "3.12-slim-bookworm", UpdateKind.DIGEST)
    redis = _update("docker.io/library/redis", "7.2.4", "7.4.0", UpdateKind.MINOR, file="deploy/redis.yaml", role=Role.IMAGE)
    nginx = _update("docker.io/library/nginx", "1.27.1", "1.27.4", UpdateKind.PATCH, file="deploy/web.yaml", role=Role.IMAGE)
    base = _update("ghcr.io/acme/base-images/java", "21-1.4.0", "21-1.5.0", UpdateKind.MINOR)
    chart = _update("redis", "18.0.1", "18.19.4", UpdateKind.MINOR, file="Chart.yaml", role=Role.CHART, chart="https://charts.example.org")
    node = _update("docker.io/library/node", "20.11.1-alpine", "20.19.0-alpine", UpdateKind.MINOR, file="web/Dockerfile")
    leaves_end = replace(_CLOSES, comparison=replace(_CLOSES.comparison, old=replace(_CLOSES.comparison.old, operating_system=_BULLSEYE)))
    wrong = Decision(
        pin=python.pin,
        verdict=Propose(update=python),
        candidates=(Candidate(value="3.12.4-slim", verdict="moved", reason="the tag 3.12.4-slim was moved on 2026-04-01"),),
    )
    bump = replace(_CALM, releases=_RELEASES, differences=(_VERSION,), source_url="https://github.com/python/cpython")
    broken = replace(_CALM, differences=(_ROOT, _ENTRY), releases=(), step=leaves_end)
    many = [
        (
            _update(
                f"ghcr.io/acme/services/image-{number}", "1.0.0", "1.1.0", UpdateKind.MINOR, file=f"deploy/{number}.yaml", role=Role.IMAGE
            ),
            _CALM,
        )
        for number in range(120)
    ]
    five = [
        (python, bump),
        (rebuild, _CALM),
        (redis, Notes(problems=("Could not read the releases of redis/redis: 502",))),
        (nginx, broken),
    ]
    return {
        "bump": _proposal((python, bump), held=[wrong]),
        "rebuild": _proposal((rebuild, _CALM)),
        "group": _proposal(*five, (node, replace(_CALM, step=step(brought=[hole("CVE-2026-90301", Severity.HIGH)]))), group="base images"),
        "chart": _proposal((chart, Notes(source_url="https://github.com/acme/charts", releases=_RELEASES, chart=_CHART))),
        "internal": _proposal((base, broken)),
        "oversize": _proposal(*many, group="everything"),
    }
